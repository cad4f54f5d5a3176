import { type Address, seconds, type Touch, tokenAmount, type VaultId, vaultId, wad } from '@bulkhead/shared';
import { describe, expect, test } from 'vitest';
import { type Attribution, attribute } from './attribute.ts';
import { candidatesOf, type Surroundings } from './candidates.ts';
import { arraySlot, mappingSlot, structField, structWords, variableSlot } from './layout.ts';
import type { AccountDiff, ChangedWord, StateDiff } from './stateDiff.ts';

const address = (byte: string): Address => `0x${byte.repeat(20)}`;
const vault = (byte: string): VaultId => vaultId(`0x${byte.repeat(32)}`);

const addresses = {
  vaultRegistry: address('a1'),
  marginEngine: address('a2'),
  clearingHouse: address('a3'),
  liquidationEngine: address('a4'),
  oracleHub: address('a5'),
  vaultLens: address('a6'),
  marginGroups: address('a7'),
  portfolioRequirements: address('a8'),
};
const quote = address('b1');
const other = address('b2');
const keeper = address('c1');
const failing = vault('01');
const bidder = vault('02');
const settlement = vault('03');
const stranger = vault('04');
const member = `0x${'05'.repeat(32)}` as const;
const key = `0x${'77'.repeat(32)}` as const;
const feed = `0x${'88'.repeat(32)}` as const;

const around: Surroundings = {
  quoteToken: quote,
  tokens: [other],
  instruments: [{ instrument: 0, round: 5 }],
  venueVaults: [settlement],
  members: [member],
};

/** Tells vaults' escrows apart, as CREATE2 would. */
const escrowOf = (one: VaultId): Address => `0x${one.slice(2, 42)}`;
const balanceSlot = (holder: Address): bigint => mappingSlot(3n, holder);

const attribution: Attribution = {
  addresses,
  around,
  escrowOf,
  balanceSlots: new Map([[quote, balanceSlot]]),
  from: keeper,
  allowances: new Map(),
};

const bid = {
  kind: 'bid',
  vault: failing,
  bidderVault: bidder,
  fraction: wad(1n),
  limit: wad(1n),
  lastTrade: key,
  skip: [],
  effectKey: key,
  deadline: seconds(1),
  reports: [{ feed, price: 1n, confidence: 0n, time: seconds(1), epoch: 1n, signatures: [] }] as never,
} as const;

const word = (slot: bigint, before: bigint, after: bigint): ChangedWord => ({ slot, before, after });
const changed = (...words: readonly ChangedWord[]): AccountDiff => ({ words, created: false });
const diffOf = (...accounts: readonly (readonly [Address, AccountDiff])[]): StateDiff => new Map(accounts);

const touches = (diff: StateDiff): readonly Touch[] => attribute(diff, candidatesOf(bid, [], around), attribution);
const brief = (touch: Touch) => [touch.vault, touch.aspect, touch.item, touch.before, touch.after];

const engine = (label: string): bigint => variableSlot('MarginEngine', label);
const house = (label: string): bigint => variableSlot('ClearingHouse', label);
const at = (contract: 'MarginEngine' | 'ClearingHouse', struct: string, label: string, value: bigint): bigint =>
  value << BigInt(8 * structField(contract, struct, label).offset);
const entry = (one: VaultId, index: bigint): bigint => mappingSlot(engine('_entries'), one) + index;

