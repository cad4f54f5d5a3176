import { checkRedis, type RedisProblem } from '@bulkhead/effects/redis';
import type { Config } from '@bulkhead/shared/config';
import { Redis } from 'ioredis';
import { type Check, passed } from './check.ts';
import { StartupError, type StartupErrorCode } from './startupError.ts';

const codes: Readonly<Record<RedisProblem['kind'], StartupErrorCode>> = {
  unreachable: 'redisUnreachable',
  mayEvict: 'redisEvicts',
  noAppendOnlyFile: 'redisForgets',
  cannotInspect: 'redisForgets',
  otherSchema: 'redisForgets',
  replica: 'redisForgets',
};

/** Splits "What is wrong. What to do." as the effects package words it. */
const inTwo = (message: string): readonly [problem: string, remedy: string] => {
  const end = message.indexOf('. ');
  return end < 0 ? [message, 'Correct redis.url.'] : [message.slice(0, end + 1), message.slice(end + 2)];
};

export const redisError = (problem: RedisProblem): StartupError => {
  const [what, remedy] = inTwo(problem.message.replace('..', '.'));
  return new StartupError({ code: codes[problem.kind], field: 'redis.url', problem: what, remedy });
};

/** A connection that says at once that it fails, rather than trying for ever. */
export const probeConnection = (url: string): Redis => {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: true,
    connectTimeout: 3_000,
  });
  // Its failures are answers here; without a listener they would be printed besides.
  redis.on('error', () => {});
  return redis;
};

export const redisCheck = (config: Config): Check => ({
  field: 'redis.url',
  what: 'Redis answers, evicts nothing and keeps an append-only file',
  run: async () => {
    const redis = probeConnection(config.redis.url);
    try {
      const checked = await checkRedis(redis);
      if (!checked.ok) throw redisError(checked.error);
      return passed(
        'no eviction, append-only file',
        checked.value.map(warning => warning.message),
      );
    } finally {
      redis.disconnect();
    }
  },
});
