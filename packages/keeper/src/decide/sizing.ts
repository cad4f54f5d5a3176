import { evaluateGroup, largestFraction, leavesDust } from '@bulkhead/risk';
import { type GroupState, WAD, type Wad, wad } from '@bulkhead/shared';
import type { BidSettings } from '../settings.ts';
import { type BidContext, bidderAfter, forecastBid, inputsOf, quoteShare } from './forecast.ts';
import { plainDoubts, plainPrices, type SeenPrices } from './snapshot.ts';

/** What the contract bounds a vault to (RISK §2). */
const mostAssets = 8;
const mostPositions = 16;

/** The largest fraction that may be taken, and what keeps it from being larger. */
export type Sizing =
  | { readonly kind: 'fits'; readonly fraction: Wad; readonly boundBy: 'auction' | 'bidder' }
  /** The bidder's vault can take nothing of it. */
  | { readonly kind: 'full'; readonly why: string }
  /** The bidder's vault is below its requirement as it is. */
  | { readonly kind: 'undermargined' };

const sizeIn = (group: GroupState, instrument: number): bigint => {
  const size = group.positions.find(position => position.instrument === instrument)?.size ?? 0n;
  return size < 0n ? -size : size;
};

/** A position over its limit is still acceptable when the bid makes it no larger. */
const withinInventory = (before: GroupState, after: GroupState, settings: BidSettings): boolean =>
  [...settings.inventoryLimit].every(([instrument, limit]) => {
    const size = sizeIn(after, instrument);
    return size <= limit || size <= sizeIn(before, instrument);
  });

const withinBounds = (after: GroupState): boolean =>
  after.assets.length <= mostAssets && after.positions.length <= mostPositions;

const meetsReserve = (group: GroupState, context: BidContext, prices: SeenPrices, settings: BidSettings): boolean => {
  const health = evaluateGroup(group, context.market, plainPrices(prices), {
    ...plainDoubts(prices),
    at: context.at,
  });
  return health.ok && health.value.initialEquity * WAD >= health.value.initial * (WAD + settings.marginReserve);
};

const freeQuote = (context: BidContext): bigint =>
  context.bidder.assets.find(asset => asset.token.toLowerCase() === context.market.quote.token.toLowerCase())?.free ??
  0n;

/** Why the bidder's vault cannot take the fraction; undefined when it can. */
const obstacle = (
  context: BidContext,
  fraction: Wad,
  prices: SeenPrices,
  settings: BidSettings,
): string | undefined => {
  const forecast = forecastBid(context, fraction);
  if (forecast.paid - quoteShare(context, fraction) > freeQuote(context))
    return 'its free quote does not cover the price';
  const after = bidderAfter(context, fraction);
  if (!withinBounds(after)) return 'it would hold too many assets or positions';
  if (!withinInventory(context.bidder, after, settings)) return 'it would be over its inventory limit';
  if (!meetsReserve(after, context, prices, settings)) return 'it would end below its initial requirement';
  return undefined;
};

/**
 * Largest fraction that fits, by bisection. The bidder's slack is concave in f (equity is linear, requirement, reserve and inventory are convex), so what
 * fits is an interval that begins at zero when zero itself fits.
 * @param most fits not.
 */
const bisect = (fits: (fraction: Wad) => boolean, most: Wad): Wad => {
  let low = 0n;
  let high: bigint = most;
  // 10^-9 of a group is far below any minimum worth a transaction.
  while (high - low > 1_000_000_000n) {
    const middle = (low + high) / 2n;
    if (fits(wad(middle))) low = middle;
    else high = middle;
  }
  return wad(low);
};

/** Bounds a bid by the auction's rule and by the keeper's own vault: its requirement with a reserve, its quote, and its inventory limits. */
export const sizeBid = (context: BidContext, prices: SeenPrices, settings: BidSettings): Sizing => {
  const inputs = inputsOf(context);
  const terms = context.market.auction;
  const most = largestFraction(inputs, terms, context.rate);
  const why = obstacle(context, most, prices, settings);
  if (why === undefined) return { kind: 'fits', fraction: most, boundBy: 'auction' };
  if (!meetsReserve(context.bidder, context, prices, settings)) return { kind: 'undermargined' };
  // A bid that leaves dust is refused (LIQ-5).
  const fits = (candidate: Wad): boolean =>
    !leavesDust(inputs, terms, candidate) && obstacle(context, candidate, prices, settings) === undefined;
  const fraction = bisect(fits, most);
  return fraction === 0n ? { kind: 'full', why } : { kind: 'fits', fraction, boundBy: 'bidder' };
};

const moves = (amount: bigint, fraction: Wad): boolean => ((amount < 0n ? -amount : amount) * fraction) / WAD > 0n;

/** Whether the fraction moves anything at all after the contract's rounding (F17). */
export const takesSomething = (group: GroupState, fraction: Wad): boolean =>
  group.positions.some(position => moves(position.size, fraction)) ||
  group.assets.some(asset => moves(asset.free, fraction)) ||
  (typeof group.reported === 'object' && moves(group.reported.gross, fraction)) ||
  (fraction > 0n && group.owed > 0n);
