import {
  type BlockRef,
  type Caip2,
  type FeedId,
  formatVaultName,
  type MarginMode,
  type Milliseconds,
  milliseconds,
  type VaultId,
  type VaultName,
  vaultIdOf,
} from '@bulkhead/shared';
import type { Chain } from '@bulkhead/shared/ports';
import { type Assessor, createAssessor } from './act/assessor.ts';
import { createDuties } from './act/duties.ts';
import { createPlanner, type Planner } from './act/planner.ts';
import { coalesced } from './coalesced.ts';
import type { KeeperDependencies } from './dependencies.ts';
import { type ChainView, createChainView } from './detection/chainView.ts';
import { createLiveWatch, watermarkName } from './detection/live.ts';
import { watchPrices } from './detection/prices.ts';
import { resync } from './detection/resync.ts';
import { createReader } from './reading.ts';
import { createChecks } from './schedule/checks.ts';
import { groupByTier } from './schedule/tiers.ts';
import type { ChainSettings } from './settings.ts';

/** One chain's part of `status`. */
export interface KeeperChainStatus {
  readonly chain: Caip2;
  /** The book is built. */
  readonly ready: boolean;
  readonly head: BlockRef | undefined;
  readonly vaults: number;
  readonly failing: number;
  readonly tiers: Readonly<Record<string, number>>;
  readonly lastResyncAt: Milliseconds | undefined;
  /** Signing time of the newest price, in seconds, by feed. */
  readonly prices: readonly { readonly feed: FeedId; readonly time: number }[];
}

export interface KeeperStatus {
  readonly name: string;
  /** When the sweep last went round: liveness follows it (F21). */
  readonly lastPassAt: Milliseconds | undefined;
  readonly chains: readonly KeeperChainStatus[];
}

/** Why the keeper acted on a vault or not. */
export interface Explanation {
  readonly vault: VaultName;
  readonly known: boolean;
  readonly mode: MarginMode | undefined;
  /** How many vaults are margined together; the lead names them all. */
  readonly vaults: number;
  readonly lead: string;
  /** As the book has it now. Quote decimals; undefined when it cannot be evaluated. */
  readonly health: { readonly equity: bigint; readonly maintenance: bigint; readonly marketValue: bigint } | undefined;
  readonly quote: { readonly symbol: string; readonly decimals: number } | undefined;
  /** Relative price move to the threshold, and how often that has it checked. */
  readonly distance: number | undefined;
  readonly tier: string | undefined;
  readonly takenAtBlock: bigint | undefined;
  readonly failingSince: Milliseconds | undefined;
  readonly head: BlockRef | undefined;
  /** The last recorded decision, JSON (see DecisionRecord), by whichever process made it. */
  readonly lastDecision: { readonly decision: string; readonly at: Milliseconds } | undefined;
}

export interface Keeper {
  /** Works until the signal aborts; resolves when everything that it began has ended. */
  start(signal: AbortSignal): Promise<void>;
  status(): KeeperStatus;
  explain(vault: VaultName): Promise<Explanation>;
}

interface ChainKeeper {
  readonly settings: ChainSettings;
  readonly view: ChainView;
  readonly assessor: Assessor;
  readonly duties: ReturnType<typeof createDuties>;
  readonly lastResyncAt: Milliseconds | undefined;
  run(signal: AbortSignal): Promise<void>;
}

const createChainKeeper = (
  dependencies: KeeperDependencies,
  settings: ChainSettings,
  chain: Chain,
  planner: Planner,
): ChainKeeper => {
  const { clock, log, metrics, store, oracle, settings: keeper } = dependencies;
  const read = createReader(chain);
  const view = createChainView(() => oracle.recent());
  const onReadError = (error: { readonly code: string; readonly message: string }): void => {
    metrics.count('keeper_read_errors_total', { chain: chain.id, code: error.code });
    log.warn('a read failed; nothing was decided', { chain: chain.id, code: error.code, reason: error.message });
  };
  const assessor = createAssessor(dependencies, { chain, read, view, planner, settings, onReadError });
  const duties = createDuties(dependencies, { read, view, planner, settings });
  let lastResyncAt: Milliseconds | undefined;
  let resyncDueAt = clock.now();
  let stopping: AbortSignal | undefined;

  /** The next one is due a whole period later only if this one succeeded (F16). */
  const fullRead = coalesced(
    'resync',
    async () => {
      if (!stopping || stopping.aborted) return;
      const parts = { chain, read, view, assessor, bidderVault: settings.bid.bidderVault };
      const done = await resync(dependencies, parts, stopping);
      const now = clock.now();
      if (done.ok) {
        lastResyncAt = now;
        resyncDueAt = milliseconds(now + keeper.resyncEvery);
        if (!view.head) view.takeHead(done.value);
      } else {
        resyncDueAt = milliseconds(now + keeper.freshness.retry);
        onReadError(done.error);
      }
    },
    log,
  );

  const live = createLiveWatch(dependencies, {
    chain,
    view,
    assessor,
    bidderVault: settings.bid.bidderVault,
    onGap: () => void fullRead.run(),
    onHead: duties.run,
    onSettlement: duties.settlementChanged,
    onOwnBid: duties.inventoryChanged,
  });

  const resyncLoop = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      if (clock.now() >= resyncDueAt) await fullRead.run();
      // Processes that started together should not read everything together.
      const jitter = 1 + dependencies.random.unit() / 10;
      await clock.sleep(milliseconds(Math.ceil(keeper.freshness.retry * jitter)), signal);
    }
  };

  /** Where to take the history up: after the watermark, so that nothing said while nobody listened is missed; else from what was just read. */
  const cursor = async (): Promise<bigint> => {
    const watermark = await store.watermark(chain.id, watermarkName);
    const readAt = view.head?.number ?? 0n;
    return watermark !== undefined && watermark < readAt ? watermark + 1n : readAt;
  };

  return {
    settings,
    view,
    assessor,
    duties,
    get lastResyncAt() {
      return lastResyncAt;
    },
    async run(signal) {
      stopping = signal;
      while (!signal.aborted && lastResyncAt === undefined) {
        await fullRead.run();
        if (lastResyncAt === undefined) await clock.sleep(keeper.freshness.retry, signal);
      }
      if (!signal.aborted) await Promise.all([live.run(await cursor(), signal), resyncLoop(signal)]);
      await Promise.all([assessor.idle(), duties.idle(), fullRead.idle()]);
    },
  };
};

