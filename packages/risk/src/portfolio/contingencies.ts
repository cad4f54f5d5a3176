import type { PortfolioParameters } from '@bulkhead/shared/config';
import type { ExpiryHoldings, LinearHolding, UnderlyingHoldings } from './holdings.ts';

/** What is required beside the scenarios, quote, ≥ 0. */
export interface Contingencies {
  readonly maintenance: number;
  /** On top of the maintenance one. */
  readonly initial: number;
}

const grossSize = (holdings: readonly { readonly size: number }[]): number =>
  holdings.reduce((sum, holding) => sum + Math.abs(holding.size), 0);

/** Shorts that no long option of the same strike pays for: max(−Σ sizes, 0) by strike. */
export const nakedShorts = (expiry: ExpiryHoldings): number => {
  const byStrike = new Map<number, number>();
  for (const option of expiry.options) byStrike.set(option.strike, (byStrike.get(option.strike) ?? 0) + option.size);
  return [...byStrike.values()].reduce((sum, size) => sum + Math.max(-size, 0), 0);
};

const allLinear = (underlying: UnderlyingHoldings): readonly LinearHolding[] => [
  ...underlying.perps,
  ...underlying.expiries.flatMap(expiry => expiry.futures),
];

/** (1 − confidence)·factor of the units whose price is in doubt. */
const doubted = (units: number, confidence: number, set: PortfolioParameters['confidence']): number =>
  confidence < set.threshold ? (1 - confidence) * set.factor * units : 0;

const doubtedUnits = (underlying: UnderlyingHoldings, set: PortfolioParameters['confidence']): number => {
  const ofSpot = grossSize(underlying.perps) + Math.abs(underlying.collateral);
  return underlying.expiries.reduce(
    (sum, expiry) =>
      sum +
      doubted(
        grossSize(expiry.futures) + grossSize(expiry.options),
        Math.min(expiry.confidence, underlying.confidence),
        set,
      ),
    doubted(ofSpot, underlying.confidence, set),
  );
};

/** Shares of the spot notional for what scenarios do not see: gaps in linear positions, shorts without cover, a price that is in doubt (RISK §4). */
export const contingenciesOf = (underlying: UnderlyingHoldings, set: PortfolioParameters): Contingencies => {
  const linear = grossSize(allLinear(underlying)) * underlying.spot;
  const naked = underlying.expiries.reduce((sum, expiry) => sum + nakedShorts(expiry), 0) * underlying.spot;
  const { linearMaintenance, linearInitial, nakedShortMaintenance, nakedShortInitial } = set.contingencies;
  return {
    maintenance: linearMaintenance * linear + nakedShortMaintenance * naked,
    initial:
      linearInitial * linear + nakedShortInitial * naked + doubtedUnits(underlying, set.confidence) * underlying.spot,
  };
};
