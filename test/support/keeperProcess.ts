import { createEvmChain, type EvmAddresses } from '@bulkhead/chains';
import { createBullQueue } from '@bulkhead/effects/bullmq';
import { createRedisStore } from '@bulkhead/effects/redis';
import { createKeeper, createKeeperHandlers, defaultTiers, type KeeperSettings } from '@bulkhead/keeper';
import { firstVaultOf, type LocalChain, type LocalKey, type Localnet } from '@bulkhead/localnet';
import {
  type Address,
  createRecentReports,
  type FeedId,
  failure,
  milliseconds,
  ok,
  type PriceReport,
  priceWad,
  quoteAmount,
  seconds,
  wad,
} from '@bulkhead/shared';
import type { Chain, Clock, Oracle, Signer } from '@bulkhead/shared/ports';
import { Redis } from 'ioredis';
import { keccak256, parseTransaction } from 'viem';
import { createMemoryLog, noMetrics, realClock } from './clocks.ts';
import { effectsOn, testRandom } from './effectsBench.ts';

/** The feed of a local network as the keeper's Oracle port, without the way over HTTP. */
export const feedOracle = (localnet: Localnet): Oracle => {
  const reports = createRecentReports();
  for (const report of localnet.feed.newest().values()) reports.take(report);
  localnet.feed.subscribe(reports.take);
  return { recent: reports.all, watch: signal => watchFeed(localnet, signal) };
};

async function* watchFeed(localnet: Localnet, signal: AbortSignal): AsyncGenerator<PriceReport> {
  const waiting = new Map<FeedId, PriceReport>();
  let wake: (() => void) | undefined;
  const poke = () => wake?.();
  signal.addEventListener('abort', poke, { once: true });
  const unsubscribe = localnet.feed.subscribe(report => {
    waiting.set(report.feed, report);
    poke();
  });
  while (!signal.aborted) {
    const [next] = waiting.values();
    if (next) {
      waiting.delete(next.feed);
      yield next;
    } else {
      await new Promise<void>(resolve => {
        wake = resolve;
      });
    }
  }
  unsubscribe();
}

/** Signs whatever it is given: a test has no allow-list. */
const signerOf = (key: LocalKey): Signer => ({
  address: key.address.toLowerCase() as Signer['address'],
  async sign(transaction) {
    if (transaction.from.toLowerCase() !== key.address.toLowerCase()) {
      return failure({ kind: 'wrongSigner', message: transaction.from });
    }
    const bytes = await key.account.signTransaction(parseTransaction(transaction.bytes));
    return ok({ bytes, hash: keccak256(bytes) });
  },
});

export interface KeeperProcessOptions {
  readonly localnet: Localnet;
  readonly chain: LocalChain;
  /** Which of the network's keepers. */
  readonly index: number;
  /** Number of the Redis database: keepers that compete have one each. */
  readonly database: number;
  readonly bid?: Partial<KeeperSettings['chains'][number]['bid']>;
  readonly settle?: boolean;
  readonly shedding?: KeeperSettings['chains'][number]['shedding'];
  /** Venues beside the clearing house that it may bid at. */
  readonly venues?: readonly Address[];
  /** Instead of the network's own feed. */
  readonly oracle?: Oracle;
  /** Wall time by default. */
  readonly clock?: Clock;
  /** Puts something between the product and the chain. */
  readonly decorate?: (chain: Chain) => Chain;
}

const settingsOf = (options: KeeperProcessOptions, key: LocalKey): KeeperSettings => ({
  name: `keeper-${options.index}`,
  chains: [
    {
      chain: options.chain.id,
      bid: {
        bidderVault: firstVaultOf(key),
        marginReserve: wad(5n * 10n ** 16n),
        inventoryLimit: new Map(),
        skip: [],
        minimumFraction: wad(10n ** 16n),
        minimumProfit: quoteAmount(0n),
        solvencyLoss: undefined,
        slippage: wad(0n),
        gas: 1_000_000n,
        native: { kind: 'fixed', price: priceWad(0n) },
        patience: milliseconds(0),
        lifetime: seconds(20),
        ...options.bid,
      },
      settlement: options.settle ? { batch: 20, patience: milliseconds(0) } : undefined,
      shedding: options.shedding,
      postPricesAfter: undefined,
      budget: { liquidation: 10n ** 17n, settlement: 10n ** 17n, maintenance: 10n ** 17n },
    },
  ],
  freshness: { headAge: milliseconds(15_000), priceReserve: seconds(2), retry: milliseconds(250) },
  tiers: defaultTiers,
  resyncEvery: milliseconds(60_000),
  readBatch: 50,
});

/** The production keeper and effects in this process, on a real chain and a real Redis. */
export const startKeeperProcess = async (options: KeeperProcessOptions) => {
  const { localnet, chain: local, clock = realClock } = options;
  const key = localnet.keys.keepers[options.index];
  if (!key || !localnet.redis) throw new Error('the local network has no such keeper, or no Redis');
  const log = createMemoryLog();
  const opened = await createEvmChain({
    id: local.id,
    endpoints: [{ http: local.http, ws: local.ws }],
    addresses: local.addresses as EvmAddresses,
    venues: options.venues ?? [],
    clock,
    log,
    metrics: noMetrics,
    headMaxAge: milliseconds(15_000),
    finality: { confirmedAfter: 1, finalAfter: 2 },
  });
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  const chain = options.decorate ? options.decorate(opened.value) : opened.value;
  const url = `${localnet.redis.url}/${options.database}`;
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  const store = createRedisStore(redis);
  const queue = createBullQueue({
    connect: () => new Redis(url, { maxRetriesPerRequest: null }),
    clock,
    log,
  });
  const settings = settingsOf(options, key);
  const shared = {
    chains: new Map([[chain.id, chain]]),
    oracle: options.oracle ?? feedOracle(localnet),
    clock,
    log,
    metrics: noMetrics,
    settings,
  };
  const effects = effectsOn({
    chain,
    signer: signerOf(key),
    store,
    queue,
    clock,
    log,
    policy: { mode: 'act', finality: 'final' },
    handlers: createKeeperHandlers(shared),
  });
  const keeper = createKeeper({ ...shared, store, effects, queue, random: testRandom });
  const stop = new AbortController();
  const running = Promise.all([effects.start(stop.signal), keeper.start(stop.signal)]);
  return {
    keeper,
    effects,
    store,
    log,
    bidderVault: settings.chains[0]?.bid.bidderVault,
    async stop(): Promise<void> {
      stop.abort();
      await running;
      await queue.close();
      redis.disconnect();
      await opened.value.close();
    },
  };
};
export type KeeperProcess = Awaited<ReturnType<typeof startKeeperProcess>>;
