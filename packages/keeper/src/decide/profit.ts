import { discountAfter, rewardAfter } from '@bulkhead/risk';
import { type GroupState, type MarketState, type Seconds, seconds, WAD, type Wad, wad } from '@bulkhead/shared';
import type { BidSettings } from '../settings.ts';
import type { BidForecast } from './decision.ts';
import { type BidContext, forecastBid } from './forecast.ts';

/** Whether a bid is worth it, and why. */
export type Worth = { readonly kind: 'profit' } | { readonly kind: 'solvency' } | { readonly kind: 'no' };

/** Least profit that would still be accepted: the minimum, or a loss within the solvency setting for a group far enough under water. */
export const leastProfit = (context: BidContext, settings: BidSettings): bigint => {
  const loss = settings.solvencyLoss;
  if (!loss) return settings.minimumProfit;
  const { equity, maintenance } = context.health;
  const deep = equity * WAD < loss.belowHealth * maintenance;
  return deep && -loss.maximum < settings.minimumProfit ? -loss.maximum : settings.minimumProfit;
};

export const worthOf = (forecast: BidForecast, context: BidContext, settings: BidSettings): Worth => {
  if (forecast.profit >= settings.minimumProfit) return { kind: 'profit' };
  return forecast.profit >= leastProfit(context, settings) ? { kind: 'solvency' } : { kind: 'no' };
};

/**
 * The limit to send along: the worst rate that is still worth it, so that a block with an earlier time than expected does not refuse the bid.
 * @param rateNow worth it.
 */
export const limitFor = (context: BidContext, fraction: Wad, settings: BidSettings, rateNow: Wad): Wad => {
  const accepts = (rate: bigint): boolean =>
    forecastBid(context, fraction, wad(rate)).profit >= leastProfit(context, settings);
  // d rises against the bidder, x falls against it: search the last acceptable rate from the acceptable one outward.
  const worst = context.takeable > 0n ? WAD : 0n;
  if (accepts(worst)) return wad(worst);
  let good: bigint = rateNow;
  let bad: bigint = worst;
  while (distance(good, bad) > 1_000_000_000n) {
    const middle = (good + bad) / 2n;
    if (accepts(middle)) good = middle;
    else bad = middle;
  }
  return wad(good);
};

const distance = (a: bigint, b: bigint): bigint => (a < b ? b - a : a - b);

/** Proven seconds of the auction at `now`; zero when it would start anew. */
export const provenSeconds = (group: GroupState, market: MarketState, now: number, solvent: boolean): number => {
  const { auction } = group;
  const silence = auction ? Math.max(0, now - auction.shownAt) : 0;
  if (!auction || silence > market.auction.gap) return 0;
  return (solvent ? auction.solventSeconds : auction.insolventSeconds) + silence;
};

/**
 * In how many seconds the same fraction would be worth it if the group stayed as it is and was shown so; undefined when never.
 */
export const secondsUntilWorth = (
  context: BidContext,
  fraction: Wad,
  settings: BidSettings,
  now: Seconds,
): Seconds | undefined => {
  const { group, market } = context;
  const solvent = context.takeable > 0n;
  const proven = provenSeconds(group, market, now, solvent);
  const rateAfter = (more: number): Wad =>
    solvent
      ? discountAfter(seconds(proven + more), market.auction)
      : rewardAfter(seconds(proven + more), market.auction);
  const worth = (more: number): boolean =>
    forecastBid(context, fraction, rateAfter(more)).profit >= leastProfit(context, settings);
  let high: number = solvent ? market.auction.knee + market.auction.floor : market.auction.reward;
  if (!worth(high)) return undefined;
  let low = -1;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (worth(middle)) high = middle;
    else low = middle;
  }
  return seconds(high);
};
