import { liquidationEngineAbi, marginEngineAbi } from '@bulkhead/contracts';
import {
  createOutbox,
  type LocalChain,
  type Localnet,
  pushParametersCall,
  type SeededVault,
  seedMarket,
  setMining,
  startLocalnet,
} from '@bulkhead/localnet';
import { milliseconds, seconds, WAD, wad } from '@bulkhead/shared';
import type { Clock } from '@bulkhead/shared/ports';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { realClock } from '../support/clocks.ts';
import { type KeeperProcess, startKeeperProcess } from '../support/keeperProcess.ts';

let localnet: Localnet;
let chain: LocalChain;
let vaults: readonly SeededVault[];
let keeper: KeeperProcess | undefined;
/** By how much chain, feed and keeper together are ahead of the wall clock, ms. */
let ahead = 0;
/** Signing time of the newest reports. */
let said = 0;
const patiently = { timeout: 60_000, interval: 100 };
const hour = 3_600;

const clock: Clock = { now: () => milliseconds(realClock.now() + ahead), sleep: realClock.sleep };

beforeAll(async () => {
  localnet = await startLocalnet({ chains: 1, seed: 'parameter pushes' });
  const [first] = localnet.chains;
  if (!first) throw new Error('no chain');
  chain = first;
  // Three longs at nine times their equity: after a fall of four percent they have a good seven percent.
  const market = await seedMarket(localnet, {
    owners: 3,
    vaultsPerChain: 3,
    instruments: { 'ETH-PERP': 1 },
    longShare: 1,
    leverage: [{ weight: 1, from: 9, to: 9.2 }],
    equity: { from: 5_000, to: 6_000 },
  });
  vaults = market.vaults[0] ?? [];
  await setMining(chain.client, { everySeconds: 1 });
}, 120_000);
afterAll(async () => {
  await keeper?.stop();
  await localnet.stop();
});

/** The feed says that ETH stands where it fell to. */
const say = async (): Promise<void> => {
  said = Math.max(said + 1, Math.floor(clock.now() / 1000));
  const prices = { 'ETH/USD': 2_880n * WAD, 'BTC/USD': 60_000n * WAD, 'SPX/USD': 1_280n * WAD };
  await localnet.feed.publish(prices, { time: seconds(said) });
};

const keepSaying = () => {
  const timer = setInterval(() => void say(), 2_000);
  return { [Symbol.dispose]: () => clearInterval(timer) };
};

/** Lets time pass on the chain, for the feed and for the keeper, at standing prices. */
const pass = async (duration: number): Promise<void> => {
  ahead += duration * 1000;
  await chain.client.increaseTime({ seconds: duration });
  await chain.client.mine({ blocks: 1 });
  await say();
};

const fills = () =>
  chain.client.getContractEvents({
    address: chain.addresses.liquidationEngine,
    abi: liquidationEngineAbi,
    eventName: 'BidFilled',
    fromBlock: 0n,
    strict: true,
  });

/** At prices posted just now. */
const healthy = async (): Promise<readonly boolean[]> => {
  await localnet.publishAndPost(
    { 'ETH/USD': 2_880n * WAD, 'BTC/USD': 60_000n * WAD, 'SPX/USD': 1_280n * WAD },
    { time: seconds(++said) },
  );
  return Promise.all(
    vaults.map(async ({ vaultId }) => {
      const health = await chain.client.readContract({
        address: chain.addresses.marginEngine,
        abi: marginEngineAbi,
        functionName: 'healthOf',
        args: [vaultId, 1],
      });
      return health.equity >= BigInt(health.maintenance);
    }),
  );
};

test('a keeper works on through a push, and liquidates whom the ramp reaches while prices stand (MRG-7, LIQ-1)', async () => {
  keeper = await startKeeperProcess({ localnet, chain, index: 0, database: 0, clock });
  await vi.waitFor(() => expect(keeper?.keeper.status().chains[0]?.ready).toBe(true), patiently);
  await say();
  using _feed = keepSaying();
  expect(await healthy()).toEqual(vaults.map(() => true));

  const outbox = createOutbox(chain.client, chain.chainId);
  const tighter = { initial: wad((WAD * 12n) / 100n), maintenance: wad((WAD * 85n) / 1000n) };
  outbox.add(await pushParametersCall(chain, localnet.keys, { of: { instrument: 0 }, ...tighter }));
  await outbox.flush();
  expect(await healthy(), 'nobody in the block of a push (MRG-7)').toEqual(vaults.map(() => true));
  await pass(5 * hour);
  expect(await healthy(), 'at 6.92 %').toEqual(vaults.map(() => true));
  expect(await fills()).toEqual([]);

  await pass(13 * hour);
  await vi.waitFor(async () => expect(new Set((await fills()).map(one => one.args.vaultId)).size).toBe(3), patiently);
  await vi.waitFor(async () => expect((await keeper?.effects.snapshot())?.[0]?.open).toEqual([]), patiently);
  expect(await healthy()).toEqual(vaults.map(() => true));
  const [snapshot] = (await keeper?.effects.snapshot()) ?? [];
  expect(snapshot?.ended.failed).toBe(0);
}, 180_000);
