import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromWad, requirementToUnits } from '../../src/crossing.ts';

describe('the crossing between integers and doubles', () => {
  it('takes integers to the nearest double', () => {
    expect(fromWad(1_500_000_000_000_000_000n)).toBe(1.5);
    expect(fromWad(-1n)).toBe(-1e-18);
    expect(fromWad(10n ** 30n)).toBe(1e12);
  });

  it('takes requirements up, by more than doubles can have lost, and by no more than a unit and 1e-10 of the notional', () => {
    const anyShare = fc.double({ min: 0, max: 1, noNaN: true });
    const anyGross = fc.double({ min: 1e-9, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(anyShare, anyGross, fc.constantFrom(0, 6, 18), (share, gross, decimals) => {
        const exact = share * gross;
        const units = Number(requirementToUnits(exact, gross, decimals)) / 10 ** decimals;
        expect(units).toBeGreaterThanOrEqual(exact + 1e-12 * gross);
        expect(units).toBeLessThanOrEqual(exact + 1e-10 * gross + 10 ** -decimals);
      }),
    );
  });

  it('keeps nothing nothing, makes the least amount one unit, and refuses what is no requirement', () => {
    expect(requirementToUnits(0, 0, 6)).toBe(0n);
    expect(requirementToUnits(1e-300, 1e-300, 6)).toBe(1n);
    expect(requirementToUnits(0, 1e-9, 6)).toBe(1n);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, -1, 1e35])
      expect(() => requirementToUnits(bad, 1, 6)).toThrow(RangeError);
  });
});
