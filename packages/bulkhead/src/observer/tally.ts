/** Keeps the observer's count over all chains. No I/O: blocks and reports in, numbers out. */
import { evaluateGroup, isHealthy } from '@bulkhead/risk';
import {
  type Address,
  type Caip2,
  type FeedId,
  type GroupState,
  type Hex32,
  type MarketState,
  type Milliseconds,
  type PriceReport,
  type PriceWad,
  type Seconds,
  seconds,
  type VaultId,
} from '@bulkhead/shared';
import type { ObservedBlock } from './chainObserver.ts';
import { countDuplicates, isWasted } from './effects.ts';
import { checkEscrows, type EscrowCheck } from './escrows.ts';
import { percentile, trackLatencies } from './latency.ts';
import type { Fill, Losses, VaultView } from './model.ts';
import { type Crossing, membersIn, wallsCrossedIn, withSiblings } from './walls.ts';

/** A fill with what the observer knows about it. */
export interface Liquidation extends Fill {
  readonly block: bigint;
  readonly seenAt: Milliseconds;
  readonly latencyMs: Milliseconds | undefined;
  readonly losses: Losses;
  /** Nothing of the vault's positions is left. */
  readonly closed: boolean;
}

export interface ObservedChain {
  readonly chain: Caip2;
  readonly market: MarketState;
  /** The clearing house's own vaults: settlement escrows, house capital and members' contributions. */
  readonly own: ReadonlySet<VaultId>;
  readonly houseVault: VaultId;
}

export interface Counts {
  readonly liquidations: number;
  readonly vaultsLiquidated: number;
  readonly vaultsClosed: number;
  readonly wallsCrossed: number;
  readonly duplicateEffects: number;
  readonly wastedTransactions: number;
  readonly escrowsChecked: number;
  readonly escrowsShort: number;
  /** Instruments whose last round was closed. */
  readonly expiries: number;
  readonly latency: { readonly p50: number | null; readonly p95: number | null };
  readonly losses: Losses;
}

interface ChainTally {
  readonly known: ObservedChain;
  readonly groups: Map<VaultId, GroupState>;
  readonly views: Map<VaultId, VaultView>;
  escrows: EscrowCheck;
  block: bigint | undefined;
  time: Seconds | undefined;
  /** Gains were written off. */
  haircut: boolean;
}

const noEscrows: EscrowCheck = { checked: 0, short: 0, shortages: [] };
const vaultKey = (chain: Caip2, vault: VaultId): string => `${chain}/${vault}`;

