/** Options on a real chain: what the keeper reckons is what the contracts reckon, and an expiry is closed and settled by the keeper. */
import { createEvmChain } from '@bulkhead/chains/evm';
import { clearingHouseAbi, marginEngineAbi } from '@bulkhead/contracts';
import {
  approveCall,
  createOutbox,
  demoParameterSet,
  depositCall,
  ensureAccountCall,
  firstVaultOf,
  type LocalChain,
  type Localnet,
  localKey,
  localMemberId,
  mintCall,
  novateCall,
  openVaultsCall,
  type ParameterSet,
  seededRandom,
  setMining,
  setRightsCall,
  startLocalnet,
} from '@bulkhead/localnet';
import { evaluateGroup } from '@bulkhead/risk';
import { accountIdOf, rights } from '@bulkhead/sdk';
import {
  type FeedId,
  milliseconds,
  type PriceWad,
  priceWad,
  seconds,
  type VaultId,
  vaultIdOf,
  WAD,
  wad,
} from '@bulkhead/shared';
import type { Chain, Log, Metrics } from '@bulkhead/shared/ports';
import { type Hex, keccak256, stringToHex } from 'viem';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { realClock } from '../support/clocks.ts';
import { type KeeperProcess, startKeeperProcess } from '../support/keeperProcess.ts';

const silence = (): void => undefined;
const silentLog: Log = { debug: silence, info: silence, warn: silence, error: silence, with: () => silentLog };
const noMetrics: Metrics = { count: silence, gauge: silence, observe: silence };
const patiently = { timeout: 60_000, interval: 200 };

const whole = (value: number): PriceWad => priceWad(BigInt(Math.round(value * 100)) * 10n ** 16n);
const usdc = (value: number): bigint => BigInt(Math.round(value * 1e6));
const strike = 3_000;
/** From the first prices to expiry: three rounds of the demo set. */
const life = seconds(45);

const [perp] = demoParameterSet.instruments;
if (!perp) throw new Error('the demo set has a perp');
const optionOf = (name: string, kind: 'call' | 'put') =>
  ({
    ...perp,
    name,
    feed: `${name}/USD`,
    initialRate: wad(0n),
    maintenanceRate: wad(0n),
    option: { kind, index: 'ETH/USD', strike: whole(strike), life },
  }) as const;

const parameterSet: ParameterSet = {
  ...demoParameterSet,
  name: 'options',
  instruments: [{ ...perp, feed: 'ETH/USD' }, optionOf('ETH-CALL', 'call'), optionOf('ETH-PUT', 'put')],
  startPrices: {
    'ETH/USD': whole(3_000),
    'BTC/USD': whole(60_000),
    'ETH-CALL/USD': whole(120),
    'ETH-PUT/USD': whole(110),
  },
};
const [eth, call, put] = [0, 1, 2];

/** Marks above what exercise would give, as marks are. */
const pricesAt = (spot: number, worth: number): Record<string, PriceWad> => ({
  'ETH/USD': whole(spot),
  'BTC/USD': whole(60_000),
  'ETH-CALL/USD': whole(Math.max(spot - strike, 0) + worth),
  'ETH-PUT/USD': whole(Math.max(strike - spot, 0) + worth),
});

let localnet: Localnet;
let local: LocalChain;
let chain: Chain & { close?(): void };
let vaults: readonly VaultId[];
let maker: VaultId;
let trades = 0;

/** Of one vault: instrument, whole units (long > 0), price. */
const holdings: readonly (readonly (readonly [instrument: number, units: number, price: number])[])[] = [
  [
    [call, -2, 120],
    [eth, 1, 3_000],
  ],
  [[put, 3, 110]],
  [
    [put, -1, 110],
    [call, 1, 120],
  ],
];

const tradeAll = async (): Promise<void> => {
  const [operator] = localnet.keys.members;
  if (!operator) throw new Error('there is a member');
  await localnet.publishAndPost(parameterSet.startPrices);
  const outbox = createOutbox(local.client, local.chainId);
  for (const [index, legs] of holdings.entries()) {
    const vault = vaults[index] as Hex;
    for (const [instrument, units, price] of legs) {
      const [buyer, seller] = units > 0 ? [vault, maker] : [maker, vault];
      outbox.add(
        novateCall(local.addresses, operator, {
          instrument,
          buyer,
          seller,
          size: BigInt(Math.abs(units)) * WAD,
          price: whole(price),
          tradeId: keccak256(stringToHex(`option trade ${trades++}`)),
        }),
      );
    }
  }
  await outbox.flush();
};

beforeAll(async () => {
  localnet = await startLocalnet({ chains: 1, seed: 'options', parameterSet });
  local = localnet.chains[0] as LocalChain;
  const opened = await createEvmChain({
    id: local.id,
    endpoints: [{ http: local.http, ws: local.ws }],
    addresses: local.addresses,
    clock: realClock,
    log: silentLog,
    metrics: noMetrics,
    headMaxAge: milliseconds(3_600_000),
    finality: { confirmedAfter: 1, finalAfter: 1 },
  });
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  chain = opened.value;
  const owner = localKey('options', 'owner');
  const [operator] = localnet.keys.members;
  if (!operator) throw new Error('there is a member');
  maker = firstVaultOf(operator);
  vaults = holdings.map((_, bucket) => vaultIdOf(accountIdOf(owner.address), bucket));
  const at = local.addresses;
  await local.client.setBalance({ address: owner.address, value: 10n ** 20n });
  const outbox = createOutbox(local.client, local.chainId);
  outbox.add(ensureAccountCall(at, owner));
  outbox.add(openVaultsCall(at, owner, { first: 0, count: vaults.length }, localMemberId(0)));
  outbox.add(setRightsCall(at, owner, operator.address, rights.trade));
  outbox.add(mintCall(at.quoteToken, owner, usdc(30_000)));
  outbox.add(approveCall(at, at.quoteToken, owner));
  for (const vaultId of vaults)
    outbox.add(depositCall(at, owner, { vaultId, token: at.quoteToken, amount: usdc(10_000) }));
  await outbox.flush();
  await tradeAll();
}, 120_000);

