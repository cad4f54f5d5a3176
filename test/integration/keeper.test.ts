import {
  clearingHouseAbi,
  liquidationEngineAbi,
  marginEngineAbi,
  testTokenAbi,
  vaultRegistryAbi,
} from '@bulkhead/contracts';
import {
  createOutbox,
  firstVaultOf,
  type LocalChain,
  type LocalKey,
  type Localnet,
  type SeededVault,
  seedMarket,
  setMining,
  setRightsCall,
  startLocalnet,
} from '@bulkhead/localnet';
import { accountIdOf, rights } from '@bulkhead/sdk';
import { createRecentReports, type Hex, milliseconds, seconds, type VaultId, vaultIdOf, WAD } from '@bulkhead/shared';
import type { Chain, Oracle } from '@bulkhead/shared/ports';
import { encodeFunctionData, keccak256, stringToHex } from 'viem';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type KeeperProcess, startKeeperProcess } from '../support/keeperProcess.ts';

let localnet: Localnet;
let chain: LocalChain;
let vaults: readonly SeededVault[];
const running: KeeperProcess[] = [];
let database = 0;

const patiently = { timeout: 30_000, interval: 100 };

beforeAll(async () => {
  localnet = await startLocalnet({ chains: 1, seed: 'keeper test' });
  const [first] = localnet.chains;
  if (!first) throw new Error('no chain');
  chain = first;
  // Three longs at nine times their equity: a fall of five percent reaches each of them.
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
afterAll(() => localnet.stop());
afterEach(async () => {
  await Promise.all(running.splice(0).map(each => each.stop()));
});

const start = async (options: Partial<Parameters<typeof startKeeperProcess>[0]> = {}): Promise<KeeperProcess> => {
  const process = await startKeeperProcess({ localnet, chain, index: 0, database: database++, ...options });
  running.push(process);
  await vi.waitFor(() => expect(process.keeper.status().chains[0]?.ready).toBe(true), patiently);
  return process;
};

const fills = (at: LocalChain = chain) =>
  at.client.getContractEvents({
    address: at.addresses.liquidationEngine,
    abi: liquidationEngineAbi,
    eventName: 'BidFilled',
    fromBlock: 0n,
    strict: true,
  });

const isHealthy = async (vault: VaultId): Promise<boolean> => {
  const health = await chain.client.readContract({
    address: chain.addresses.marginEngine,
    abi: marginEngineAbi,
    functionName: 'healthOf',
    args: [vault, 1],
  });
  return health.equity >= BigInt(health.maintenance);
};

let eth = 3_000n;
/** ETH falls by this many percent of what it was. */
const fall = async (percent: bigint): Promise<void> => {
  eth = (eth * (100n - percent)) / 100n;
  await localnet.feed.publish({ 'ETH/USD': eth * WAD, 'BTC/USD': 60_000n * WAD, 'SPX/USD': 1_280n * WAD });
};

/** Keeps saying the same price, as a feed does, until stopped. */
const keepSaying = () => {
  const timer = setInterval(() => {
    void localnet.feed.publish({ 'ETH/USD': eth * WAD, 'BTC/USD': 60_000n * WAD, 'SPX/USD': 1_280n * WAD });
  }, 2_000);
  return { [Symbol.dispose]: () => clearInterval(timer) };
};

const countsByVault = async (from: number): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>();
  for (const { args } of (await fills()).slice(from)) counts.set(args.vaultId, (counts.get(args.vaultId) ?? 0) + 1);
  return counts;
};

/** Waits until every seeded vault was bid on since, and for good measure until every effect has ended. */
const untilAllLiquidated = async (from: number, process: KeeperProcess): Promise<ReadonlyMap<string, number>> => {
  await vi.waitFor(async () => expect((await countsByVault(from)).size).toBe(vaults.length), patiently);
  await vi.waitFor(async () => expect((await process.effects.snapshot())[0]?.open).toEqual([]), patiently);
  return countsByVault(from);
};

const transactionsOf = (index: number): Promise<number> => {
  const key = localnet.keys.keepers[index];
  if (!key) throw new Error('no such keeper');
  return chain.client.getTransactionCount({ address: key.address });
};

/** How many rounds were closed and vaults settled so far. */
const settlements = async () => {
  const at = { address: chain.addresses.clearingHouse, abi: clearingHouseAbi, fromBlock: 0n } as const;
  const closed = await chain.client.getContractEvents({ ...at, eventName: 'RoundClosed' });
  const settled = await chain.client.getContractEvents({ ...at, eventName: 'Settled' });
  return { closed: closed.length, settled: settled.length };
};

/** The first keeper as its own member's operator, so that it may novate what it holds: its second vault, with quote. */
const openVaultWithOwnMember = async (): Promise<VaultId> => {
  const { keepers } = localnet.keys;
  const [key] = keepers;
  if (!key) throw new Error('no keeper');
  const { addresses: at, client } = chain;
  const account = accountIdOf(key.address);
  const vault = vaultIdOf(account, 1);
  const outbox = createOutbox(client, chain.chainId);
  const member = 'the first keeper';
  const call = (from: LocalKey, to: Hex, data: Hex) =>
    outbox.add({ from, to, data, gas: 1_000_000n, what: 'setting up' });
  const args = [member, key.address] as const;
  await chain.asAdmin([
    { to: at.vaultRegistry, data: encodeFunctionData({ abi: vaultRegistryAbi, functionName: 'admitMember', args }) },
  ]);
  const [maker] = localnet.keys.members;
  if (!maker) throw new Error('no market maker');
  // A member trades only with accounts that let it (MRG-2).
  outbox.add(setRightsCall(at, maker, key.address, rights.trade));
  const opening = [account, 1, at.clearingHouse, keccak256(stringToHex(member))] as const;
  call(key, at.vaultRegistry, encodeFunctionData({ abi: vaultRegistryAbi, functionName: 'openVault', args: opening }));
  const capital = 1_000_000n * 10n ** 6n;
  call(
    key,
    at.quoteToken,
    encodeFunctionData({ abi: testTokenAbi, functionName: 'mint', args: [key.address, capital] }),
  );
  const deposit = [vault, at.quoteToken, capital] as const;
  call(key, at.marginEngine, encodeFunctionData({ abi: marginEngineAbi, functionName: 'deposit', args: deposit }));
  await outbox.flush();
  return vault;
};

describe('a keeper on a real chain and a real Redis', () => {
  test('liquidates each failing vault, exactly once (EFF-1)', async () => {
    const keeper = await start({ settle: true });
    using _feed = keepSaying();
    await fall(5n);
    const counts = await untilAllLiquidated(0, keeper);
    expect([...counts.values()]).toEqual(vaults.map(() => 1));
    for (const { args } of await fills()) expect(args.bidderVault).toBe(keeper.bidderVault);
    for (const vault of vaults) expect(await isHealthy(vault.vaultId)).toBe(true);
    const [snapshot] = await keeper.effects.snapshot();
    expect(snapshot?.wastedTransactions).toBe(0);
    expect(snapshot?.ended.failed).toBe(0);
  });

  test('what was included without its effect is not final: it is sent again (F10)', async () => {
    // The first bid that is built becomes a transfer of nothing: mined, with status one, and no bid.
    let spoiled: string | undefined;
    const decorate = (real: Chain): Chain => ({
      ...real,
      build: (call, options) => {
        if (call.kind !== 'bid' || spoiled !== undefined) return real.build(call, options);
        spoiled = call.effectKey;
        return real.build({ kind: 'noop' }, options);
      },
    });
    const before = (await fills()).length;
    const keeper = await start({ decorate });
    using _feed = keepSaying();
    await fall(5n);
    const counts = await untilAllLiquidated(before, keeper);
    expect([...counts.values()]).toEqual(vaults.map(() => 1));
    const effect = await keeper.store.effect(chain.id, spoiled as never);
    expect(effect?.end?.kind).toBe('final');
    expect(effect?.attempts.length).toBe(2);
    expect((await keeper.effects.snapshot())[0]?.wastedTransactions).toBe(1);
  });

  test('a poorer keeper steps in only when the first does not', async () => {
    const patience = 4_000;
    const before = (await fills()).length;
    const sentBefore = await transactionsOf(1);
    const first = await start();
    const second = await start({ index: 1, bid: { patience: patience as never } });
    using _feed = keepSaying();
    await fall(5n);
    await untilAllLiquidated(before, first);
    expect(await transactionsOf(1)).toBe(sentBefore);

    running.splice(running.indexOf(first), 1);
    await first.stop();
    const between = (await fills()).length;
    const began = Date.now();
    await fall(5n);
    await untilAllLiquidated(between, second);
    const mine = (await fills()).slice(between);
    for (const { args, blockNumber } of mine) {
      expect(args.bidderVault).toBe(second.bidderVault);
      const { timestamp } = await chain.client.getBlock({ blockNumber });
      expect(Number(timestamp) * 1000).toBeGreaterThanOrEqual(began + patience - 1_000);
    }
    expect(await transactionsOf(1)).toBe(sentBefore + vaults.length);
  });

  test('does not act on a stale price, and says so; acts when a fresh one comes (F13)', async () => {
    await fall(5n);
    const fork = await localnet.fork(0);
    try {
      await fork.client.increaseTime({ seconds: 60 });
      await fork.client.mine({ blocks: 1 });
      await setMining(fork.client, { everySeconds: 1 });
      const before = (await fills(fork)).length;
      // The fork lives a minute ahead: its prices must not be told to the network that it comes from.
      const told = createRecentReports();
      for (const report of localnet.feed.newest().values()) told.take(report);
      const oracle: Oracle = {
        recent: told.all,
        async *watch(signal) {
          await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
        },
      };
      const keeper = await start({ chain: fork, oracle });
      const [vault] = vaults;
      if (!vault) throw new Error('no vault');
      const name = { chain: fork.id, account: accountIdOf(vault.owner.address), bucket: vault.bucket };
      await vi.waitFor(async () => {
        const { lastDecision } = await keeper.keeper.explain(name);
        expect(JSON.parse(lastDecision?.decision ?? '{}')).toMatchObject({ act: 'wait', code: 'stalePrice' });
      }, patiently);
      expect((await fills(fork)).length).toBe(before);
      expect((await keeper.effects.snapshot())[0]?.nextNonce).toBe(BigInt(await transactionsOf(0)));
      const { timestamp } = await fork.client.getBlock();
      const fresh = await localnet.feed.sign(
        { 'ETH/USD': eth * WAD, 'BTC/USD': 60_000n * WAD },
        { time: seconds(Number(timestamp)) },
      );
      for (const report of fresh) told.take(report);
      await vi.waitFor(async () => expect((await fills(fork)).length).toBe(before + vaults.length), patiently);
    } finally {
      await Promise.all(running.splice(0).map(each => each.stop()));
      await fork.stop();
    }
  });

  test('takes worthless vaults for what house capital pays, settles rounds, and sheds what it took', async () => {
    const bidderVault = await openVaultWithOwnMember();
    const [maker] = localnet.keys.members;
    if (!maker) throw new Error('no market maker');
    const before = (await fills()).length;
    const settledBefore = await settlements();
    const keeper = await start({
      bid: { bidderVault },
      settle: true,
      shedding: { counterparty: firstVaultOf(maker), above: new Map(), interval: milliseconds(1_000) },
    });
    using _feed = keepSaying();
    await fall(20n);
    await vi.waitFor(async () => {
      const taken = (await fills()).slice(before);
      expect(new Set(taken.map(each => each.args.vaultId)).size).toBe(vaults.length);
      expect(taken.some(each => each.args.received > 0n && each.args.fractionWad === WAD)).toBe(true);
    }, patiently);
    const sizeOf = async (vault: VaultId) => {
      const args = [vault, 0] as const;
      const at = { address: chain.addresses.clearingHouse, abi: clearingHouseAbi } as const;
      return (await chain.client.readContract({ ...at, functionName: 'positionOf', args })).size;
    };
    await vi.waitFor(async () => expect(await sizeOf(bidderVault)).toBe(0n), patiently);
    await vi.waitFor(async () => expect((await settlements()).closed).toBeGreaterThan(settledBefore.closed), patiently);
    await vi.waitFor(
      async () => expect((await settlements()).settled).toBeGreaterThan(settledBefore.settled),
      patiently,
    );
    await vi.waitFor(async () => expect((await keeper.effects.snapshot())[0]?.open).toEqual([]), patiently);
    expect(keeper.log.lines.filter(line => line.startsWith('error'))).toEqual([]);
    // A bid and a trade of the same vault can meet in one block, and the contract then refuses the second: gas, not a mistake. Each vault at most once.
    expect((await keeper.effects.snapshot())[0]?.wastedTransactions).toBeLessThanOrEqual(vaults.length);
  });
});
