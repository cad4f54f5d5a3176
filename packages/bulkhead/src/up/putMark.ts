/** The mark of the put that expires on the way: Black-76, in the path's own time. Pure. */
import { blackPrice } from '@bulkhead/risk';
import { type PriceWad, priceWad } from '@bulkhead/shared';

/** σ per √year: what options on the index cost in that autumn, about. */
export const putVolatility = 0.6;
/** The path takes about six seconds for a trading day. */
const yearsPerSecond = 1 / (252 * 6);
/** No feed signs a price of nothing. */
const least = 10n ** 14n;

/** @param secondsLeft to expiry; at expiry and after it what exercise gives. */
export const putMark = (index: PriceWad, strike: PriceWad, secondsLeft: number): PriceWad => {
  const price = blackPrice({
    kind: 'put',
    forward: Number(index) / 1e18,
    strike: Number(strike) / 1e18,
    years: Math.max(0, secondsLeft) * yearsPerSecond,
    volatility: putVolatility,
    rate: 0,
  });
  const mark = BigInt(Math.round(price * 1e9)) * 10n ** 9n;
  return priceWad(mark > least ? mark : least);
};
