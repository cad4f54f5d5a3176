import { clearingHouseAbi, liquidationEngineAbi, marginEngineAbi } from '@bulkhead/contracts';
import {
  attestCall,
  createOutbox,
  formGroupCall,
  type LocalChain,
  type Localnet,
  type SeededVault,
  seedMarket,
  setMining,
  startLocalnet,
} from '@bulkhead/localnet';
import { quoteAmount, seconds, sizeWad, type VaultId, WAD } from '@bulkhead/shared';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type KeeperProcess, startKeeperProcess } from '../support/keeperProcess.ts';

let localnet: Localnet;
let chain: LocalChain;
let keeper: KeeperProcess;
/** Two vaults of one owner each: the first pair in cross mode, the second in portfolio mode. */
let pairs: readonly (readonly SeededVault[])[];

const patiently = { timeout: 30_000, interval: 100 };
const price = { 'BTC/USD': 60_000n * WAD, 'SPX/USD': 1_280n * WAD };

const healthOf = (vault: VaultId) =>
  chain.client.readContract({
    address: chain.addresses.marginEngine,
    abi: marginEngineAbi,
    functionName: 'healthOf',
    args: [vault, 1],
  });

const idsOf = (pair: readonly SeededVault[]): readonly VaultId[] => pair.map(vault => vault.vaultId as VaultId);
const leadOf = (pair: readonly SeededVault[]): VaultId => idsOf(pair)[0] as VaultId;

const sizeOf = async (vault: VaultId): Promise<bigint> => {
  const at = { address: chain.addresses.clearingHouse, abi: clearingHouseAbi } as const;
  return (await chain.client.readContract({ ...at, functionName: 'positionOf', args: [vault, 0] })).size;
};

const group = async (): Promise<void> => {
  const [cross, portfolio] = pairs;
  if (!cross?.[0] || !portfolio?.[0]) throw new Error('there are two pairs');
  const outbox = createOutbox(chain.client, chain.chainId);
  outbox.add(formGroupCall(chain.addresses, cross[0].owner, idsOf(cross), 'cross'));
  outbox.add(formGroupCall(chain.addresses, portfolio[0].owner, idsOf(portfolio), 'portfolio'));
  await outbox.flush();
  const { maintenance, initial } = await healthOf(leadOf(portfolio));
  const { timestamp } = await chain.client.getBlock();
  const time = seconds(Number(timestamp));
  const positions = await Promise.all(
    idsOf(portfolio).map(async vault => ({ vault, instrument: 0, size: sizeWad(await sizeOf(vault)) })),
  );
  // Half as much again as cross mode: this group fails first, and only who knows what was attested sees it.
  outbox.add(
    await attestCall(
      chain,
      localnet.keys,
      { vault: leadOf(portfolio), vaults: idsOf(portfolio), positions },
      {
        initial: quoteAmount((BigInt(initial) * 3n) / 2n),
        maintenance: quoteAmount((BigInt(maintenance) * 3n) / 2n),
        priceTime: time,
        expiry: seconds(time + 3_000),
      },
    ),
  );
  await outbox.flush();
};

beforeAll(async () => {
  localnet = await startLocalnet({ chains: 1, seed: 'keeper groups' });
  const [first] = localnet.chains;
  if (!first) throw new Error('no chain');
  chain = first;
  const market = await seedMarket(localnet, {
    owners: 2,
    members: 1,
    vaultsPerChain: 4,
    instruments: { 'ETH-PERP': 1 },
    longShare: 1,
    leverage: [{ weight: 1, from: 5, to: 5.2 }],
    equity: { from: 5_000, to: 6_000 },
  });
  pairs = [...Map.groupBy(market.vaults[0] ?? [], vault => vault.owner.address).values()];
  await group();
  await setMining(chain.client, { everySeconds: 1 });
  keeper = await startKeeperProcess({ localnet, chain, index: 0, database: 0 });
  await vi.waitFor(() => expect(keeper.keeper.status().chains[0]?.ready).toBe(true), patiently);
}, 120_000);

afterAll(async () => {
  await keeper?.stop();
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

/** ETH at this price, said again and again as a feed does, until all pairs given have been bid for. */
const untilBidFor = async (eth: bigint, wanted: readonly VaultId[]): Promise<void> => {
  const say = () => void localnet.feed.publish({ ...price, 'ETH/USD': eth * WAD });
  const timer = setInterval(say, 1_000);
  try {
    say();
    await vi.waitFor(async () => {
      const bidFor = new Set((await fills()).map(({ args }) => args.vaultId));
      expect(wanted.filter(lead => !bidFor.has(lead))).toEqual([]);
    }, patiently);
  } finally {
    clearInterval(timer);
  }
};

describe('a keeper and margin groups', () => {
  test('bids for a portfolio group by its attested requirement while one in cross mode stands (MRG-9)', async () => {
    const [cross, portfolio] = pairs;
    if (!cross || !portfolio) throw new Error('there are two pairs');
    const before = await Promise.all([...idsOf(cross), ...idsOf(portfolio)].map(sizeOf));
    await untilBidFor(2_680n, [leadOf(portfolio)]);
    expect((await fills()).filter(({ args }) => args.vaultId === leadOf(cross))).toEqual([]);
    const after = await Promise.all([...idsOf(cross), ...idsOf(portfolio)].map(sizeOf));
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
    // The same fraction of both vaults (LIQ-2), whichever of them lost.
    const [fill] = await fills();
    const left = (size: bigint): bigint => size - (size * BigInt(fill?.args.fractionWad ?? 0n)) / WAD;
    expect(after.slice(2)).toEqual(before.slice(2).map(left));
    const health = await healthOf(leadOf(portfolio));
    expect(health.equity >= BigInt(health.maintenance)).toBe(true);
  });

  test('bids for a cross group under its lead, for both vaults at once, and wastes nothing', async () => {
    const [cross] = pairs;
    if (!cross) throw new Error('there are two pairs');
    const before = await Promise.all(idsOf(cross).map(sizeOf));
    await untilBidFor(2_540n, [leadOf(cross)]);
    const after = await Promise.all(idsOf(cross).map(sizeOf));
    expect(after.every((size, index) => size < (before[index] ?? 0n))).toBe(true);
    const health = await healthOf(leadOf(cross));
    expect(health.equity >= BigInt(health.maintenance)).toBe(true);
    await vi.waitFor(async () => expect((await keeper.effects.snapshot())[0]?.open).toEqual([]), patiently);
    expect((await keeper.effects.snapshot())[0]?.wastedTransactions).toBe(0);
    expect(keeper.log.lines.filter(line => line.startsWith('error'))).toEqual([]);
  });
});
