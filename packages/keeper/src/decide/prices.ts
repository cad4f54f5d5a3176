import { nextStable } from '@bulkhead/risk';
import {
  type FeedId,
  type MarketState,
  type Milliseconds,
  milliseconds,
  type PriceBounds,
  type PriceReport,
  type Seconds,
  type StoredPrice,
  seconds,
  type Wad,
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

/** As posting the report will leave it: the stored price was in force until then. */
const stableAfter = (stored: StoredPrice | undefined, report: PriceReport, rate: Wad) =>
  stored ? nextStable(stored.stable, stored.price, rate, seconds(report.time - stored.time)) : report.price;

/**
 * The price that the chain would use if our report travelled with the action: the newest of what it has stored and what was reported; the stored one when
 * they are of the same second (the contract skips a report that is no newer), or when the report is from the future.
 */
export const newestPrice = (
  stored: StoredPrice | undefined,
  report: PriceReport | undefined,
  now: Milliseconds,
  bounds: PriceBounds,
): SeenPrice | undefined => {
  const usable = report !== undefined && report.time <= Math.floor(now / 1000) + futureTolerance;
  if (usable && (!stored || report.time > stored.time)) {
    const stable = stableAfter(stored, report, bounds.stableRate);
    return { price: report.price, time: report.time, confidence: report.confidence, stable, report };
  }
  if (!stored) return undefined;
  const { price, time, confidence, stable } = stored;
  return { price, time, confidence, stable, report: undefined };
};

export const newestPrices = (
  market: MarketState,
  stored: ReadonlyMap<FeedId, StoredPrice>,
  reports: ReadonlyMap<FeedId, PriceReport>,
  now: Milliseconds,
): SeenPrices => {
  const seen = new Map<FeedId, SeenPrice>();
  for (const feed of marketFeeds(market)) {
    const price = newestPrice(stored.get(feed), reports.get(feed), now, market.priceBounds);
    if (price) seen.set(feed, price);
  }
  return seen;
};
