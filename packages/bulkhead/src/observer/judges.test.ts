import type { Address, Hex32, Milliseconds, VaultId } from '@bulkhead/shared';
import { describe, expect, test } from 'vitest';
import { countDuplicates, isWasted } from './effects.ts';
import { checkEscrows } from './escrows.ts';
import { percentile, trackLatencies } from './latency.ts';
import type { Fill, TransactionView, VaultView } from './model.ts';
import { wallsCrossedIn } from './walls.ts';

const name = (letter: string): VaultId => `0x${letter.repeat(64)}` as VaultId;
const [alice, bob, carol, house] = [name('a'), name('b'), name('c'), name('f')];
const quote: Address = '0x00000000000000000000000000000000000000aa';
const keeper: Address = '0x00000000000000000000000000000000000000bb';
const hash = (digit: string): Hex32 => `0x${digit.repeat(64)}`;

const view = (
  vault: VaultId,
  free: bigint,
  rest: Partial<Omit<VaultView, 'vault' | 'assets'>> & { live?: bigint; locked?: bigint } = {},
): VaultView => ({
  vault,
  assets: new Map([[quote, { live: rest.live ?? free, free, locked: rest.locked ?? 0n, credit: 0n }]]),
  owed: rest.owed ?? 0n,
  due: rest.due ?? 0n,
  positions: rest.positions ?? new Map(),
});

const transaction = (
  digit: string,
  parties: readonly VaultId[],
  rest: Partial<TransactionView> = {},
): TransactionView => ({
  hash: hash(digit),
  from: keeper,
  succeeded: true,
  call: 'bid',
  parties: new Set(parties),
  declared: [],
  events: ['BidFilled'],
  fills: [],
  trades: [],
  expired: [],
  writesOffGains: false,
  losses: { members: 0n, house: 0n, gainers: 0n, residual: 0n },
  ...rest,
});

const free = (vault: VaultId, change: bigint) => ({ vault, aspect: 'free' as const, item: quote, change });
const books = (...views: VaultView[]) => new Map(views.map(each => [each.vault, each]));
const shared = new Set([house]);

describe('SEG-2, judged by the observer', () => {
  test('a bid that moves money between the vaults it names crosses no wall', () => {
    const bid = transaction('1', [alice, bob], { declared: [free(alice, -5n), free(bob, 5n)] });
    expect(
      wallsCrossedIn(books(view(alice, 10n), view(bob, 0n)), [view(alice, 5n), view(bob, 5n)], [bid], shared),
    ).toEqual([]);
  });

  test('a payment from the clearing house to a named vault crosses no wall', () => {
    const settle = transaction('1', [alice], { declared: [free(house, -5n), free(alice, 5n)] });
    expect(
      wallsCrossedIn(books(view(alice, 0n), view(house, 5n)), [view(alice, 5n), view(house, 0n)], [settle], shared),
    ).toEqual([]);
  });

  test('an event that charges a vault which the call did not name is a crossing of that transaction', () => {
    const bid = transaction('1', [alice], { declared: [free(carol, -5n)] });
    const other = transaction('2', [bob]);
    expect(wallsCrossedIn(books(view(carol, 10n)), [view(carol, 5n)], [bid, other], shared)).toMatchObject([
      { transaction: hash('1'), vault: carol },
    ]);
  });

  test('a book that changes without any event is a crossing', () => {
    const bid = transaction('1', [alice]);
    expect(wallsCrossedIn(books(view(carol, 10n)), [view(carol, 9n)], [bid], shared)).toEqual([
      { transaction: hash('1'), vault: carol, what: `free ${quote} fell by 1` },
    ]);
  });

  test.each([
    ['locked', view(carol, 10n, { locked: 3n })],
    ['owed', view(carol, 10n, { owed: 3n })],
    ['due', view(carol, 10n, { due: 3n })],
    ['a position', view(carol, 10n, { positions: new Map([[0, 3n]]) })],
  ])('%s of a vault that nobody named is behind the wall too', (_, after) => {
    expect(wallsCrossedIn(books(view(carol, 10n)), [after], [transaction('1', [alice])], shared)).toHaveLength(1);
  });

  test('a gains haircut may lower what others are due, and nothing else of them', () => {
    const bid = transaction('1', [alice, bob], { writesOffGains: true });
    const before = books(view(carol, 10n, { due: 5n }));
    expect(wallsCrossedIn(before, [view(carol, 10n, { due: 2n })], [bid], shared)).toEqual([]);
    expect(wallsCrossedIn(before, [view(carol, 10n, { due: 6n })], [bid], shared)).toHaveLength(1);
    expect(wallsCrossedIn(before, [view(carol, 9n, { due: 2n })], [bid], shared)).toHaveLength(1);
  });

  test('a settlement after a haircut may lower what others are due of the same round; without one it may not', () => {
    const settles = transaction('1', [alice], { events: ['Settled'] });
    const before = books(view(carol, 10n, { due: 5n }));
    const after = [view(carol, 10n, { due: 4n })];
    expect(wallsCrossedIn(before, after, [settles], shared, true)).toEqual([]);
    expect(wallsCrossedIn(before, after, [settles], shared, false)).toHaveLength(1);
    expect(wallsCrossedIn(before, after, [transaction('1', [alice])], shared, true)).toHaveLength(1);
    expect(wallsCrossedIn(before, [view(carol, 10n, { due: 6n })], [settles], shared, true)).toHaveLength(1);
  });

  test('what an instrument expired with has ended for everybody; a position that is left of it, or of another, has not', () => {
    const closes = transaction('1', [], { events: ['InstrumentExpired'], expired: [2] });
    const before = books(view(carol, 10n, { positions: new Map([[2, 5n]]) }));
    expect(wallsCrossedIn(before, [view(carol, 10n)], [closes], shared)).toEqual([]);
    const smaller = [view(carol, 10n, { positions: new Map([[2, 1n]]) })];
    expect(wallsCrossedIn(before, smaller, [closes], shared)).toHaveLength(1);
    const other = books(view(carol, 10n, { positions: new Map([[1, 5n]]) }));
    expect(wallsCrossedIn(other, [view(carol, 10n)], [closes], shared)).toHaveLength(1);
  });

  test('several changes behind one wall by one transaction count once', () => {
    const bid = transaction('1', [alice], { declared: [free(carol, -5n)] });
    expect(wallsCrossedIn(books(view(carol, 10n)), [view(carol, 5n, { owed: 1n })], [bid], shared)).toHaveLength(1);
  });
});

