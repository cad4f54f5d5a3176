import {
  chainPrefix,
  checkRedis,
  checkSchema,
  createRedisStore,
  keyTypes,
  schemaKey,
  schemaVersion,
} from '@bulkhead/effects/redis';
import { milliseconds } from '@bulkhead/shared';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, test } from 'vitest';
import { createChainModel } from '../support/chainModel.ts';
import { realClock } from '../support/clocks.ts';
import { bidPlan, effectsOn, idOf } from '../support/effectsBench.ts';
import { createMemoryQueue } from '../support/memoryQueue.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

const chain = 'eip155:31337';
const servers: TestRedis[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});
const serve = async (settings: Readonly<Record<string, string>> = {}): Promise<TestRedis> => {
  const server = await startRedis(settings);
  servers.push(server);
  return server;
};

/** `effect:0x…:attempts` → `effect:*:attempts`: what the table of key types calls it. */
const shapeOf = (key: string): string => {
  const name = key.slice(chainPrefix(chain).length);
  const shape = name
    .replace(/^effect:0x[0-9a-f]{64}/, 'effect:*')
    .replace(/^lane:0x[0-9a-f]{40}/, 'lane:*')
    .replace(/^lease:(lane|shard):.*$/, 'lease:*');
  return shape.replace(/^ready:[a-z]+$/, 'ready:*');
};

describe('Redis as a ledger: what is refused before anything is written', () => {
  test('one that may evict, naming the setting and the remedy', async () => {
    const found = await checkRedis((await serve({ 'maxmemory-policy': 'allkeys-lru' })).connect());
    expect(found).toMatchObject({ ok: false, error: { kind: 'mayEvict' } });
    expect(!found.ok && found.error.message).toContain('maxmemory-policy noeviction');
  });

  test('one without an append-only file', async () => {
    const found = await checkRedis((await serve({ appendonly: 'no' })).connect());
    expect(found).toMatchObject({ ok: false, error: { kind: 'noAppendOnlyFile' } });
    expect(!found.ok && found.error.message).toContain('appendonly yes');
  });

  test('one that syncs every second starts with a warning; one that always syncs without', async () => {
    const relaxed = await checkRedis((await serve({ appendfsync: 'everysec' })).connect());
    expect(relaxed).toMatchObject({ ok: true, value: [{ kind: 'fsyncEverySecond' }] });
    expect(await checkRedis((await serve()).connect())).toEqual({ ok: true, value: [] });
  });

  test('one that hides its settings', async () => {
    const server = await serve({ user: 'default on nopass ~* &* +@all -config' });
    expect(await checkRedis(server.connect())).toMatchObject({ ok: false, error: { kind: 'cannotInspect' } });
  });

  test('one that does not answer', async () => {
    const nobody = new Redis({ path: '/nonexistent/socket', maxRetriesPerRequest: 0, retryStrategy: () => null });
    nobody.on('error', () => undefined);
    expect(await checkRedis(nobody)).toMatchObject({ ok: false, error: { kind: 'unreachable' } });
    nobody.disconnect();
  });
});

describe('F20: a key’s type or meaning changed in an upgrade', () => {
  test('a ledger of another schema version is refused, with the remedy; this version’s is marked once and taken again', async () => {
    const redis = (await serve()).connect();
    expect(await checkSchema(redis, [chain])).toEqual({ ok: true, value: undefined });
    expect(await redis.get(schemaKey(chain))).toBe(String(schemaVersion));
    expect(await checkSchema(redis, [chain])).toMatchObject({ ok: true });
    await redis.set(schemaKey(chain), String(schemaVersion + 1));
    const found = await checkSchema(redis, [chain]);
    expect(found).toMatchObject({ ok: false, error: { kind: 'otherSchema' } });
    expect(!found.ok && found.error.message).toContain('drain');
  });

  test('keys of an older version with the same names and other types are never read: versions are in the key', async () => {
    const redis = (await serve()).connect();
    const older = chainPrefix(chain).replace(`v${schemaVersion}`, 'v0');
    await redis.set(`${older}open`, 'a string where a sorted set is now');
    await redis.set(`${older}effect:${idOf(1)}`, 'a string where a hash is now');
    const store = createRedisStore(redis);
    expect(await store.effect(chain, idOf(1))).toBeUndefined();
    expect(await store.openEffects(chain, 10)).toEqual([]);
    expect(await redis.get(`${older}open`)).toContain('a string');
  });

  test('the whole life of effects leaves exactly the keys of the table, each of its type, all in one hash slot', async () => {
    const redis = (await serve()).connect();
    const store = createRedisStore(redis);
    const model = createChainModel(chain, realClock, { finalityDepth: 1 });
    const queue = createMemoryQueue(realClock);
    const policy = { retryAfter: milliseconds(20), sweepEvery: milliseconds(50) };
    const { chain: port, signer } = model;
    const effects = effectsOn({ chain: port, signer, store, queue, clock: realClock, policy });
    const stop = new AbortController();
    const running = effects.start(stop.signal);
    for (let planned = ''; planned !== 'planned'; ) {
      planned = await effects.plan(bidPlan(chain, 1, realClock.now()));
      await realClock.sleep(milliseconds(5));
    }
    await effects.plan(bidPlan(chain, 2, realClock.now() + 60_000));
    await store.advanceWatermark(chain, 'events', 5n);
    await store.putDecision(chain, 'a vault', '{}', realClock.now());
    while ((await store.effect(chain, idOf(1)))?.phase !== 'broadcast') await realClock.sleep(milliseconds(5));
    await effects.pause(chain);
    const types = new Map<string, string>();
    const collect = async (): Promise<void> => {
      for (const key of await redis.keys('*')) types.set(shapeOf(key), await redis.type(key));
    };
    await collect();
    for (let n = 0; n < 400 && (await store.effect(chain, idOf(1)))?.phase !== 'final'; n++) {
      effects.headSeen(chain, model.mine());
      await realClock.sleep(milliseconds(10));
    }
    expect((await store.effect(chain, idOf(1)))?.phase).toBe('final');
    await collect();
    stop.abort();
    await running;
    expect(Object.fromEntries([...types].sort())).toEqual(Object.fromEntries(Object.entries(keyTypes).sort()));
    const keys = await redis.keys('*');
    const slots = new Set(await Promise.all(keys.map(key => key.match(/\{(.*?)\}/)?.[1])));
    expect([...slots]).toEqual([chain]);
  });
});
