/** From what the observer knows to what the screen shows. Pure. */

import { evaluateGroup } from '@bulkhead/risk';
import type { FeedId, GroupState, PriceWad, VaultId } from '@bulkhead/shared';
import type { Liquidation, Tally } from '../observer/tally.ts';
import type {
  ChainLine,
  HealthBucket,
  KeeperLine,
  LiquidationLine,
  ModeLine,
  PriceLine,
  ScreenModel,
} from '../screen/viewModel.ts';

export interface KeeperFacts {
  readonly name: string;
  readonly vault: VaultId;
  readonly address: `0x${string}`;
  readonly state: string;
}

export interface ViewInput {
  readonly title: string;
  readonly elapsed: number;
  readonly startedAt: number;
  readonly phase: string;
  readonly ticks: { readonly done: number; readonly of?: number };
  readonly prices: readonly PriceLine[];
  readonly tally: Tally;
  readonly keepers: readonly KeeperFacts[];
  /** Vaults that are not clients': keepers and market makers. */
  readonly others: ReadonlySet<VaultId>;
  readonly modes: readonly ModeLine[];
  readonly vaults: number;
}

type ChainFacts = ReturnType<Tally['chains']>[number];

/** Chains are called A, B, … in narrow columns. */
export const chainLetter = (index: number): string => String.fromCharCode(65 + index);

export const shortVault = (vault: string): string => `${vault.slice(0, 6)}…${vault.slice(-4)}`;

const units = (amount: bigint, decimals: number): number => Number(amount) / 10 ** decimals;

const limits = [1, 1.1, 1.25, 1.5, 2, 3] as const;
const labels = ['under 1', '1 – 1.1', '1.1 – 1.25', '1.25 – 1.5', '1.5 – 2', '2 – 3', '3 and up', 'flat'] as const;
const tones = ['bad', 'warn', 'warn', 'fine', 'fine', 'fine', 'fine', 'quiet'] as const;
const flat = labels.length - 1;

/** Which bucket a vault's E / MM falls into. For display only: whether a vault is healthy is decided by comparison. */
export const bucketOf = (equity: bigint, maintenance: bigint): number => {
  if (maintenance === 0n) return equity >= 0n ? flat : 0;
  if (equity < maintenance) return 0;
  const ratio = Number((equity * 1000n) / maintenance) / 1000;
  const index = limits.findIndex(limit => ratio < limit);
  return index < 0 ? limits.length : Math.max(1, index);
};

