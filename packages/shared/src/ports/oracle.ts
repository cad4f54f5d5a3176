import type { PriceReport } from '../domain/price.ts';
import type { RecentReports } from '../domain/recentReports.ts';

/** Where signed prices come from. */
export interface Oracle {
  /** The last few reports of each feed seen so far, oldest first: a jump is believed only with the one that confirms it. */
  recent(): RecentReports;
  /** Reports as they come, newest per feed; it reconnects by itself and ends when the signal aborts. */
  watch(signal: AbortSignal): AsyncIterable<PriceReport>;
}
