import {
  type Address,
  accountId,
  type GroupState,
  type Hex32,
  type MarketState,
  type PositionState,
  priceWad,
  quoteAmount,
  type Seconds,
  seconds,
  sizeWad,
  tokenAmount,
  vaultId,
  WAD,
  wad,
} from '@bulkhead/shared';
import fc from 'fast-check';

const word = (value: number): Hex32 => `0x${value.toString(16).padStart(64, '0')}`;
export const token = (value: number): Address => `0x${value.toString(16).padStart(40, '0')}`;
export const feeds = [word(1), word(2), word(3)] as const;
const zero32 = word(0);

const percent = (value: number) => wad((WAD * BigInt(value)) / 100n);

const instrument = (index: number) => ({
  instrument: index,
  name: `PERP-${index}`,
  kind: 'perp' as const,
  feed: feeds[index] as Hex32,
  indexFeed: feeds[index] as Hex32,
  strike: priceWad(0n),
  expiry: seconds(0),
  maintenanceFrom: wad((WAD * 65n) / 1000n),
  rampStart: seconds(0),
  fundingCap: wad(0n),
  openInterestCap: sizeWad(0n),
  expired: false,
  initialRate: percent(10),
  maintenanceRate: wad((WAD * 65n) / 1000n),
  tradeBand: percent(2),
  roundLength: seconds(3600),
  round: 1,
  roundStart: seconds(0),
  lastPrice: priceWad(WAD),
  openInterest: sizeWad(0n),
});

const quote = {
  token: token(1),
  symbol: 'USDC',
  decimals: 6,
  feed: undefined,
  haircutMaintenance: wad(0n),
  haircutInitial: wad(0n),
  haircutMaintenanceFrom: wad(0n),
  rampStart: seconds(0),
};

/** Quote with 6 decimals, an 18-decimals and an 8-decimals collateral, three perps on three feeds. */
export const market: MarketState = {
  quote,
  collaterals: [
    quote,
    {
      token: token(2),
      symbol: 'WETH',
      decimals: 18,
      feed: feeds[0],
      haircutMaintenance: percent(5),
      haircutInitial: percent(10),
      haircutMaintenanceFrom: percent(5),
      rampStart: seconds(0),
    },
    {
      token: token(3),
      symbol: 'WBTC',
      decimals: 8,
      feed: feeds[1],
      haircutMaintenance: percent(4),
      haircutInitial: percent(8),
      haircutMaintenanceFrom: percent(4),
      rampStart: seconds(0),
    },
  ],
  instruments: [instrument(0), instrument(1), instrument(2)],
  auction: {
    buffer: percent(15),
    startDiscount: percent(98),
    kneeDiscount: percent(80),
    floorDiscount: percent(50),
    knee: seconds(1200),
    floor: seconds(43_200),
    reward: seconds(3600),
    gap: seconds(900),
    dust: quoteAmount(1_000_000n),
  },
  priceAges: { riskIncrease: seconds(10), liquidation: seconds(30), settlement: seconds(60) },
  priceBounds: { maxStep: percent(50), confirmBand: percent(2), stableRate: wad(WAD / 1_000n), stepFloors: new Map() },
  houseCapital: quoteAmount(0n),
  memberFunds: [],
  portfolio: { floorInitial: wad(0n), floorMaintenance: wad(0n), lapse: seconds(21_600) },
  paused: [],
};

/** When the ramps of `anyRampingMarket` began. */
export const rampStart = seconds(1_700_000_000);

const rampTo = (newest: bigint): fc.Arbitrary<{ readonly from: bigint; readonly start: Seconds }> =>
  fc.record({
    from: fc.oneof(fc.constant(newest), fc.bigInt({ min: 0n, max: newest })),
    start: fc.nat({ max: 40_000 }).map(later => seconds(rampStart + later)),
  });

