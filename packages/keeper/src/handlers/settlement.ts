import type { EffectHandler, Prepared } from '@bulkhead/effects';
import type { Address, EffectRecord, GroupState, SettleCall } from '@bulkhead/shared';
import { seconds } from '@bulkhead/shared';
import { closingFeeds, roundIsOver } from '../decide/closing.ts';
import { reportsFor } from '../decide/freshness.ts';
import type { Reading } from '../reading.ts';
import {
  deadlineIn,
  type HandledChain,
  type HandlerParts,
  headIsStale,
  later,
  priceObstacle,
  pricesFor,
  readFailed,
  unknownChain,
  unreadable,
} from './common.ts';
import { settleFootprint, venueVaultsOf } from './footprint.ts';
import { decodePayload, type SettlePayload } from './payload.ts';

const lifetime = seconds(60);

/** Closes an instrument's open round when it is over. Touches no wall: it fixes a price. */
export const createCloseRoundHandler = (parts: HandlerParts): EffectHandler => ({
  async prepare(effect) {
    const payload = decodePayload(effect.payload, 'closeRound');
    const handled = parts.chainOf(effect.chain);
    if (!payload.ok) return unreadable;
    if (!handled) return unknownChain;
    const { instrument, round } = payload.value;
    const read = await handled.read([]);
    if (!read.ok) return readFailed(parts, read.error);
    if (headIsStale(parts, read.value)) return later(parts, 'the head is stale');
    const terms = read.value.market.instruments.find(one => one.instrument === instrument);
    if (!terms) return { kind: 'obsolete', reason: `instrument ${instrument} is not listed` };
    if (terms.round !== round) return { kind: 'superseded', by: 'other', reason: `round ${round} is closed` };
    const prices = pricesFor(parts, read.value);
    if (!roundIsOver(terms, prices)) return later(parts, 'the round is not over');
    const feeds = closingFeeds(terms, prices);
    const obstacle = priceObstacle(parts, read.value, feeds, prices, 'settlement');
    if (obstacle) return obstacle;
    return {
      kind: 'send',
      call: { kind: 'closeRound', instrument, reports: reportsFor(feeds, prices) },
      footprint: [],
      deadline: deadlineIn(parts, read.value, lifetime),
      at: read.value.at,
    };
  },

  async verify(effect, inclusion) {
    const payload = decodePayload(effect.payload, 'closeRound');
    if (!payload.ok) return { kind: 'failed', reason: 'its payload was written by another version' };
    const { instrument, round } = payload.value;
    const closed = inclusion.events.some(
      event => event.kind === 'roundClosed' && event.instrument === instrument && event.round === round,
    );
    return closed ? { kind: 'done' } : { kind: 'again', reason: 'included, but the round was not closed' };
  },
});

/** Settles vaults for closed rounds. */
export const createSettleHandler = (parts: HandlerParts): EffectHandler => {
  const send = async (
    effect: EffectRecord,
    from: Address,
    handled: HandledChain,
    reading: Reading,
    payload: SettlePayload,
    groups: readonly GroupState[],
  ): Promise<Prepared> => {
    const venue = groups[0] && venueVaultsOf(effect.chain, groups[0].venue);
    if (!venue) return { kind: 'obsolete', reason: 'none of the vaults exists' };
    // In the order planned: losers come before those whom they pay.
    const known = new Set(groups.flatMap(group => group.vaults));
    const vaults = payload.vaults.filter(vault => known.has(vault));
    const call: SettleCall = { kind: 'settle', instrument: payload.instrument, vaults };
    const outcome = await handled.chain.simulate(call, from, reading.at);
    if (!outcome.ok) return later(parts, `the simulation failed: ${outcome.error.message}`);
    if (outcome.value.events.length === 0) return { kind: 'obsolete', reason: 'nothing would be settled' };
    return {
      kind: 'send',
      call,
      footprint: settleFootprint(groups, vaults, payload.instrument, reading.market, venue),
      deadline: deadlineIn(parts, reading, lifetime),
      at: reading.at,
    };
  };

  return {
    async prepare(effect, signer) {
      const payload = decodePayload(effect.payload, 'settle');
      const handled = parts.chainOf(effect.chain);
      if (!payload.ok) return unreadable;
      if (!handled) return unknownChain;
      const read = await handled.read(payload.value.vaults);
      if (!read.ok) return readFailed(parts, read.error);
      if (headIsStale(parts, read.value)) return later(parts, 'the head is stale');
      const groups = [...new Set(payload.value.vaults.flatMap(vault => read.value.groups.get(vault) ?? []))];
      return send(effect, signer, handled, read.value, payload.value, groups);
    },

    async verify(effect, inclusion) {
      const payload = decodePayload(effect.payload, 'settle');
      if (!payload.ok) return { kind: 'failed', reason: 'its payload was written by another version' };
      const { vaults } = payload.value;
      const settled = inclusion.events.some(
        event => event.kind === 'vaultsChanged' && event.vaults.some(vault => vaults.includes(vault)),
      );
      return settled ? { kind: 'done' } : { kind: 'again', reason: 'included, but nothing was settled' };
    },
  };
};
