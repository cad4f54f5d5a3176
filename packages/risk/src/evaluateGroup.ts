import {
  type Address,
  type CollateralTerms,
  type FeedId,
  failure,
  type GroupState,
  type InstrumentTerms,
  type MarketState,
  ok,
  type PositionState,
  type PriceWad,
  priceWad,
  type QuoteAmount,
  quoteAmount,
  type Result,
  type Seconds,
  WAD,
} from '@bulkhead/shared';
import { absolute, divideDown, divideUp, larger, powerOfTen } from './arithmetic.ts';
import { isOption } from './isOption.ts';
import { maintenanceHaircutAt, maintenanceRateAt } from './parameterRamp.ts';
import { attestedRequirement } from './requirement/attestedRequirement.ts';
import { optionsOfExpiry, optionValue } from './requirement/optionPositions.ts';
import type { OptionLeg } from './requirement/optionRequirement.ts';
import { type Doubts, doubtsOf } from './stablePrice.ts';

/** What a group is worth and what it must have (RISK §2), quote decimals. The same integers as the contract's `Health`. */
export interface GroupHealth {
  /** E, with maintenance haircuts. */
  readonly equity: QuoteAmount;
  /** MM. */
  readonly maintenance: QuoteAmount;
  /** E with initial haircuts. */
  readonly initialEquity: QuoteAmount;
  /** IM, including what of the equity does not count for it: unpaid due and unrealised profit (MRG-6). */
  readonly initial: QuoteAmount;
  /** V, without haircuts; the auction's reserve R is not subtracted. */
  readonly marketValue: QuoteAmount;
  /** S: what the skipped collaterals add to the equity. */
  readonly skipped: QuoteAmount;
}

/** What an evaluation may be told besides prices. */
export interface EvaluationOptions {
  /** Collaterals that a bidder does not want: left out of V, not of E. */
  readonly skip?: readonly Address[];
  /** Half-width of each price's confidence interval: IM takes the worse end of every price. Absent: zero. */
  readonly confidences?: Prices;
  /** Stable prices, which IM takes where they are worse. Absent: the price itself, as for every use but raising risk. */
  readonly stables?: Prices;
  /** Time of the block that it is for: attested requirements lapse, and parameters ramp. Needed for a group in portfolio mode, and while a ramp runs. */
  readonly at?: Seconds;
}

/** Why a group could not be evaluated. Whoever asked must not act (EFF-6). */
export type EvaluationError =
  | { readonly kind: 'missingPrice'; readonly feed: FeedId }
  | { readonly kind: 'unknownAsset'; readonly token: Address }
  | { readonly kind: 'unknownInstrument'; readonly instrument: number }
  /** Its venue gave no answer at the block of the read. */
  | { readonly kind: 'silentVenue' }
  /** A group in portfolio mode or a parameter that ramps, and nobody said when. */
  | { readonly kind: 'unknownTime' };

export type Prices = ReadonlyMap<FeedId, PriceWad>;

/** E ≥ MM, by comparison and never by division. */
export const isHealthy = (health: GroupHealth): boolean => health.equity >= health.maintenance;

/** Whether a risk-increasing action may end like this: E ≥ IM. */
export const meetsInitial = (health: GroupHealth): boolean => health.initialEquity >= health.initial;

const doubtsIn = (options: EvaluationOptions, feed: FeedId, price: PriceWad): Doubts =>
  doubtsOf(price, options.confidences?.get(feed) ?? 0n, options.stables?.get(feed) ?? price);

interface Valued {
  readonly market: bigint;
  readonly maintenance: bigint;
  readonly initial: bigint;
}

/** Floors at each of its two steps: an asset is never worth more than it is. */
const valueOfAsset = (
  terms: CollateralTerms,
  quoteDecimals: number,
  free: bigint,
  haircut: bigint,
  price: bigint,
  below: bigint,
): Valued => {
  if (terms.feed === undefined) return { market: free, maintenance: free, initial: free };
  const valueAt = (at: bigint): bigint => (free * at * powerOfTen(quoteDecimals)) / powerOfTen(terms.decimals + 18);
  const market = valueAt(price);
  const low = valueAt(larger(price - below, 0n));
  return {
    market,
    maintenance: (market * (WAD - haircut)) / WAD,
    initial: (low * (WAD - terms.haircutInitial)) / WAD,
  };
};

