import { type InstrumentTerms, type Milliseconds, milliseconds, type PositionState } from '@bulkhead/shared';
import { provenSeconds } from './profit.ts';
import type { Snapshot } from './snapshot.ts';

/** A loss against the price that the position is carried at: it becomes owed only when the open round closes. */
const isLoss = (position: PositionState, price: bigint, quoteDecimals: number): boolean =>
  position.size * (price - position.carriedAt) +
    (position.tradeGain - position.tradeLoss) * 10n ** BigInt(36 - quoteDecimals) <
  0n;

const losingInstruments = ({ group, market, prices }: Snapshot): readonly InstrumentTerms[] =>
  group.positions.flatMap(position => {
    const terms = market.instruments.find(one => one.instrument === position.instrument);
    const price = terms && prices.get(terms.feed)?.price;
    return terms && price !== undefined && isLoss(position, price, market.quote.decimals) ? [terms] : [];
  });

/**
 * When to look again at a worthless group whose takeover nobody pays for in full now. Its loss of the open round is not owed yet, so nothing of it
 * can be struck off at the expense of those who gained it (WF-2). After the round has closed it can, though for a higher x: so this is for
 * bids that are not worth it now, not a reason to put off one that is. One round at most, by the auction's own proven time.
 * @returns undefined when the end of the round changes nothing.
 */
export const roundPendingUntil = (snapshot: Snapshot, retry: Milliseconds): Milliseconds | undefined => {
  const losing = losingInstruments(snapshot);
  if (losing.length === 0) return undefined;
  const longest = Math.max(...losing.map(terms => terms.roundLength));
  const now = Math.floor(snapshot.now / 1000);
  if (provenSeconds(snapshot.group, snapshot.market, now, false) >= longest) return undefined;
  const ends = Math.max(...losing.map(terms => terms.roundStart + terms.roundLength));
  return milliseconds(Math.max(ends * 1000, snapshot.now + retry));
};
