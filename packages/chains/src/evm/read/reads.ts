import type { Address, BlockRef, FeedId, GroupState, Hex32, MarketState, StoredPrice, VaultId } from '@bulkhead/shared';
import { clearingHouseAbi, liquidationEngineAbi, vaultLensAbi } from '../abis.ts';
import type { EvmAddresses } from '../addresses.ts';
import type { Rpc } from '../endpoints/rpc.ts';
import { classifyChainError } from '../errors/classify.ts';
import { readAt } from './call.ts';
import type { Directory } from './directory.ts';
import { groupOf, type LensGroup, marketOf, priceOf } from './lens.ts';

/** State reads at one block. Each throws ChainFault. */
export interface Reads {
  market(at: BlockRef): Promise<MarketState>;
  groups(vaults: readonly VaultId[], at: BlockRef): Promise<readonly GroupState[]>;
  prices(feeds: readonly FeedId[], at: BlockRef): Promise<readonly StoredPrice[]>;
  effectKeyUsed(bidderVault: VaultId, effectKey: Hex32, at: BlockRef): Promise<boolean>;
  tradeUsed(tradeId: Hex32, at: BlockRef): Promise<boolean>;
}

export interface ReadsOptions {
  readonly rpc: Rpc;
  readonly addresses: EvmAddresses;
  readonly directory: Directory;
  /** Groups per call. */
  readonly chunk: number;
}

/** Calls that run at once: enough to hide latency, not enough to look like an attack. */
const parallel = 4;

const chunksOf = <Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));

const defined = <Value>(value: Value | undefined): readonly Value[] => (value === undefined ? [] : [value]);

export const createReads = ({ rpc, addresses, directory, chunk }: ReadsOptions): Reads => {
  const core = {
    registry: addresses.vaultRegistry,
    marginEngine: addresses.marginEngine,
    clearingHouse: addresses.clearingHouse,
    liquidationEngine: addresses.liquidationEngine,
    oracleHub: addresses.oracleHub,
  } as const satisfies Record<string, Address>;

  const some = async (vaults: readonly VaultId[], at: BlockRef): Promise<readonly LensGroup[]> => {
    try {
      return await readAt(rpc, at, addresses.vaultLens, vaultLensAbi, 'groups', [core, vaults]);
    } catch (error) {
      // Rich groups can need more gas than an endpoint gives to one call.
      if (vaults.length === 1 || classifyChainError(error)?.code !== 'reverted') throw error;
      const half = Math.ceil(vaults.length / 2);
      return [...(await some(vaults.slice(0, half), at)), ...(await some(vaults.slice(half), at))];
    }
  };

  return {
    market: async at => {
      const tokens = await directory.tokens(at);
      return marketOf(await readAt(rpc, at, addresses.vaultLens, vaultLensAbi, 'market', [core, tokens]));
    },
    groups: async (vaults, at) => {
      const found: LensGroup[] = [];
      for (const batch of chunksOf(chunksOf(vaults, chunk), parallel)) {
        found.push(...(await Promise.all(batch.map(ids => some(ids, at)))).flat());
      }
      return found.flatMap(group => defined(groupOf(group)));
    },
    prices: async (feeds, at) => {
      if (feeds.length === 0) return [];
      const states = await readAt(rpc, at, addresses.vaultLens, vaultLensAbi, 'prices', [addresses.oracleHub, feeds]);
      return states.flatMap((state, index) => {
        const feed = feeds[index];
        return feed === undefined ? [] : defined(priceOf(feed, state));
      });
    },
    effectKeyUsed: (bidderVault, effectKey, at) =>
      readAt(rpc, at, addresses.liquidationEngine, liquidationEngineAbi, 'effectKeyUsed', [bidderVault, effectKey]),
    tradeUsed: (tradeId, at) => readAt(rpc, at, addresses.clearingHouse, clearingHouseAbi, 'tradeUsed', [tradeId]),
  };
};