export const createTally = (chains: readonly ObservedChain[], keepers: ReadonlySet<Address>) => {
  const tallies = new Map<Caip2, ChainTally>(
    chains.map(known => [
      known.chain,
      {
        known,
        groups: new Map(),
        views: new Map(),
        escrows: noEscrows,
        block: undefined,
        time: undefined,
        haircut: false,
      },
    ]),
  );
  const prices = new Map<FeedId, PriceWad>();
  const latencies = trackLatencies();
  const liquidations: Liquidation[] = [];
  const crossings: Crossing[] = [];
  const trades: { readonly chain: Caip2; readonly tradeId: Hex32 }[] = [];
  const wasted = new Map<Address, number>();
  /** Vaults that were short of their book at any block, not only at the end. */
  const everShort = new Set<string>();
  let losses: Losses = { members: 0n, house: 0n, gainers: 0n, residual: 0n };
  let expiries = 0;

  const tallyOf = (chain: Caip2): ChainTally => {
    const tally = tallies.get(chain);
    if (!tally) throw new TypeError(`the observer does not follow ${chain}`);
    return tally;
  };

  const remember = (tally: ChainTally, block: ObservedBlock): void => {
    tally.block = block.at.number;
    if (!block.reading) return;
    tally.time = block.at.time;
    for (const group of block.reading.groups) {
      // Who is margined under another's lead is no group of its own.
      for (const vault of group.vaults) tally.groups.delete(vault);
      tally.groups.set(group.vault, group);
    }
    for (const view of block.reading.views) tally.views.set(view.vault, view);
    tally.escrows = checkEscrows([...tally.views.values()]);
    for (const shortage of tally.escrows.shortages) everShort.add(vaultKey(tally.known.chain, shortage.vault));
  };

  const countFill = (tally: ChainTally, block: ObservedBlock, fill: Fill, lost: Losses): void => {
    const after = tally.views.get(fill.vault);
    liquidations.push({
      ...fill,
      block: block.at.number,
      seenAt: block.seenAt,
      latencyMs: latencies.bidSeen(vaultKey(fill.chain, fill.vault), block.seenAt, fill.answers),
      losses: lost,
      closed: after !== undefined && after.positions.size === 0,
    });
  };

  const addLosses = (more: Losses): void => {
    losses = {
      members: losses.members + more.members,
      house: losses.house + more.house,
      gainers: losses.gainers + more.gainers,
      residual: losses.residual + more.residual,
    };
  };

  return {
    /** State to start from: nothing is judged. */
    begin(chain: Caip2, block: ObservedBlock): void {
      remember(tallyOf(chain), block);
    },

    block(chain: Caip2, block: ObservedBlock): readonly Crossing[] {
      const tally = tallyOf(chain);
      const { reading, transactions } = block;
      const members = membersIn([...tally.groups.values(), ...(reading?.groups ?? [])]);
      const crossed = reading
        ? wallsCrossedIn(
            tally.views,
            reading.views,
            transactions.map(withSiblings(members)),
            tally.known.own,
            tally.haircut,
          )
        : [];
      crossings.push(...crossed);
      tally.haircut ||= transactions.some(transaction => transaction.writesOffGains);
      remember(tally, block);
      for (const transaction of transactions) {
        expiries += transaction.expired.length;
        addLosses(transaction.losses);
        for (const fill of transaction.fills) countFill(tally, block, fill, transaction.losses);
        for (const tradeId of transaction.trades) trades.push({ chain, tradeId });
        if (isWasted(transaction, keepers)) wasted.set(transaction.from, (wasted.get(transaction.from) ?? 0) + 1);
      }
      return crossed;
    },

    /** New prices: which vaults are under their maintenance at them, by the observer's own reckoning. */
    reports(reports: readonly PriceReport[]): void {
      for (const report of reports) prices.set(report.feed, report.price);
      const signedAt = Math.max(...reports.map(report => report.time)) * 1000;
      for (const { known, groups } of tallies.values()) {
        for (const group of groups.values()) {
          if (known.own.has(group.vault)) continue;
          const health = evaluateGroup(group, known.market, prices, { at: seconds(signedAt / 1000) });
          const failing = health.ok && !isHealthy(health.value);
          latencies.judged(vaultKey(known.chain, group.vault), failing, signedAt as Milliseconds);
        }
      }
    },

    counts(): Counts {
      const all = [...tallies.values()];
      const touched = new Set(liquidations.map(each => vaultKey(each.chain, each.vault)));
      const closed = new Set(liquidations.filter(each => each.closed).map(each => vaultKey(each.chain, each.vault)));
      return {
        liquidations: liquidations.length,
        vaultsLiquidated: touched.size,
        vaultsClosed: closed.size,
        wallsCrossed: crossings.length,
        duplicateEffects: countDuplicates(liquidations, trades),
        wastedTransactions: [...wasted.values()].reduce((sum, each) => sum + each, 0),
        escrowsChecked: all.reduce((sum, { escrows }) => sum + escrows.checked, 0),
        escrowsShort: everShort.size,
        expiries,
        latency: { p50: percentile(latencies.all(), 0.5), p95: percentile(latencies.all(), 0.95) },
        losses,
      };
    },

    wastedBy: (keeper: Address): number => wasted.get(keeper) ?? 0,
    liquidations: (): readonly Liquidation[] => liquidations,
    crossings: (): readonly Crossing[] => crossings,
    chains: () =>
      [...tallies.values()].map(({ known, groups, views, block, time }) => ({ ...known, groups, views, block, time })),
    prices: (): ReadonlyMap<FeedId, PriceWad> => prices,
  };
};

export type Tally = ReturnType<typeof createTally>;
