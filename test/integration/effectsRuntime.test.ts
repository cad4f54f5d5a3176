import type { ChainPolicy, EffectHandler } from '@bulkhead/effects';
import { type Milliseconds, milliseconds, type Touch, type VaultId, wei } from '@bulkhead/shared';
import { afterEach, describe, expect, test } from 'vitest';
import { type ChainModel, createChainModel } from '../support/chainModel.ts';
import { createMemoryLog, createVirtualClock } from '../support/clocks.ts';
import { bidHandler, bidPlan, effectsOn, idOf } from '../support/effectsBench.ts';
import { createMemoryQueue } from '../support/memoryQueue.ts';
import { createMemoryStore } from '../support/memoryStore.ts';

const chainId = 'eip155:31337';
const ended: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

/** The runtime in virtual time over the modelled chain. */
const open = async (
  options: { policy?: Partial<ChainPolicy>; handler?: (model: ChainModel) => EffectHandler } = {},
) => {
  const clock = createVirtualClock();
  const model = createChainModel(chainId, clock, { finalityDepth: 2 });
  const store = createMemoryStore(() => clock.now());
  const queue = createMemoryQueue(clock);
  const log = createMemoryLog();
  const { chain, signer } = model;
  const handlers = { bid: options.handler?.(model) ?? bidHandler(chain, clock) };
  const run = () => {
    const effects = effectsOn({ chain, signer, store, queue, clock, log, handlers, policy: options.policy ?? {} });
    const stop = new AbortController();
    const running = effects.start(stop.signal);
    ended.push(async () => {
      stop.abort();
      await clock.advance(10);
      await running;
    });
    return effects;
  };
  const effects = run();
  await clock.advance(10);
  const plan = async (n: number, changes: Parameters<typeof bidPlan>[3] = {}) => {
    const outcome = await effects.plan(bidPlan(chainId, n, clock.now(), changes));
    await clock.advance(10);
    return outcome;
  };
  const blocks = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      effects.headSeen(chainId, model.mine());
      await clock.advance(1_000);
    }
  };
  const effect = async (n: number) => {
    const found = await store.effect(chainId, idOf(n));
    if (!found) throw new Error(`no effect ${n}`);
    return found;
  };
  return { clock, model, store, queue, log, effects, plan, blocks, effect, run };
};

