import {
  type Address,
  accountId,
  type BlockRef,
  type FeedId,
  type GroupState,
  type Hex32,
  type MarketState,
  milliseconds,
  type PositionState,
  type PriceReport,
  priceWad,
  quoteAmount,
  seconds,
  sizeWad,
  tokenAmount,
  type VaultId,
  vaultIdOf,
  WAD,
  wad,
  wei,
} from '@bulkhead/shared';
import type { SeenPrices, Snapshot } from '../../src/decide/snapshot.ts';
import { type BidSettings, type ChainSettings, defaultTiers, type KeeperSettings } from '../../src/settings.ts';

export const word = (value: number | bigint): Hex32 => `0x${value.toString(16).padStart(64, '0')}`;
export const address = (value: number): Address => `0x${value.toString(16).padStart(40, '0')}`;
const percent = (value: number) => wad((WAD * BigInt(Math.round(value * 100))) / 10_000n);

export const chainId = 'eip155:31337';
export const eth: FeedId = word(0xe);
export const usdc = address(1);
export const weth = address(2);
export const venue = address(98);
/** Quote units of one whole quote. */
export const unit = 1_000_000n;
/** 2026-01-01 */
export const epoch = 1_767_225_600;

export const market: MarketState = {
  quote: {
    token: usdc,
    symbol: 'USDC',
    decimals: 6,
    feed: undefined,
    haircutMaintenance: wad(0n),
    haircutInitial: wad(0n),
    haircutMaintenanceFrom: wad(0n),
    rampStart: seconds(0),
  },
  collaterals: [
    {
      token: usdc,
      symbol: 'USDC',
      decimals: 6,
      feed: undefined,
      haircutMaintenance: wad(0n),
      haircutInitial: wad(0n),
      haircutMaintenanceFrom: wad(0n),
      rampStart: seconds(0),
    },
    {
      token: weth,
      symbol: 'WETH',
      decimals: 18,
      feed: eth,
      haircutMaintenance: percent(5),
      haircutInitial: percent(10),
      haircutMaintenanceFrom: percent(5),
      rampStart: seconds(0),
    },
  ],
  instruments: [
    {
      instrument: 0,
      name: 'ETH-PERP',
      kind: 'perp',
      feed: eth,
      indexFeed: eth,
      strike: priceWad(0n),
      expiry: seconds(0),
      initialRate: percent(10),
      maintenanceRate: percent(6.5),
      maintenanceFrom: percent(6.5),
      rampStart: seconds(0),
      fundingCap: wad(0n),
      openInterestCap: sizeWad(0n),
      tradeBand: percent(2),
      roundLength: seconds(15),
      round: 1,
      roundStart: seconds(epoch - 5),
      lastPrice: priceWad(2_000n * WAD),
      openInterest: sizeWad(100n * WAD),
      expired: false,
    },
  ],
  auction: {
    buffer: percent(15),
    startDiscount: percent(98),
    kneeDiscount: percent(80),
    floorDiscount: percent(50),
    knee: seconds(20),
    floor: seconds(60),
    reward: seconds(30),
    gap: seconds(30),
    dust: quoteAmount(unit),
  },
  priceAges: { riskIncrease: seconds(20), liquidation: seconds(20), settlement: seconds(60) },
  priceBounds: { maxStep: percent(50), confirmBand: percent(2), stableRate: percent(0.1), stepFloors: new Map() },
  houseCapital: quoteAmount(1_000_000n * unit),
  memberFunds: [],
  portfolio: { floorInitial: wad(0n), floorMaintenance: wad(0n), lapse: seconds(21_600) },
  paused: [],
};

export const accountOf = (number: number) => accountId(word(number));
export const vaultOf = (number: number): VaultId => vaultIdOf(accountOf(number), 0);

export const position = (
  size: bigint,
  carriedAt: bigint = 2_000n * WAD,
  vault: VaultId = vaultOf(1),
): PositionState => ({
  vault,
  instrument: 0,
  size: sizeWad(size),
  carriedAt: priceWad(carriedAt),
  tradeGain: quoteAmount(0n),
  tradeLoss: quoteAmount(0n),
});

export const asset = (token: Address, free: bigint, vault: VaultId = vaultOf(1)) => ({
  vault,
  token,
  free: tokenAmount(free),
  locked: tokenAmount(0n),
  credit: tokenAmount(0n),
});