afterAll(async () => {
  chain?.close?.();
  await localnet?.stop();
});

const readAll = async () => {
  const groups = await chain.readGroups([...vaults, maker], 'head');
  if (!groups.ok) throw new Error(groups.error.message);
  const market = await chain.readMarket(groups.value.at);
  if (!market.ok) throw new Error(market.error.message);
  const feeds = market.value.value.instruments.flatMap(terms => [terms.feed, terms.indexFeed]);
  const stored = await chain.readPrices([...new Set(feeds)], groups.value.at);
  if (!stored.ok) throw new Error(stored.error.message);
  const prices = new Map<FeedId, PriceWad>(stored.value.value.map(one => [one.feed, one.price]));
  const confidences = new Map<FeedId, PriceWad>(stored.value.value.map(one => [one.feed, one.confidence]));
  return { at: groups.value.at, groups: groups.value.value, market: market.value.value, prices, confidences };
};

const positionOf = async (vault: VaultId, instrument: number): Promise<bigint> => {
  const read = { address: local.addresses.clearingHouse, abi: clearingHouseAbi } as const;
  return (await local.client.readContract({ ...read, functionName: 'positionOf', args: [vault, instrument] })).size;
};

const quoteOf = async (vault: VaultId): Promise<bigint> => {
  const read = { address: local.addresses.marginEngine, abi: marginEngineAbi } as const;
  const args = [vault, local.addresses.quoteToken] as const;
  return BigInt((await local.client.readContract({ ...read, functionName: 'bookOf', args })).free);
};

describe('options', () => {
  test('equity and requirements of option books are the contract’s own integers, spreads and covers too (MRG-8)', async () => {
    const { unit } = seededRandom('options');
    for (let move = 0; move < 6; move++) {
      const spot = 2_700 + unit() * 600;
      const prices = pricesAt(spot, 20 + unit() * 200);
      await local.client.increaseTime({ seconds: 1 });
      await local.client.mine({ blocks: 1 });
      const { timestamp } = await local.client.getBlock();
      await localnet.publishAndPost(prices, { time: seconds(Number(timestamp)) });
      const { at, groups, market, prices: stored, confidences } = await readAll();
      expect(groups).toHaveLength(vaults.length + 1);
      for (const group of groups) {
        const ours = evaluateGroup(group, market, stored, { confidences, at: at.time });
        if (!ours.ok) throw new Error(ours.error.kind);
        const read = { address: local.addresses.marginEngine, abi: marginEngineAbi, blockNumber: at.number } as const;
        const theirs = await local.client.readContract({ ...read, functionName: 'healthOf', args: [group.vault, 1] });
        const { equity, maintenance, initialEquity, initial, marketValue } = ours.value;
        expect({ equity, maintenance, initialEquity, initial, marketValue }).toEqual(theirs);
      }
    }
  });

  test('an expiry is closed at the averaged index and settled by the keeper: the position is gone, its payoff is quote (VM-2, VM-4)', async () => {
    await setMining(local.client, { everySeconds: 1 });
    let keeper: KeeperProcess | undefined;
    // Under the strike: the put pays, the call does not.
    const say = () => void localnet.feed.publish(pricesAt(2_900, 5));
    say();
    const timer = setInterval(say, 1_000);
    try {
      keeper = await startKeeperProcess({ localnet, chain: local, index: 0, database: 1, settle: true });
      await vi.waitFor(async () => {
        const left = await Promise.all(
          [...vaults, maker].flatMap(vault => [positionOf(vault, call), positionOf(vault, put)]),
        );
        expect(left.every(size => size === 0n)).toBe(true);
      }, patiently);
      const read = { address: local.addresses.clearingHouse, abi: clearingHouseAbi } as const;
      const expired = await local.client.getContractEvents({
        ...read,
        eventName: 'InstrumentExpired',
        fromBlock: 0n,
        strict: true,
      });
      expect(expired.map(({ args }) => args.instrument).sort()).toEqual([call, put]);
      const average = Number(expired.find(({ args }) => args.instrument === put)?.args.indexWad ?? 0n) / 1e18;
      expect(average).toBeGreaterThan(2_850);
      expect(average).toBeLessThan(2_950);
      // Three puts bought at 110; nothing else was ever in that vault.
      const [, holder] = vaults;
      if (holder === undefined) throw new Error('there is a vault with puts');
      const earned = 3 * (strike - average - 110);
      await vi.waitFor(
        async () => expect(Number(await quoteOf(holder)) / 1e6).toBeCloseTo(10_000 + earned, 3),
        patiently,
      );
      expect(keeper.log.lines.filter(line => line.startsWith('error'))).toEqual([]);
    } finally {
      clearInterval(timer);
      await keeper?.stop();
    }
  }, 120_000);
});
