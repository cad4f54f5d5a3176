import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blackPrice, checkSvi, durrleman, type SviSlice, sviVolatility, totalVariance } from '../../../src/index.ts';

const typical: SviSlice = { a: 0.01, b: 0.08, rho: -0.4, m: 0.02, s: 0.15 };
/** Gatheral and Jacquier (2014), example 3.1, found by Axel Vogt: every single variance is sound, the density is not. */
const vogt: SviSlice = { a: -0.041, b: 0.1331, rho: 0.306, m: 0.3586, s: 0.4153 };

const kindOf = (slice: SviSlice): string => {
  const checked = checkSvi(slice);
  return checked.ok ? 'sound' : checked.error.kind;
};

const anySlice: fc.Arbitrary<SviSlice> = fc.record({
  a: fc.double({ min: -0.05, max: 0.3, noNaN: true }),
  b: fc.double({ min: 0, max: 1.5, noNaN: true }),
  rho: fc.double({ min: -0.95, max: 0.95, noNaN: true }),
  m: fc.double({ min: -0.5, max: 0.5, noNaN: true }),
  s: fc.double({ min: 0.01, max: 1, noNaN: true }),
});

/** About half of these are sound, many of them barely. */
const calmSlice: fc.Arbitrary<SviSlice> = fc.record({
  a: fc.double({ min: 0.001, max: 0.1, noNaN: true }),
  b: fc.double({ min: 0, max: 0.7, noNaN: true }),
  rho: fc.double({ min: -0.7, max: 0.7, noNaN: true }),
  m: fc.double({ min: -0.2, max: 0.2, noNaN: true }),
  s: fc.double({ min: 0.05, max: 1, noNaN: true }),
});

describe('an SVI slice', () => {
  it('is what its formula says, and its volatility is the root of variance per year', () => {
    expect(totalVariance(typical, 0.02)).toBeCloseTo(0.01 + 0.08 * 0.15, 15);
    expect(sviVolatility(typical, 0.02, 0.25)).toBeCloseTo(Math.sqrt(0.022 / 0.25), 15);
  });

  it('is accepted when sound, refused with the published butterfly arbitrage, which it locates', () => {
    expect(kindOf(typical)).toBe('sound');
    expect(kindOf({ a: 0.04, b: 0, rho: 0, m: 0, s: 1 })).toBe('sound');
    const refused = checkSvi(vogt);
    expect(refused).toMatchObject({ ok: false, error: { kind: 'butterfly' } });
    if (refused.ok || refused.error.kind !== 'butterfly') return;
    expect(refused.error.k).toBeGreaterThan(0.5);
    expect(refused.error.k).toBeLessThan(1.3);
  });

  it('is refused for a wing that outgrows 2|k|, for variance that vanishes, and for parameters out of range', () => {
    expect(kindOf({ ...typical, b: 1.5 })).toBe('steepWing');
    expect(kindOf({ ...typical, a: -0.011 })).toBe('noVariance');
    for (const change of [{ b: -1 }, { rho: 1 }, { s: 0 }, { m: Number.NaN }])
      expect(kindOf({ ...typical, ...change })).toBe('malformed');
  });

  it('once accepted has no negative butterfly at any strike: neither g nor a price that says so', () => {
    const years = 0.5;
    const callAt = (slice: SviSlice, strike: number): number => {
      const volatility = sviVolatility(slice, Math.log(strike), years);
      return blackPrice({ kind: 'call', forward: 1, strike, years, volatility, rate: 0 });
    };
    const anyStrike = fc.double({ min: -3, max: 3, noNaN: true });
    let sound = 0;
    fc.assert(
      fc.property(calmSlice, fc.array(anyStrike, { minLength: 20, maxLength: 20 }), (slice, strikes) => {
        if (!checkSvi(slice).ok) return;
        sound += 1;
        for (const k of strikes) {
          expect(durrleman(slice, k)).toBeGreaterThanOrEqual(0);
          const [left, middle, right] = [k - 0.01, k, k + 0.01].map(Math.exp) as [number, number, number];
          const weight = (right - middle) / (right - left);
          const butterfly = weight * callAt(slice, left) + (1 - weight) * callAt(slice, right) - callAt(slice, middle);
          expect(butterfly).toBeGreaterThanOrEqual(-1e-14);
        }
      }),
      { numRuns: 100 },
    );
    expect(sound).toBeGreaterThan(20);
  });

  it('refused for a butterfly shows one in its prices', () => {
    let shown = 0;
    fc.assert(
      fc.property(anySlice, slice => {
        const checked = checkSvi(slice);
        if (checked.ok || checked.error.kind !== 'butterfly') return;
        shown += 1;
        expect(durrleman(slice, checked.error.k)).toBe(checked.error.g);
        expect(checked.error.g).toBeLessThan(0);
      }),
      { numRuns: 200 },
    );
    expect(shown).toBeGreaterThan(0);
  });
});
