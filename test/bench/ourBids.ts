import type { Effects } from '@bulkhead/effects';
import { createBullQueue } from '@bulkhead/effects/bullmq';
import { createRedisStore } from '@bulkhead/effects/redis';
import { bidId, createKeeperHandlers, defaultTiers, type KeeperSettings } from '@bulkhead/keeper';
import {
  type BlockRef,
  type Hex32,
  milliseconds,
  ok,
  priceWad,
  quoteAmount,
  seconds,
  type VaultId,
  wad,
  wei,
} from '@bulkhead/shared';
import type { Metrics, Signer } from '@bulkhead/shared/ports';
import { Redis } from 'ioredis';
import { keccak256, parseTransaction } from 'viem';
import { noMetrics, realClock, silentLog } from '../support/clocks.ts';
import { effectsOn } from '../support/effectsBench.ts';
import { feedOracle } from '../support/keeperProcess.ts';
import type { Bidder, BidWorld } from './bidWorld.ts';

const settingsOf = (world: BidWorld, bidder: Bidder): KeeperSettings => ({
  name: 'bench',
  chains: [
    {
      chain: world.chain.id,
      bid: {
        bidderVault: bidder.vault,
        marginReserve: wad(0n),
        inventoryLimit: new Map(),
        skip: [],
        minimumFraction: wad(0n),
        minimumProfit: quoteAmount(0n),
        solvencyLoss: undefined,
        slippage: wad(0n),
        gas: 1_000_000n,
        native: { kind: 'fixed', price: priceWad(0n) },
        patience: milliseconds(0),
        lifetime: seconds(600),
      },
      settlement: undefined,
      shedding: undefined,
      postPricesAfter: undefined,
      budget: { liquidation: 10n ** 18n, settlement: 10n ** 18n, maintenance: 10n ** 18n },
    },
  ],
  freshness: { headAge: milliseconds(600_000), priceReserve: seconds(2), retry: milliseconds(250) },
  tiers: defaultTiers,
  resyncEvery: milliseconds(600_000),
  readBatch: 50,
});

const untilLeading = async (effects: Effects): Promise<void> => {
  while (!(await effects.snapshot())[0]?.leading) await realClock.sleep(milliseconds(20));
};

const patience = 10_000;

/** Counts what happens, and waits until it has happened often enough. */
const createCounter = (what: string, why: () => Promise<string>) => {
  let count = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let resolve: () => void = () => undefined;
  return {
    one(): void {
      count += 1;
      if (count >= wanted) resolve();
    },
    async reaches(number: number): Promise<void> {
      if (count >= number) return;
      wanted = number;
      const reached = new Promise<void>(done => {
        resolve = done;
      });
      const tooLong = new AbortController();
      const waited = realClock.sleep(milliseconds(patience), tooLong.signal);
      await Promise.race([reached, waited]);
      tooLong.abort();
      if (count < number) throw new Error(`bid ${number} was not ${what} within ${patience / 1000} s: ${await why()}`);
    },
  };
};

/** The product's own way to a signature: effects runtime on a real Redis, the keeper's bid handler, the EVM adapter, the wall guard. */
export const startOurBids = async (world: BidWorld, bidder: Bidder) => {
  const { chain, localnet } = world;
  const url = localnet.redis?.url;
  if (url === undefined) throw new Error('the local network has no Redis');
  let signedAt = 0;
  let bids = 0;
  const notes = async (): Promise<string> =>
    (await effects.snapshot())
      .map(
        ({ open, ended }) =>
          `${open.map(({ phase, note }) => `${phase}, ${note}`).join('; ')} ended: ${JSON.stringify(ended)}`,
      )
      .join();
  const sent = createCounter('sent', notes);
  const concluded = createCounter('concluded', notes);

  const signer: Signer = {
    address: bidder.key.address.toLowerCase() as Signer['address'],
    async sign(transaction) {
      const bytes = await bidder.key.account.signTransaction(parseTransaction(transaction.bytes));
      signedAt = performance.now();
      return ok({ bytes, hash: keccak256(bytes) });
    },
  };
  const metrics: Metrics = {
    ...noMetrics,
    count: name => {
      if (name === 'broadcasts_total') sent.one();
      if (name === 'effects_concluded_total') concluded.one();
    },
  };
  const connect = () => new Redis(url, { maxRetriesPerRequest: null });
  const redis = connect();
  const queue = createBullQueue({ connect, clock: realClock, log: silentLog });
  const settings = settingsOf(world, bidder);
  const handlers = createKeeperHandlers({
    chains: new Map([[chain.id, chain]]),
    oracle: feedOracle(localnet),
    clock: realClock,
    log: silentLog,
    metrics: noMetrics,
    settings,
  });
  const effects = effectsOn({
    chain,
    signer,
    store: createRedisStore(redis),
    queue,
    clock: realClock,
    metrics,
    policy: { finality: 'confirmed', dailySpendCap: wei(10n ** 24n) },
    handlers: { ...handlers },
  });
  const stop = new AbortController();
  const running = effects.start(stop.signal);
  await untilLeading(effects);

  const plan = async (vault: VaultId, lastTrade: Hex32): Promise<void> => {
    const now = realClock.now();
    const id = bidId({ chain: chain.id, vault, lastTrade, bidderVault: bidder.vault }, 0);
    const outcome = await effects.plan({
      id,
      chain: chain.id,
      urgency: 'liquidation',
      handler: 'bid',
      subject: vault,
      payload: JSON.stringify({ version: 1, kind: 'bid', vault, bidderVault: bidder.vault, lastTrade }),
      notBefore: now,
      deadline: milliseconds(now + 60_000),
      budget: wei(10n ** 18n),
      trace: id,
    });
    if (outcome !== 'planned') throw new Error(`the effect was not planned but ${outcome}`);
  };

  return {
    /** @param lastTrade the trade that the vault was seen at. */
    async bid(block: BlockRef, vault: VaultId, lastTrade: Hex32): Promise<{ readonly signedAt: number }> {
      effects.headSeen(chain.id, block);
      await plan(vault, lastTrade);
      bids += 1;
      await sent.reaches(bids);
      return { signedAt };
    },
    /** Lets the bid be settled, so that nothing of it runs beside the next one. */
    async settle(block: BlockRef): Promise<void> {
      effects.headSeen(chain.id, block);
      await concluded.reaches(bids);
    },
    async stop(): Promise<void> {
      stop.abort();
      await running;
      await queue.close();
      redis.disconnect();
    },
  };
};
