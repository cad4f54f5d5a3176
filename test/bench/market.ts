import { defaultLeverage, demoParameterSet, type ParameterSet } from '@bulkhead/localnet';
import {
  type Address,
  accountId,
  type CollateralTerms,
  type FeedId,
  type GroupState,
  type Hex32,
  type InstrumentTerms,
  type MarketState,
  type PositionState,
  type PriceWad,
  priceWad,
  quoteAmount,
  seconds,
  sizeWad,
  tokenAmount,
  type VaultId,
  vaultId,
  wad,
} from '@bulkhead/shared';
import { keccak256, stringToHex } from 'viem';
import { type Chance, chance } from './chance.ts';

/** Three collaterals (USDC, WETH, WBTC) and two perps (ETH, SPX) on three feeds: the market of `up` with one perp less. */
const set: ParameterSet = {
  ...demoParameterSet,
  instruments: demoParameterSet.instruments.filter(each => each.name !== 'BTC-PERP'),
};

const word = (value: number): Hex32 => `0x${value.toString(16).padStart(64, '0')}`;
const feedOf = (name: string): FeedId => keccak256(stringToHex(name));
const addressOf = (name: string): Address => `0x${keccak256(stringToHex(name)).slice(-40)}`;
const decimal = (value: number, decimals: number): bigint =>
  (BigInt(Math.round(value * 1e6)) * 10n ** BigInt(decimals)) / 1_000_000n;

const collaterals: readonly CollateralTerms[] = set.collaterals.map(each => ({
  token: addressOf(each.symbol),
  symbol: each.symbol,
  decimals: each.decimals,
  feed: each.feed === undefined ? undefined : feedOf(each.feed),
  haircutMaintenance: each.haircutMaintenance,
  haircutInitial: each.haircutInitial,
  haircutMaintenanceFrom: each.haircutMaintenance,
  rampStart: seconds(0),
}));

const instruments: readonly InstrumentTerms[] = set.instruments.map((each, instrument) => ({
  instrument,
  name: each.name,
  kind: 'perp',
  feed: feedOf(each.feed),
  indexFeed: feedOf(each.feed),
  strike: priceWad(0n),
  expiry: seconds(0),
  initialRate: each.initialRate,
  maintenanceRate: each.maintenanceRate,
  maintenanceFrom: each.maintenanceRate,
  rampStart: seconds(0),
  fundingCap: wad(0n),
  openInterestCap: sizeWad(0n),
  tradeBand: each.tradeBand,
  roundLength: set.round,
  round: 1,
  roundStart: seconds(0),
  lastPrice: set.startPrices[each.feed] ?? priceWad(0n),
  openInterest: sizeWad(0n),
  expired: false,
}));

export const market: MarketState = {
  quote: collaterals.find(each => each.feed === undefined) as CollateralTerms,
  collaterals,
  instruments,
  auction: set.auction,
  priceAges: set.priceAges,
  priceBounds: { ...set.prices, stepFloors: new Map() },
  houseCapital: set.houseCapital,
  memberFunds: [],
  portfolio: { floorInitial: wad(0n), floorMaintenance: wad(0n), lapse: seconds(21_600) },
  paused: [],
};

/** Prices at which the vaults were opened. */
export const startPrices: ReadonlyMap<FeedId, PriceWad> = new Map(
  Object.entries(set.startPrices)
    .map(([name, price]) => [feedOf(name), price] as const)
    .filter(([feed]) => [...collaterals, ...instruments].some(each => each.feed === feed)),
);

const priceOf = (feed: FeedId): number => Number(startPrices.get(feed) ?? 0n) / 1e18;

/** Two in five hold part of their equity in another token than quote. What may be traded on counts with the initial haircut. */
const fundedWith = (random: Chance, equity: number) => {
  const others = collaterals.filter(each => each.feed !== undefined);
  const other = random.unit() < 0.4 ? others[Math.floor(random.unit() * others.length)] : undefined;
  const share = other ? random.between(0.2, 0.6) : 0;
  const held = [{ token: market.quote.token, free: decimal(equity * (1 - share), market.quote.decimals) }];
  if (!other?.feed) return { held, initialEquity: equity };
  held.push({ token: other.token, free: decimal((equity * share) / priceOf(other.feed), other.decimals) });
  return { held, initialEquity: equity * (1 - share) + equity * share * (1 - Number(other.haircutInitial) / 1e18) };
};

const positionIn = (random: Chance, vault: VaultId, terms: InstrumentTerms, notional: number): PositionState => {
  const size = decimal(notional / priceOf(terms.feed), 18);
  return {
    vault,
    instrument: terms.instrument,
    size: sizeWad(random.unit() < 0.75 ? size : -size),
    carriedAt: startPrices.get(terms.feed) ?? priceWad(0n),
    tradeGain: quoteAmount(0n),
    tradeLoss: quoteAmount(0n),
  };
};

/** Two in five have a position in both perps. */
const positionsOf = (random: Chance, vault: VaultId, notional: number): readonly PositionState[] => {
  const [first, second] = random.unit() < 0.5 ? instruments : instruments.toReversed();
  if (!first || !second) return [];
  if (random.unit() < 0.6) return [positionIn(random, vault, first, notional)];
  const split = random.between(0.3, 0.7);
  return [
    positionIn(random, vault, first, notional * split),
    positionIn(random, vault, second, notional * (1 - split)),
  ];
};

const groupOf = (random: Chance, index: number): GroupState => {
  const { from, to } = random.pick(defaultLeverage);
  const { held, initialEquity } = fundedWith(random, random.between(2_000, 20_000));
  const vault = vaultId(word(index + 1));
  return {
    vault,
    mode: 'segregated',
    vaults: [vault],
    account: accountId(word((index % 100) + 1)),
    bucket: Math.floor(index / 100),
    owner: addressOf('owner'),
    venue: addressOf('clearing house'),
    member: word(0),
    assets: held.map(({ token, free }) => ({
      vault,
      token,
      free: tokenAmount(free),
      locked: tokenAmount(0n),
      credit: tokenAmount(0n),
    })),
    positions: positionsOf(random, vault, initialEquity * random.between(from, to)),
    unsettled: [],
    owed: quoteAmount(0n),
    due: quoteAmount(0n),
    claims: [],
    intraDebts: [],
    attested: undefined,
    auction: undefined,
    lastTrade: word(0),
  };
};

/** Vaults distributed as `up` seeds them: the same leverage bands, equity, collaterals and share of longs. The same for the same count. */
export const seedGroups = (count: number): readonly GroupState[] => {
  const random = chance(1);
  return Array.from({ length: count }, (_, index) => groupOf(random, index));
};
