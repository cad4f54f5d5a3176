import { type FeeQuote, type Fees, seconds, wei } from '@bulkhead/shared';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstFees, replacementFees } from './fees.ts';

const at = { number: 1n, hash: `0x${'0'.repeat(64)}`, time: seconds(1) } as const;
const quoteOf = (base: bigint, tip: bigint, style: FeeQuote['style'] = 'eip1559'): FeeQuote => ({
  style,
  baseFeePerGas: wei(base),
  suggestedPriorityFeePerGas: wei(tip),
  at,
});
const bounds = (gasLimit: bigint, feeCap: bigint, budget: bigint) => ({
  gasLimit,
  feeCap: wei(feeCap),
  budget: wei(budget),
});
const fees = (max: bigint, tip: bigint): Fees => ({ maxFeePerGas: wei(max), maxPriorityFeePerGas: wei(tip) });
const amount = fc.bigInt({ min: 0n, max: 10n ** 13n });
const gas = fc.bigInt({ min: 1n, max: 30_000_000n });

describe('fee engine', () => {
  test('a first attempt pays twice the base fee and the suggested tip', () => {
    expect(firstFees(quoteOf(100n, 7n), bounds(1n, 10_000n, 10_000n))).toEqual(fees(207n, 7n));
  });

  test('a legacy chain has one price in both fields', () => {
    expect(firstFees(quoteOf(100n, 7n, 'legacy'), bounds(1n, 10_000n, 10_000n))).toEqual(fees(107n, 107n));
    expect(firstFees(quoteOf(100n, 7n, 'legacy'), bounds(1n, 106n, 10_000n))).toBeUndefined();
  });

  test('nothing is sent that could not even pay the present base fee', () => {
    expect(firstFees(quoteOf(100n, 7n), bounds(1n, 99n, 10_000n))).toBeUndefined();
    expect(firstFees(quoteOf(100n, 7n), bounds(10n, 10_000n, 999n))).toBeUndefined();
    expect(firstFees(quoteOf(100n, 7n), bounds(10n, 10_000n, 1_000n))).toEqual(fees(100n, 7n));
  });

  test('EFF-5, F17: first fees never pass the cap, nor the budget by a single wei', () => {
    fc.assert(
      fc.property(amount, amount, gas, amount, amount, (base, tip, gasLimit, feeCap, budget) => {
        const found = firstFees(quoteOf(base, tip), bounds(gasLimit, feeCap, budget));
        if (!found) return;
        expect(found.maxFeePerGas <= feeCap && gasLimit * found.maxFeePerGas <= budget).toBe(true);
        expect(found.maxPriorityFeePerGas <= found.maxFeePerGas && found.maxFeePerGas >= base).toBe(true);
      }),
    );
  });

  test('F7, F17: a replacement raises both fields by at least the pool’s step over every earlier attempt, or is none', () => {
    const earlier = fc.array(fc.tuple(amount, amount), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        earlier,
        amount,
        amount,
        gas,
        amount,
        fc.integer({ min: 1, max: 100 }),
        (tried, base, tip, gasLimit, feeCap, step) => {
          const before = tried.map(([max, priority]) => fees(max, priority % (max + 1n)));
          const budget = gasLimit * feeCap;
          const found = replacementFees(before, quoteOf(base, tip), step, bounds(gasLimit, feeCap, budget));
          if (!found) return;
          for (const old of before) {
            expect(found.maxFeePerGas > old.maxFeePerGas && found.maxPriorityFeePerGas > old.maxPriorityFeePerGas).toBe(
              true,
            );
            expect(found.maxFeePerGas * 100n >= old.maxFeePerGas * BigInt(100 + step)).toBe(true);
            expect(found.maxPriorityFeePerGas * 100n >= old.maxPriorityFeePerGas * BigInt(100 + step)).toBe(true);
          }
          expect(found.maxFeePerGas <= feeCap && gasLimit * found.maxFeePerGas <= budget).toBe(true);
          expect(found.maxPriorityFeePerGas <= found.maxFeePerGas).toBe(true);
        },
      ),
    );
  });

  test('a replacement that the cap does not allow is none, and one that fits exactly is taken', () => {
    expect(replacementFees([fees(100n, 10n)], quoteOf(1n, 1n), 10, bounds(1n, 109n, 10_000n))).toBeUndefined();
    expect(replacementFees([fees(100n, 10n)], quoteOf(1n, 1n), 10, bounds(1n, 110n, 10_000n))).toEqual(fees(110n, 11n));
  });
});
