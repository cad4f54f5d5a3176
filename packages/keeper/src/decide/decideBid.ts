import { evaluateGroup, type GroupHealth, isHealthy } from '@bulkhead/risk';
import { type Address, milliseconds, type QuoteAmount, quoteAmount, type Wad } from '@bulkhead/shared';
import type { BidForecast, Decision } from './decision.ts';
import { type BidContext, effectiveReserve, exposureOf, forecastBid, gasInQuote, rateAt } from './forecast.ts';
import { feedsOf, refusePaused, refuseStaleHead, refuseStalePrices, reportsFor } from './freshness.ts';
import { leastProfit, limitFor, secondsUntilWorth, worthOf } from './profit.ts';
import { roundPendingUntil } from './roundPending.ts';
import { sizeBid, takesSomething } from './sizing.ts';
import { type DecisionSettings, expectedTime, plainPrices, type Snapshot } from './snapshot.ts';

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

const nothing = (code: Extract<Decision, { act: 'nothing' }>['code'], reason: string): Decision => ({
  act: 'nothing',
  code,
  reason,
});

/** A decision that this keeper, whatever the numbers, is not the one to make. */
const refuseRelation = (snapshot: Snapshot): Decision | undefined => {
  const { group, bidder } = snapshot;
  if (group.vaults.includes(bidder.vault) || group.account === bidder.account || same(group.owner, bidder.owner)) {
    return nothing('ownAccount', 'the group and the bidding vault have the same owner (LIQ-7)');
  }
  if (!same(group.venue, bidder.venue)) return nothing('otherVenue', `the group's venue is ${group.venue}`);
  if (bidder.vaults.length > 1) {
    return nothing('bidderGrouped', 'the bidding vault is margined with others, whose quote its losses could draw on');
  }
  return undefined;
};

/** Prices of everything that the bid values, the group's and the bidder's, each for liquidation: no other pause or age stops a bid. */
const refusePrices = (snapshot: Snapshot, settings: DecisionSettings): Decision | undefined => {
  const { market, group, bidder } = snapshot;
  const when = { now: snapshot.now, headTime: snapshot.head.time };
  const feeds = feedsOf([group, bidder], market);
  return (
    refusePaused(feeds, ['liquidation'], market, when, settings.freshness) ??
    refuseStalePrices(feeds, snapshot.prices, market.priceAges.liquidation, when, settings.freshness)
  );
};

/**
 * V − R without what is skipped. Where that leaves nothing to buy, the contract reckons the pay with everything; and refuses when there is value only in
 * what is skipped.
 */
const takeableOf = (health: GroupHealth, kept: GroupHealth, reserved: bigint): QuoteAmount | undefined => {
  const takeable = kept.marketValue - reserved;
  if (takeable > 0n || kept.marketValue === health.marketValue) return quoteAmount(takeable);
  const whole = health.marketValue - reserved;
  return whole > 0n ? undefined : quoteAmount(whole);
};

const contextOf = (
  snapshot: Snapshot,
  settings: DecisionSettings,
  health: GroupHealth,
  skip: readonly Address[],
): BidContext | undefined => {
  const { group, bidder, market, prices } = snapshot;
  const at = expectedTime(snapshot);
  const kept = evaluateGroup(group, market, plainPrices(prices), { skip, at });
  const reserved = effectiveReserve(group, market);
  const takeable = takeableOf(health, kept.ok ? kept.value : health, reserved);
  if (takeable === undefined) return undefined;
  return {
    group,
    bidder,
    market,
    health,
    takeable,
    skipped: quoteAmount(kept.ok ? kept.value.skipped : 0n),
    reserved,
    rate: rateAt(group, market, at, takeable),
    skip,
    exposure: exposureOf(group, market, prices, skip),
    gasCost: gasInQuote(snapshot, settings.bid),
    slippage: settings.bid.slippage,
    at,
  };
};

/** Unwanted collaterals that the group really has; quote cannot be left behind. */
const skippedOf = (snapshot: Snapshot, settings: DecisionSettings): readonly Address[] =>
  settings.bid.skip.filter(
    token =>
      !same(token, snapshot.market.quote.token) &&
      snapshot.group.assets.some(asset => same(asset.token, token) && asset.free > 0n),
  );

/** Shows the group unhealthy when it was not shown for half the gap, so that the discount goes on falling; otherwise waits. */
const touchOrWait = (snapshot: Snapshot, wait: Extract<Decision, { act: 'wait' }>): Decision => {
  const { auction } = snapshot.group;
  const silence = auction ? expectedTime(snapshot) - auction.shownAt : Number.POSITIVE_INFINITY;
  if (silence * 2 < snapshot.market.auction.gap) return wait;
  const reports = reportsFor(feedsOf([snapshot.group], snapshot.market), snapshot.prices);
  return {
    act: 'touch',
    reports,
    until: wait.until,
    reason: `${wait.reason}; shown unhealthy so that the auction goes on`,
  };
};

