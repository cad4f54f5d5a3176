import type { EffectHandler } from '@bulkhead/effects';
import { evaluateGroup, isHealthy } from '@bulkhead/risk';
import { feedsOf, reportsFor } from '../decide/freshness.ts';
import { plainPrices } from '../decide/snapshot.ts';
import {
  deadlineIn,
  type HandlerParts,
  headIsStale,
  later,
  priceObstacle,
  pricesFor,
  readFailed,
  unknownChain,
  unreadable,
} from './common.ts';
import { touchFootprint, venueVaultsOf } from './footprint.ts';
import { decodePayload } from './payload.ts';

/** Shows a group unhealthy, so that its discount goes on falling, or healthy, so that its auction ends. */
export const createTouchHandler = (parts: HandlerParts): EffectHandler => ({
  async prepare(effect) {
    const payload = decodePayload(effect.payload, 'touch');
    const handled = parts.chainOf(effect.chain);
    if (!payload.ok) return unreadable;
    if (!handled) return unknownChain;
    const read = await handled.read([payload.value.vault]);
    if (!read.ok) return readFailed(parts, read.error);
    if (headIsStale(parts, read.value)) return later(parts, 'the head is stale');
    const group = read.value.groups.get(payload.value.vault);
    if (!group) return { kind: 'obsolete', reason: 'the vault does not exist' };
    if ((group.auction?.shownAt ?? 0) !== payload.value.shownAt) {
      return { kind: 'superseded', by: 'other', reason: 'its auction was touched or ended meanwhile' };
    }
    const prices = pricesFor(parts, read.value);
    const feeds = feedsOf([group], read.value.market);
    const obstacle = priceObstacle(parts, read.value, feeds, prices, 'liquidation');
    if (obstacle) return obstacle;
    const health = evaluateGroup(group, read.value.market, plainPrices(prices), { at: read.value.at.time });
    if (!health.ok) return { kind: 'obsolete', reason: 'the group holds something that the market does not list' };
    if (isHealthy(health.value) && !group.auction)
      return { kind: 'obsolete', reason: 'the group is healthy and has no auction' };
    const venue = venueVaultsOf(effect.chain, group.venue);
    if (!venue) return { kind: 'obsolete', reason: 'the venue’s own vaults cannot be named on this chain' };
    return {
      kind: 'send',
      call: { kind: 'touch', vault: group.vault, reports: reportsFor(feeds, prices) },
      footprint: touchFootprint(group, read.value.market, venue),
      deadline: deadlineIn(parts, read.value, handled.settings.bid.lifetime),
      at: read.value.at,
    };
  },

  async verify(effect, inclusion) {
    const payload = decodePayload(effect.payload, 'touch');
    if (!payload.ok) return { kind: 'failed', reason: 'its payload was written by another version' };
    const shown = inclusion.events.some(
      event => event.kind === 'vaultsChanged' && event.vaults.includes(payload.value.vault),
    );
    return shown ? { kind: 'done' } : { kind: 'again', reason: 'included, but the auction was not touched' };
  },
});
