import {
  type FeedId,
  type MarketState,
  type Milliseconds,
  milliseconds,
  type PriceReport,
  priceWad,
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
 * The price that the chain would use if our report travelled with the action: the newest of what it has stored and what was reported; the stored one when
 * they are of the same second (the contract skips a report that is no newer), or when the report is from the future.
 */
export const newestPrice = (
  stored: StoredPrice | undefined,
  report: PriceReport | undefined,
  now: Milliseconds,
): SeenPrice | undefined => {
  const usable = report !== undefined && report.time <= Math.floor(now / 1000) + futureTolerance;
  if (usable && (!stored || report.time > stored.time)) {
    return { price: report.price, time: report.time, confidence: report.confidence, report };
  }
  const confidence = report?.confidence ?? priceWad(0n);
  return stored && { price: stored.price, time: stored.time, confidence, report: undefined };
};

export const newestPrices = (
  feeds: Iterable<FeedId>,
  stored: ReadonlyMap<FeedId, StoredPrice>,
  reports: ReadonlyMap<FeedId, PriceReport>,
  now: Milliseconds,
): SeenPrices => {
  const seen = new Map<FeedId, SeenPrice>();
  for (const feed of feeds) {
    const price = newestPrice(stored.get(feed), reports.get(feed), now);
    if (price) seen.set(feed, price);
  }
  return seen;
};
