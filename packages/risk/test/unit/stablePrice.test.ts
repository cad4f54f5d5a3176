import { priceWad, seconds, WAD, wad } from '@bulkhead/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { larger, smaller } from '../../src/arithmetic.ts';
import { evaluateGroup, type GroupHealth } from '../../src/evaluateGroup.ts';
import { doubtsOf, nextStable } from '../../src/stablePrice.ts';
import { anyGroup, anyPrice, anyPrices, market } from './arbitraries.ts';

const anyRate = fc.bigInt({ min: 1n, max: WAD / 100n }).map(wad);
const anyTime = fc.integer({ min: 0, max: 10_000 }).map(seconds);

describe('the stable price', () => {
  it('moves toward the price, never past it, by no more than its share of itself rounded up', () => {
    fc.assert(
      fc.property(anyPrice, anyPrice, anyRate, anyTime, (stable, price, rate, lasted) => {
        const next = nextStable(stable, price, rate, lasted);
        const [low, high] = stable < price ? [stable, price] : [price, stable];
        expect(next >= low && next <= high).toBe(true);
        const moved = next > stable ? next - stable : stable - next;
        const exact = stable * rate * BigInt(lasted);
        expect(next === price ? (moved - 1n) * WAD < exact || moved === 0n : moved * WAD >= exact).toBe(true);
        expect((moved - 1n) * WAD).toBeLessThan(exact + 1n);
      }),
    );
  });

  it('arrives in the end, however small it is', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 50n }), fc.bigInt({ min: 1n, max: 50n }), (from, to) => {
        let stable = priceWad(from);
        for (let step = 0; step < 50; step++) stable = nextStable(stable, priceWad(to), wad(1n), seconds(1));
        expect(stable).toBe(to);
      }),
    );
  });

  it('puts the low end at the lower and the high end at the higher of interval and stable price (MRG-1)', () => {
    fc.assert(
      fc.property(anyPrice, fc.bigInt({ min: 0n, max: WAD }), anyPrice, (price, confidence, stable) => {
        const { below, above } = doubtsOf(price, confidence, stable);
        expect(price - below).toBe(smaller(price - confidence, stable));
        expect(price + above).toBe(larger(price + confidence, stable));
      }),
    );
  });

  it('never makes raising risk easier, and nothing else depends on it (MRG-1, MRG-8)', () => {
    const slack = (health: GroupHealth): bigint => health.initialEquity - health.initial;
    fc.assert(
      fc.property(anyGroup, anyPrices, anyPrices, (group, prices, stables) => {
        const plain = evaluateGroup(group, market, prices);
        const held = evaluateGroup(group, market, prices, { stables });
        if (!plain.ok || !held.ok) throw new Error('a price is missing');
        expect(slack(held.value)).toBeLessThanOrEqual(slack(plain.value));
        const { equity, maintenance, marketValue } = plain.value;
        expect(held.value).toMatchObject({ equity, maintenance, marketValue });
      }),
    );
  });
});
