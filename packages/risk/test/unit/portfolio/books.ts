import fc from 'fast-check';
import type { ExpiryHoldings, LinearHolding, OptionHolding, UnderlyingHoldings } from '../../../src/index.ts';

export const spot = 2000;

const real = (min: number, max: number) => fc.double({ min, max, noNaN: true });

const anyLinear: fc.Arbitrary<LinearHolding> = fc.record({ size: real(-5, 5), mark: real(spot * 0.98, spot * 1.02) });

const anyOption: fc.Arbitrary<OptionHolding> = fc.record({
  kind: fc.constantFrom('call' as const, 'put' as const),
  strike: fc.constantFrom(0.5, 0.8, 0.9, 1, 1.1, 1.3, 2).map(moneyness => moneyness * spot),
  size: real(-5, 5),
  volatility: real(0.1, 2),
});

/** The market's side of an expiry: what two books of it share. */
const expiries: readonly Omit<ExpiryHoldings, 'futures' | 'options'>[] = [
  { years: 1 / 365, forward: spot, rate: 0.05, confidence: 1 },
  { years: 0.25, forward: spot * 1.01, rate: 0.05, confidence: 1 },
  { years: 1.5, forward: spot * 1.06, rate: 0.05, confidence: 1 },
];

/** Books of one market, so that any two can be put together. */
export const anyBook: fc.Arbitrary<UnderlyingHoldings> = fc
  .record({
    perps: fc.array(anyLinear, { maxLength: 2 }),
    futures: fc.tuple(...expiries.map(() => fc.array(anyLinear, { maxLength: 1 }))),
    options: fc.tuple(...expiries.map(() => fc.array(anyOption, { maxLength: 3 }))),
    collateral: fc.oneof(fc.constant(0), real(0, 5)),
  })
  .map(({ perps, futures, options, collateral }) => ({
    name: 'any',
    spot,
    confidence: 1,
    perps,
    expiries: expiries.map((expiry, i) => ({
      ...expiry,
      futures: futures[i] as readonly LinearHolding[],
      options: options[i] as readonly OptionHolding[],
    })),
    collateral,
  }));

export const together = (a: UnderlyingHoldings, b: UnderlyingHoldings): UnderlyingHoldings => ({
  ...a,
  perps: [...a.perps, ...b.perps],
  expiries: a.expiries.map((expiry, i) => ({
    ...expiry,
    futures: [...expiry.futures, ...(b.expiries[i]?.futures ?? [])],
    options: [...expiry.options, ...(b.expiries[i]?.options ?? [])],
  })),
  collateral: a.collateral + b.collateral,
});

export const emptyBook: UnderlyingHoldings = {
  name: 'empty',
  spot,
  confidence: 1,
  perps: [],
  expiries: [],
  collateral: 0,
};

/** What doubles may lose on a book of this size. */
export const tiny = 1e-9 * spot;