describe('effects runtime', () => {
  test('an effect goes from plan to final, and a second plan of the same id is known', async () => {
    const { plan, blocks, effect, model } = await open();
    expect(await plan(1)).toBe('planned');
    expect(await plan(1)).toBe('known');
    expect((await effect(1)).phase).toBe('broadcast');
    await blocks(4);
    expect(await effect(1)).toMatchObject({ phase: 'final', end: { kind: 'final' } });
    expect(model.timesDone(idOf(1))).toBe(1);
    expect(await plan(1)).toBe('known');
  });

  test('EFF-3: plans of a process that does not lead are refused', async () => {
    const { run, clock } = await open();
    const waiting = run();
    await clock.advance(10);
    expect(await waiting.plan(bidPlan(chainId, 7, clock.now()))).toBe('refused');
  });

  test('SEG-2: a state diff outside the footprint is not signed, and the effect says which wall it was', async () => {
    const { plan, effect, model, clock } = await open();
    const bystander = idOf(0xbad) as VaultId;
    const touch: Touch = { vault: bystander, aspect: 'free', item: '', before: 5n, after: 4n };
    model.setTouches([touch]);
    await plan(1);
    expect(await effect(1)).toMatchObject({ phase: 'planned', attempts: [] });
    expect((await effect(1)).note).toContain(bystander);
    expect(model.sent).toEqual([]);
    model.setTouches(undefined);
    await clock.advance(1_500);
    expect((await effect(1)).note).toContain('no state diff');
    model.setTouches([]);
    await clock.advance(3_000);
    expect((await effect(1)).phase).toBe('broadcast');
  });

  test('observing: everything up to the signature, nothing sent, and what would have been is on record', async () => {
    const { plan, effect, model, effects } = await open({ policy: { mode: 'observe' } });
    await plan(1);
    expect(model.sent).toEqual([]);
    expect(await effect(1)).toMatchObject({ phase: 'planned', attempts: [] });
    expect((await effect(1)).note).toMatch(/^would have sent bid at block 0: gas limit 390000, at most \d+ wei/);
    expect((await effects.snapshot())[0]).toMatchObject({ mode: 'observe', leading: true });
  });

  test('F10: included with status 1 but without the wanted event is not done; it is tried again, and the gas counted as wasted', async () => {
    let believe = false;
    const { plan, effect, blocks, effects } = await open({
      handler: model => ({
        ...bidHandler(model.chain, { now: () => milliseconds(0), sleep: async () => undefined }),
        prepare: async (...args) =>
          believe
            ? { kind: 'superseded', by: 'us', reason: 'the key is consumed' }
            : bidHandler(model.chain, { now: () => milliseconds(0), sleep: async () => undefined }).prepare(...args),
        verify: async () => {
          believe = true;
          return { kind: 'again', reason: 'no bid in its events' };
        },
      }),
    });
    await plan(1);
    await blocks(4);
    expect(await effect(1)).toMatchObject({ phase: 'superseded', end: { by: 'us' } });
    expect((await effects.snapshot())[0]?.wastedTransactions).toBe(1);
  });

  test('F15: what somebody else did ends at once', async () => {
    const { plan, effect } = await open({
      handler: () => ({
        prepare: async () => ({ kind: 'superseded', by: 'other', reason: 'another bidder was first' }),
        verify: async () => ({ kind: 'done' }),
      }),
    });
    await plan(1);
    expect(await effect(1)).toMatchObject({ phase: 'superseded', end: { by: 'other' }, attempts: [] });
  });

  test('paused takes nothing new, finishes what is in flight, and survives a restart', async () => {
    const { plan, effect, blocks, effects, clock } = await open();
    await plan(1);
    await effects.pause();
    await plan(2);
    await blocks(4);
    expect((await effect(1)).phase).toBe('final');
    expect((await effect(2)).phase).toBe('planned');
    expect((await effects.snapshot())[0]?.paused).toBe(true);
    await effects.resume(chainId);
    await clock.advance(10);
    expect((await effect(2)).phase).toBe('broadcast');
  });

  test('a cancelled effect that was not sent ends; one in flight has its nonce filled (EFF-4)', async () => {
    const { plan, effect, blocks, effects, clock, model, store } = await open();
    await plan(1);
    await plan(2, { notBefore: milliseconds(clock.now() + 60_000) as Milliseconds });
    expect(await effects.cancel(chainId, idOf(1))).toBe(true);
    expect(await effects.cancel(chainId, idOf(2))).toBe(true);
    expect(await effects.cancel(chainId, idOf(3))).toBe(false);
    await clock.advance(2_000);
    expect(await effect(2)).toMatchObject({ phase: 'obsolete', end: { reason: 'cancelled' } });
    await blocks(4);
    expect(await effect(1)).toMatchObject({ phase: 'obsolete' });
    expect((await effect(1)).attempts.map(attempt => attempt.purpose)).toEqual(['effect', 'gapFill']);
    expect(model.timesDone(idOf(1))).toBe(0);
    expect(await store.lane(chainId, model.address)).toMatchObject({ nextNonce: 1n, slots: [] });
  });

  test('draining refuses new plans and resolves when nothing is in flight', async () => {
    const { plan, effect, blocks, effects } = await open();
    await plan(1);
    let drained = false;
    void effects.drain().then(() => {
      drained = true;
    });
    expect(await plan(2)).toBe('refused');
    expect(drained).toBe(false);
    await blocks(4);
    expect(drained).toBe(true);
    expect((await effect(1)).phase).toBe('final');
  });

  test('an effect ends obsolete at its deadline, with what had held it back', async () => {
    const { plan, effect, clock } = await open({
      handler: () => ({
        prepare: async () => ({ kind: 'later', notBefore: milliseconds(2 ** 50), reason: 'stale price' }),
        verify: async () => ({ kind: 'done' }),
      }),
    });
    await plan(1, { deadline: milliseconds(clock.now() + 5_000) });
    await clock.advance(8_000);
    expect(await effect(1)).toMatchObject({
      phase: 'obsolete',
      end: { reason: 'its deadline has passed; stale price' },
    });
  });

  test('F6: a liquidation planned behind maintenance takes the free slot first', async () => {
    const { plan, blocks, effects, clock, store } = await open({ policy: { maxUnconfirmed: 1 } });
    await plan(1, { urgency: 'maintenance' });
    await plan(2, { urgency: 'maintenance' });
    await plan(3);
    await blocks(8);
    const nonces = await Promise.all(
      [1, 2, 3].map(async n => (await store.effect(chainId, idOf(n)))?.attempts[0]?.nonce),
    );
    expect(nonces).toEqual([0n, 2n, 1n]);
    expect((await effects.snapshot())[0]?.ended.final).toBe(3);
    expect(clock.now()).toBeGreaterThan(0);
  });

  test('a handler that throws harms nobody: the effect waits and says so', async () => {
    const { plan, effect, log } = await open({
      handler: () => ({
        prepare: async () => Promise.reject(new Error('a defect')),
        verify: async () => ({ kind: 'done' }),
      }),
    });
    await plan(1);
    expect(await effect(1)).toMatchObject({ phase: 'planned', note: 'its handler threw: a defect' });
    expect(log.lines.some(line => line.startsWith('error a handler threw'))).toBe(true);
  });

  test('a dearer attempt that the budget does not allow does not keep back the cheaper one that was dropped', async () => {
    const { plan, effect, blocks, model } = await open();
    model.failSends(Array.from({ length: 8 }, () => 'dropped' as const));
    await plan(1, { budget: wei(390_000n * 21n * 10n ** 8n) });
    await blocks(16);
    expect((await effect(1)).phase).toBe('final');
    expect((await effect(1)).attempts).toHaveLength(1);
    expect(model.timesDone(idOf(1))).toBe(1);
  });

  test('EFF-5: an effect whose budget cannot cover the gas waits; it is never sent', async () => {
    const { plan, effect, model } = await open();
    await plan(1, { budget: wei(10n ** 9n) });
    expect((await effect(1)).note).toContain('fees do not fit');
    expect(model.sent).toEqual([]);
  });
});
