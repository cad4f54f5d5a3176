import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  blackPrice,
  discountOf,
  intrinsicValue,
  largestValue,
  type Option,
  optionOnSpot,
  type SpotOption,
} from '../../../src/index.ts';
import { anyOption } from './options.ts';
import { exactVectors, quantlibVectors } from './vectors.ts';

const onSpot = (
  kind: SpotOption['kind'],
  [strike, spot, income, rate, years, volatility]: readonly [number, number, number, number, number, number],
): number => blackPrice(optionOnSpot({ kind, strike, spot, yield: income, rate, years, volatility }));

const tiny = (option: Option): number => 8 * 2 ** -52 * Math.max(option.forward, option.strike);

describe('blackPrice', () => {
  it("gives RISK §1's check values", () => {
    expect(onSpot('call', [65, 60, 0, 0.08, 0.25, 0.3])).toBeCloseTo(2.1334, 4);
    expect(onSpot('put', [95, 100, 0.05, 0.1, 0.5, 0.2])).toBeCloseTo(2.4648, 4);
    expect(onSpot('call', [40, 42, 0.08, 0.04, 0.75, 0.35])).toBeCloseTo(5.0975, 4);
    expect(onSpot('put', [70, 75, 0.05, 0.1, 0.5, 0.35])).toBeCloseTo(4.087, 4);
    const onForward = { kind: 'put', forward: 20, strike: 20, rate: 0.09, volatility: 0.25, years: 1 / 3 } as const;
    expect(blackPrice(onForward)).toBeCloseTo(1.1166, 4);
  });

  it('agrees with 300-digit arithmetic to twelve digits, from the money to 1e-187', () => {
    expect(exactVectors.length).toBeGreaterThan(300);
    for (const { option, values } of exactVectors) {
      const exact = values['price'] as number;
      expect(Math.abs(blackPrice(option) - exact)).toBeLessThanOrEqual(1e-12 * exact + 1e-300);
    }
  });

  it("agrees with QuantLib's analytic engine", () => {
    for (const { option, values } of quantlibVectors)
      expect(Math.abs(blackPrice(optionOnSpot(option)) - (values['price'] as number))).toBeLessThanOrEqual(1e-12 * 100);
  });

  it('stays within the intrinsic and the largest value, whatever the wing', () => {
    fc.assert(
      fc.property(anyOption, option => {
        const price = blackPrice(option);
        expect(price).toBeGreaterThanOrEqual(intrinsicValue(option));
        expect(price).toBeLessThanOrEqual(largestValue(option));
      }),
    );
  });

  it('is the intrinsic value where σ√τ is zero, and next to it', () => {
    fc.assert(
      fc.property(anyOption, fc.constantFrom(0, Number.MIN_VALUE, 1e-200), (option, small) => {
        expect(blackPrice({ ...option, volatility: small, years: 0 })).toBe(intrinsicValue({ ...option, years: 0 }));
        expect(blackPrice({ ...option, volatility: small })).toBeCloseTo(intrinsicValue(option), 12);
      }),
    );
  });

  it('keeps put-call parity', () => {
    fc.assert(
      fc.property(anyOption, option => {
        const call = blackPrice({ ...option, kind: 'call' });
        const put = blackPrice({ ...option, kind: 'put' });
        const forward = discountOf(option.rate, option.years) * (option.forward - option.strike);
        expect(Math.abs(call - put - forward)).toBeLessThanOrEqual(tiny(option));
      }),
    );
  });

  it('never falls with volatility or time, rises with the forward for a call, with the strike for a put', () => {
    const more = fc.double({ min: 1, max: 3, noNaN: true });
    fc.assert(
      fc.property(anyOption, more, (option, factor) => {
        const price = blackPrice({ ...option, rate: 0 });
        const atLeast = (changed: Partial<Option>): void =>
          expect(blackPrice({ ...option, rate: 0, ...changed })).toBeGreaterThanOrEqual(price - tiny(option) * factor);
        atLeast({ volatility: option.volatility * factor });
        atLeast({ years: option.years * factor });
        atLeast(option.kind === 'call' ? { forward: option.forward * factor } : { strike: option.strike * factor });
      }),
    );
  });

  it('scales with the unit of account: twice the forward and the strike is twice the price', () => {
    fc.assert(
      fc.property(anyOption, fc.constantFrom(2, 1024, 1 / 4096), (option, factor) => {
        const scaled = { ...option, forward: option.forward * factor, strike: option.strike * factor };
        expect(Math.abs(blackPrice(scaled) - factor * blackPrice(option))).toBeLessThanOrEqual(tiny(scaled));
      }),
    );
  });

  it('is convex in the strike', () => {
    fc.assert(
      fc.property(anyOption, fc.double({ min: 0.001, max: 0.5, noNaN: true }), (option, width) => {
        const at = (factor: number): number => blackPrice({ ...option, strike: option.strike * factor });
        expect(at(1 - width) + at(1 + width) - 2 * at(1)).toBeGreaterThanOrEqual(-4 * tiny(option));
      }),
    );
  });

  it('refuses what has no price', () => {
    const option: Option = { kind: 'call', forward: 100, strike: 100, years: 1, volatility: 0.5, rate: 0 };
    const bad: readonly Partial<Option>[] = [
      { forward: 0 },
      { strike: -1 },
      { forward: Number.NaN },
      { volatility: Number.NaN },
      { volatility: -0.1 },
      { years: -1 },
      { rate: Number.POSITIVE_INFINITY },
      { strike: Number.POSITIVE_INFINITY },
    ];
    for (const change of bad) expect(() => blackPrice({ ...option, ...change })).toThrow(RangeError);
  });
});
