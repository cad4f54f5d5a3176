import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRedisStore } from '@bulkhead/effects/redis';
import type { Hex32 } from '@bulkhead/shared';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEffectsProcess } from '../support/childProcess.ts';
import { idOf } from '../support/effectsBench.ts';
import type { FaultPoint } from '../support/faults.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { startTradeNet, type TradeNet } from '../support/tradeNet.ts';

let net: TradeNet;
let redis: TestRedis;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bulkhead-chaos-'));
  [net, redis] = await Promise.all([startTradeNet(), startRedis()]);
});
afterAll(async () => {
  await Promise.all([net?.stop(), redis?.stop()]);
  rmSync(directory, { recursive: true, force: true });
});

/** What a clean run passes, by its own record: the first pass of each port call, before and after its effect. */
const pointsOfCleanRun = async (): Promise<readonly FaultPoint[]> => {
  const pointsFile = join(directory, 'points');
  const clean = startEffectsProcess({ desk: net.desk, redisPath: redis.path, effect: idOf(1), pointsFile });
  clean.begin();
  expect(await clean.ended, `${clean.lines} ${clean.errors()}`).toEqual({ code: 0, signal: null });
  const seen = new Map<string, FaultPoint>();
  for (const line of readFileSync(pointsFile, 'utf8').trim().split('\n')) {
    const [label, n, moment] = line.split(' ') as [string, string, FaultPoint['moment']];
    // The answer's arrival and the next call are the same instant for a process that is killed.
    if (n === '1' && moment !== 'afterReply') seen.set(`${label} ${moment}`, { label, n: 1, moment });
  }
  return [...seen.values()];
};

/** Without these a run would not be the life of an effect. */
const expected = ['store.plan', 'store.claimNext', 'chain.simulate', 'signer.sign', 'store.record', 'chain.broadcast']
  .concat(['store.markBroadcast', 'store.markIncluded', 'store.conclude', 'queue.wake', 'chain.status'])
  .flatMap(label => [`${label} before`, `${label} afterEffect`]);

describe('F1: kill -9 at every step of an effect (real Redis, real chain, real processes)', () => {
  test('EFF-1, EFF-2: each effect happens exactly once, whichever port call was the last of its process', async () => {
    const points = await pointsOfCleanRun();
    const names = points.map(({ label, moment }) => `${label} ${moment}`);
    expect(expected.filter(name => !names.includes(name))).toEqual([]);

    const runs = [
      ...points.map((point, index) => ({ point, effect: idOf(100 + index) })),
      { point: undefined, effect: idOf(2) },
    ];
    const started = runs.map(
      ({ point, effect }) =>
        () =>
          startEffectsProcess({
            desk: net.desk,
            redisPath: redis.path,
            effect,
            ...(point && { fault: { ...point, action: 'kill' as const } }),
          }),
    );
    let next = started[0]?.();
    for (const [index, { point }] of runs.entries()) {
      const current = next;
      // The one after loads already while this one runs towards its end.
      next = started[index + 1]?.();
      current?.begin();
      const end = await current?.ended;
      const where = point ? `${point.label} ${point.moment}` : 'no fault';
      expect(end, `${where}: ${current?.lines} ${current?.errors()}`).toMatchObject(
        point ? { signal: 'SIGKILL' } : { code: 0, signal: null },
      );
    }

    // A process that dies before its plan is recorded has promised nothing.
    const promised = runs.filter(({ point }) => point?.label !== 'store.plan' || point.moment !== 'before');
    const effects: readonly Hex32[] = [idOf(1), ...promised.map(({ effect }) => effect)];
    const store = createRedisStore(redis.connect());
    for (const effect of effects) {
      expect(await net.timesDone(effect), `effect ${effect}`).toBe(1);
      expect((await store.effect(net.desk.chain, effect))?.end?.kind).toBe('final');
    }
  });
});
