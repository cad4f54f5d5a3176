import {
  type PriceWad,
  priceWad,
  type QuoteAmount,
  quoteAmount,
  type Seconds,
  seconds,
  type TokenAmount,
  tokenAmount,
  type Wad,
  wad,
} from '@bulkhead/shared';

/** A test token, and how it counts as collateral. */
export interface CollateralParameters {
  readonly symbol: string;
  readonly name: string;
  readonly decimals: number;
  /** Name of its price feed; the quote token has none: price one, no haircut. */
  readonly feed: string | undefined;
  readonly haircutMaintenance: Wad;
  readonly haircutInitial: Wad;
}

/** What makes an instrument a European, cash-settled option. */
export interface OptionParameters {
  readonly kind: 'call' | 'put';
  /** Name of the underlying's feed. */
  readonly index: string;
  readonly strike: PriceWad;
  /** From the first prices to expiry. */
  readonly life: Seconds;
}

export interface InstrumentParameters {
  readonly name: string;
  /** Name of its mark price feed. */
  readonly feed: string;
  readonly initialRate: Wad;
  readonly maintenanceRate: Wad;
  readonly tradeBand: Wad;
  /** Absent: a perp. Rates are then zero: what options require is fixed. */
  readonly option?: OptionParameters;
}

/**
 * Everything that a deployment fixes, in one typed and versioned value (RISK, head). Two sets are given; a third is an object like these.
 */
export interface ParameterSet {
  readonly version: 1;
  readonly name: string;
  readonly description: string;
  /** Oldest price accepted, by use (WIRE: signed prices). */
  readonly priceAges: { readonly riskIncrease: Seconds; readonly liquidation: Seconds; readonly settlement: Seconds };
  /**
   * What a price may do and still be believed at once, as shares of it: move in one report; differ from the report it confirms; be uncertain by. And how
   * fast the stable price follows it, in a second.
   */
  readonly prices: {
    readonly maxStep: Wad;
    readonly confirmBand: Wad;
    readonly maxConfidence: Wad;
    readonly stableRate: Wad;
  };
  /** Shortest settlement round (RISK §3). */
  readonly round: Seconds;
  /** Shape of an auction (RISK §5). */
  readonly auction: {
    readonly buffer: Wad;
    readonly startDiscount: Wad;
    readonly kneeDiscount: Wad;
    readonly floorDiscount: Wad;
    readonly knee: Seconds;
    readonly floor: Seconds;
    readonly reward: Seconds;
    readonly gap: Seconds;
    readonly dust: QuoteAmount;
  };
  /** Least requirement in portfolio mode, as shares of the gross notional (RISK §4). */
  readonly portfolio: { readonly floorInitial: Wad; readonly floorMaintenance: Wad };
  /** The quote token first. */
  readonly collaterals: readonly CollateralParameters[];
  readonly instruments: readonly InstrumentParameters[];
  /** First prices published and posted, by feed name. */
  readonly startPrices: Readonly<Record<string, PriceWad>>;
  /** Half-width of the published confidence interval, as a share of the price. */
  readonly confidence: Wad;
  /** Most that the open interest of all instruments together may be worth. */
  readonly venueCap: QuoteAmount;
  readonly houseCapital: QuoteAmount;
  /** What each member contributes to the default fund, and has to. */
  readonly memberContribution: QuoteAmount;
  /** What each keeper starts with, in quote; the first is the rich one. */
  readonly keeperCapital: readonly QuoteAmount[];
  /** What each member's market-maker vault starts with on every chain, in quote. */
  readonly marketMakerCapital: TokenAmount;
}

const percent = (value: number): Wad => wad(BigInt(Math.round(value * 100)) * 10n ** 14n);
const whole = (value: bigint): PriceWad => priceWad(value * 10n ** 18n);
const usdc = (value: bigint): bigint => value * 10n ** 6n;

const minutes = (value: number): Seconds => seconds(value * 60);
const hours = (value: number): Seconds => seconds(value * 3600);

const collateral = (
  symbol: string,
  name: string,
  decimals: number,
  feed: string | undefined,
  haircuts: readonly [maintenance: number, initial: number],
): CollateralParameters => ({
  symbol,
  name,
  decimals,
  feed,
  haircutMaintenance: percent(haircuts[0]),
  haircutInitial: percent(haircuts[1]),
});

const perp = (name: string, feed: string): InstrumentParameters => ({
  name,
  feed,
  initialRate: percent(10),
  maintenanceRate: percent(6.5),
  tradeBand: percent(2),
});