describe('attribution of a changed word', () => {
  test('of the book: free and locked by token, each token by its number', () => {
    const first = at('MarginEngine', 'Entry', 'free', 100n);
    const second = at('MarginEngine', 'Entry', 'tag', 1n) | at('MarginEngine', 'Entry', 'free', 5n);
    const third = second | at('MarginEngine', 'Entry', 'locked', 2n);
    const diff = diffOf([
      addresses.marginEngine,
      changed(word(entry(failing, 0n), first, 0n), word(entry(bidder, 1n), second, third)),
    ]);
    expect(touches(diff).map(brief)).toEqual([
      [failing, 'free', quote, 100n, 0n],
      [bidder, 'locked', other, 0n, 2n],
    ]);
  });

  test('of the book: an emptied place that another token takes touches both', () => {
    const threeTokens = { ...around, tokens: [other, address('b3')] };
    const was = at('MarginEngine', 'Entry', 'tag', 1n) | at('MarginEngine', 'Entry', 'free', 4n);
    const is = at('MarginEngine', 'Entry', 'tag', 2n) | at('MarginEngine', 'Entry', 'free', 9n);
    const diff = diffOf([addresses.marginEngine, changed(word(entry(bidder, 1n), was, is))]);
    const found = attribute(diff, candidatesOf(bid, [], threeTokens), { ...attribution, around: threeTokens });
    expect(found.map(brief)).toEqual([
      [bidder, 'free', other, 4n, 0n],
      [bidder, 'free', address('b3'), 0n, 9n],
    ]);
  });

  test('of credits: the sum and the beneficiary’s part', () => {
    const total = mappingSlot(engine('_creditTotal'), failing, quote);
    const part = mappingSlot(engine('_credit'), failing, quote, bidder);
    const diff = diffOf([addresses.marginEngine, changed(word(total, 0n, 7n), word(part, 0n, 7n))]);
    expect(touches(diff).map(touch => [touch.vault, touch.aspect, touch.item])).toEqual([
      [failing, 'credit', quote],
      [failing, 'credit', quote],
    ]);
  });

  test('of positions and claims: size, debts and dues; a claim that only moved up changes nothing owed', () => {
    const position = mappingSlot(house('_positions'), failing, 0n);
    const claims = arraySlot(mappingSlot(house('_claims'), failing, 0n));
    const debt = at('ClearingHouse', 'ClaimSlot', 'debt', 1n);
    const owes = (amount: bigint): bigint => debt | at('ClearingHouse', 'ClaimSlot', 'amount', amount);
    const due = at('ClearingHouse', 'ClaimSlot', 'amount', 30n) | at('ClearingHouse', 'ClaimSlot', 'paid', 10n);
    const diff = diffOf([
      addresses.clearingHouse,
      changed(word(position, 10n, 4n), word(claims, owes(50n), due), word(claims + 1n, due, owes(20n))),
    ]);
    expect(touches(diff).map(brief)).toEqual([
      [failing, 'position', '0', 10n, 4n],
      [failing, 'owed', '0', 50n, 20n],
      [failing, 'due', '0', 20n, 20n],
    ]);
  });

  test('of a token: balances of escrows, and none of its own purse', () => {
    const diff = diffOf([
      quote,
      changed(
        word(balanceSlot(escrowOf(failing)), 100n, 40n),
        word(balanceSlot(escrowOf(settlement)), 0n, 60n),
        word(balanceSlot(keeper), 5n, 4n),
      ),
    ]);
    expect(touches(diff).map(brief)).toEqual([
      [failing, 'escrow', quote, 100n, 40n],
      [settlement, 'escrow', quote, 0n, 60n],
    ]);
  });

  test('of what all groups share: rounds, running state, posted prices, the consumed key', () => {
    const listings = arraySlot(house('_listings'));
    const rounds = listings + structField('ClearingHouse', 'Listing', 'rounds').word;
    const state = listings + structField('ClearingHouse', 'Listing', 'state').word;
    const diff = diffOf(
      [addresses.clearingHouse, changed(word(mappingSlot(rounds, 4n), 1n, 2n), word(state, 1n, 2n))],
      [addresses.oracleHub, changed(word(mappingSlot(variableSlot('OracleHub', '_feeds'), feed), 1n, 2n))],
      [
        addresses.liquidationEngine,
        changed(word(mappingSlot(variableSlot('LiquidationEngine', '_effectKeyUsed'), bidder, key), 0n, 1n)),
      ],
    );
    expect(touches(diff)).toEqual([]);
  });

  test('of what all groups share of the waterfall: clients counted, calls, residuals', () => {
    const fund = mappingSlot(house('_funds'), member);
    const queue = house('_residualQueue');
    const counted = at('ClearingHouse', 'Fund', 'openVaults', 1n) | at('ClearingHouse', 'Fund', 'callDeadline', 9n);
    const residual = arraySlot(queue + structField('ClearingHouse', 'ResidualQueue', 'entries').word);
    const diff = diffOf([
      addresses.clearingHouse,
      changed(word(fund, 0n, counted), word(queue, 0n, 1n), word(residual, 0n, 7n), word(residual + 1n, 0n, 7n)),
    ]);
    expect(touches(diff)).toEqual([]);
  });

  test('of bookkeeping alone: still names the vault', () => {
    const diff = diffOf([addresses.clearingHouse, changed(word(mappingSlot(house('_lastTrade'), bidder), 1n, 2n))]);
    expect(touches(diff).map(touch => [touch.vault, touch.aspect])).toEqual([[bidder, 'position']]);
  });
});