interface PositionMargin {
  readonly unrealised: bigint;
  /** What the price may be wrong by, on the whole position. */
  readonly doubt: bigint;
  readonly maintenance: bigint;
  readonly initial: bigint;
  readonly notional: bigint;
}

/** Profit toward −∞, requirements up. Size and prices are WAD, so their product is divided by 10^(36 − quoteDecimals). */
const marginOfPosition = (
  position: PositionState,
  terms: InstrumentTerms,
  quoteDecimals: number,
  maintenanceRate: bigint,
  price: bigint,
  doubts: Doubts,
): PositionMargin => {
  const scale = powerOfTen(36 - quoteDecimals);
  const moved = divideDown(position.size * (price - position.carriedAt), scale);
  const notional = divideUp(absolute(position.size) * price, scale);
  return {
    doubt: divideUp(absolute(position.size) * (position.size > 0n ? doubts.below : doubts.above), scale),
    unrealised: moved + position.tradeGain - position.tradeLoss,
    maintenance: divideUp(notional * maintenanceRate, WAD),
    initial: divideUp(notional * terms.initialRate, WAD),
    notional,
  };
};

interface Sums {
  equity: bigint;
  maintenance: bigint;
  initialEquity: bigint;
  initial: bigint;
  gross: bigint;
  notInitial: bigint;
  marketValue: bigint;
  skipped: bigint;
}

const addAssets = (
  sums: Sums,
  group: GroupState,
  market: MarketState,
  prices: Prices,
  options: EvaluationOptions,
): EvaluationError | undefined => {
  const skip = new Set((options.skip ?? []).map(token => token.toLowerCase()));
  for (const asset of group.assets) {
    if (asset.free === 0n) continue;
    const terms = market.collaterals.find(one => one.token.toLowerCase() === asset.token.toLowerCase());
    if (!terms) return { kind: 'unknownAsset', token: asset.token };
    const price = terms.feed === undefined ? WAD : prices.get(terms.feed);
    if (price === undefined) return { kind: 'missingPrice', feed: terms.feed as FeedId };
    const haircut = maintenanceHaircutAt(terms, options.at);
    if (haircut === undefined) return { kind: 'unknownTime' };
    const below = terms.feed === undefined ? 0n : doubtsIn(options, terms.feed, priceWad(price)).below;
    const value = valueOfAsset(terms, market.quote.decimals, asset.free, haircut, price, below);
    sums.equity += value.maintenance;
    sums.initialEquity += value.initial;
    if (skip.has(asset.token.toLowerCase())) sums.skipped += value.maintenance;
    else sums.marketValue += value.market;
  }
  return undefined;
};

/** What the venue says, as it says it. */
const addReported = (sums: Sums, { reported }: GroupState): EvaluationError | undefined => {
  if (reported === undefined) return undefined;
  if (reported === 'silent') return { kind: 'silentVenue' };
  sums.equity += reported.value;
  sums.marketValue += reported.value;
  sums.initialEquity += reported.value;
  sums.notInitial += reported.notInitial;
  sums.initial += reported.initial;
  sums.maintenance += reported.maintenance;
  sums.gross += reported.gross;
  return undefined;
};

const addLinear = (sums: Sums, margin: PositionMargin): void => {
  sums.equity += margin.unrealised;
  sums.marketValue += margin.unrealised;
  sums.initialEquity += margin.unrealised;
  sums.initial += margin.initial;
  sums.gross += margin.notional;
  sums.notInitial += larger(margin.unrealised, margin.doubt);
  sums.maintenance += margin.maintenance;
};

/** Options of one vault that share underlying and expiry. */
interface OptionBook {
  readonly indexFeed: FeedId;
  readonly legs: OptionLeg[];
}

