import type { FeedId, PriceReport } from '../domain/price.ts';

/** Where signed prices come from. */
export interface Oracle {
  /** Newest report of each feed seen so far. */
  newest(): ReadonlyMap<FeedId, PriceReport>;
  /** Reports as they come, newest per feed; it reconnects by itself and ends when the signal aborts. */
  watch(signal: AbortSignal): AsyncIterable<PriceReport>;
}