const countHealth = (
  chains: readonly ChainFacts[],
  prices: ReadonlyMap<FeedId, PriceWad>,
  others: ReadonlySet<VaultId>,
): readonly HealthBucket[] => {
  const counts = labels.map(() => 0);
  for (const chain of chains) {
    for (const group of chain.groups.values()) {
      if (others.has(group.vault) || chain.own.has(group.vault)) continue;
      const health = evaluateGroup(group, chain.market, prices, chain.time === undefined ? {} : { at: chain.time });
      if (!health.ok) continue;
      const bucket = bucketOf(health.value.equity, health.value.maintenance);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
  }
  return labels.map((label, index) => ({ label, count: counts[index] ?? 0, tone: tones[index] ?? 'fine' }));
};

const notional = (group: GroupState | undefined, chain: ChainFacts, prices: ReadonlyMap<FeedId, PriceWad>): number =>
  (group?.positions ?? []).reduce((sum, position) => {
    const feed = chain.market.instruments.find(each => each.instrument === position.instrument)?.feed;
    const price = feed === undefined ? 0n : (prices.get(feed) ?? 0n);
    return sum + (Math.abs(Number(position.size)) / 1e18) * (Number(price) / 1e18);
  }, 0);

const keeperLine = (facts: KeeperFacts, chains: readonly ChainFacts[], input: ViewInput): KeeperLine => {
  const prices = input.tally.prices();
  const held = chains.map(chain => {
    const quote = chain.views.get(facts.vault)?.assets.get(chain.market.quote.token.toLowerCase() as `0x${string}`);
    return {
      capital: units(quote?.free ?? 0n, chain.market.quote.decimals),
      inventory: notional(chain.groups.get(facts.vault), chain, prices),
    };
  });
  return {
    name: facts.name,
    state: facts.state,
    bids: input.tally.liquidations().filter(each => each.bidderVault === facts.vault).length,
    wasted: input.tally.wastedBy(facts.address),
    capital: held.reduce((sum, each) => sum + each.capital, 0),
    inventory: held.reduce((sum, each) => sum + each.inventory, 0),
  };
};

export const liquidationLine = (
  liquidation: Liquidation,
  input: Pick<ViewInput, 'keepers' | 'startedAt' | 'tally'>,
): LiquidationLine => {
  const chains = input.tally.chains();
  const index = chains.findIndex(chain => chain.chain === liquidation.chain);
  const decimals = chains[index]?.market.quote.decimals ?? 0;
  const { members, house, gainers, residual } = liquidation.losses;
  return {
    at: (liquidation.seenAt - input.startedAt) / 1000,
    chain: chainLetter(Math.max(0, index)),
    vault: shortVault(liquidation.vault),
    fraction: units(liquidation.fraction, 18),
    by:
      input.keepers.find(keeper => keeper.vault === liquidation.bidderVault)?.name ??
      shortVault(liquidation.bidderVault),
    latencyMs: liquidation.latencyMs,
    paid: units(liquidation.paid - liquidation.received, decimals),
    shortfall: units(members + house + gainers + residual, decimals),
  };
};

const chainLine = (chain: ChainFacts, index: number, others: ReadonlySet<VaultId>): ChainLine => {
  const clients = [...chain.groups.keys()].filter(vault => !others.has(vault) && !chain.own.has(vault));
  const house = chain.views.get(chain.houseVault)?.assets.get(chain.market.quote.token.toLowerCase() as `0x${string}`);
  return {
    name: `${chainLetter(index)} ${chain.chain}`,
    block: chain.block,
    vaults: clients.length,
    houseCapital: units(house?.free ?? 0n, chain.market.quote.decimals),
  };
};

/** How many of the newest liquidations a screen can ever show. */
const shownLiquidations = 200;

export const viewOf = (input: ViewInput): ScreenModel => {
  const chains = input.tally.chains();
  const counts = input.tally.counts();
  const decimals = chains[0]?.market.quote.decimals ?? 0;
  const { members, house, gainers, residual } = counts.losses;
  return {
    title: input.title,
    elapsed: input.elapsed,
    ticks: input.ticks,
    phase: input.phase,
    prices: input.prices,
    chains: chains.map((chain, index) => chainLine(chain, index, input.others)),
    health: countHealth(chains, input.tally.prices(), input.others),
    liquidations: input.tally
      .liquidations()
      .slice(-shownLiquidations)
      .map(each => liquidationLine(each, input)),
    keepers: input.keepers.map(keeper => keeperLine(keeper, chains, input)),
    modes: input.modes,
    totals: {
      vaults: input.vaults,
      liquidations: counts.liquidations,
      closed: counts.vaultsClosed,
      wallsCrossed: counts.wallsCrossed,
      duplicateEffects: counts.duplicateEffects,
      wastedTransactions: counts.wastedTransactions,
      escrowsChecked: counts.escrowsChecked,
      escrowsShort: counts.escrowsShort,
      shortfall: units(members + house + gainers + residual, decimals),
      p50: counts.latency.p50,
      p95: counts.latency.p95,
    },
  };
};

/** Clients' vaults that are under their maintenance at the newest prices. */
export const failingVaults = (tally: Tally, others: ReadonlySet<VaultId>): number =>
  countHealth(tally.chains(), tally.prices(), others)[0]?.count ?? 0;
