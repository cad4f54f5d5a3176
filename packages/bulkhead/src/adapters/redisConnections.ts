import { checkRedis, checkSchema } from '@bulkhead/effects/redis';
import type { Caip2 } from '@bulkhead/shared';
import type { Log } from '@bulkhead/shared/ports';
import { Redis } from 'ioredis';
import { redisError } from '../startup/redisCheck.ts';

export interface RedisConnections {
  /** For the store. */
  readonly main: Redis;
  /** A new connection, for queues and workers. */
  connect(): Redis;
  close(): Promise<void>;
}

/**
 * Connections of one process, after Redis has been found fit to hold a ledger.
 * @throws StartupError
 */
export const openRedis = async (url: string, chains: readonly Caip2[], log: Log): Promise<RedisConnections> => {
  const opened: Redis[] = [];
  const connect = (): Redis => {
    // BullMQ's workers block, so that a request may wait for as long as the server is away.
    const redis = new Redis(url, { maxRetriesPerRequest: null });
    redis.on('error', error => log.warn('Redis connection', { reason: error.message }));
    opened.push(redis);
    return redis;
  };
  const main = connect();
  const fit = await checkRedis(main);
  const schema = fit.ok ? await checkSchema(main, chains) : fit;
  const problem = !fit.ok ? fit.error : !schema.ok ? schema.error : undefined;
  if (problem) {
    main.disconnect();
    throw redisError(problem);
  }
  return {
    main,
    connect,
    close: async () => {
      await Promise.allSettled(opened.map(redis => (redis.status === 'end' ? undefined : redis.quit())));
    },
  };
};
