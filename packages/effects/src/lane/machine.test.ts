import { type Attempt, type EffectRecord, milliseconds, seconds, type TransactionStatus, wei } from '@bulkhead/shared';
import type { LaneSlot } from '@bulkhead/shared/ports';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideSlot, type LaneView, type MachineTerms, type Sending, type Sighting } from './machine.ts';

const id = (n: number) => `0x${n.toString(16).padStart(64, '0')}` as const;
const signer = '0x00000000000000000000000000000000000000aa';
const t0 = 1_000_000;
const block = { number: 100n, hash: id(100), time: seconds(1) };

const terms: MachineTerms = {
  capabilities: { replaceable: true },
  replacement: { afterBlocks: 2, minimumInterval: milliseconds(4_000) },
  finality: 'final',
  retryAfter: milliseconds(1_000),
  foreignPatience: milliseconds(60_000),
};

const attempt: Attempt = {
  number: 1,
  effect: id(1),
  signer,
  nonce: 5n,
  hash: id(11),
  bytes: '0x02',
  fees: { maxFeePerGas: wei(1n), maxPriorityFeePerGas: wei(1n) },
  gasLimit: 1n,
  recordedAt: milliseconds(t0),
  recordedAtBlock: 100n,
  maxCost: wei(1n),
  purpose: 'effect',
};

const effectOf = (changes: Partial<EffectRecord> = {}): EffectRecord => ({
  id: id(1),
  chain: 'eip155:1',
  urgency: 'liquidation',
  handler: 'bid',
  subject: '',
  payload: '{}',
  notBefore: milliseconds(0),
  deadline: milliseconds(t0 + 600_000),
  budget: wei(1n),
  trace: '',
  phase: 'broadcast',
  end: undefined,
  claim: 1,
  attempts: [attempt],
  slot: { signer, nonce: 5n },
  committed: wei(1n),
  includedIn: undefined,
  cancelRequested: false,
  plannedAt: milliseconds(0),
  updatedAt: milliseconds(0),
  dueAt: milliseconds(0),
  note: '',
  ...changes,
});

const viewOf = (now: number, head: bigint, nonces: Partial<LaneView['nonces']> = {}): LaneView => ({
  now: milliseconds(now),
  head: { number: head, hash: id(Number(head)), time: seconds(1) },
  nonces: { latest: 5n, pending: 6n, final: 3n, ...nonces },
});

const slotOf = (effect = effectOf()): LaneSlot => ({
  nonce: 5n,
  occupant: { kind: 'effect', effect },
  included: effect.phase === 'included',
  since: milliseconds(t0),
});
const foreign = (included = false): LaneSlot => ({
  nonce: 5n,
  occupant: { kind: 'foreign' },
  included,
  since: milliseconds(t0),
});

const included: TransactionStatus = { kind: 'included', block, succeeded: true, feePaid: wei(1n), events: [] };
const sight = (status: TransactionStatus, finality?: Sighting['finality'], of: Attempt = attempt): Sighting => ({
  attempt: of,
  status,
  finality,
});
const sentAt = (at: number, atBlock: bigint, outcome: Sending['outcome'] = 'accepted'): Sending => ({
  hash: attempt.hash,
  outcome,
  at: milliseconds(at),
  atBlock,
});
const pending = [sight({ kind: 'pending' })];
const unknown = [sight({ kind: 'unknown' })];

