import { type QuoteAmount, quoteAmount, WAD, type Wad } from '@bulkhead/shared';
import { divideUp } from '../arithmetic.ts';
import type { PortfolioHoldings, UnderlyingHoldings } from './holdings.ts';

const grossOf = (underlying: UnderlyingHoldings): number => {
  const linear = [...underlying.perps, ...underlying.expiries.flatMap(expiry => expiry.futures)];
  const options = underlying.expiries.flatMap(expiry => expiry.options);
  return (
    linear.reduce((sum, holding) => sum + Math.abs(holding.size) * Math.max(holding.mark, underlying.spot), 0) +
    options.reduce((sum, holding) => sum + Math.abs(holding.size) * underlying.spot, 0) +
    Math.abs(underlying.collateral) * underlying.spot
  );
};

/** Σ |size|·price, quote; an option counts with what it is on, not with its premium. Hedged or not: it is what a floor is reckoned from. */
export const grossNotional = (holdings: PortfolioHoldings): number =>
  holdings.underlyings.reduce((sum, underlying) => sum + grossOf(underlying), 0);

/** ⌈gross·rate⌉: no requirement goes below it, whatever the scan found (RISK §4). */
export const floorOf = (gross: QuoteAmount, rate: Wad): QuoteAmount => quoteAmount(divideUp(gross * rate, WAD));
