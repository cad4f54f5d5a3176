import { createEvmChain } from '@bulkhead/chains/evm';
import { liquidationEngineAbi, oracleHubAbi } from '@bulkhead/contracts';
import {
  defaultParameterSet,
  type LocalChain,
  type Localnet,
  type SeededVault,
  seededRandom,
  seedMarket,
  setMining,
  startLocalnet,
} from '@bulkhead/localnet';
import { afterPost } from '@bulkhead/risk';
import { milliseconds, priceWad, type StoredPrice, seconds, WAD, wad } from '@bulkhead/shared';
import type { Chain } from '@bulkhead/shared/ports';
import { keccak256, stringToHex } from 'viem';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createMemoryLog, noMetrics, realClock } from '../support/clocks.ts';
import { feedOracle, startKeeperProcess } from '../support/keeperProcess.ts';

const patiently = { timeout: 45_000, interval: 100 };
/** A tenth at once is as far as one report is believed for, and the stable price takes its time. */
const parameterSet = {
  ...defaultParameterSet,
  name: 'narrow steps',
  prices: { ...defaultParameterSet.prices, maxStep: wad(WAD / 10n), stableRate: wad(WAD / 1_000n) },
};

let localnet: Localnet;
let chain: LocalChain;
let reads: Chain & { close?(): void };
let vaults: readonly SeededVault[];

beforeAll(async () => {
  localnet = await startLocalnet({ chains: 1, seed: 'price jump', parameterSet });
  const [first] = localnet.chains;
  if (!first) throw new Error('no chain');
  chain = first;
  const opened = await createEvmChain({
    id: chain.id,
    endpoints: [{ http: chain.http, ws: chain.ws }],
    addresses: chain.addresses,
    clock: realClock,
    log: createMemoryLog(),
    metrics: noMetrics,
    headMaxAge: milliseconds(3_600_000),
    finality: { confirmedAfter: 1, finalAfter: 1 },
  });
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  reads = opened.value;
  // Two fifths of the notional are gone at once: what had 2.4 times its equity is left with less than its requirement, and still worth something.
  const market = await seedMarket(localnet, {
    owners: 3,
    vaultsPerChain: 3,
    instruments: { 'ETH-PERP': 1 },
    longShare: 1,
    leverage: [{ weight: 1, from: 2.4, to: 2.42 }],
    equity: { from: 5_000, to: 6_000 },
  });
  vaults = market.vaults[0] ?? [];
}, 120_000);

afterAll(async () => {
  reads?.close?.();
  await localnet?.stop();
});

const fills = () =>
  chain.client.getContractEvents({
    address: chain.addresses.liquidationEngine,
    abi: liquidationEngineAbi,
    eventName: 'BidFilled',
    fromBlock: 0n,
    strict: true,
  });

const hubEvents = <Name extends 'PriceHeld' | 'PricePosted'>(eventName: Name) =>
  chain.client.getContractEvents({
    address: chain.addresses.oracleHub,
    abi: oracleHubAbi,
    eventName,
    fromBlock: 0n,
    strict: true,
  });

test('what reports leave on the chain is foreseen to the unit: stored, held, confirmed, denied, and the stable price (LIQ-1, MRG-1)', async () => {
  const { unit } = seededRandom('posting');
  const name = 'a feed of its own';
  const feed = keccak256(stringToHex(name));
  const { client } = chain;
  const { timestamp } = await client.getBlock();
  let time = Number(timestamp) - 4_000;
  let price = 1_000n * WAD;
  let foreseen: StoredPrice | undefined;
  const seen = { stored: 0, held: 0, skipped: 0, lagging: 0 };
  const market = await reads.readMarket('head');
  if (!market.ok) throw new Error(market.error.message);
  const { priceBounds } = market.value.value;
  for (let step = 0; step < 60; step++) {
    // Small steps, jumps, confirmations of them, and reports of seconds that have passed.
    const move = unit() < 0.5 ? 0.97 + unit() * 0.06 : 0.5 + unit();
    const base = foreseen?.held && unit() < 0.5 ? foreseen.held.price : price;
    price = (base * BigInt(Math.round(move * 1_000_000))) / 1_000_000n;
    if (price < WAD) price = 1_000n * WAD;
    time += unit() < 0.15 ? 0 : Math.ceil(unit() * 60);
    const [report] = await localnet.feed.sign({ [name]: price }, { time: seconds(time) });
    if (!report) throw new Error('nothing was signed');
    const before = foreseen;
    foreseen = afterPost(before, report, priceBounds);
    if (foreseen === before) seen.skipped++;
    else if (foreseen.held) seen.held++;
    else seen.stored++;
    if (foreseen.stable !== foreseen.price) seen.lagging++;
    await chain.post([report]);
    const [stored] = await reads.readPrices([feed], 'head').then(read => (read.ok ? read.value.value : []));
    expect(stored).toEqual(foreseen);
  }
  for (const [kind, count] of Object.entries(seen)) expect(count, kind).toBeGreaterThan(3);
}, 120_000);

test('a price that falls by two fifths at once: the keeper brings both reports with its bid, and no call of it fails (LIQ-1, LIQ-2)', async () => {
  const before = 3_000n * WAD;
  const after = (before * 6n) / 10n;
  const prices = (eth: bigint) => ({ 'ETH/USD': eth, 'BTC/USD': 60_000n * WAD, 'SPX/USD': 1_280n * WAD });
  await localnet.publishAndPost(prices(before));
  await setMining(chain.client, { everySeconds: 1 });
  const keeper = await startKeeperProcess({ localnet, chain, index: 0, database: 0, oracle: feedOracle(localnet) });
  let eth = before;
  const timer = setInterval(() => void localnet.feed.publish(prices(eth)), 1_000);
  try {
    await vi.waitFor(() => expect(keeper.keeper.status().chains[0]?.ready).toBe(true), patiently);
    expect(await fills()).toEqual([]);
    eth = after;
    await vi.waitFor(
      async () => expect(new Set((await fills()).map(({ args }) => args.vaultId)).size).toBe(vaults.length),
      patiently,
    );
    await vi.waitFor(async () => expect((await keeper.effects.snapshot())[0]?.open).toEqual([]), patiently);
    const [snapshot] = await keeper.effects.snapshot();
    expect(snapshot?.wastedTransactions).toBe(0);
    expect(snapshot?.ended.failed).toBe(0);
  } finally {
    clearInterval(timer);
    await keeper.stop();
  }
  // The held report and the one that confirmed it came in the call that needed them.
  const [fill] = await fills();
  const ofFeed = { feed: keccak256(stringToHex('ETH/USD')), priceWad: priceWad(after) };
  const held = (await hubEvents('PriceHeld')).filter(({ args }) => args.feed === ofFeed.feed);
  expect(held.map(({ args, transactionHash }) => ({ price: args.priceWad, transactionHash }))).toEqual([
    { price: after, transactionHash: fill?.transactionHash },
  ]);
  const posted = (await hubEvents('PricePosted')).filter(
    ({ transactionHash }) => transactionHash === fill?.transactionHash,
  );
  expect(posted.map(({ args }) => args)).toContainEqual(expect.objectContaining(ofFeed));
}, 120_000);