/** The values of RISK and WIRE. */
export const defaultParameterSet: ParameterSet = Object.freeze({
  version: 1,
  name: 'default',
  description:
    'The values that a real deployment starts from: hourly rounds, auctions over hours, prices no older than 10, 30 and 60 s.',
  priceAges: { riskIncrease: seconds(10), liquidation: seconds(30), settlement: seconds(60) },
  // Wide and fast enough for the scenarios of a local network, which jump and last minutes.
  prices: { maxStep: percent(50), confirmBand: percent(2), maxConfidence: percent(10), stableRate: percent(1) },
  round: hours(1),
  auction: {
    buffer: percent(15),
    startDiscount: percent(98),
    kneeDiscount: percent(80),
    floorDiscount: percent(50),
    knee: minutes(20),
    floor: hours(12),
    reward: minutes(60),
    gap: minutes(15),
    dust: quoteAmount(usdc(10n)),
  },
  portfolio: { floorInitial: percent(2), floorMaintenance: percent(1) },
  collaterals: [
    collateral('USDC', 'Test USD Coin', 6, undefined, [0, 0]),
    collateral('WETH', 'Test Wrapped Ether', 18, 'ETH/USD', [10, 15]),
    collateral('WBTC', 'Test Wrapped Bitcoin', 8, 'BTC/USD', [10, 15]),
  ],
  instruments: [perp('ETH-PERP', 'ETH/USD'), perp('BTC-PERP', 'BTC/USD'), perp('SPX-PERP', 'SPX/USD')],
  startPrices: { 'ETH/USD': whole(3_000n), 'BTC/USD': whole(60_000n), 'SPX/USD': whole(1_280n) },
  confidence: wad(5n * 10n ** 14n),
  venueCap: quoteAmount(usdc(1_000_000_000n)),
  houseCapital: quoteAmount(usdc(50_000n)),
  memberContribution: quoteAmount(usdc(10_000n)),
  keeperCapital: [quoteAmount(usdc(2_000_000n)), quoteAmount(usdc(200_000n))],
  marketMakerCapital: tokenAmount(usdc(50_000_000n)),
});

/** The same risk, with everything that takes time made short enough to watch. */
export const demoParameterSet: ParameterSet = Object.freeze({
  ...defaultParameterSet,
  name: 'demo',
  description:
    'For watching: rounds of 15 s, auctions that reach their knee in 20 s and their floor a minute later. Rates are those of `default`.',
  priceAges: { riskIncrease: seconds(20), liquidation: seconds(20), settlement: seconds(60) },
  prices: { ...defaultParameterSet.prices, stableRate: percent(10) },
  round: seconds(15),
  auction: {
    ...defaultParameterSet.auction,
    knee: seconds(20),
    floor: seconds(60),
    // Long beside a round: what counterparties bear is then what was lost, hardly what the taker earns.
    reward: seconds(120),
    gap: seconds(30),
  },
});

export const parameterSets = Object.freeze({ default: defaultParameterSet, demo: demoParameterSet });
export type ParameterSetName = keyof typeof parameterSets;

/** All feed names of a set, each once, in order of appearance. */
export const feedNamesOf = (set: ParameterSet): readonly string[] => [
  ...new Set([
    ...set.collaterals.flatMap(each => (each.feed === undefined ? [] : [each.feed])),
    ...set.instruments.map(each => each.feed),
  ]),
];

const showRate = (value: Wad): string => `${Number(value) / 1e16} %`;

/** The set in lines for people, as `up` prints it at the start. */
export const describeParameterSet = (set: ParameterSet): readonly string[] => [
  `parameter set "${set.name}" (version ${set.version}): ${set.description}`,
  `prices at most ${set.priceAges.riskIncrease} s old to take risk, ${set.priceAges.liquidation} s to liquidate, ${set.priceAges.settlement} s to settle`,
  `settlement rounds of at least ${set.round} s`,
  `auction: discount ${showRate(set.auction.startDiscount)} → ${showRate(set.auction.kneeDiscount)} in ${set.auction.knee} s → ` +
    `${showRate(set.auction.floorDiscount)} in ${set.auction.floor} s more; reward in ${set.auction.reward} s; restarts after a gap of ` +
    `${set.auction.gap} s; buffer ${showRate(set.auction.buffer)}`,
  `portfolio mode: at least ${showRate(set.portfolio.floorInitial)} initial, ${showRate(set.portfolio.floorMaintenance)} maintenance of the gross notional`,
  ...set.instruments.map(each =>
    each.option
      ? `${each.name}: a ${each.option.kind} on ${each.option.index}, strike ${Number(each.option.strike / 10n ** 16n) / 100}, expires ${each.option.life} s after the first prices`
      : `${each.name} on ${each.feed}: initial ${showRate(each.initialRate)}, maintenance ${showRate(each.maintenanceRate)}, ` +
        `trades within ${showRate(each.tradeBand)} of the mark`,
  ),
  ...set.collaterals.map(each =>
    each.feed === undefined
      ? `${each.symbol} is the quote token`
      : `${each.symbol} on ${each.feed}: haircut ${showRate(each.haircutMaintenance)} maintenance, ${showRate(each.haircutInitial)} initial`,
  ),
];
