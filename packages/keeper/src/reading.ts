import {
  type BlockRef,
  type ChainError,
  type FeedId,
  failure,
  type GroupState,
  type MarketState,
  ok,
  type Result,
  type StoredPrice,
  type VaultId,
} from '@bulkhead/shared';
import type { At, Chain } from '@bulkhead/shared/ports';
import { marketFeeds } from './decide/prices.ts';

/** Groups, terms and stored prices, all of one block (F12). */
export interface Reading {
  readonly at: BlockRef;
  /** By each of their vaults: a vault that is margined with others leads to the state of them all. */
  readonly groups: Pick<ReadonlyMap<VaultId, GroupState>, 'get'>;
  readonly market: MarketState;
  readonly stored: ReadonlyMap<FeedId, StoredPrice>;
}

/** Reads everything that a decision about the vaults needs, pinned to one block. */
export type ReadSituation = (vaults: readonly VaultId[], at?: At) => Promise<Result<Reading, ChainError>>;

const pin = async (chain: Chain, at: At): Promise<Result<BlockRef, ChainError>> =>
  at === 'head' ? chain.head() : ok(at);

/** Remembers which feeds the market has, so that prices are read beside the market and not after it. */
export const createReader = (chain: Chain): ReadSituation => {
  let feeds: readonly FeedId[] = [];
  return async (vaults, at = 'head') => {
    const block = await pin(chain, at);
    if (!block.ok) return block;
    const guessed = feeds;
    const [market, groups, prices] = await Promise.all([
      chain.readMarket(block.value),
      chain.readGroups(vaults, block.value),
      chain.readPrices(guessed, block.value),
    ]);
    if (!market.ok) return market;
    if (!groups.ok) return groups;
    feeds = marketFeeds(market.value.value);
    const known = feeds.every(feed => guessed.includes(feed));
    const stored = known ? prices : await chain.readPrices(feeds, block.value);
    if (!stored.ok) return failure(stored.error);
    return ok({
      at: block.value,
      groups: new Map(groups.value.value.flatMap(group => group.vaults.map(vault => [vault, group] as const))),
      market: market.value.value,
      stored: new Map(stored.value.value.map(price => [price.feed, price])),
    });
  };
};
