import { layerPayments, proRata } from '@bulkhead/risk';
import { quoteAmount, vaultId } from '@bulkhead/shared';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);
const amounts = fc.array(fc.oneof(fc.bigInt(0n, 3n), fc.bigInt(0n, 10n ** 30n)), { maxLength: 8 });
const missing = fc.oneof(fc.bigInt(0n, 20n), fc.bigInt(0n, 10n ** 31n));
const word = (index: number) => `0x${index.toString(16).padStart(64, '0')}` as const;

describe('the waterfall as the keeper reckons it', () => {
  test('WF-2: shares sum to what is missing, or to all that there is, and nobody pays more than it has', () => {
    fc.assert(
      fc.property(missing, amounts, (asked, has) => {
        const shares = proRata(asked, has);
        const total = sum(has);
        expect(sum(shares)).toBe(smaller(asked, total));
        expect(shares.every((share, index) => share <= (has[index] ?? 0n))).toBe(true);
      }),
    );
  });

  test('WF-2: all but the last pay their share rounded down where the last one has enough', () => {
    expect(proRata(100n, [10n, 20n, 0n, 300n])).toEqual([3n, 6n, 0n, 91n]);
    expect(proRata(2n, [1n, 1n, 1n, 0n])).toEqual([0n, 1n, 1n, 0n]);
    expect(proRata(7n, [])).toEqual([]);
  });

  test('WF-1: no layer pays while the one above has anything left', () => {
    fc.assert(
      fc.property(missing, fc.bigInt(0n, 10n ** 30n), amounts, fc.nat(8), (asked, house, has, own) => {
        const market = {
          houseCapital: quoteAmount(house),
          memberFunds: has.map((free, index) => ({
            member: word(index),
            vault: vaultId(word(100 + index)),
            free: quoteAmount(free),
          })),
        };
        const { fromHouse, fromMembers, paid } = layerPayments(asked, word(own), market);
        const byVault = new Map(fromMembers.map(payment => [payment.vault, payment.amount as bigint]));
        const ownPaid = byVault.get(vaultId(word(100 + own))) ?? 0n;
        const mutual = sum([...byVault.values()]) - ownPaid;
        expect(ownPaid + fromHouse + mutual).toBe(paid);
        if (fromHouse + mutual > 0n) expect(ownPaid).toBe(has[own] ?? 0n);
        if (mutual > 0n) expect(fromHouse).toBe(house);
        if (paid < asked) expect(paid).toBe(house + sum(has));
      }),
    );
  });
});