describe('lane machine', () => {
  test('a successor sends what was recorded, whether or not it was sent before', () => {
    expect(decideSlot(slotOf(effectOf({ phase: 'signed' })), unknown, undefined, viewOf(t0, 100n), terms)).toEqual({
      kind: 'send',
      attempt,
    });
  });

  test('F2: a refused send is tried again after a while, not at once', () => {
    const refused = sentAt(t0, 100n, 'retry');
    expect(decideSlot(slotOf(), unknown, refused, viewOf(t0 + 999, 101n), terms).kind).toBe('wait');
    expect(decideSlot(slotOf(), unknown, refused, viewOf(t0 + 1_000, 100n), terms)).toEqual({ kind: 'send', attempt });
  });

  test('F5: a nonce that an endpoint calls too low is looked into, and sent again if nothing used it', () => {
    const claimed = sentAt(t0, 100n, 'nonceUsed');
    expect(decideSlot(slotOf(), unknown, claimed, viewOf(t0 + 10, 100n, { latest: 6n }), terms).kind).toBe('wait');
    expect(decideSlot(slotOf(), unknown, claimed, viewOf(t0 + 1_000, 100n), terms)).toEqual({ kind: 'send', attempt });
  });

  test('F18: however fast blocks come, fees do not rise before the minimum interval', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 100n, max: 10_000n }), fc.integer({ min: 0, max: 3_999 }), (head, elapsed) => {
        const step = decideSlot(slotOf(), pending, sentAt(t0, 100n), viewOf(t0 + elapsed, head), terms);
        expect(step.kind).toBe('wait');
      }),
    );
    expect(decideSlot(slotOf(), pending, sentAt(t0, 100n), viewOf(t0 + 4_000, 102n), terms).kind).toBe('replace');
  });

  test('however long it takes, fees do not rise without blocks', () => {
    expect(decideSlot(slotOf(), pending, sentAt(t0, 100n), viewOf(t0 + 500_000, 101n), terms).kind).toBe('wait');
  });

  test('only the lowest unconfirmed nonce is replaced, and only where the chain can replace', () => {
    const late = viewOf(t0 + 9_000, 110n, { latest: 4n });
    expect(decideSlot(slotOf(), pending, sentAt(t0, 100n), late, terms).kind).toBe('wait');
    const rigid = { ...terms, capabilities: { replaceable: false } };
    expect(decideSlot(slotOf(), pending, sentAt(t0, 100n), viewOf(t0 + 9_000, 110n), rigid).kind).toBe('wait');
  });

  test('EFF-4: past its deadline, or cancelled, its nonce is filled once and then only replaced', () => {
    const late = viewOf(t0 + 600_000, 100n);
    expect(decideSlot(slotOf(), pending, sentAt(t0, 100n), late, terms).kind).toBe('gapFill');
    const cancelled = slotOf(effectOf({ cancelRequested: true }));
    expect(decideSlot(cancelled, pending, sentAt(t0, 100n), viewOf(t0, 100n), terms).kind).toBe('gapFill');
    const noop: Attempt = {
      ...attempt,
      number: 2,
      hash: id(12),
      purpose: 'gapFill',
      recordedAt: milliseconds(t0 + 600_000),
    };
    const both = [...pending, sight({ kind: 'pending' }, undefined, noop)];
    expect(decideSlot(slotOf(), both, { ...sentAt(t0, 100n), hash: noop.hash }, late, terms).kind).toBe('wait');
  });

  test('what an endpoint will never accept is given up and its nonce filled', () => {
    expect(decideSlot(slotOf(), unknown, sentAt(t0, 100n, 'permanent'), viewOf(t0, 100n), terms).kind).toBe('gapFill');
  });

  test('any hash ever recorded counts, not only the newest', () => {
    const newer: Attempt = { ...attempt, number: 2, hash: id(12) };
    const sightings = [sight(included, 'final'), sight({ kind: 'unknown' }, undefined, newer)];
    expect(
      decideSlot(slotOf(), sightings, undefined, viewOf(t0, 200n, { latest: 6n, final: 6n }), terms),
    ).toMatchObject({ kind: 'settle', attempt });
  });

  test('F9: included is not final; a reorganisation takes it back', () => {
    expect(
      decideSlot(slotOf(), [sight(included, 'head')], undefined, viewOf(t0, 100n, { latest: 6n }), terms).kind,
    ).toBe('markIncluded');
    const known = slotOf(effectOf({ phase: 'included', includedIn: { hash: attempt.hash, block } }));
    expect(
      decideSlot(known, [sight(included, 'confirmed')], undefined, viewOf(t0, 101n, { latest: 6n }), terms).kind,
    ).toBe('wait');
    expect(decideSlot(known, pending, undefined, viewOf(t0, 101n), terms).kind).toBe('markRetracted');
    expect(decideSlot(known, [sight(included, 'orphaned')], undefined, viewOf(t0, 101n), terms).kind).toBe(
      'markRetracted',
    );
    const quick = { ...terms, finality: 'confirmed' } as const;
    expect(
      decideSlot(known, [sight(included, 'confirmed')], undefined, viewOf(t0, 101n, { latest: 6n }), quick).kind,
    ).toBe('settle');
  });

  test('a nonce used by something else is given up only when that is final', () => {
    expect(decideSlot(slotOf(), unknown, undefined, viewOf(t0, 100n, { latest: 6n }), terms).kind).toBe('wait');
    expect(decideSlot(slotOf(), unknown, undefined, viewOf(t0, 100n, { latest: 6n, final: 6n }), terms).kind).toBe(
      'consumedByOther',
    );
  });

  test('F3: a nonce of unknown origin is watched, and filled only when nothing turns up', () => {
    const empty = (now: number) => viewOf(now, 100n, { latest: 5n, pending: 5n });
    expect(decideSlot(foreign(), [], undefined, empty(t0 + 3_999), terms).kind).toBe('wait');
    expect(decideSlot(foreign(), [], undefined, empty(t0 + 4_000), terms).kind).toBe('fillForeign');
    expect(decideSlot(foreign(), [], undefined, viewOf(t0 + 59_999, 100n), terms).kind).toBe('wait');
    expect(decideSlot(foreign(), [], undefined, viewOf(t0 + 60_000, 100n), terms).kind).toBe('fillForeign');
    expect(decideSlot(foreign(), [], undefined, viewOf(t0 + 60_000, 100n, { latest: 4n }), terms).kind).toBe('wait');
    expect(decideSlot(foreign(), [], undefined, viewOf(t0, 100n, { latest: 6n }), terms)).toEqual({
      kind: 'markForeign',
      included: true,
    });
    expect(decideSlot(foreign(true), [], undefined, viewOf(t0, 100n), terms)).toEqual({
      kind: 'markForeign',
      included: false,
    });
    expect(decideSlot(foreign(true), [], undefined, viewOf(t0, 100n, { latest: 6n, final: 6n }), terms).kind).toBe(
      'releaseForeign',
    );
  });
});
