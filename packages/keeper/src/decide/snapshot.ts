import {
  type BlockRef,
  type Caip2,
  type FeedId,
  type GroupState,
  type MarketState,
  type Milliseconds,
  type PriceReport,
  type PriceWad,
  type Seconds,
  seconds,
  type Wei,
} from '@bulkhead/shared';
import type { BidSettings, FreshnessSettings } from '../settings.ts';

/** The newest price known of a feed. */
export interface SeenPrice {
  readonly price: PriceWad;
  readonly time: Seconds;
  /** Half-width of its confidence interval. */
  readonly confidence: PriceWad;
  /** The stable price as it will stand once `reports` are posted. */
  readonly stable: PriceWad;
  /** A jump that nothing confirms yet: the chain would use no price of this feed. */
  readonly suspect: boolean;
  /** What the chain does not have yet and an action carries along, oldest first: two of them for a jump. */
  readonly reports: readonly PriceReport[];
}

export type SeenPrices = ReadonlyMap<FeedId, SeenPrice>;

/** Everything that a decision about one group rests on. Groups, market and stored prices are read at one block (F12). */
export interface Snapshot {
  readonly chain: Caip2;
  /** By the Clock. */
  readonly now: Milliseconds;
  /** Newest block that this process has heard of. */
  readonly head: BlockRef;
  /** Block of the reads. */
  readonly at: BlockRef;
  /** Block at which this process's own book last took the group in; undefined: not in the book. */
  readonly bookAt: bigint | undefined;
  readonly group: GroupState;
  readonly bidder: GroupState;
  readonly market: MarketState;
  readonly prices: SeenPrices;
  /** Expected price of one unit of gas, wei. */
  readonly gasPrice: Wei;
  /** When this process first saw the group fail; undefined: not yet. */
  readonly failingSince: Milliseconds | undefined;
}

export interface DecisionSettings {
  readonly bid: BidSettings;
  readonly freshness: FreshnessSettings;
}

/** Time of the block in which what is decided now would be executed, as far as can be known. */
export const expectedTime = (snapshot: Pick<Snapshot, 'now' | 'head'>): Seconds =>
  seconds(Math.max(Math.floor(snapshot.now / 1000), snapshot.head.time));

/** What initial requirements look at beside the prices. */
export const plainDoubts = (
  prices: SeenPrices,
): { readonly confidences: ReadonlyMap<FeedId, PriceWad>; readonly stables: ReadonlyMap<FeedId, PriceWad> } => ({
  confidences: new Map([...prices].map(([feed, seen]) => [feed, seen.confidence])),
  stables: new Map([...prices].map(([feed, seen]) => [feed, seen.stable])),
});

/** Prices alone, as the margin maths wants them. */
export const plainPrices = (prices: SeenPrices): ReadonlyMap<FeedId, PriceWad> =>
  new Map([...prices].map(([feed, seen]) => [feed, seen.price]));
