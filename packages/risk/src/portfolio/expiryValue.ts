import type { PortfolioParameters } from '@bulkhead/shared/config';
import { blackPrice, discountOf } from '../pricing/black76.ts';
import type { ExpiryHoldings, LinearHolding, OptionHolding } from './holdings.ts';

const rateOf = (expiry: ExpiryHoldings): number => Math.max(expiry.rate, 0);

/** Change of value of what follows the spot, when the spot is multiplied by `spot`. */
export const linearPnl = (holdings: readonly LinearHolding[], spot: number): number =>
  holdings.reduce((sum, holding) => sum + holding.size * holding.mark * (spot - 1), 0);

/** Model value of the expiry's options together, quote. */
export const optionsValue = (
  expiry: ExpiryHoldings,
  spot: number,
  volatilityOf: (option: OptionHolding) => number,
): number => {
  const shared = { forward: expiry.forward * spot, years: expiry.years, rate: rateOf(expiry) };
  return expiry.options.reduce((sum, option) => {
    const price = blackPrice({ ...shared, kind: option.kind, strike: option.strike, volatility: volatilityOf(option) });
    return sum + option.size * price;
  }, 0);
};

/**
 * What a shocked value counts: less if it is positive, more if it is negative, as if closing it then cost something and took time. A debt counts at
 * most undiscounted. Concave in the value and without a constant, so that two books together never count less than apart.
 */
export const staticallyDiscounted = (
  value: number,
  expiry: ExpiryHoldings,
  { positive, negative }: PortfolioParameters['staticDiscount'],
): number => {
  const rate = rateOf(expiry);
  const exponent = (terms: typeof positive): number => expiry.years * (rate * terms.rateFactor + terms.rateAdded);
  if (value >= 0) return value * positive.base * Math.exp(-exponent(positive));
  const undiscounted = 1 / discountOf(rate, expiry.years);
  return value * Math.min(negative.base * Math.exp(exponent(negative)), undiscounted);
};
