import type { FeedId, InstrumentTerms } from '@bulkhead/shared';
import type { SeenPrices } from './snapshot.ts';

const newestOf = (feed: FeedId, prices: SeenPrices): number => prices.get(feed)?.time ?? 0;

/** What closes next is the last round: there is a report of the index at or after expiry. */
const isLast = (terms: InstrumentTerms, prices: SeenPrices): boolean =>
  terms.expiry > 0 && newestOf(terms.indexFeed, prices) >= terms.expiry;

/** A round is as long as its prices say: the newest report decides, not the block's time (VM-4). The last one ends with the instrument. */
export const roundIsOver = (terms: InstrumentTerms, prices: SeenPrices): boolean => {
  if (terms.expired || terms.roundStart === 0) return false;
  return isLast(terms, prices) || newestOf(terms.feed, prices) >= terms.roundStart + terms.roundLength;
};

/** Feeds that must be fresh for the clearing house to close the open round: with a mark that nobody signs any more the last one closes all the same. */
export const closingFeeds = (terms: InstrumentTerms, prices: SeenPrices): readonly FeedId[] => {
  if (isLast(terms, prices)) return [terms.indexFeed];
  return terms.expiry > 0 || terms.fundingCap > 0n ? [terms.feed, terms.indexFeed] : [terms.feed];
};