/** Its mark counts in E at once; what it requires, with the others of its book. */
const addOption = (
  sums: Sums,
  books: Map<string, OptionBook>,
  position: PositionState,
  terms: InstrumentTerms & { readonly kind: OptionLeg['kind'] },
  seen: { readonly mark: PriceWad; readonly confidence: bigint; readonly decimals: number },
): void => {
  const value = optionValue(position, seen.mark, seen.confidence, seen.decimals);
  sums.equity += value.unrealised;
  sums.marketValue += value.unrealised;
  sums.initialEquity += value.unrealised;
  sums.notInitial += value.notInitial;
  const key = `${position.vault} ${terms.indexFeed} ${terms.expiry}`;
  const book = books.get(key) ?? { indexFeed: terms.indexFeed, legs: [] };
  books.set(key, book);
  book.legs.push({ kind: terms.kind, strike: terms.strike, size: position.size, mark: seen.mark });
};

const addBooks = (
  sums: Sums,
  books: Iterable<OptionBook>,
  quoteDecimals: number,
  prices: Prices,
  options: EvaluationOptions,
): EvaluationError | undefined => {
  for (const { indexFeed, legs } of books) {
    const spot = prices.get(indexFeed);
    if (spot === undefined) return { kind: 'missingPrice', feed: indexFeed };
    const { below, above } = doubtsIn(options, indexFeed, spot);
    const required = optionsOfExpiry(legs, spot, larger(below, above), quoteDecimals);
    sums.initial += required.initial;
    sums.maintenance += required.maintenance;
    sums.notInitial += required.notInitial;
    sums.gross += required.gross;
  }
  return undefined;
};

const addPositions = (
  sums: Sums,
  group: GroupState,
  market: MarketState,
  prices: Prices,
  options: EvaluationOptions,
): EvaluationError | undefined => {
  const { decimals } = market.quote;
  const books = new Map<string, OptionBook>();
  for (const position of group.positions) {
    const terms = market.instruments.find(one => one.instrument === position.instrument);
    if (!terms) return { kind: 'unknownInstrument', instrument: position.instrument };
    const price = prices.get(terms.feed);
    if (price === undefined) return { kind: 'missingPrice', feed: terms.feed };
    // The mark of an option rightly multiplies within minutes: what it is on is held against its stable price instead.
    const confidence = options.confidences?.get(terms.feed) ?? 0n;
    if (isOption(terms) && position.size !== 0n) {
      addOption(sums, books, position, terms, { mark: price, confidence, decimals });
      continue;
    }
    const rate = maintenanceRateAt(terms, options.at);
    if (rate === undefined) return { kind: 'unknownTime' };
    addLinear(sums, marginOfPosition(position, terms, decimals, rate, price, doubtsIn(options, terms.feed, price)));
  }
  return addBooks(sums, books.values(), decimals, prices, options);
};

/** In portfolio mode the attested requirement takes the place of the sum over legs; a flat book has nothing to attest. */
const requirementOf = (
  sums: Sums,
  group: GroupState,
  market: MarketState,
  at: Seconds | undefined,
): { readonly initial: bigint; readonly maintenance: bigint } | EvaluationError => {
  const cross = { initial: larger(sums.initial, sums.maintenance), maintenance: sums.maintenance, gross: sums.gross };
  if (group.mode !== 'portfolio' || group.positions.every(position => position.size === 0n)) return cross;
  if (at === undefined) return { kind: 'unknownTime' };
  return attestedRequirement(group.attested, cross, market.portfolio, at);
};

/** Evaluates one group at the given prices, in the mode that it is margined in (RISK §2). */
export const evaluateGroup = (
  group: GroupState,
  market: MarketState,
  prices: Prices,
  options: EvaluationOptions = {},
): Result<GroupHealth, EvaluationError> => {
  const cash = group.due - group.owed;
  const sums: Sums = {
    equity: cash,
    maintenance: 0n,
    initialEquity: cash,
    initial: 0n,
    gross: 0n,
    notInitial: group.due,
    marketValue: cash,
    skipped: 0n,
  };
  const error =
    addAssets(sums, group, market, prices, options) ??
    addPositions(sums, group, market, prices, options) ??
    addReported(sums, group);
  if (error) return failure(error);
  const required = requirementOf(sums, group, market, options.at);
  if ('kind' in required) return failure(required);
  return ok({
    equity: quoteAmount(sums.equity),
    maintenance: quoteAmount(required.maintenance),
    initialEquity: quoteAmount(sums.initialEquity),
    initial: quoteAmount(required.initial + sums.notInitial),
    marketValue: quoteAmount(sums.marketValue),
    skipped: quoteAmount(sums.skipped),
  });
};
