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
  /** The same, or what was read last at this very block: for whoever reads the groups of that block anyway, and is refused there if it is gone. */
  sharedMarket(at: BlockRef): Promise<MarketState>;
  /** Each group once, under its lead, in the order in which its first vault was asked for. */
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
    groups: addresses.marginGroups,
    requirements: addresses.portfolioRequirements,
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

  const marketWith = async (tokens: readonly Address[], at: BlockRef): Promise<MarketState> =>
    marketOf(await readAt(rpc, at, addresses.vaultLens, vaultLensAbi, 'market', [core, tokens]));

  let listed: readonly Address[] = [];
  /** Collaterals are listed seldom: the market is read with those known, beside asking whether there are more. */
  const readMarket = async (at: BlockRef): Promise<MarketState> => {
    const guessed = listed;
    const guess = marketWith(guessed, at);
    // Thrown away when the guess was wrong, its failure too.
    guess.catch(() => undefined);
    const tokens = await directory.tokens(at);
    listed = tokens;
    const same = tokens.length === guessed.length && tokens.every((token, index) => token === guessed[index]);
    return same ? guess : marketWith(tokens, at);
  };

  let newest: { readonly block: Hex32; readonly market: Promise<MarketState> } | undefined;
  const market = (at: BlockRef): Promise<MarketState> => {
    const asked = readMarket(at);
    const mine = { block: at.hash, market: asked };
    newest = mine;
    asked.catch(() => {
      if (newest === mine) newest = undefined;
    });
    return asked;
  };

  return {
    market,
    sharedMarket: at => (newest?.block === at.hash ? newest.market : market(at)),
    groups: async (vaults, at) => {
      const found: LensGroup[] = [];
      for (const batch of chunksOf(chunksOf(vaults, chunk), parallel)) {
        found.push(...(await Promise.all(batch.map(ids => some(ids, at)))).flat());
      }
      // Two vaults of one group give it twice.
      const byLead = new Map(found.map(group => [group.vaultId, group] as const));
      return [...byLead.values()].flatMap(group => defined(groupOf(group, addresses.clearingHouse)));
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
