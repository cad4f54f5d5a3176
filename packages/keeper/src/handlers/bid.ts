import type { EffectHandler, Prepared, Verdict } from '@bulkhead/effects';
import {
  type Caip2,
  type EffectRecord,
  type GroupState,
  type MarketState,
  type Milliseconds,
  milliseconds,
  type QuoteAmount,
  quoteAmount,
  wei,
} from '@bulkhead/shared';
import { decideBid } from '../decide/decideBid.ts';
import type { BidTerms, Decision } from '../decide/decision.ts';
import type { Snapshot } from '../decide/snapshot.ts';
import type { Reading } from '../reading.ts';
import type { AfterPromises, Commitments } from './commitments.ts';
import {
  deadlineIn,
  type HandledChain,
  type HandlerParts,
  later,
  pricesFor,
  readFailed,
  unknownChain,
  unreadable,
} from './common.ts';
import { bidFootprint, venueVaultsOf } from './footprint.ts';
import { type BidPayload, decodePayload } from './payload.ts';

interface Situation {
  readonly handled: HandledChain;
  readonly payload: BidPayload;
  readonly reading: Reading;
  readonly group: GroupState;
  readonly bidder: GroupState;
}

const without = (amount: QuoteAmount, promised: bigint): QuoteAmount =>
  quoteAmount(amount > promised ? amount - promised : 0n);

/** What layers of the waterfall another bid of ours counts on pay only once. */
const withoutPromised = (market: MarketState, after: AfterPromises): MarketState => ({
  ...market,
  houseCapital: without(market.houseCapital, after.promisedHouse),
  memberFunds: market.memberFunds.map(fund => ({
    ...fund,
    free: without(fund.free, after.promisedMembers.get(fund.vault) ?? 0n),
  })),
});

