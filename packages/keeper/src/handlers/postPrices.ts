import type { EffectHandler } from '@bulkhead/effects';
import { seconds } from '@bulkhead/shared';
import { reportsFor } from '../decide/freshness.ts';
import { deadlineIn, type HandlerParts, isEmpty, pricesFor, readFailed, unknownChain, unreadable } from './common.ts';
import { decodePayload } from './payload.ts';

/** Stores the newest reports on chain. Touches no wall. */
export const createPostPricesHandler = (parts: HandlerParts): EffectHandler => ({
  async prepare(effect) {
    const payload = decodePayload(effect.payload, 'postPrices');
    const handled = parts.chainOf(effect.chain);
    if (!payload.ok) return unreadable;
    if (!handled) return unknownChain;
    const read = await handled.read([]);
    if (!read.ok) return readFailed(parts, read.error);
    const reports = reportsFor(payload.value.feeds, pricesFor(parts, read.value));
    if (isEmpty(reports)) return { kind: 'superseded', by: 'other', reason: 'the chain has these prices' };
    return {
      kind: 'send',
      call: { kind: 'postPrices', reports },
      footprint: [],
      deadline: deadlineIn(parts, read.value, seconds(30)),
      at: read.value.at,
    };
  },

  async verify(_effect, inclusion) {
    const posted = inclusion.events.some(event => event.kind === 'pricePosted');
    // A race for the same report is lost without harm: the price is there.
    return posted ? { kind: 'done' } : { kind: 'failed', reason: 'somebody else posted these prices first' };
  },
});
