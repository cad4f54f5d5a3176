import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { erfc, erfcx, normalCdf } from '../../../src/pricing/normal.ts';
import { errorVectors } from './vectors.ts';

describe('the error function', () => {
  it('agrees with 300-digit arithmetic to two units in the last place, on every interval and both signs', () => {
    for (const one of errorVectors) {
      expect(Math.abs(erfc(one.x) - one.erfc)).toBeLessThanOrEqual(4.5e-16 * one.erfc + 1e-323);
      expect(Math.abs(erfcx(one.x) - one.erfcx)).toBeLessThanOrEqual(4.5e-16 * one.erfcx);
    }
  });

  it('makes a distribution: Φ(z) + Φ(−z) is one, and Φ never falls', () => {
    const anyZ = fc.double({ min: -40, max: 40, noNaN: true });
    fc.assert(
      fc.property(anyZ, anyZ, (a, b) => {
        expect(Math.abs(normalCdf(a) + normalCdf(-a) - 1)).toBeLessThanOrEqual(2 ** -52);
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(normalCdf(low)).toBeLessThanOrEqual(normalCdf(high) * (1 + 1e-15));
      }),
    );
    expect(normalCdf(Number.NEGATIVE_INFINITY)).toBe(0);
    expect(normalCdf(Number.POSITIVE_INFINITY)).toBe(1);
  });
});
