import { milliseconds, priceWad, quoteAmount, seconds, sizeWad, WAD } from '@bulkhead/shared';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideSettlement, isLoser, type SettlementView } from '../../src/decide/decideSettlement.ts';
import { epoch, freshness, group, market, position, seen, vaultOf } from './fixtures.ts';

const [terms] = market.instruments;
if (!terms) throw new Error('no instrument');
const closed = { ...terms, round: 2, roundStart: seconds(epoch), lastPrice: priceWad(1_900n * WAD) };

const view = (changes: Partial<SettlementView> = {}): SettlementView => ({
  now: milliseconds(epoch * 1000),
  headTime: seconds(epoch),
  market: { ...market, instruments: [closed] },
  groups: [],
  prices: seen(1_900n, epoch),
  ...changes,
});
const settings = { batch: 2, patience: milliseconds(0) };
const decide = (changes: Partial<SettlementView>) => decideSettlement(view(changes), settings, freshness);

const settled = (number: number, size: bigint, changes = {}) =>
  group(number, 1_000n, 0n, { positions: [position(size * WAD, closed.lastPrice, vaultOf(number))], ...changes });

describe('settlement duties', () => {
  test('losers of all sizes come before any gainer, in batches', () => {
    const groups = [group(1, 1n, 1n), group(2, 1n, -1n), group(3, 1n, 2n), group(4, 1n, 3n)];
    expect(decide({ groups })).toMatchObject([
      { kind: 'settle', round: 1, vaults: [vaultOf(1), vaultOf(3)] },
      { kind: 'settle', round: 1, vaults: [vaultOf(4)] },
    ]);
    const later = [settled(1, 1n), group(2, 1n, -1n)];
    expect(decide({ groups: later })).toMatchObject([{ vaults: [vaultOf(2)] }]);
  });

  test('a vault that was read after its round closed, unsettled, is settled all the same: after a restart nothing else would', () => {
    const unsettled = (number: number) => ({ unsettled: [{ vault: vaultOf(number), instrument: 0 }] });
    const loser = settled(1, 1n, { ...unsettled(1), owed: quoteAmount(5n) });
    const gainer = settled(2, -1n, { ...unsettled(2), due: quoteAmount(5n) });
    const flat = group(3, 1_000n, 0n, unsettled(3));
    expect(decide({ groups: [gainer, flat, loser] })).toMatchObject([{ of: 'losers', vaults: [vaultOf(1)] }]);
    expect(decide({ groups: [gainer, flat] })).toMatchObject([{ of: 'gainers', vaults: [vaultOf(2), vaultOf(3)] }]);
  });

  test('unpaid gainers are asked again only when what is owed has changed', () => {
    const gainer = settled(2, -1n, { due: quoteAmount(5n) });
    const debt = (owed: bigint) => decide({ groups: [gainer, settled(1, 1n, { owed: quoteAmount(owed) })] });
    expect(debt(5n)).toMatchObject([{ vaults: [vaultOf(2)], owedInTotal: 5n }]);
    expect(debt(3n)).toMatchObject([{ vaults: [vaultOf(2)], owedInTotal: 3n }]);
  });

  test('no round is closed before its time, without open interest, or at a stale price (F13)', () => {
    const due = {
      headTime: seconds(epoch + 15),
      now: milliseconds((epoch + 15) * 1000),
      prices: seen(1_900n, epoch + 15),
    };
    const closing = (changes: Partial<SettlementView>) =>
      decide({ ...due, ...changes }).filter(duty => duty.kind === 'closeRound');
    expect(closing({})).toMatchObject([{ round: 2 }]);
    expect(closing({ prices: seen(1_900n, epoch + 14) })).toEqual([]);
    expect(closing({ prices: seen(1_900n, epoch - 60) })).toEqual([]);
    const idle = { ...market, instruments: [{ ...closed, openInterest: sizeWad(0n) }] };
    expect(closing({ market: idle })).toEqual([]);
  });

  test('the sign of a loss survives below one unit (F17)', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -5n, max: 5n }), fc.bigInt({ min: -5n, max: 5n }), (size, move) => {
        const tiny = position(size, closed.lastPrice - move);
        expect(isLoser(tiny, closed, 6)).toBe(size * move < 0n);
      }),
    );
  });
});