describe('SEG-1, judged by the observer', () => {
  test('an escrow that holds less than its book is short, one that holds more is not', () => {
    const check = checkEscrows([view(alice, 10n, { live: 9n }), view(bob, 10n, { live: 11n }), view(carol, 0n)]);
    expect(check).toMatchObject({ checked: 3, short: 1, shortages: [{ vault: alice, token: quote, missing: 1n }] });
  });

  test('what is locked must be there too', () => {
    expect(checkEscrows([view(alice, 10n, { locked: 1n })]).short).toBe(1);
  });
});

describe('EFF-1, judged by the observer', () => {
  const fill = (digit: string, rest: Partial<Fill> = {}): Fill => ({
    chain: 'eip155:1',
    transaction: hash(digit),
    vault: alice,
    bidderVault: bob,
    effectKey: hash(digit),
    lastTrade: hash(digit),
    answers: undefined,
    fraction: 1n,
    paid: 0n,
    received: 0n,
    forgiven: 0n,
    residual: 0n,
    ...rest,
  });

  test('different keys on different states are different effects', () => {
    expect(countDuplicates([fill('1'), fill('2')], [])).toBe(0);
  });

  test('one key twice is a duplicate, though the vault had changed', () => {
    expect(countDuplicates([fill('1'), fill('2', { effectKey: hash('1') })], [])).toBe(1);
  });

  test('one state answered twice is a duplicate, though the keys and bidders differ', () => {
    expect(countDuplicates([fill('1'), fill('2', { lastTrade: hash('1'), bidderVault: carol })], [])).toBe(1);
  });

  test('one key on two chains is two effects', () => {
    expect(countDuplicates([fill('1'), fill('1', { chain: 'eip155:2' })], [])).toBe(0);
  });

  test('a trade id is consumed once', () => {
    const trade = { chain: 'eip155:1', tradeId: hash('1') };
    expect(countDuplicates([], [trade, trade])).toBe(1);
  });
});

describe('wasted transactions', () => {
  const keepers = new Set([keeper]);
  test.each([
    ['a bid that reverted', { succeeded: false, events: [] }, true],
    ['a bid that only posted prices', { events: ['PricePosted'] }, true],
    ['a bid that was filled', {}, false],
    ['a nonce filled with nothing', { call: undefined, events: [] }, true],
    ["somebody else's failure", { succeeded: false, from: quote }, false],
  ])('%s', (_, rest, wasted) => {
    expect(isWasted(transaction('1', [], rest), keepers)).toBe(wasted);
  });
});

describe('latency', () => {
  const at = (value: number) => value as Milliseconds;
  test('runs from the report that made the vault liquidatable, not from later ones', () => {
    const latencies = trackLatencies();
    latencies.judged('v', false, at(1_000));
    latencies.judged('v', true, at(2_000));
    latencies.judged('v', true, at(3_000));
    expect(latencies.bidSeen('v', at(3_400), at(3_000))).toBe(1_400);
    expect(latencies.bidSeen('v', at(3_500), at(3_000))).toBeUndefined();
  });

  test('starts anew when the vault recovered in between', () => {
    const latencies = trackLatencies();
    latencies.judged('v', true, at(2_000));
    latencies.judged('v', false, at(3_000));
    latencies.judged('v', true, at(4_000));
    expect(latencies.bidSeen('v', at(4_250), at(4_000))).toBe(250);
  });

  test('of a bid made before the newest report counts from what the bid answered', () => {
    const latencies = trackLatencies();
    latencies.judged('v', true, at(2_000));
    latencies.judged('v', false, at(3_000));
    latencies.judged('v', true, at(4_000));
    expect(latencies.bidSeen('v', at(4_003), at(2_000))).toBe(2_003);
    expect(latencies.bidSeen('v', at(4_900), at(4_000))).toBe(900);
  });

  test('of a bid that carries no report counts from the newest failure', () => {
    const latencies = trackLatencies();
    latencies.judged('v', true, at(2_000));
    expect(latencies.bidSeen('v', at(2_600), undefined)).toBe(600);
  });

  test('percentiles are values that occurred', () => {
    expect([percentile([5, 1, 3], 0.5), percentile([5, 1, 3], 0.95), percentile([], 0.5)]).toEqual([3, 5, null]);
  });
});
