import {
  type Address,
  type Attempt,
  type EffectPlan,
  milliseconds,
  patienceOf,
  seconds,
  type Urgency,
  wei,
} from '@bulkhead/shared';
import type { Authority, Claim, Lease, Store } from '@bulkhead/shared/ports';
import { describe, expect, test } from 'vitest';

const chain = 'eip155:31337';
const signer: Address = '0x00000000000000000000000000000000000000aa';
const now = milliseconds(1_700_000_000_000);
const ttl = milliseconds(60_000);
const idOf = (n: number) => `0x${n.toString(16).padStart(64, '0')}` as const;
const block = { number: 7n, hash: idOf(7777), time: seconds(1) };
const terms = { maxUnconfirmed: 4, dailySpendCap: wei(10n ** 18n), gapFillBudget: wei(10n ** 15n) };

const planOf = (n: number, changes: Partial<EffectPlan> = {}): EffectPlan => ({
  id: idOf(n),
  chain,
  urgency: 'liquidation',
  handler: 'bid',
  subject: `vault ${n}`,
  payload: '{"answer":42}',
  notBefore: now,
  deadline: milliseconds(now + 60_000),
  budget: wei(10n ** 17n),
  trace: `trace-${n}`,
  ...changes,
});

const attemptOf = (n: number, nonce: bigint, changes: Partial<Attempt> = {}): Attempt => ({
  number: 1,
  effect: idOf(n),
  signer,
  nonce,
  hash: idOf(1000 + n),
  bytes: '0x02',
  fees: { maxFeePerGas: wei(10n ** 9n), maxPriorityFeePerGas: wei(1n) },
  gasLimit: 1_000_000n,
  recordedAt: now,
  recordedAtBlock: 1n,
  maxCost: wei(10n ** 15n),
  purpose: 'effect',
  ...changes,
});

