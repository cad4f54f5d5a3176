/** The market as the attesters of the local network see it. Pure. */
import type { AttesterView } from '@bulkhead/risk';
import type { FeedId, MarketState, PriceWad, Seconds } from '@bulkhead/shared';
import { putVolatility } from './putMark.ts';

const isOption = ({ kind }: MarketState['instruments'][number]): boolean => kind === 'call' || kind === 'put';

/** Its own prices, trusted, no rates, and one volatility. */
export const attesterViewOf = (
  market: MarketState,
  prices: ReadonlyMap<FeedId, PriceWad>,
  time: Seconds,
): AttesterView => ({
  prices,
  confidences: new Map(market.instruments.map(({ indexFeed }) => [indexFeed, 1] as const)),
  volatilities: new Map(
    market.instruments.filter(isOption).map(({ instrument }) => [instrument, putVolatility] as const),
  ),
  forward: indexFeed => {
    const price = prices.get(indexFeed);
    return price === undefined ? undefined : Number(price) / 1e18;
  },
  rate: 0,
  stablePrice: 1,
  time,
});
