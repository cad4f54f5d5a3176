import type { ScenarioParameters } from '@bulkhead/shared/config';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  basisContingency,
  defaultRiskParameters,
  type ExpiryHoldings,
  nakedShorts,
  portfolioRequirement,
  scenarioPnl,
  type UnderlyingHoldings,
  worstCase,
} from '../../../src/index.ts';
import { shockedVolatility, skewedVolatility } from '../../../src/portfolio/volatilityShock.ts';
import vectors from '../../fixtures/portfolio.json' with { type: 'json' };
import { anyBook, emptyBook, spot, tiny, together } from './books.ts';

const set = defaultRiskParameters.portfolio;
const requirementOf = (book: UnderlyingHoldings, stablePrice = 1, parameters = set) =>
  portfolioRequirement({ underlyings: [book], stablePrice }, parameters);
const short = (size: number): UnderlyingHoldings => ({ ...emptyBook, perps: [{ size: -size, mark: spot }] });

describe('the portfolio scan', () => {
  it('agrees with a second implementation, written in another language from the text', () => {
    expect(vectors.length).toBeGreaterThan(20);
    for (const { holdings, expected } of vectors) {
      const found = portfolioRequirement(holdings as Parameters<typeof portfolioRequirement>[0], set);
      expect(Math.abs(found.initial - expected.initial)).toBeLessThanOrEqual(1e-12 * expected.initial);
      expect(Math.abs(found.maintenance - expected.maintenance)).toBeLessThanOrEqual(1e-12 * expected.initial);
      holdings.underlyings.forEach((underlying, i) => {
        const book = underlying as UnderlyingHoldings;
        const close = (value: number, exact: number | undefined): void =>
          expect(Math.abs(value - (exact ?? Number.NaN))).toBeLessThanOrEqual(1e-8);
        close(basisContingency(book, set), expected.basis[i]);
        set.scenarios.forEach((scenario, j) => {
          close(scenarioPnl(book, scenario, holdings.stablePrice, set), expected.scenarios[i]?.[j]);
        });
      });
    }
  });

  it('has the 33 scenarios of RISK §4, each once', () => {
    const seen = new Set(set.scenarios.map(one => JSON.stringify(one)));
    expect(seen.size).toBe(33);
    const shocked = (volatility: string): readonly number[] =>
      set.scenarios.filter(one => one.volatility === volatility && one.damp === 1).map(one => one.spot);
    expect(shocked('none')).toEqual([0.865, 0.91, 0.955, 1, 1.045, 1.09, 1.135]);
    expect(shocked('down')).toEqual(shocked('none'));
    expect(shocked('up')).toEqual([...shocked('none'), 0.82, 1.18]);
    expect(set.scenarios.filter(one => one.damp < 1)).toHaveLength(8);
  });

  it('requires nothing of a flat book', () => {
    expect(requirementOf(emptyBook)).toMatchObject({ initial: 0, maintenance: 0 });
    const offset = together(short(3), short(-3));
    expect(worstCase(offset, 1, set)).toEqual({ pnl: 0, cause: undefined });
  });

  it('never requires more of two books together than apart: worst(A+B) ≥ worst(A) + worst(B)', () => {
    fc.assert(
      fc.property(anyBook, anyBook, (a, b) => {
        const apart = worstCase(a, 1, set).pnl + worstCase(b, 1, set).pnl;
        expect(worstCase(together(a, b), 1, set).pnl).toBeGreaterThanOrEqual(apart - tiny);
        for (const scenario of set.scenarios) {
          const pnl = (book: UnderlyingHoldings): number => scenarioPnl(book, scenario, 1, set);
          expect(pnl(together(a, b))).toBeGreaterThanOrEqual(pnl(a) + pnl(b) - tiny);
        }
      }),
    );
  });

  it('lets no static discount of one book pay for the turned smile of another', () => {
    const expiry = { years: 0.25, forward: spot, rate: 0, confidence: 1, futures: [] };
    const calls = (atTheMoney: number, above: number): UnderlyingHoldings => {
      const option = (strike: number, size: number) => ({ kind: 'call' as const, strike, size, volatility: 0.6 });
      return { ...emptyBook, expiries: [{ ...expiry, options: [option(spot, atTheMoney), option(2 * spot, above)] }] };
    };
    const skew = set.scenarios.find(one => one.volatility === 'linearSkew') as ScenarioParameters;
    const pnl = (book: UnderlyingHoldings): number => scenarioPnl(book, skew, 1, set);
    for (let size = 0; size < 2; size += 0.01)
      expect(pnl(calls(0, 4))).toBeGreaterThanOrEqual(pnl(calls(-size, 0)) + pnl(calls(size, 4)) - tiny);
  });

  it('never requires less when a scenario is added', () => {
    const anyScenario: fc.Arbitrary<ScenarioParameters> = fc.record({
      spot: fc.double({ min: 0.1, max: 5, noNaN: true }),
      volatility: fc.constantFrom('up', 'none', 'down', 'linearSkew', 'absoluteSkew'),
      damp: fc.double({ min: 0.01, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(anyBook, anyScenario, fc.nat({ max: 33 }), (book, scenario, at) => {
        const scenarios = [...set.scenarios.slice(0, at), scenario, ...set.scenarios.slice(at)];
        const before = requirementOf(book);
        const after = requirementOf(book, 1, { ...set, scenarios });
        expect(after.initial).toBeGreaterThanOrEqual(before.initial);
        expect(after.maintenance).toBeGreaterThanOrEqual(before.maintenance);
      }),
    );
  });

  it('requires more of a single linear position the larger the shock', () => {
    const anyShock = fc.double({ min: 0.01, max: 0.9, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: -5, max: 5, noNaN: true }), anyShock, anyShock, (size, a, b) => {
        const at = (shock: number): number => {
          const scenarios = [1 - shock, 1 + shock].map(
            factor => ({ spot: factor, volatility: 'none', damp: 1 }) as const,
          );
          return requirementOf(short(size), 1, { ...set, scenarios }).maintenance;
        };
        expect(at(Math.max(a, b))).toBeGreaterThanOrEqual(at(Math.min(a, b)));
      }),
    );
  });

  it('requires at least the maintenance amount initially (MRG-8)', () => {
    fc.assert(
      fc.property(anyBook, fc.double({ min: 0.5, max: 1.05, noNaN: true }), (book, stablePrice) => {
        const { initial, maintenance } = requirementOf(book, stablePrice);
        expect(initial).toBeGreaterThanOrEqual(maintenance);
        expect(maintenance).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('turns a smile against the holder either way: both sides of a risk reversal need something', () => {
    const expiry = { years: 0.25, forward: spot, rate: 0, confidence: 1, futures: [] };
    const reversal = (size: number): UnderlyingHoldings => ({
      ...emptyBook,
      expiries: [
        {
          ...expiry,
          options: [
            { kind: 'call', strike: 2600, size, volatility: 0.6 },
            { kind: 'put', strike: 1500, size: -size, volatility: 0.6 },
          ],
        },
      ],
    });
    const skew = set.scenarios.find(one => one.volatility === 'linearSkew') as ScenarioParameters;
    for (const size of [1, -1]) expect(scenarioPnl(reversal(size), skew, 1, set)).toBeLessThan(-10);
  });

  it('lets two expiries of one underlying move apart: a calendar of futures needs the basis contingency', () => {
    const leg = (years: number, size: number): ExpiryHoldings => ({
      years,
      forward: spot,
      rate: 0,
      confidence: 1,
      futures: [{ size, mark: spot }],
      options: [],
    });
    const calendar = { ...emptyBook, expiries: [leg(0.25, 1), leg(0.5, -1)] };
    const worst = worstCase(calendar, 1, set);
    expect(worst.cause).toBe('basis');
    expect(worst.pnl).toBeCloseTo(-0.045 * spot * (0.5 + 2 * 0.25 + 0.5 + 2 * 0.5), 9);
  });

  it('lets collateral of the same underlying cancel risk, at what it is worth in the quote token', () => {
    const covered = { ...short(1), collateral: 1 };
    expect(worstCase(covered, 1, set).pnl).toBeCloseTo(0, 9);
    const dear = { spot: 1.18, volatility: 'up', damp: 1 } as const;
    expect(scenarioPnl(covered, dear, 0.8, set)).toBeCloseTo(0.18 * spot * (1 / 0.8 - 1), 9);
  });
});

describe('volatility shocks', () => {
  const { volatilityShock: shock, skew } = set;

  it('are half as much up and three tenths down at 30 days, harder before and softer after, at least 40 % when up', () => {
    expect(shockedVolatility(0.6, 30 / 365, 'up', shock)).toBeCloseTo(0.9, 12);
    expect(shockedVolatility(0.6, 30 / 365, 'down', shock)).toBeCloseTo(0.42, 12);
    expect(shockedVolatility(0.6, 1 / 365, 'up', shock)).toBeCloseTo(0.6 * (1 + 0.5 * 30 ** 0.3), 12);
    expect(shockedVolatility(0.6, 0, 'up', shock)).toBe(shockedVolatility(0.6, 1 / 365, 'up', shock));
    expect(shockedVolatility(0.6, 300 / 365, 'up', shock)).toBeCloseTo(0.6 * (1 + 0.5 * 0.1 ** 0.13), 12);
    expect(shockedVolatility(0.1, 1, 'up', shock)).toBe(0.4);
    expect(shockedVolatility(0.6, 1, 'none', shock)).toBe(0.6);
  });

  it('of the smile are capped, and opposite in the two wings where linear', () => {
    const expiry: ExpiryHoldings = { years: 0.25, forward: spot, rate: 0, confidence: 1, futures: [], options: [] };
    const at = (strike: number, direction: 'linearSkew' | 'absoluteSkew'): number =>
      skewedVolatility({ kind: 'call', strike, size: 1, volatility: 1 }, expiry, direction, skew);
    expect(at(spot * Math.exp(5), 'linearSkew')).toBeCloseTo(1.2, 12);
    expect(at(spot * Math.exp(-5), 'linearSkew')).toBeCloseTo(0.8, 12);
    expect(at(spot * Math.exp(-5), 'absoluteSkew')).toBeCloseTo(1.2, 12);
    expect(at(spot * Math.exp(0.6), 'linearSkew')).toBeCloseTo(1 + (0.6 * 0.2) / 1.2, 12);
    expect(at(spot, 'absoluteSkew')).toBe(1);
    // On the last day the smile is as narrow as it gets, and not a step.
    const last = { ...expiry, years: 0 };
    const near = { kind: 'call' as const, strike: spot * Math.exp(0.005), size: 1, volatility: 1 };
    expect(skewedVolatility(near, last, 'linearSkew', skew)).toBeCloseTo(1.125, 12);
  });
});

describe('contingencies', () => {
  const expiry = { years: 0.25, forward: spot, rate: 0, confidence: 1, futures: [] };
  const option = (size: number, strike = 2000, kind: 'call' | 'put' = 'call') => ({
    kind,
    strike,
    size,
    volatility: 0.6,
  });

  it('count a short as naked unless an option of the same strike is held against it', () => {
    const naked = (...options: readonly ReturnType<typeof option>[]): number => nakedShorts({ ...expiry, options });
    expect(naked(option(-2))).toBe(2);
    expect(naked(option(-2), option(1, 2000, 'put'))).toBe(1);
    expect(naked(option(-2), option(2, 2100))).toBe(2);
    expect(naked(option(2))).toBe(0);
  });

  it('take 3 % of a linear position for maintenance and 1 % more initially', () => {
    const free = { ...set, scenarios: [{ spot: 1, volatility: 'none', damp: 1 } as const] };
    expect(requirementOf(short(2), 1, free)).toMatchObject({ maintenance: 0.03 * 2 * spot, initial: 0.04 * 2 * spot });
  });

  it('ask more initially, and only initially, when the oracle is unsure or the quote token has lost its peg', () => {
    fc.assert(
      fc.property(anyBook, fc.double({ min: 0, max: 0.549, noNaN: true }), (book, confidence) => {
        const sure = requirementOf(book);
        const unsure = requirementOf({ ...book, confidence });
        expect(unsure.maintenance).toBe(sure.maintenance);
        expect(unsure.initial).toBeGreaterThanOrEqual(sure.initial);
      }),
    );
    expect(requirementOf({ ...short(1), confidence: 0.5 }).initial - requirementOf(short(1)).initial).toBeCloseTo(
      0.5 * 0.5 * spot,
      9,
    );
    expect(requirementOf({ ...short(1), confidence: 0.55 })).toEqual(requirementOf(short(1)));
    const { initial, maintenance } = requirementOf(short(1), 0.94);
    expect(maintenance).toBe(requirementOf(short(1)).maintenance);
    expect(initial - requirementOf(short(1)).initial).toBeCloseTo(0.18 * spot * 0.1, 9);
  });
});