/** What every Store must do, the simulator's included. @param open a fresh, empty store. @param wait lets the store's own time pass. */
export const storeContract = (name: string, open: () => Promise<Store>, wait: (ms: number) => Promise<void>): void => {
  const leaseOf = async (store: Store, leased: Lease['name'], holder = 'me', time = ttl): Promise<Lease> => {
    const outcome = await store.acquireLease(chain, leased, holder, time);
    if (outcome.kind !== 'held') throw new Error(`${leased} is taken by ${outcome.holder}`);
    return outcome.lease;
  };
  const lead = async (store: Store, holder = 'me', time = ttl): Promise<Authority> => ({
    shard: await leaseOf(store, 'shard:00-ff', holder, time),
    lane: await leaseOf(store, `lane:${signer}`, holder, time),
    signer,
  });
  const claimed = async (
    store: Store,
    authority: Authority,
    n: number,
    plan: Partial<EffectPlan> = {},
  ): Promise<Claim> => {
    await store.plan(planOf(n, plan), authority.shard, now);
    const claim = await store.claim(authority, idOf(n), now, ttl);
    if (!claim.ok) throw new Error(claim.error.kind);
    return claim.value.claim;
  };
  /** A store with an open lane whose next nonce is 0. */
  const ready = async (): Promise<{ store: Store; authority: Authority }> => {
    const store = await open();
    const authority = await lead(store);
    await store.adopt(authority, 0n, [], now);
    return { store, authority };
  };

  describe(`store contract: ${name}`, () => {
    test('a lease is one holder’s until it lapses, and every grant has a larger fence, not below the store’s clock', async () => {
      const store = await open();
      const first = await leaseOf(store, 'shard:a', 'first', milliseconds(60));
      expect(await store.acquireLease(chain, 'shard:a', 'second', ttl)).toMatchObject({
        kind: 'taken',
        holder: 'first',
      });
      expect(await store.renewLease(first, milliseconds(60))).toBe(true);
      await wait(90);
      const second = await leaseOf(store, 'shard:a', 'second');
      expect(second.fence).toBeGreaterThan(first.fence);
      expect(await store.renewLease(first, ttl)).toBe(false);
      await store.releaseLease(first);
      expect(await store.acquireLease(chain, 'shard:a', 'third', ttl)).toMatchObject({
        kind: 'taken',
        holder: 'second',
      });
      await store.releaseLease(second);
      const third = await leaseOf(store, 'shard:a', 'third');
      expect(third.fence).toBeGreaterThan(second.fence);
    });

    test('the same holder that asks again gets a new fence, and its old one is void', async () => {
      const store = await open();
      const first = await lead(store);
      const again = await lead(store);
      expect(again.lane.fence).toBeGreaterThan(first.lane.fence);
      expect(await store.plan(planOf(1), first.shard, now)).toEqual({
        ok: false,
        error: { kind: 'fenced', lease: 'shard' },
      });
    });

    test('EFF-2: a plan is kept once, whole, and is known from then on, also after its end', async () => {
      const { store, authority } = await ready();
      expect(await store.plan(planOf(1), authority.shard, now)).toEqual({ ok: true, value: 'planned' });
      expect(await store.plan(planOf(1, { subject: 'other' }), authority.shard, now)).toEqual({
        ok: true,
        value: 'known',
      });
      expect(await store.effect(chain, idOf(1))).toMatchObject({
        ...planOf(1),
        phase: 'planned',
        claim: 0,
        attempts: [],
        slot: undefined,
      });
      const claim = await claimed(store, authority, 1);
      expect(await store.conclude(claim, { kind: 'obsolete', reason: 'healthy' }, undefined, now)).toMatchObject({
        ok: true,
      });
      expect(await store.plan(planOf(1), authority.shard, now)).toEqual({ ok: true, value: 'known' });
      expect(await store.effect(chain, idOf(1))).toMatchObject({
        phase: 'obsolete',
        end: { kind: 'obsolete', reason: 'healthy' },
      });
      expect(await store.openEffects(chain, 10)).toEqual([]);
      expect((await store.counters(chain, now)).ended.obsolete).toBe(1);
      expect(await store.effect(chain, idOf(2))).toBeUndefined();
    });

    test('F6: the most urgent due effect is claimed first, then the one due longest; what is not due is not claimed', async () => {
      const { store, authority } = await ready();
      await store.plan(planOf(1, { urgency: 'maintenance', notBefore: milliseconds(now - 500) }), authority.shard, now);
      await store.plan(planOf(2, { notBefore: milliseconds(now - 1) }), authority.shard, now);
      await store.plan(planOf(3, { notBefore: milliseconds(now - 9) }), authority.shard, now);
      await store.plan(planOf(4, { notBefore: milliseconds(now + 1) }), authority.shard, now);
      const claims = async (limit: number) => {
        const next = await store.claimNext(authority, now, ttl, limit);
        return next.ok ? next.value.map(({ effect }) => effect.id) : [next.error.kind];
      };
      expect(await claims(2)).toEqual([idOf(3), idOf(2)]);
      expect(await claims(2)).toEqual([idOf(1)]);
      expect(await claims(2)).toEqual([]);
    });

    test('F6: what has waited beyond its patience goes before a more urgent effect that has just become due', async () => {
      const { store, authority } = await ready();
      const late = (urgency: Urgency, by: number) => milliseconds(now - patienceOf[urgency] - by);
      await store.plan(planOf(1, { urgency: 'settlement', notBefore: late('settlement', 2) }), authority.shard, now);
      await store.plan(planOf(2, { urgency: 'maintenance', notBefore: late('maintenance', 3) }), authority.shard, now);
      await store.plan(planOf(3, { urgency: 'settlement', notBefore: late('settlement', 1) }), authority.shard, now);
      await store.plan(planOf(4, { notBefore: milliseconds(now - 1) }), authority.shard, now);
      const next = await store.claimNext(authority, now, ttl, 4);
      if (!next.ok) throw new Error('they are claimed');
      // At the same turn the more urgent one is first.
      expect(next.value.map(({ effect }) => effect.id)).toEqual([idOf(2), idOf(1), idOf(4), idOf(3)]);
    });

    test('F19: a lapsed claim is claimed again with a higher number, and the older claim cannot record', async () => {
      const { store, authority } = await ready();
      await store.plan(planOf(1), authority.shard, now);
      const first = await store.claim(authority, idOf(1), now, milliseconds(50));
      expect(await store.claim(authority, idOf(1), now, ttl)).toEqual({ ok: false, error: { kind: 'claimed' } });
      await wait(80);
      const second = await store.claim(authority, idOf(1), now, ttl);
      if (!first.ok || !second.ok) throw new Error('both are granted');
      expect(second.value.claim.number).toBe(first.value.claim.number + 1);
      expect(await store.record(first.value.claim, attemptOf(1, 0n), terms, now)).toEqual({
        ok: false,
        error: { kind: 'claimLost' },
      });
      expect(await store.record(second.value.claim, attemptOf(1, 0n), terms, now)).toEqual({
        ok: true,
        value: 'recorded',
      });
    });

    test('EFF-3: a claim that lapsed cannot record even when nobody else has claimed', async () => {
      const { store, authority } = await ready();
      await store.plan(planOf(1), authority.shard, now);
      const claim = await store.claim(authority, idOf(1), now, milliseconds(40));
      if (!claim.ok) throw new Error('granted');
      await wait(70);
      expect(await store.record(claim.value.claim, attemptOf(1, 0n), terms, now)).toEqual({
        ok: false,
        error: { kind: 'claimLost' },
      });
      expect((await store.lane(chain, signer)).nextNonce).toBe(0n);
    });

    test('EFF-3: after a takeover of either lease nothing of the predecessor is written, and its claims are free at once', async () => {
      for (const leased of ['shard', 'lane'] as const) {
        const store = await open();
        const old = await lead(store, 'old');
        await store.adopt(old, 0n, [], now);
        const claim = await claimed(store, old, 1);
        await store.releaseLease(old[leased]);
        const taken = await leaseOf(store, old[leased].name, 'new');
        const refusal = { ok: false, error: { kind: 'fenced', lease: leased } };
        expect(await store.record(claim, attemptOf(1, 0n), terms, now)).toEqual(refusal);
        expect(await store.postpone(claim, now, now, '')).toEqual(refusal);
        expect(await store.conclude(claim, { kind: 'obsolete', reason: '' }, undefined, now)).toEqual(refusal);
        expect(await store.claimNext(old, now, ttl, 1)).toEqual(refusal);
        expect(await store.adopt(old, 9n, [], now)).toEqual(refusal);
        if (leased === 'lane')
          expect(await store.claim({ ...old, lane: taken }, idOf(1), now, ttl)).toMatchObject({
            ok: true,
            value: { claim: { number: 2 } },
          });
      }
    });

    test('EFF-3: a lapsed lease cannot record, though nobody took it', async () => {
      const store = await open();
      const authority = await lead(store, 'me', milliseconds(200));
      await store.adopt(authority, 0n, [], now);
      const claim = await claimed(store, authority, 1);
      await wait(260);
      expect(await store.record(claim, attemptOf(1, 0n), terms, now)).toMatchObject({
        ok: false,
        error: { kind: 'fenced' },
      });
    });

    test('EFF-4: recording advances the lane by one, only from its next nonce, and keeps what was recorded', async () => {
      const { store, authority } = await ready();
      const claim = await claimed(store, authority, 1);
      expect(await store.record(claim, attemptOf(1, 1n), terms, now)).toEqual({
        ok: false,
        error: { kind: 'nonceTaken', nextNonce: 0n },
      });
      expect(await store.record(claim, attemptOf(1, 0n), terms, now)).toMatchObject({ ok: true });
      const lane = await store.lane(chain, signer);
      expect(lane.nextNonce).toBe(1n);
      expect(lane.slots).toMatchObject([
        {
          nonce: 0n,
          included: false,
          occupant: { kind: 'effect', effect: { phase: 'signed', attempts: [attemptOf(1, 0n)] } },
        },
      ]);
      const other = await claimed(store, authority, 2);
      expect(await store.record(other, attemptOf(2, 0n), terms, now)).toEqual({
        ok: false,
        error: { kind: 'nonceTaken', nextNonce: 1n },
      });
    });

    test('a replacement goes into the effect’s own slot and nowhere else', async () => {
      const { store, authority } = await ready();
      const claim = await claimed(store, authority, 1);
      await store.record(claim, attemptOf(1, 0n), terms, now);
      expect(await store.record(claim, attemptOf(1, 1n, { number: 2 }), terms, now)).toMatchObject({
        ok: false,
        error: { kind: 'nonceTaken' },
      });
      expect(await store.record(claim, attemptOf(1, 0n, { number: 1 }), terms, now)).toMatchObject({
        ok: false,
        error: { kind: 'claimLost' },
      });
      expect(await store.record(claim, attemptOf(1, 0n, { number: 2 }), terms, now)).toMatchObject({ ok: true });
      expect((await store.lane(chain, signer)).nextNonce).toBe(1n);
    });

    test('at most maxUnconfirmed slots wait for inclusion; included ones do not count', async () => {
      const { store, authority } = await ready();
      const tight = { ...terms, maxUnconfirmed: 1 };
      const first = await claimed(store, authority, 1);
      const second = await claimed(store, authority, 2);
      await store.record(first, attemptOf(1, 0n), tight, now);
      expect(await store.record(second, attemptOf(2, 1n), tight, now)).toEqual({
        ok: false,
        error: { kind: 'laneFull' },
      });
      await store.markIncluded(first, { hash: idOf(1001), block }, now, now);
      expect(await store.record(second, attemptOf(2, 1n), tight, now)).toMatchObject({ ok: true });
    });

    test('EFF-5: an effect’s nonces together stay within its budget; at one nonce the dearest attempt counts', async () => {
      const { store, authority } = await ready();
      const claim = await claimed(store, authority, 1, { budget: wei(3n * 10n ** 15n) });
      const cost = (units: bigint, number: number, nonce = 0n) =>
        attemptOf(1, nonce, { number, maxCost: wei(units * 10n ** 15n) });
      expect(await store.record(claim, cost(4n, 1), terms, now)).toEqual({ ok: false, error: { kind: 'overBudget' } });
      expect(await store.record(claim, cost(1n, 1), terms, now)).toMatchObject({ ok: true });
      expect(await store.record(claim, cost(2n, 2), terms, now)).toMatchObject({ ok: true });
      expect((await store.effect(chain, idOf(1)))?.committed).toBe(2n * 10n ** 15n);
      await store.conclude(
        claim,
        { kind: 'again', dueAt: now, note: 'missed' },
        { nonce: 0n, feePaid: wei(10n ** 15n), wasted: true },
        now,
      );
      const again = await store.claim(authority, idOf(1), now, ttl);
      if (!again.ok) throw new Error('granted');
      expect(await store.record(again.value.claim, cost(3n, 3, 1n), terms, now)).toEqual({
        ok: false,
        error: { kind: 'overBudget' },
      });
      expect(await store.record(again.value.claim, cost(2n, 3, 1n), terms, now)).toMatchObject({ ok: true });
    });

    test('the daily spend cap counts what is reserved, and gives back what was not paid', async () => {
      const { store, authority } = await ready();
      const capped = { ...terms, dailySpendCap: wei(2n * 10n ** 15n) };
      const first = await claimed(store, authority, 1);
      const second = await claimed(store, authority, 2);
      await store.record(first, attemptOf(1, 0n, { maxCost: wei(2n * 10n ** 15n) }), capped, now);
      expect(await store.record(second, attemptOf(2, 1n), capped, now)).toEqual({
        ok: false,
        error: { kind: 'overDailyCap', spent: 2n * 10n ** 15n },
      });
      await store.conclude(
        first,
        { kind: 'final', transaction: idOf(1001), block },
        { nonce: 0n, feePaid: wei(10n ** 15n), wasted: false },
        now,
      );
      expect(await store.record(second, attemptOf(2, 1n), capped, now)).toMatchObject({ ok: true });
      expect((await store.counters(chain, now)).spentToday).toBe(2n * 10n ** 15n);
      expect((await store.counters(chain, milliseconds(now + 86_400_000))).spentToday).toBe(0n);
    });

    test('F17: limits hold at single wei: costs are rounded up, budgets down', async () => {
      const { store, authority } = await ready();
      const claim = await claimed(store, authority, 1, { budget: wei(10n ** 9n) });
      expect(await store.record(claim, attemptOf(1, 0n, { maxCost: wei(10n ** 9n + 1n) }), terms, now)).toEqual({
        ok: false,
        error: { kind: 'overBudget' },
      });
      const tiny = await claimed(store, authority, 2, { budget: wei(10n ** 9n - 1n) });
      expect(await store.record(tiny, attemptOf(2, 0n, { maxCost: wei(1n) }), terms, now)).toEqual({
        ok: false,
        error: { kind: 'overBudget' },
      });
      expect(await store.record(claim, attemptOf(1, 0n, { maxCost: wei(10n ** 9n) }), terms, now)).toMatchObject({
        ok: true,
      });
    });

    test('an effect goes signed, broadcast, included, back by a reorganisation, and to its end (F9)', async () => {
      const { store, authority } = await ready();
      const claim = await claimed(store, authority, 1);
      const phase = async () => (await store.effect(chain, idOf(1)))?.phase;
      await store.record(claim, attemptOf(1, 0n), terms, now);
      await store.markBroadcast(claim, now, now, '');
      expect(await phase()).toBe('broadcast');
      await store.markIncluded(claim, { hash: idOf(1001), block }, now, now);
      expect(await store.effect(chain, idOf(1))).toMatchObject({
        phase: 'included',
        includedIn: { hash: idOf(1001), block },
      });
      expect((await store.lane(chain, signer)).slots[0]?.included).toBe(true);
      expect(await store.record(claim, attemptOf(1, 0n, { number: 2 }), terms, now)).toMatchObject({ ok: false });
      await store.markRetracted(claim, now, now);
      expect(await store.effect(chain, idOf(1))).toMatchObject({ phase: 'broadcast', includedIn: undefined });
      expect((await store.lane(chain, signer)).slots[0]?.included).toBe(false);
      await store.markIncluded(claim, { hash: idOf(1001), block }, now, now);
      const end = { kind: 'final', transaction: idOf(1001), block } as const;
      expect(await store.conclude(claim, end, { nonce: 0n, feePaid: wei(5n), wasted: false }, now)).toMatchObject({
        ok: true,
      });
      expect(await store.effect(chain, idOf(1))).toMatchObject({ phase: 'final', end, slot: undefined });
      expect((await store.lane(chain, signer)).slots).toEqual([]);
      expect(await store.postpone(claim, now, now, '')).toEqual({ ok: false, error: { kind: 'ended' } });
    });

    test('EFF-4: an effect with a slot cannot end without settling its nonce', async () => {
      const { store, authority } = await ready();
      const claim = await claimed(store, authority, 1);
      await store.record(claim, attemptOf(1, 0n), terms, now);
      const end = { kind: 'obsolete', reason: 'late' } as const;
      expect(await store.conclude(claim, end, undefined, now)).toMatchObject({
        ok: false,
        error: { kind: 'nonceTaken' },
      });
      expect(await store.conclude(claim, end, { nonce: 3n, feePaid: undefined, wasted: false }, now)).toMatchObject({
        ok: false,
      });
      expect((await store.lane(chain, signer)).slots).toHaveLength(1);
    });

    test('postponing gives the claim back; a claim given back cannot record', async () => {
      const { store, authority } = await ready();
      const claim = await claimed(store, authority, 1);
      await store.postpone(claim, now, milliseconds(now + 5), 'stale price');
      expect(await store.effect(chain, idOf(1))).toMatchObject({
        phase: 'planned',
        note: 'stale price',
        dueAt: now + 5,
      });
      expect(await store.record(claim, attemptOf(1, 0n), terms, now)).toEqual({
        ok: false,
        error: { kind: 'claimLost' },
      });
      expect(await store.claimNext(authority, now, ttl, 1)).toEqual({ ok: true, value: [] });
      expect(await store.claimNext(authority, milliseconds(now + 5), ttl, 1)).toMatchObject({
        ok: true,
        value: [{ effect: { id: idOf(1) } }],
      });
    });

    test('foreign nonces are watched; only a no-op may take their slot', async () => {
      const { store, authority } = await ready();
      await store.adopt(authority, 2n, [0n, 1n], now);
      await store.adopt(authority, 1n, [], now);
      expect(await store.lane(chain, signer)).toMatchObject({
        nextNonce: 2n,
        slots: [
          { nonce: 0n, occupant: { kind: 'foreign' }, since: now },
          { nonce: 1n, occupant: { kind: 'foreign' } },
        ],
      });
      const claim = await claimed(store, authority, 1);
      expect(await store.record(claim, attemptOf(1, 0n), terms, now)).toMatchObject({
        ok: false,
        error: { kind: 'nonceTaken' },
      });
      const costly = attemptOf(1, 0n, { purpose: 'gapFill', maxCost: wei(2n * 10n ** 15n) });
      expect(await store.record(claim, costly, terms, now)).toEqual({ ok: false, error: { kind: 'overBudget' } });
      expect(await store.record(claim, attemptOf(1, 0n, { purpose: 'gapFill' }), terms, now)).toMatchObject({
        ok: true,
      });
      expect(await store.releaseForeign(authority, 0n)).toMatchObject({ ok: false, error: { kind: 'nonceTaken' } });
      await store.markForeign(authority, 1n, true);
      expect((await store.lane(chain, signer)).slots[1]).toMatchObject({ nonce: 1n, included: true });
      await store.releaseForeign(authority, 1n);
      expect((await store.lane(chain, signer)).slots.map(slot => slot.nonce)).toEqual([0n]);
    });

    test('F4: what is overdue is found, and a lapsed claim without an attempt is planned again', async () => {
      const { store, authority } = await ready();
      await store.plan(planOf(1, { notBefore: milliseconds(now - 100) }), authority.shard, now);
      await store.plan(planOf(2, { notBefore: milliseconds(now + 100) }), authority.shard, now);
      await store.claim(authority, idOf(1), milliseconds(now - 100), milliseconds(30));
      await wait(60);
      expect(await store.overdue(chain, now, 10)).toEqual([
        { effect: idOf(1), urgency: 'liquidation', dueAt: now - 70 },
      ]);
      expect((await store.effect(chain, idOf(1)))?.phase).toBe('planned');
    });

    test('a cancel request makes a planned effect due, and is refused for what is unknown or ended', async () => {
      const { store, authority } = await ready();
      await store.plan(planOf(1, { notBefore: milliseconds(now + 50_000) }), authority.shard, now);
      expect(await store.requestCancel(chain, idOf(1), now)).toBe(true);
      expect(await store.requestCancel(chain, idOf(9), now)).toBe(false);
      const next = await store.claimNext(authority, now, ttl, 1);
      expect(next).toMatchObject({ ok: true, value: [{ effect: { id: idOf(1), cancelRequested: true } }] });
    });

    test('pause flags, watermarks and decisions outlive their writer; a watermark never goes back', async () => {
      const store = await open();
      await store.setPaused(chain, true);
      expect(await store.paused(chain)).toBe(true);
      expect((await store.lane(chain, signer)).paused).toBe(true);
      await store.setPaused(chain, false);
      expect(await store.paused(chain)).toBe(false);
      expect(await store.watermark(chain, 'events')).toBeUndefined();
      await store.advanceWatermark(chain, 'events', 12n);
      await store.advanceWatermark(chain, 'events', 11n);
      expect(await store.watermark(chain, 'events')).toBe(12n);
      await store.putDecision(chain, 'vault|1', '{"kind":"healthy|so far"}', now);
      expect(await store.decision(chain, 'vault|1')).toEqual({ decision: '{"kind":"healthy|so far"}', at: now });
      expect(await store.decision(chain, 'vault|2')).toBeUndefined();
    });
  });
};
