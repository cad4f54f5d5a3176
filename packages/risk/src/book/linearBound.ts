import {
  type CollateralTerms,
  type FeedId,
  type GroupState,
  type InstrumentTerms,
  type MarketState,
  type PositionState,
  type Seconds,
  WAD,
} from '@bulkhead/shared';
import { isOption } from '../isOption.ts';
import { maintenanceHaircutAt, maintenanceRateAt } from '../parameterRamp.ts';

/**
 * A lower bound of a group's slack E − MM as a linear function of the feeds' prices: constant + Σ coefficient_f · price_f, in quote base
 * units, with prices in quote per whole unit as doubles, all ≥ 0. A positive bound proves the group healthy in the contract's own integers.
 *
 * Haircuts and rates are those in force at `until`, or the newest where there is none: a ramp only tightens, so that what is healthy then is healthy
 * on all of the way to it (MRG-7).
 *
 * Collateral, perps and their requirements are all linear in the prices; only the integer roundings and the doubles' are not. Both are
 * subtracted here: one unit for each integer rounding, and for the doubles `safety` units in the last place of the sum of the absolute values of all
 * parts, which is more than the 6 roundings of a part, the ≤ 25 additions, and the 2 of the price need.
 */
export interface LinearBound {
  readonly constant: number;
  readonly feeds: readonly FeedId[];
  readonly coefficients: readonly number[];
}

const safety = 64 * 2 ** -53;
const wholePriceUnit = 1e18;

interface Part {
  sum: number;
  magnitude: number;
}

interface Parts {
  readonly fixed: Part;
  readonly byFeed: Map<FeedId, Part>;
  roundings: number;
}

const add = (part: Part, value: number): void => {
  part.sum += value;
  part.magnitude += Math.abs(value);
};

const addToFeed = (parts: Parts, feed: FeedId, value: number): void => {
  const part = parts.byFeed.get(feed) ?? { sum: 0, magnitude: 0 };
  parts.byFeed.set(feed, part);
  add(part, value);
};

const lowered = (part: Part): number => part.sum - safety * part.magnitude;

/** False when the market does not list an asset. */
const addAssets = (
  parts: Parts,
  group: GroupState,
  market: MarketState,
  quoteUnits: number,
  haircutOf: (terms: CollateralTerms) => bigint,
): boolean => {
  for (const asset of group.assets) {
    if (asset.free === 0n) continue;
    const terms = market.collaterals.find(one => one.token.toLowerCase() === asset.token.toLowerCase());
    if (!terms) return false;
    if (terms.feed === undefined) {
      add(parts.fixed, Number(asset.free));
      continue;
    }
    const kept = Number(WAD - haircutOf(terms)) / wholePriceUnit;
    addToFeed(parts, terms.feed, (Number(asset.free) / 10 ** terms.decimals) * quoteUnits * kept);
    parts.roundings += 2;
  }
  return true;
};

/** As it was reported, whatever the prices do since: it is read anew when one changes. False when the venue gave no answer. */
const addReported = (parts: Parts, { reported }: GroupState): boolean => {
  if (reported === 'silent') return false;
  if (reported === undefined) return true;
  add(parts.fixed, Number(reported.value));
  add(parts.fixed, -Number(reported.maintenance));
  return true;
};

const addPosition = (
  parts: Parts,
  position: PositionState,
  terms: InstrumentTerms,
  quoteUnits: number,
  maintenanceRate: bigint,
): void => {
  const size = (Number(position.size) / wholePriceUnit) * quoteUnits;
  addToFeed(parts, terms.feed, size);
  addToFeed(parts, terms.feed, -Math.abs(size) * (Number(maintenanceRate) / wholePriceUnit));
  add(parts.fixed, -size * (Number(position.carriedAt) / wholePriceUnit));
  add(parts.fixed, Number(position.tradeGain));
  add(parts.fixed, -Number(position.tradeLoss));
  parts.roundings += 3;
};

/**
 * Undefined where integers must decide: when the group holds something that the market does not list, which they will refuse, when it holds an option, whose
 * requirement is not linear, and in portfolio mode, whose requirement is no sum over legs and moves with time.
 */
export const linearBoundOf = (group: GroupState, market: MarketState, until?: Seconds): LinearBound | undefined => {
  if (group.mode === 'portfolio') return undefined;
  const parts: Parts = { fixed: { sum: 0, magnitude: 0 }, byFeed: new Map(), roundings: 0 };
  const quoteUnits = 10 ** market.quote.decimals;
  add(parts.fixed, Number(group.due));
  add(parts.fixed, -Number(group.owed));
  if (!addReported(parts, group)) return undefined;
  const haircutOf = (terms: CollateralTerms) => maintenanceHaircutAt(terms, until) ?? terms.haircutMaintenance;
  if (!addAssets(parts, group, market, quoteUnits, haircutOf)) return undefined;
  for (const position of group.positions) {
    const terms = market.instruments.find(one => one.instrument === position.instrument);
    if (!terms || isOption(terms)) return undefined;
    addPosition(parts, position, terms, quoteUnits, maintenanceRateAt(terms, until) ?? terms.maintenanceRate);
  }
  return {
    constant: lowered(parts.fixed) - parts.roundings,
    feeds: [...parts.byFeed.keys()],
    coefficients: [...parts.byFeed.values()].map(lowered),
  };
};
