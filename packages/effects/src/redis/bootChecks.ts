import { type Caip2, failure, ok, type Result } from '@bulkhead/shared';
import type { Redis } from 'ioredis';
import { schemaKey, schemaVersion } from './keys.ts';

/** Why a Redis is not good enough to hold a ledger. */
export interface RedisProblem {
  readonly kind: 'unreachable' | 'mayEvict' | 'noAppendOnlyFile' | 'cannotInspect' | 'otherSchema' | 'replica';
  /** What is wrong, and how to mend it. */
  readonly message: string;
}

export interface RedisWarning {
  readonly kind: 'fsyncEverySecond';
  readonly message: string;
}

const settings = ['maxmemory-policy', 'appendonly', 'appendfsync'] as const;

const readSettings = async (redis: Redis): Promise<ReadonlyMap<string, string>> => {
  const found = new Map<string, string>();
  for (const name of settings) {
    const reply: unknown = await redis.call('CONFIG', 'GET', name);
    // RESP2 answers a flat array, RESP3 a map that ioredis turns into an object.
    const value = Array.isArray(reply) ? reply[1] : (reply as Record<string, unknown> | null)?.[name];
    if (typeof value === 'string') found.set(name, value);
  }
  return found;
};

const problemOf = (found: ReadonlyMap<string, string>): RedisProblem | undefined => {
  const policy = found.get('maxmemory-policy');
  if (policy !== 'noeviction')
    return {
      kind: 'mayEvict',
      message: `Redis may evict the ledger: maxmemory-policy is ${policy ?? 'unknown'}. Set "maxmemory-policy noeviction" in redis.conf.`,
    };
  const appendOnly = found.get('appendonly');
  if (appendOnly !== 'yes')
    return {
      kind: 'noAppendOnlyFile',
      message: `Redis keeps no append-only file: appendonly is ${appendOnly ?? 'unknown'}. Set "appendonly yes" and "appendfsync always" in redis.conf.`,
    };
  return undefined;
};

const warningsOf = (found: ReadonlyMap<string, string>): readonly RedisWarning[] =>
  found.get('appendfsync') === 'always'
    ? []
    : [
        {
          kind: 'fsyncEverySecond',
          message: `Redis syncs its append-only file with appendfsync ${found.get('appendfsync') ?? 'unknown'}: a power failure may lose the ledger's last second, and an effect may then cost its gas twice (never happen twice). Set "appendfsync always".`,
        },
      ];

const unreachable = (error: unknown): RedisProblem => ({
  kind: 'unreachable',
  message: `Redis does not answer: ${error instanceof Error ? error.message : String(error)}. Check redis.url and that the server runs.`,
});

/**
 * Refuses a Redis that may forget (DESIGN §7): one that may evict, or has no append-only file. Writes nothing. Replica failover is not
 * supported, so a replica is refused too.
 */
export const checkRedis = async (redis: Redis): Promise<Result<readonly RedisWarning[], RedisProblem>> => {
  try {
    await redis.ping();
  } catch (error) {
    return failure(unreachable(error));
  }
  try {
    const role = ((await redis.call('ROLE')) as readonly unknown[])[0];
    if (role !== 'master')
      return failure({
        kind: 'replica',
        message: `This Redis is a ${String(role)}. Point redis.url at the primary; replica failover is not supported yet.`,
      });
    const found = await readSettings(redis);
    const problem = problemOf(found);
    return problem ? failure(problem) : ok(warningsOf(found));
  } catch (error) {
    return failure({
      kind: 'cannotInspect',
      message: `Redis does not let its settings be read (${error instanceof Error ? error.message : String(error)}). Allow CONFIG GET and ROLE for this user: a ledger on a Redis of unknown settings is refused.`,
    });
  }
};

/** Marks each chain's ledger with this build's schema version, and refuses one that another version wrote (F20). */
export const checkSchema = async (redis: Redis, chains: readonly Caip2[]): Promise<Result<void, RedisProblem>> => {
  for (const chain of chains) {
    await redis.set(schemaKey(chain), String(schemaVersion), 'NX');
    const found = await redis.get(schemaKey(chain));
    if (found !== String(schemaVersion))
      return failure({
        kind: 'otherSchema',
        message: `The ledger of ${chain} in this Redis has schema ${found}; this build reads ${schemaVersion}. Drain it with the build that wrote it ("bulkhead drain"), then delete the key ${schemaKey(chain)}.`,
      });
  }
  return ok(undefined);
};