/** The same market while some of its parameters ramp, each from and since when it may be. */
export const anyRampingMarket: fc.Arbitrary<MarketState> = fc
  .tuple(
    fc.tuple(...market.collaterals.map(one => rampTo(one.haircutMaintenance))),
    fc.tuple(...market.instruments.map(one => rampTo(one.maintenanceRate))),
  )
  .map(([haircuts, rates]) => ({
    ...market,
    collaterals: market.collaterals.map((one, index) => ({
      ...one,
      haircutMaintenanceFrom: wad(haircuts[index]?.from ?? 0n),
      rampStart: haircuts[index]?.start ?? rampStart,
    })),
    instruments: market.instruments.map((one, index) => ({
      ...one,
      maintenanceFrom: wad(rates[index]?.from ?? 0n),
      rampStart: rates[index]?.start ?? rampStart,
    })),
  }));

/** Before, within and after the ramps. */
export const anyTime = fc.integer({ min: -10, max: 140_000 }).map(later => seconds(rampStart + later));

/** From one unit to far beyond any real market, with sub-unit sizes on purpose (F17). */
const magnitude = (max: bigint) =>
  fc.oneof(
    fc.bigInt({ min: 0n, max: 10n }),
    fc.bigInt({ min: 0n, max }),
    fc.bigInt({ min: 0n, max: max / 1_000_000n }),
  );

export const anyPrice = fc
  .oneof(fc.bigInt({ min: 1n, max: 100n }), fc.bigInt({ min: WAD / 100n, max: 200_000n * WAD }))
  .map(priceWad);

const anyPosition = (index: number): fc.Arbitrary<Omit<PositionState, 'vault'>> =>
  fc.record({
    instrument: fc.constant(index),
    size: magnitude(10_000n * WAD).chain(size => fc.boolean().map(long => sizeWad(long ? size : -size))),
    carriedAt: anyPrice,
    tradeGain: magnitude(10n ** 10n).map(quoteAmount),
    tradeLoss: magnitude(10n ** 10n).map(quoteAmount),
  });

const booked = (address: Address, max: bigint) =>
  magnitude(max).map(free => ({
    token: address,
    free: tokenAmount(free),
    locked: tokenAmount(7n),
    credit: tokenAmount(9n),
  }));

export const anyGroup: fc.Arbitrary<GroupState> = fc
  .record({
    number: fc.nat({ max: 10_000 }),
    quote: booked(token(1), 10n ** 13n),
    eth: booked(token(2), 10_000n * WAD),
    btc: booked(token(3), 10n ** 12n),
    positions: fc.subarray([0, 1, 2]).chain(which => fc.tuple(...which.map(anyPosition))),
    owed: magnitude(10n ** 10n).map(quoteAmount),
    due: magnitude(10n ** 10n).map(quoteAmount),
  })
  .map(parts => ({ ...parts, vault: vaultId(word(parts.number + 1)) }))
  .map(({ vault, ...parts }) => ({
    vault,
    mode: 'segregated' as const,
    vaults: [vault],
    account: accountId(word(parts.number + 1)),
    bucket: 0,
    owner: token(99),
    venue: token(98),
    member: zero32,
    assets: [parts.quote, parts.eth, parts.btc].map(asset => ({ ...asset, vault })),
    positions: (parts.positions as Omit<PositionState, 'vault'>[]).map(position => ({ ...position, vault })),
    unsettled: [],
    owed: parts.owed,
    due: parts.due,
    claims: [],
    intraDebts: [],
    attested: undefined,
    auction: undefined,
    lastTrade: zero32,
  }));

/** A group of a venue that answers for itself: no position and no claim that could be worked out. */
export const anyReportedGroup: fc.Arbitrary<GroupState> = fc
  .record({
    group: anyGroup,
    value: magnitude(10n ** 13n).chain(size => fc.boolean().map(gain => quoteAmount(gain ? size : -size))),
    notInitial: magnitude(10n ** 12n).map(quoteAmount),
    initial: magnitude(10n ** 12n).map(quoteAmount),
    maintenance: magnitude(10n ** 12n).map(quoteAmount),
    gross: magnitude(10n ** 13n).map(quoteAmount),
  })
  .map(({ group, ...reported }) => ({
    ...group,
    positions: [],
    owed: quoteAmount(0n),
    due: quoteAmount(0n),
    reported,
  }));

export const anyPrices = fc
  .tuple(anyPrice, anyPrice, anyPrice)
  .map(prices => new Map(prices.map((price, index) => [feeds[index] as Hex32, price] as const)));