describe('what is nobody’s to change', () => {
  const unattributed = (account: Address, slot: bigint): readonly unknown[] =>
    touches(diffOf([account, changed(word(slot, 1n, 2n))])).map(touch => [touch.vault, touch.aspect]);
  const nobody = [[undefined, 'unattributed']];

  test.each([
    ['a stranger’s book', addresses.marginEngine, entry(stranger, 0n)],
    ['the terms of a collateral', addresses.marginEngine, mappingSlot(engine('_collaterals'), 1n)],
    ['the terms of an instrument', addresses.clearingHouse, arraySlot(house('_listings'))],
    ['a stranger’s position', addresses.clearingHouse, mappingSlot(house('_positions'), stranger, 0n)],
    ['an old round', addresses.clearingHouse, mappingSlot(999n, 1n)],
    ['somebody’s rights', addresses.vaultRegistry, mappingSlot(variableSlot('VaultRegistry', '_grants'), 1n)],
    ['the price of another feed', addresses.oracleHub, mappingSlot(variableSlot('OracleHub', '_feeds'), key)],
    ['the signers of prices', addresses.oracleHub, variableSlot('OracleHub', '_signers')],
    ['another effect key', addresses.liquidationEngine, mappingSlot(1n, bidder, feed)],
    ['a stranger’s escrow', quote, balanceSlot(escrowOf(stranger))],
    ['a token whose balances nobody can place', other, balanceSlot(escrowOf(failing))],
    ['a contract that is none of ours', address('ee'), 0n],
  ])('%s', (_, account, slot) => {
    expect(unattributed(account, slot)).toEqual(nobody);
  });

  test('haircuts and rates, which only RiskConfig sets, and how long rounds are', () => {
    const listing = arraySlot(house('_listings'));
    const word_ = (struct: string, field: string): bigint => structField('ClearingHouse', struct, field).word;
    for (const field of ['imRateWad', 'mmRateWad', 'mmFromWad', 'rampStart', 'tradeBandWad']) {
      const slot = listing + word_('Listing', 'terms') + word_('Terms', field);
      const diff = diffOf([addresses.clearingHouse, changed(word(slot, 0n, at('ClearingHouse', 'Terms', field, 1n)))]);
      expect(touches(diff).map(touch => touch.aspect)).toEqual(['unattributed']);
    }
    const rounds = (field: string) =>
      diffOf([
        addresses.clearingHouse,
        changed(word(listing + word_('Listing', field), 0n, at('ClearingHouse', 'Listing', field, 1n))),
      ]);
    expect(word_('Listing', 'oldestOpen'), 'in one word').toBe(word_('Listing', 'roundSeconds'));
    expect(touches(rounds('oldestOpen'))).toEqual([]);
    expect(touches(rounds('roundSeconds')).map(touch => touch.aspect)).toEqual(['unattributed']);
  });

  test('what a member has to contribute, or that it leaves', () => {
    const fund = mappingSlot(house('_funds'), member);
    for (const field of ['required', 'leaving', 'place', 'bucket']) {
      const diff = diffOf([addresses.clearingHouse, changed(word(fund, 0n, at('ClearingHouse', 'Fund', field, 1n)))]);
      expect(touches(diff).map(touch => touch.aspect)).toEqual(['unattributed']);
    }
  });

  test('code where no candidate’s escrow is', () => {
    const created = { words: [], created: true };
    expect(touches(diffOf([escrowOf(failing), created]))).toEqual([]);
    expect(touches(diffOf([escrowOf(stranger), created])).map(touch => touch.aspect)).toEqual(['unattributed']);
  });

  test('the words of a venue that is not the clearing house, unless it is the acted vault’s and trusted (SEG-2)', () => {
    const desk = address('d1');
    const diff = diffOf([desk, changed(word(5n, 1n, 2n), word(6n, 3n, 3n))]);
    const candidates = candidatesOf(bid, [], around);
    expect(attribute(diff, candidates, attribution).every(touch => touch.aspect === 'unattributed')).toBe(true);
    const other = { ...attribution, foreign: { venue: address('d2'), vault: failing } };
    expect(attribute(diff, candidates, other).every(touch => touch.aspect === 'unattributed')).toBe(true);
    const trusted = { ...attribution, foreign: { venue: desk, vault: failing } };
    expect(attribute(diff, candidates, trusted).map(brief)).toEqual([[failing, 'position', `${desk}:0x5`, 1n, 2n]]);
  });

  test('allowances, unless the signer’s own for a deposit', () => {
    const deposit = { kind: 'deposit', vault: bidder, token: quote, amount: tokenAmount(1n) } as const;
    const diff = diffOf([quote, changed(word(1234n, 9n, 8n))]);
    const candidates = candidatesOf(deposit, [], around);
    const allowances = new Map([[quote, new Set([1234n])]]);
    expect(attribute(diff, candidates, { ...attribution, allowances })).toEqual([]);
    expect(attribute(diff, candidates, attribution).map(touch => touch.aspect)).toEqual(['unattributed']);
  });
});

test('the layout is the contracts’: packed structs have the words that the code reads', () => {
  expect(structWords('MarginEngine', 'Entry')).toBe(1n);
  expect(structWords('ClearingHouse', 'ClaimSlot')).toBe(1n);
  expect(structWords('ClearingHouse', 'Position')).toBe(2n);
  expect(structWords('ClearingHouse', 'Fund')).toBe(2n);
  expect(structField('ClearingHouse', 'Fund', 'callDeadline').word).toBe(0n);
});
