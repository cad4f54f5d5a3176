/** EFF-1 and wasted gas, judged from outside. */
import type { Address, Hex32 } from '@bulkhead/shared';
import type { Fill, TransactionView } from './model.ts';

/** The names that make one fill the same as another: a bidder's effect key, and a vault's state as the bidder saw it. */
const identitiesOf = (fill: Fill): readonly string[] => [
  `key|${fill.chain}|${fill.bidderVault}|${fill.effectKey}`,
  ...(fill.lastTrade === undefined ? [] : [`state|${fill.chain}|${fill.vault}|${fill.lastTrade}`]),
];

/** How many effects happened that had happened before: bids by effect key or by the state that they answered, trades by their id. */
export const countDuplicates = (
  fills: readonly Fill[],
  trades: readonly { readonly chain: string; readonly tradeId: Hex32 }[],
): number => {
  const seen = new Set<string>();
  const again = (identities: readonly string[]): boolean => {
    const known = identities.some(identity => seen.has(identity));
    for (const identity of identities) seen.add(identity);
    return known;
  };
  const doubledFills = fills.filter(fill => again(identitiesOf(fill))).length;
  const doubledTrades = trades.filter(trade => again([`trade|${trade.chain}|${trade.tradeId}`])).length;
  return doubledFills + doubledTrades;
};

/** What a call must emit to have done anything. */
const wanted: Readonly<Record<string, readonly string[]>> = {
  bid: ['BidFilled'],
  touch: ['AuctionStarted', 'AuctionTouched', 'AuctionEnded'],
  novate: ['Novated'],
  closeRound: ['RoundClosed'],
  settleMany: ['Settled', 'OwedPaid', 'DuePaid'],
  settle: ['Settled', 'OwedPaid', 'DuePaid'],
  post: ['PricePosted'],
  deposit: ['Deposited'],
};

/** Gas that a keeper paid for nothing: reverted, or included without the effect that the call is for. */
export const isWasted = (transaction: TransactionView, keepers: ReadonlySet<Address>): boolean => {
  if (!keepers.has(transaction.from)) return false;
  if (!transaction.succeeded) return true;
  const effects = transaction.call === undefined ? undefined : wanted[transaction.call];
  if (effects === undefined) return transaction.events.length === 0;
  return !transaction.events.some(event => effects.includes(event));
};