/** A vault with this much free quote (whole units) and this position (whole units of the underlying). */
export const group = (number: number, quote: bigint, size: bigint, changes: Partial<GroupState> = {}): GroupState => ({
  vault: vaultOf(number),
  mode: 'segregated',
  vaults: [vaultOf(number)],
  account: accountOf(number),
  bucket: 0,
  owner: address(1_000 + number),
  venue,
  member: word(0),
  assets: [asset(usdc, quote * unit, vaultOf(number))],
  positions: size === 0n ? [] : [position(size * WAD, undefined, vaultOf(number))],
  unsettled: [],
  owed: quoteAmount(0n),
  due: quoteAmount(0n),
  claims: [],
  intraDebts: [],
  attested: undefined,
  auction: undefined,
  lastTrade: word(7),
  ...changes,
});

export const withWeth = (state: GroupState, amount: bigint): GroupState => ({
  ...state,
  assets: [...state.assets, asset(weth, amount, state.vault)],
});

/** Buckets of account 1, margined together: the first leads. */
export const memberVault = (bucket: number): VaultId => vaultIdOf(accountOf(1), bucket);

/**
 * A cross group of three vaults of account 1: the lead with a long of 10 ETH and 500 of quote, one with 1,000 of quote, one with 500 of quote and half a
 * WETH. At 2,000 it has E = 2,000 + 950, MM = 1,300.
 */
export const crossGroup = (changes: Partial<GroupState> = {}): GroupState => ({
  ...group(1, 0n, 0n),
  mode: 'cross',
  vaults: [memberVault(0), memberVault(1), memberVault(2)],
  assets: [
    asset(usdc, 500n * unit, memberVault(0)),
    asset(usdc, 1_000n * unit, memberVault(1)),
    asset(usdc, 500n * unit, memberVault(2)),
    asset(weth, WAD / 2n, memberVault(2)),
  ],
  positions: [position(10n * WAD, undefined, memberVault(0))],
  ...changes,
});

export const report = (price: bigint, time: number, feed: FeedId = eth): PriceReport => ({
  feed,
  price: priceWad(price * WAD),
  confidence: priceWad(0n),
  time: seconds(time),
  epoch: 1n,
  signatures: [],
});

export const seen = (price: bigint, time: number): SeenPrices =>
  new Map([
    [
      eth,
      {
        price: priceWad(price * WAD),
        time: seconds(time),
        confidence: priceWad(0n),
        stable: priceWad(price * WAD),
        suspect: false,
        reports: [report(price, time)],
      },
    ],
  ]);

export const block = (number: bigint, time: number): BlockRef => ({
  number,
  hash: word(0xb0000n + number),
  time: seconds(time),
});

export const bidSettings: BidSettings = {
  bidderVault: vaultOf(900),
  marginReserve: percent(5),
  inventoryLimit: new Map(),
  skip: [],
  minimumFraction: percent(1),
  minimumProfit: quoteAmount(0n),
  solvencyLoss: undefined,
  slippage: wad(0n),
  gas: 400_000n,
  native: { kind: 'fixed', price: priceWad(2_000n * WAD) },
  patience: milliseconds(0),
  lifetime: seconds(20),
};

export const freshness = { headAge: milliseconds(10_000), priceReserve: seconds(3), retry: milliseconds(1_000) };
export const decisionSettings = { bid: bidSettings, freshness };

/** The keeper's vault: plenty of quote, no position. */
export const bidder = (quote = 1_000_000n, size = 0n): GroupState => group(900, quote, size);

/**
 * A long of 10 ETH at 2000 with 2,000 of quote: E = 2000 + 10·(P − 2000), MM = 0.65·P. Fails below about 1925; worthless below 1800.
 */
export const longVault = (number = 1): GroupState => group(number, 2_000n, 10n);

export const snapshot = (changes: Partial<Snapshot> = {}): Snapshot => ({
  chain: chainId,
  now: milliseconds(epoch * 1000),
  head: block(100n, epoch),
  at: block(100n, epoch),
  bookAt: 100n,
  group: longVault(),
  bidder: bidder(),
  market,
  prices: seen(1_900n, epoch),
  gasPrice: wei(1_000_000_000n),
  failingSince: milliseconds(epoch * 1000),
  ...changes,
});

export const chainSettings = (changes: Partial<ChainSettings> = {}): ChainSettings => ({
  chain: chainId,
  bid: bidSettings,
  settlement: undefined,
  shedding: undefined,
  postPricesAfter: undefined,
  budget: { liquidation: 10n ** 17n, settlement: 10n ** 17n, maintenance: 10n ** 17n },
  ...changes,
});

export const keeperSettings = (changes: Partial<KeeperSettings> = {}): KeeperSettings => ({
  name: 'first',
  chains: [chainSettings()],
  freshness,
  tiers: defaultTiers,
  resyncEvery: milliseconds(600_000),
  readBatch: 50,
  ...changes,
});
