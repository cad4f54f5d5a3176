import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blackPrice, forwardGreeks, impliedVolatility, largestValue, type Option } from '../../../src/index.ts';
import { anyOption } from './options.ts';

const without = ({ volatility: _, ...terms }: Option): Omit<Option, 'volatility'> => terms;
const ulp = (value: number): number => 2 ** (Math.floor(Math.log2(Math.max(value, 2 ** -1022))) - 52);

/** The contract of RISK §1 for one option: true when the volatility came back, false for a typed refusal. */
const comesBack = (option: Option): boolean => {
  const price = blackPrice(option);
  const found = impliedVolatility(without(option), price);
  const vega = forwardGreeks(option).vega / largestValue(option);
  if (vega >= 1e-6) {
    expect(found.ok, JSON.stringify(option)).toBe(true);
    if (found.ok) expect(Math.abs(found.value - option.volatility), JSON.stringify(option)).toBeLessThanOrEqual(1e-9);
    return true;
  }
  if (!found.ok) return false;
  const repriced = blackPrice({ ...option, volatility: found.value });
  expect(Math.abs(repriced - price)).toBeLessThanOrEqual(4 * ulp(price) + Number.MIN_VALUE);
  return true;
};

describe('impliedVolatility', () => {
  it('comes back to 1e-9 wherever the normalised vega is 1e-6 or more, over a wide grid', () => {
    let count = 0;
    for (const kind of ['call', 'put'] as const)
      for (const forward of [1e-3, 0.1, 0.5, 0.8, 0.95, 0.99, 0.999999, 1, 1.000001, 1.01, 1.1, 1.5, 3, 20, 1000])
        for (const years of [1e-5, 1 / 365, 0.1, 1, 5])
          for (const volatility of [1e-3, 0.01, 0.05, 0.2, 0.5, 1, 2, 5, 10])
            for (const rate of [-0.02, 0, 0.07])
              if (comesBack({ kind, forward, strike: 1, years, volatility, rate })) count += 1;
    expect(count).toBeGreaterThan(2000);
  });

  it('comes back for any option, or is a typed refusal', () => {
    fc.assert(
      fc.property(anyOption, option => void comesBack(option)),
      { numRuns: 1000 },
    );
  });

  const terms = { kind: 'call', forward: 110, strike: 100, years: 0.5, rate: 0 } as const;

  it('refuses a price that no volatility gives, and one that many give', () => {
    const kindOf = (price: number): string => {
      const found = impliedVolatility(terms, price);
      return found.ok ? 'found' : found.error.kind;
    };
    expect(kindOf(9.999)).toBe('impossiblePrice');
    expect(kindOf(110.001)).toBe('impossiblePrice');
    expect(kindOf(Number.NaN)).toBe('impossiblePrice');
    expect(kindOf(10)).toBe('insensitive');
    expect(kindOf(110)).toBe('insensitive');
    expect(kindOf(10.001)).toBe('found');
    expect(impliedVolatility({ ...terms, years: 0 }, 10.5).ok).toBe(false);
  });

  it('says between which two doubles the answer lies when neither reprices exactly enough', () => {
    const remote = { kind: 'call', forward: 12.345, strike: 1234.5, years: 0.1, rate: 0 } as const;
    const price = blackPrice({ ...remote, volatility: 0.5 }) * (1 + 1e-15);
    const found = impliedVolatility(remote, price);
    expect(found).toMatchObject({ ok: false, error: { kind: 'unresolved' } });
    if (found.ok || found.error.kind !== 'unresolved') return;
    for (const end of found.error.between) expect(end).toBeCloseTo(0.5, 12);
  });
});
