import type { Effects } from '@bulkhead/effects';
import type { Keeper, KeeperStatus } from '@bulkhead/keeper';
import { type BlockRef, milliseconds, seconds } from '@bulkhead/shared';
import type { Config } from '@bulkhead/shared/config';
import type { Log } from '@bulkhead/shared/ports';
import { afterEach, describe, expect, test } from 'vitest';
import { promMetrics } from '../adapters/promMetrics.ts';
import { type HttpServer, startHttpServer } from '../http/server.ts';
import { keeperOperations } from './keeperOperations.ts';

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, with: () => silent };
const block: BlockRef = { number: 5n, hash: `0x${'0'.repeat(64)}`, time: seconds(1_000) };

/** A keeper process whose loop and heads stand where the test puts them, behind a real socket. */
const serve = async (world: { now: number; lastPassAt: number; redis: boolean }): Promise<HttpServer> => {
  const status = (): KeeperStatus => ({
    name: 'keeper',
    lastPassAt: milliseconds(world.lastPassAt),
    chains: [
      {
        chain: 'eip155:1',
        ready: true,
        head: block,
        vaults: 1,
        failing: 0,
        tiers: {},
        lastResyncAt: undefined,
        prices: [],
      },
    ],
  });
  const operations = keeperOperations({
    config: { name: 'keeper', mode: 'observe', chains: [{ id: 'eip155:1', headMaxAge: 30 }] } as unknown as Config,
    keeper: { status } as unknown as Keeper,
    effects: { snapshot: async () => [] } as unknown as Effects,
    metrics: promMetrics(),
    clock: { now: () => milliseconds(world.now), sleep: async () => {} },
    startedAt: milliseconds(0),
    pingRedis: async () => world.redis,
  });
  return startHttpServer(operations, { host: '127.0.0.1', port: 0, token: undefined, log: silent });
};

describe('a keeper process over HTTP', () => {
  let server: HttpServer | undefined;
  afterEach(() => server?.stop());
  const ask = async (path: string) => {
    const response = await fetch(`${server?.url}${path}`);
    return { status: response.status, body: await response.text() };
  };

  test('F21: a loop that hangs is not alive, although the process still answers', async () => {
    const world = { now: 1_000_000, lastPassAt: 1_000_000, redis: true };
    server = await serve(world);
    expect((await ask('/livez')).status).toBe(200);
    // Time goes on, requests are answered, the loop stands still.
    world.now += 15_001;
    expect(await ask('/livez')).toMatchObject({ status: 503, body: expect.stringContaining("the keeper's sweep") });
    expect((await ask('/status')).status).toBe(200);
    world.lastPassAt = world.now;
    expect((await ask('/livez')).status).toBe(200);
  });

  test('is ready while heads are fresh and Redis answers, and says what is missing', async () => {
    const world = { now: 1_030_000, lastPassAt: 1_030_000, redis: true };
    server = await serve(world);
    expect((await ask('/readyz')).status).toBe(200);
    world.now += 1_000;
    expect((await ask('/readyz')).body).toContain('the head of eip155:1 is 31 s old (at most 30)');
    world.redis = false;
    expect((await ask('/readyz')).body).toContain('Redis does not answer');
  });
});
