import {
  lendingDeskAbi,
  lendingDeskBytecode,
  liquidationEngineAbi,
  marginEngineAbi,
  testTokenAbi,
} from '@bulkhead/contracts';
import { type LocalChain, type LocalKey, type Localnet, localKey, setMining, startLocalnet } from '@bulkhead/localnet';
import { evaluateGroup } from '@bulkhead/risk';
import { bulkheadActions, onChainReport, sendPlan } from '@bulkhead/sdk';
import { type Address, type FeedId, type VaultId, vaultId, WAD } from '@bulkhead/shared';
import type { Chain } from '@bulkhead/shared/ports';
import { createWalletClient, type Hex, http, keccak256, publicActions, stringToHex } from 'viem';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type KeeperProcess, startKeeperProcess } from '../support/keeperProcess.ts';

let localnet: Localnet;
let chain: LocalChain;
let desk: Address;
let borrowers: readonly VaultId[];
let bidderVault: VaultId;
const running: KeeperProcess[] = [];

const usdc = (whole: bigint): bigint => whole * 10n ** 6n;
const patiently = { timeout: 30_000, interval: 100 };

const walletOf = (key: LocalKey) =>
  createWalletClient({ account: key.account, transport: http(chain.http), pollingInterval: 20 })
    .extend(publicActions)
    .extend(bulkheadActions({ addresses: chain.addresses }));
type Wallet = ReturnType<typeof walletOf>;

const done = async (wallet: Wallet, hash: Promise<Hex>) => {
  const receipt = await wallet.waitForTransactionReceipt({ hash: await hash });
  expect(receipt.status).toBe('success');
  return receipt;
};

const atDesk = () => ({ address: desk, abi: lendingDeskAbi, chain: null }) as const;

const mint = (wallet: Wallet, token: Address, amount: bigint) =>
  done(
    wallet,
    wallet.writeContract({
      address: token,
      abi: testTokenAbi,
      functionName: 'mint',
      args: [wallet.account.address, amount],
      chain: null,
    }),
  );

const openAt = async (wallet: Wallet, bucket: number, token: Address, amount: bigint): Promise<VaultId> => {
  await sendPlan(wallet, wallet.ensureAccount());
  const opening = await wallet.openVaults({ venue: desk, firstBucket: bucket });
  const [opened] = (await opening.simulate()).result;
  if (!opened) throw new Error('no vault was opened');
  await sendPlan(wallet, opening);
  await mint(wallet, token, amount);
  await sendPlan(wallet, await wallet.deposit({ vaultId: opened, token, amount }));
  return vaultId(opened);
};

const publish = (eth: bigint) =>
  localnet.feed.publish({ 'ETH/USD': eth * WAD, 'BTC/USD': 60_000n * WAD, 'SPX/USD': 1_280n * WAD });

/** One ether each, 2,200 borrowed of it at 3,000 and gone: unhealthy under 2,566. */
const borrow = async (name: string): Promise<VaultId> => {
  const { addresses, client } = chain;
  const key = localKey('foreign venue', name);
  await client.setBalance({ address: key.address, value: 10n ** 20n });
  const wallet = walletOf(key);
  const vault = await openAt(wallet, 0, addresses.tokens['WETH'] as Address, WAD);
  const reports = (await publish(3_000n)).map(onChainReport);
  await done(
    wallet,
    wallet.writeContract({
      ...atDesk(),
      functionName: 'borrow',
      args: [vault, usdc(2_200n), reports],
      // A debt grows by the second: an estimate may be short by the time of the block.
      gas: 3_000_000n,
    }),
  );
  await sendPlan(wallet, await wallet.withdraw({ vaultId: vault, token: addresses.quoteToken, amount: usdc(2_200n) }));
  return vault;
};

beforeAll(async () => {
  localnet = await startLocalnet({ chains: 1, seed: 'foreign venue' });
  const [first] = localnet.chains;
  const [key] = localnet.keys.keepers;
  if (!first || !key) throw new Error('no chain, or no keeper');
  chain = first;
  const { addresses, client } = chain;
  const lender = localKey('foreign venue', 'lender');
  await client.setBalance({ address: lender.address, value: 10n ** 20n });
  const wallet = walletOf(lender);
  const deployed = await done(
    wallet,
    wallet.deployContract({
      abi: lendingDeskAbi,
      bytecode: lendingDeskBytecode,
      args: [
        {
          registry: addresses.vaultRegistry,
          marginEngine: addresses.marginEngine,
          liquidationEngine: addresses.liquidationEngine,
          oracle: addresses.oracleHub,
        },
        { yearlyRateWad: 8n * 10n ** 16n, imRateWad: 10n ** 17n, mmRateWad: 5n * 10n ** 16n },
      ],
      chain: null,
    }),
  );
  desk = deployed.contractAddress as Address;
  await mint(wallet, addresses.quoteToken, usdc(50_000n));
  await done(
    wallet,
    wallet.writeContract({
      address: addresses.quoteToken,
      abi: testTokenAbi,
      functionName: 'approve',
      args: [desk, usdc(50_000n)],
      chain: null,
    }),
  );
  await done(wallet, wallet.writeContract({ ...atDesk(), functionName: 'supply', args: [usdc(50_000n)] }));
  borrowers = [await borrow('ann'), await borrow('ben'), await borrow('cat')];
  bidderVault = await openAt(walletOf(key), 1, addresses.quoteToken, usdc(100_000n));
  await setMining(client, { everySeconds: 1 });
}, 120_000);
afterAll(() => localnet.stop());
afterEach(async () => {
  await Promise.all(running.splice(0).map(each => each.stop()));
});