const waitForRate = (snapshot: Snapshot, context: BidContext, fraction: Wad, settings: DecisionSettings): Decision => {
  const profit = forecastBid(context, fraction).profit;
  const later = secondsUntilWorth(context, fraction, settings.bid, expectedTime(snapshot));
  const pause = Math.max(settings.freshness.retry, (later ?? 0) * 1000);
  const reason = `a bid now would bring ${profit} in quote units, at least ${settings.bid.minimumProfit} are wanted`;
  const until = milliseconds(snapshot.now + pause);
  return touchOrWait(snapshot, { act: 'wait', code: 'unprofitable', reason, until });
};

/** Where part of the pay would come from nobody, the end of the round is the next moment at which that changes. */
const waitForRound = (snapshot: Snapshot, expected: BidForecast, settings: DecisionSettings): Decision | undefined => {
  if (expected.residual <= 0n) return undefined;
  const until = roundPendingUntil(snapshot, settings.freshness.retry);
  if (until === undefined) return undefined;
  const reason = `${expected.residual} of the pay would come from nobody; the loss becomes owed when the round closes`;
  return touchOrWait(snapshot, { act: 'wait', code: 'roundPending', until, reason });
};

const decideFailing = (snapshot: Snapshot, settings: DecisionSettings, health: GroupHealth): Decision => {
  const retry = milliseconds(snapshot.now + settings.freshness.retry);
  const context = contextOf(snapshot, settings, health, skippedOf(snapshot, settings));
  if (!context) return nothing('unwanted', 'there is value only in collaterals that are skipped');
  const sizing = sizeBid(context, snapshot.prices, settings.bid);
  if (sizing.kind === 'undermargined') {
    const reason = 'the bidding vault itself is below its initial requirement with reserve';
    return touchOrWait(snapshot, { act: 'wait', code: 'bidderUndermargined', until: retry, reason });
  }
  if (sizing.kind === 'full') {
    const reason = `the bidding vault cannot take any of it: ${sizing.why}`;
    return touchOrWait(snapshot, { act: 'wait', code: 'bidderFull', until: retry, reason });
  }
  const { fraction } = sizing;
  if (!takesSomething(snapshot.group, fraction)) {
    return nothing('tooLittle', `fraction ${fraction} rounds to nothing`);
  }
  if (sizing.boundBy === 'bidder' && fraction < settings.bid.minimumFraction) {
    const reason = `the bidding vault can take only ${fraction} of it`;
    return touchOrWait(snapshot, { act: 'wait', code: 'bidderFull', until: retry, reason });
  }
  const expected = forecastBid(context, fraction);
  const worth = worthOf(expected, context, settings.bid);
  if (worth.kind === 'no')
    return waitForRound(snapshot, expected, settings) ?? waitForRate(snapshot, context, fraction, settings);
  const reports = reportsFor(feedsOf([snapshot.group, snapshot.bidder], snapshot.market), snapshot.prices);
  const limit = limitFor(context, fraction, settings.bid, context.rate);
  const maxResidual = quoteAmount(expected.residual + expected.profit - leastProfit(context, settings.bid));
  return {
    act: 'bid',
    bid: { fraction, limit, skip: context.skip, maxResidual, reports, expected },
    reason: `E ${health.equity} < MM ${health.maintenance}; fraction bound by the ${sizing.boundBy}; ${worth.kind === 'profit' ? 'profitable' : 'at a loss for solvency'}`,
  };
};

const decideHealthy = (snapshot: Snapshot, health: GroupHealth): Decision => {
  const reason = `E ${health.equity} ≥ MM ${health.maintenance}`;
  if (!snapshot.group.auction) return nothing('healthy', reason);
  const reports = reportsFor(feedsOf([snapshot.group], snapshot.market), snapshot.prices);
  return { act: 'touch', reports, until: snapshot.now, reason: `${reason}: its auction is over` };
};

/**
 * Whether to bid on a group, for how much, and under which limit; or why not (DESIGN §7, RISK §5). Pure: the same snapshot gives the same decision.
 * Anything stale, missing or contradictory waits (EFF-6).
 */
export const decideBid = (snapshot: Snapshot, settings: DecisionSettings): Decision => {
  const refusal =
    refuseStaleHead(snapshot, settings.freshness) ?? refuseRelation(snapshot) ?? refusePrices(snapshot, settings);
  if (refusal) return refusal;
  const health = evaluateGroup(snapshot.group, snapshot.market, plainPrices(snapshot.prices), {
    at: expectedTime(snapshot),
  });
  if (!health.ok) return nothing('notListed', `the group cannot be evaluated: ${health.error.kind}`);
  if (isHealthy(health.value)) return decideHealthy(snapshot, health.value);
  const since = snapshot.failingSince ?? snapshot.now;
  const patientUntil = milliseconds(since + settings.bid.patience);
  if (snapshot.now < patientUntil) {
    return {
      act: 'wait',
      code: 'patience',
      until: patientUntil,
      reason: `left to others for ${settings.bid.patience} ms after ${since}`,
    };
  }
  return decideFailing(snapshot, settings, health.value);
};