/**
 * The keeper: three detection paths that reconcile (live events, prices, resync), checks by distance, pure decisions, and effects for what is to be done.
 * Sees ports only. Its handlers (`createKeeperHandlers`) must be known to the effects that it is given.
 */
export const createKeeper = (dependencies: KeeperDependencies): Keeper => {
  const { settings, clock, store } = dependencies;
  const planner = createPlanner(dependencies);
  const keepers = settings.chains.flatMap(one => {
    const chain = dependencies.chains.get(one.chain);
    return chain ? [createChainKeeper(dependencies, one, chain, planner)] : [];
  });
  let lastPassAt: Milliseconds | undefined;

  const distanceIn = (view: ChainView) => (vault: VaultId) => view.book?.distance(vault) ?? Number.POSITIVE_INFINITY;

  const statusOf = (keeper: ChainKeeper): KeeperChainStatus => {
    const { view } = keeper;
    const tiers = groupByTier(view.book?.vaults() ?? [], distanceIn(view), settings.tiers);
    return {
      chain: keeper.settings.chain,
      ready: view.book !== undefined && keeper.lastResyncAt !== undefined,
      head: view.head,
      vaults: view.book?.size ?? 0,
      failing: view.failing.size,
      tiers: Object.fromEntries([...tiers].map(([name, vaults]) => [name, vaults.length])),
      lastResyncAt: keeper.lastResyncAt,
      prices: [...view.prices(clock.now())].map(([feed, seen]) => ({ feed, time: seen.time })),
    };
  };

  return {
    async start(signal) {
      const chains = keepers.map(one => ({
        chain: one.settings.chain,
        view: one.view,
        assessor: one.assessor,
        onPrice: one.duties.run,
      }));
      const checks = createChecks(dependencies, chains);
      await Promise.all([
        ...keepers.map(one => one.run(signal)),
        watchPrices(dependencies, chains, signal),
        checks.run(signal, () => {
          lastPassAt = clock.now();
        }),
      ]);
    },
    status: () => ({ name: settings.name, lastPassAt, chains: keepers.map(statusOf) }),
    async explain(vault) {
      const keeper = keepers.find(one => one.settings.chain === vault.chain);
      const view = keeper?.view;
      const asked = vaultIdOf(vault.account, vault.bucket);
      const id = view?.leadOf(asked) ?? asked;
      const group = view?.book?.group(id);
      // What is decided about a vault that is margined with others is decided, and recorded, under their lead.
      const lead = group ? { ...vault, bucket: group.bucket } : vault;
      const health = view?.book?.health(id);
      const distance = group ? view?.book?.distance(id) : undefined;
      const quote = view?.market?.quote;
      return {
        vault,
        known: group !== undefined,
        mode: group?.mode,
        vaults: group?.vaults.length ?? 0,
        lead: formatVaultName(lead),
        health: health?.ok ? health.value : undefined,
        quote: quote && { symbol: quote.symbol, decimals: quote.decimals },
        distance,
        tier:
          distance === undefined
            ? undefined
            : [...groupByTier([id], () => distance, settings.tiers)].find(([, vaults]) => vaults.length > 0)?.[0],
        takenAtBlock: view?.takenAt(id),
        failingSince: view?.failing.get(id)?.since,
        head: view?.head,
        lastDecision: await store.decision(vault.chain, formatVaultName(lead)),
      };
    },
  };
};