/** A bid on a failing group: everything is read and decided again at the newest block, right before signing (EFF-6, F12). */
export const createBidHandler = (parts: HandlerParts, commitments: Commitments): EffectHandler => {
  const turns = new Map<Caip2, Promise<unknown>>();

  const inTurn = (chain: Caip2, work: () => Promise<Prepared>): Promise<Prepared> => {
    const mine = (turns.get(chain) ?? Promise.resolve()).then(work);
    turns.set(
      chain,
      mine.catch(() => undefined),
    );
    return mine;
  };

  const snapshotOf = (situation: Situation, after: AfterPromises, gasPrice: bigint): Snapshot => ({
    chain: situation.handled.settings.chain,
    now: parts.clock.now(),
    head: situation.reading.at,
    at: situation.reading.at,
    bookAt: undefined,
    group: situation.group,
    bidder: after.bidder,
    market: withoutPromised(situation.reading.market, after),
    prices: pricesFor(parts, situation.reading),
    gasPrice: wei(gasPrice),
    // Patience was spent before this effect was planned.
    failingSince: milliseconds(0),
  });

  const send = (effect: EffectRecord, situation: Situation, bid: BidTerms): Prepared => {
    const { group, bidder, reading, handled, payload } = situation;
    const venue = venueVaultsOf(handled.settings.chain, group.venue);
    if (!venue) return { kind: 'obsolete', reason: 'the venue’s own vaults cannot be named on this chain' };
    const { fraction, limit, skip, maxResidual, reports, expected } = bid;
    const deadline = deadlineIn(parts, reading, handled.settings.bid.lifetime);
    const quote = reading.market.quote;
    commitments.add(effect.id, {
      chain: effect.chain,
      fromHouse: expected.fromHouse,
      fromMembers: expected.fromMembers,
      bidderVault: bidder.vault,
      group,
      bid: {
        fraction,
        paid: expected.paid,
        received: expected.received,
        skip,
        quoteToken: quote.token,
        quoteDecimals: quote.decimals,
      },
      until: milliseconds(deadline * 1000),
    });
    return {
      kind: 'send',
      call: {
        kind: 'bid',
        vault: group.vault,
        bidderVault: bidder.vault,
        fraction,
        limit,
        lastTrade: payload.lastTrade,
        skip,
        maxResidual,
        effectKey: effect.id,
        deadline,
        reports,
      },
      footprint: bidFootprint({ group, bidder, market: reading.market, venue, fraction, limit, skip, expected }),
      deadline,
      at: reading.at,
    };
  };

  /** A rate may become worth it sooner than its clock says, when the price moves. */
  const soon = (until: Milliseconds): Milliseconds =>
    milliseconds(Math.min(until, parts.clock.now() + 4 * parts.freshness.retry));

  const answer = (effect: EffectRecord, situation: Situation, decision: Decision): Prepared => {
    if (decision.act === 'bid') return send(effect, situation, decision.bid);
    commitments.drop(effect.id);
    if (decision.act === 'wait') return later(parts, decision.reason, soon(decision.until));
    if (decision.act === 'nothing') return { kind: 'obsolete', reason: decision.reason };
    // The group wants showing, not bidding on: that is another effect's business.
    return later(parts, decision.reason);
  };

  const settled = async (effect: EffectRecord, situation: Situation): Promise<Prepared | undefined> => {
    const { handled, payload, reading, group } = situation;
    if (group.lastTrade === payload.lastTrade) return undefined;
    const done = await handled.chain.effectDone({ bidderVault: payload.bidderVault, effectKey: effect.id }, reading.at);
    if (!done.ok) return readFailed(parts, done.error);
    if (done.value.value) return { kind: 'superseded', by: 'us', reason: 'the contract has consumed its key' };
    return { kind: 'superseded', by: 'other', reason: 'a later trade or bid changed the group' };
  };

  const read = async (payload: BidPayload, handled: HandledChain): Promise<Situation | Prepared> => {
    const reading = await handled.read([payload.vault, payload.bidderVault]);
    if (!reading.ok) return readFailed(parts, reading.error);
    const group = reading.value.groups.get(payload.vault);
    const bidder = reading.value.groups.get(payload.bidderVault);
    if (!group || !bidder)
      return {
        kind: 'obsolete',
        reason: `vault ${group ? payload.bidderVault : payload.vault} does not exist at block ${reading.value.at.number}`,
      };
    return { handled, payload, reading: reading.value, group, bidder };
  };

  return {
    async prepare(effect) {
      const payload = decodePayload(effect.payload, 'bid');
      const handled = parts.chainOf(effect.chain);
      if (!payload.ok) return unreadable;
      if (!handled) return unknownChain;
      const [situation, fees] = await Promise.all([read(payload.value, handled), handled.chain.feeQuote()]);
      if ('kind' in situation) return situation;
      if (!fees.ok) return readFailed(parts, fees.error);
      const over = await settled(effect, situation);
      if (over) return over;
      const gasPrice = fees.value.baseFeePerGas + fees.value.suggestedPriorityFeePerGas;
      // Several bids are prepared at once: each must see what the one before it was promised.
      return inTurn(effect.chain, async () => {
        const after = await commitments.applied(situation.bidder, effect.id, handled.chain, situation.reading.at);
        const decision = decideBid(snapshotOf(situation, after, gasPrice), {
          bid: handled.settings.bid,
          freshness: parts.freshness,
        });
        return answer(effect, situation, decision);
      });
    },

    async verify(effect, inclusion): Promise<Verdict> {
      const payload = decodePayload(effect.payload, 'bid');
      if (!payload.ok) return { kind: 'failed', reason: 'its payload was written by another version' };
      commitments.drop(effect.id);
      const filled = inclusion.events.some(
        event =>
          event.kind === 'bidFilled' &&
          event.effectKey === effect.id &&
          event.vault === payload.value.vault &&
          event.bidderVault === payload.value.bidderVault,
      );
      if (!filled) return { kind: 'again', reason: 'included, but no fill with its key was emitted' };
      return await checkGroup(parts, effect, payload.value, inclusion.block);
    },
  };
};

/** After inclusion the group must stand after another trade than the one that was bid on: the event alone is not believed. */
const checkGroup = async (
  parts: HandlerParts,
  effect: EffectRecord,
  payload: BidPayload,
  block: Parameters<EffectHandler['verify']>[1]['block'],
): Promise<Verdict> => {
  const handled = parts.chainOf(effect.chain);
  const after = await handled?.chain.readGroups([payload.vault], block);
  const group = after?.ok ? after.value.value[0] : undefined;
  if (group && group.lastTrade === payload.lastTrade) {
    return { kind: 'again', reason: 'a fill was emitted, but the group is unchanged' };
  }
  const labels = { chain: effect.chain };
  parts.metrics.observe('keeper_planned_to_included_seconds', (block.time * 1000 - effect.plannedAt) / 1000, labels);
  const signedAt = effect.attempts.at(-1)?.recordedAt;
  if (signedAt !== undefined) {
    parts.metrics.observe('keeper_planned_to_signed_seconds', (signedAt - effect.plannedAt) / 1000, labels);
    parts.metrics.observe('keeper_signed_to_included_seconds', (block.time * 1000 - signedAt) / 1000, labels);
  }
  if (payload.reportTime !== undefined) {
    parts.metrics.observe('keeper_report_to_included_seconds', block.time - payload.reportTime, labels);
  }
  parts.log.info('a bid is on chain', { trace: effect.id, vault: payload.vault, block: block.number });
  return { kind: 'done' };
};
