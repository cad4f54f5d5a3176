import type { FeedId, PriceReport } from './price.ts';

/** Enough to bring both reports of a jump, and what came between them. */
const keptOfEach = 8;

/** The last few reports of each feed, oldest first, each of a later second than the one before it. */
export type RecentReports = ReadonlyMap<FeedId, readonly PriceReport[]>;

/** Remembers the last few reports of each feed. */
export const createRecentReports = () => {
  const recent = new Map<FeedId, readonly PriceReport[]>();
  return {
    all: (): RecentReports => recent,
    newest: (feed: FeedId): PriceReport | undefined => recent.get(feed)?.at(-1),
    /** A report that is no newer than the newest known changes nothing. */
    take(report: PriceReport): void {
      const known = recent.get(report.feed) ?? [];
      if ((known.at(-1)?.time ?? -1) >= report.time) return;
      recent.set(report.feed, [...known, report].slice(-keptOfEach));
    },
  };
};
