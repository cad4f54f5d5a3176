import type { EffectHandler } from '@bulkhead/effects';
import { seconds } from '@bulkhead/shared';
import { decideShed } from '../decide/decideShed.ts';
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
import { shedFootprint, venueVaultsOf } from './footprint.ts';
import { decodePayload } from './payload.ts';

/** Passes a position on to the configured counterparty, at the mark. The effect's id is the trade id, which the contract takes once. */
export const createShedHandler = (parts: HandlerParts): EffectHandler => ({
  async prepare(effect) {
    const payload = decodePayload(effect.payload, 'shed');
    const handled = parts.chainOf(effect.chain);
    if (!payload.ok) return unreadable;
    if (!handled?.settings.shedding) return unknownChain;
    const { bidderVault, counterparty, instrument } = payload.value;
    const read = await handled.read([bidderVault, counterparty]);
    if (!read.ok) return readFailed(parts, read.error);
    if (headIsStale(parts, read.value)) return later(parts, 'the head is stale');
    const { market, groups, at } = read.value;
    const done = await handled.chain.effectDone({ tradeId: effect.id }, at);
    if (done.ok && done.value.value)
      return { kind: 'superseded', by: 'us', reason: 'the contract has consumed its trade id' };
    const own = groups.get(bidderVault);
    const other = groups.get(counterparty);
    const venue = own && venueVaultsOf(effect.chain, own.venue);
    if (!own || !other || !venue) return { kind: 'obsolete', reason: 'one of the vaults does not exist' };
    const prices = pricesFor(parts, read.value);
    const feeds = feedsOf([own, other], market);
    const obstacle = priceObstacle(parts, read.value, feeds, prices, 'riskIncrease');
    if (obstacle) return obstacle;
    const seen = { prices: plainPrices(prices), at: at.time };
    const shed = decideShed(instrument, own, other, market, seen, handled.settings.shedding);
    if (!shed) return { kind: 'obsolete', reason: 'nothing is left to shed' };
    if (shed.kind === 'stuck') return later(parts, shed.reason);
    const [buyer, seller] = shed.sell ? [counterparty, bidderVault] : [bidderVault, counterparty];
    return {
      kind: 'send',
      call: {
        kind: 'novate',
        instrument,
        buyer,
        seller,
        size: shed.size,
        price: shed.price,
        tradeId: effect.id,
        reports: reportsFor(feeds, prices),
      },
      footprint: shedFootprint(
        [
          { group: own, vault: bidderVault },
          { group: other, vault: counterparty },
        ],
        instrument,
        market,
        venue,
      ),
      deadline: deadlineIn(parts, read.value, seconds(30)),
      at,
    };
  },

  async verify(effect, inclusion) {
    const traded = inclusion.events.some(event => event.kind === 'tradeDone' && event.tradeId === effect.id);
    return traded ? { kind: 'done' } : { kind: 'again', reason: 'included, but its trade id was not consumed' };
  },
});
