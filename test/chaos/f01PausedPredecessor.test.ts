import { createRedisStore } from '@bulkhead/effects/redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEffectsProcess } from '../support/childProcess.ts';
import { idOf } from '../support/effectsBench.ts';
import type { FaultPoint } from '../support/faults.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { startTradeNet, type TradeNet } from '../support/tradeNet.ts';

let net: TradeNet;
let redis: TestRedis;
beforeAll(async () => {
  [net, redis] = await Promise.all([startTradeNet(), startRedis()]);
});
afterAll(() => Promise.all([net?.stop(), redis?.stop()]));

/** A process is stopped at a point, its leases lapse, a successor finishes everything, and then the first one goes on where it was. */
const outlive = async (point: Pick<FaultPoint, 'label' | 'moment'>, first: number, second: number) => {
  const paused = startEffectsProcess({
    desk: net.desk,
    redisPath: redis.path,
    effect: idOf(first),
    fault: { ...point, n: 1, action: 'stop' },
  });
  paused.begin();
  await paused.said('stopping');
  const successor = startEffectsProcess({ desk: net.desk, redisPath: redis.path, effect: idOf(second) });
  successor.begin();
  const end = await successor.ended;
  expect(end, `${successor.lines} ${successor.errors()}`).toEqual({ code: 0, signal: null });
  const store = createRedisStore(redis.connect());
  const before = await store.effect(net.desk.chain, idOf(first));
  paused.signal('SIGCONT');
  // It finds itself fenced, leads again once the successor's leases are free, finds everything done, and ends by itself.
  expect(await paused.ended, `${paused.lines} ${paused.errors()}`).toEqual({ code: 0, signal: null });
  const after = await store.effect(net.desk.chain, idOf(first));
  return { before, after, paused };
};

describe('EFF-3, F1: a predecessor that was stopped and comes back (real SIGSTOP, Redis and chain)', () => {
  test('stopped before it recorded: it cannot record any more, and what the successor did stands alone', async () => {
    const { before, after, paused } = await outlive({ label: 'store.record', moment: 'before' }, 11, 12);
    expect(await Promise.all([net.timesDone(idOf(11)), net.timesDone(idOf(12))])).toEqual([1, 1]);
    expect(after?.attempts).toEqual(before?.attempts);
    expect(after?.attempts).toHaveLength(1);
    expect(paused.lines.some(line => line.includes('leadership ends'))).toBe(true);
  });

  test('stopped between recording and sending: the successor sends those bytes, and sending them late again does no harm', async () => {
    const { before, after } = await outlive({ label: 'chain.broadcast', moment: 'before' }, 21, 22);
    expect(await Promise.all([net.timesDone(idOf(21)), net.timesDone(idOf(22))])).toEqual([1, 1]);
    expect(before?.attempts).toHaveLength(1);
    expect(after?.attempts).toEqual(before?.attempts);
    expect(after?.phase).toBe('final');
  });
});
