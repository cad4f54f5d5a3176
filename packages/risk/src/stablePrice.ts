import { type PriceWad, priceWad, type Seconds, WAD, type Wad } from '@bulkhead/shared';
import { absolute, divideUp, larger, smaller } from './arithmetic.ts';

/** What a price may be wrong by, quote per unit. */
export interface Doubts {
  readonly below: bigint;
  readonly above: bigint;
}

/** Half of the confidence interval, or as far as the stable price lies on that side. The same integers as the contract's. */
export const doubtsOf = (price: bigint, confidence: bigint, stable: bigint): Doubts => ({
  below: larger(confidence, price - stable),
  above: larger(confidence, stable - price),
});

/**
 * Where a stable price stands after a time in which `price` was in force: toward it by at most `rate` of itself a second, rounded up, and never past it. The
 * same integer as the contract's.
 */
export const nextStable = (stable: PriceWad, price: PriceWad, rate: Wad, lasted: Seconds): PriceWad => {
  const step = smaller(divideUp(stable * rate * BigInt(lasted), WAD), absolute(price - stable));
  return priceWad(price > stable ? stable + step : stable - step);
};
