import { postingOf } from '@bulkhead/risk';
import {
  type FeedId,
  type MarketState,
  type Milliseconds,
  milliseconds,
  type PriceBounds,
  type PriceReport,
  type RecentReports,
  type Seconds,
  type StoredPrice,
} from '@bulkhead/shared';
import { futureTolerance } from './freshness.ts';
import type { SeenPrice, SeenPrices } from './snapshot.ts';

/** Every feed that some listed collateral or instrument is valued by. */
export const marketFeeds = (market: MarketState): readonly FeedId[] => [
  ...new Set([
    ...market.collaterals.flatMap(terms => (terms.feed === undefined ? [] : [terms.feed])),
    ...market.instruments.flatMap(terms => [terms.feed, terms.indexFeed]),
  ]),
];

/** The later of the Clock and the chain's own time: reports are judged by the block that they would be in. */
export const laterOf = (now: Milliseconds, block: { readonly time: Seconds } | undefined): Milliseconds =>
  milliseconds(Math.max(now, (block?.time ?? 0) * 1000));

/**
 * The price that the chain would use if our reports travelled with the action: the newest of what it has stored and what was reported; the stored one when
 * they are of the same second (the contract skips a report that is no newer), or when the report is from the future. Suspect while the chain would use
 * none: a jump that nothing confirms yet.
 * @param reports of this feed, oldest first.
 */
export const newestPrice = (
  stored: StoredPrice | undefined,
  reports: readonly PriceReport[],
  now: Milliseconds,
  bounds: PriceBounds,
): SeenPrice | undefined => {
  const latest = Math.floor(now / 1000) + futureTolerance;
  const usable = reports.filter(report => report.time <= latest && (!stored || report.time > stored.time));
  const posting = postingOf(stored, usable, bounds);
  const known = posting?.stored ?? stored;
  if (!known) return undefined;
  const { price, time, confidence, stable } = known;
  const suspect = known.held !== undefined || (posting === undefined && usable.length > 0);
  return { price, time, confidence, stable, suspect, reports: posting?.reports ?? [] };
};

export const newestPrices = (
  market: MarketState,
  stored: ReadonlyMap<FeedId, StoredPrice>,
  reports: RecentReports,
  now: Milliseconds,
): SeenPrices => {
  const seen = new Map<FeedId, SeenPrice>();
  for (const feed of marketFeeds(market)) {
    const price = newestPrice(stored.get(feed), reports.get(feed) ?? [], now, market.priceBounds);
    if (price) seen.set(feed, price);
  }
  return seen;
};