const fills = () =>
  chain.client.getContractEvents({
    address: chain.addresses.liquidationEngine,
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
  return health.equity >= health.maintenance;
};

const debtOf = (vault: VaultId): Promise<bigint> =>
  chain.client.readContract({ ...atDesk(), functionName: 'debtOf', args: [vault] });

const start = async (options: Partial<Parameters<typeof startKeeperProcess>[0]>): Promise<KeeperProcess> => {
  const keeper = await startKeeperProcess({
    localnet,
    chain,
    index: 0,
    database: 0,
    bid: { bidderVault },
    ...options,
  });
  running.push(keeper);
  await vi.waitFor(() => expect(keeper.keeper.status().chains[0]?.ready).toBe(true), patiently);
  return keeper;
};

describe('a keeper and a venue that it knows nothing of', () => {
  test('does not bid at a venue that its operator has not named, because it cannot see whose walls a bid touches', async () => {
    const keeper = await start({ database: 1 });
    await publish(2_500n);
    // An event of the vault leads the keeper to it all the same.
    const [key] = localnet.keys.keepers;
    const [vault] = borrowers;
    if (!key || !vault) throw new Error('no keeper, or no vault');
    const stranger = localKey('foreign venue', 'stranger');
    await chain.client.setBalance({ address: stranger.address, value: 10n ** 20n });
    const wallet = walletOf(stranger);
    await mint(wallet, chain.addresses.quoteToken, 1n);
    const gift = { vaultId: vault, token: chain.addresses.quoteToken, amount: 1n };
    await sendPlan(wallet, await wallet.deposit(gift));
    const refusal = `wall guard: unattributed ${desk.toLowerCase()}`;
    await vi.waitFor(() => expect(keeper.log.lines.some(line => line.includes(refusal))).toBe(true), patiently);
    expect(await fills()).toEqual([]);
    await publish(3_000n);
  });

  test('reckons what a venue reports as the contract does, to the unit', async () => {
    let reads: Chain | undefined;
    const decorate = (real: Chain): Chain => {
      reads = real;
      return real;
    };
    await start({ database: 3, venues: [desk], decorate });
    const vaults = [...borrowers, bidderVault];
    await localnet.publishAndPost({ 'ETH/USD': 2_800n * WAD });
    const head = await reads?.head();
    if (!reads || !head?.ok) throw new Error('no head');
    const [groups, market, prices] = await Promise.all([
      reads.readGroups(vaults, head.value),
      reads.readMarket(head.value),
      reads.readPrices([keccak256(stringToHex('ETH/USD')) as FeedId], head.value),
    ]);
    if (!groups.ok || !market.ok || !prices.ok) throw new Error('a read failed');
    const known = new Map(prices.value.value.map(each => [each.feed, each.price]));
    const confidences = new Map(prices.value.value.map(each => [each.feed, each.confidence]));
    expect(groups.value.value.length).toBe(vaults.length);
    for (const group of groups.value.value) {
      const ours = evaluateGroup(group, market.value.value, known, { confidences });
      const theirs = await chain.client.readContract({
        address: chain.addresses.marginEngine,
        abi: marginEngineAbi,
        functionName: 'healthOf',
        args: [group.vault, 1],
        blockNumber: head.value.number,
      });
      expect(ours.ok && { ...ours.value, skipped: undefined }).toEqual({ ...theirs, skipped: undefined });
    }
  });

  test('liquidates each failing vault of a named venue once, by what the venue says of it (EFF-1, LIQ-2)', async () => {
    const keeper = await start({ database: 2, venues: [desk] });
    const owedBefore = await Promise.all([...borrowers, bidderVault].map(debtOf));
    const timer = setInterval(() => void publish(2_500n), 2_000);
    try {
      await publish(2_500n);
      await vi.waitFor(async () => expect((await fills()).length).toBe(borrowers.length), patiently);
      await vi.waitFor(async () => expect((await keeper.effects.snapshot())[0]?.open).toEqual([]), patiently);
    } finally {
      clearInterval(timer);
    }
    const filled = await fills();
    expect(new Set(filled.map(({ args }) => args.vaultId))).toEqual(new Set(borrowers));
    for (const { args } of filled) expect(args.bidderVault).toBe(bidderVault);
    for (const vault of borrowers) expect(await isHealthy(vault)).toBe(true);

    // What the borrowers no longer owe, the bidder does, but for a few seconds' interest.
    const total = (debts: readonly bigint[]) => debts.reduce((sum, debt) => sum + debt, 0n);
    const owedAfter = await Promise.all([...borrowers, bidderVault].map(debtOf));
    expect(owedAfter.at(-1)).toBeGreaterThan(usdc(1_000n));
    expect(total(owedAfter) - total(owedBefore)).toBeGreaterThanOrEqual(0n);
    expect(total(owedAfter) - total(owedBefore)).toBeLessThan(usdc(1n));

    const [snapshot] = await keeper.effects.snapshot();
    expect(snapshot?.wastedTransactions).toBe(0);
    expect(snapshot?.ended.failed).toBe(0);
    expect(keeper.log.lines.filter(line => line.startsWith('error'))).toEqual([]);
  });
});
