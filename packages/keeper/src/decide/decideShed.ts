import { bidderAfterBid, evaluateGroup, meetsInitial, type Prices } from '@bulkhead/risk';
import {
  type GroupState,
  type MarketState,
  type PriceWad,
  quoteAmount,
  type Seconds,
  type SizeWad,
  sizeWad,
  WAD,
  wad,
} from '@bulkhead/shared';
import type { SheddingSettings } from '../settings.ts';

/** Inventory that should go, or that cannot. */
export type Shedding =
  | {
      readonly kind: 'novate';
      readonly instrument: number;
      readonly size: SizeWad;
      readonly price: PriceWad;
      readonly sell: boolean;
    }
  | { readonly kind: 'stuck'; readonly instrument: number; readonly size: SizeWad; readonly reason: string };

const absolute = (size: bigint): bigint => (size < 0n ? -size : size);

/** The counterparty after taking over `share` of the position at the mark, where it neither gains nor loses. */
const counterpartyAfter = (
  counterparty: GroupState,
  traded: GroupState,
  share: bigint,
  market: MarketState,
): GroupState =>
  bidderAfterBid(counterparty, traded, {
    fraction: wad(share),
    paid: quoteAmount(0n),
    received: quoteAmount(0n),
    skip: [],
    quoteToken: market.quote.token,
    quoteDecimals: market.quote.decimals,
  });

/** What a counterparty is judged by: prices, and the time of the block that a trade would be in. */
interface Seen {
  readonly prices: Prices;
  readonly at: Seconds;
}

/** Largest share that leaves the counterparty at its initial requirement, by bisection (its slack is concave in the size). */
const largestShare = (
  counterparty: GroupState,
  traded: GroupState,
  market: MarketState,
  { prices, at }: Seen,
): bigint => {
  const fits = (share: bigint): boolean => {
    const health = evaluateGroup(counterpartyAfter(counterparty, traded, share, market), market, prices, { at });
    return health.ok && meetsInitial(health.value);
  };
  if (fits(WAD)) return WAD;
  let low = 0n;
  let high = WAD;
  while (high - low > 1_000_000_000n) {
    const middle = (low + high) / 2n;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
};

/**
 * How to get rid of one position: a novation of as much as the counterparty can carry, at the mark; or why not. Undefined: nothing to get rid of.
 * Pure.
 */
export const decideShed = (
  instrument: number,
  own: GroupState,
  counterparty: GroupState | undefined,
  market: MarketState,
  seen: Seen,
  settings: SheddingSettings,
): Shedding | undefined => {
  const position = own.positions.find(one => one.instrument === instrument);
  const terms = market.instruments.find(one => one.instrument === instrument);
  if (!position || !terms || absolute(position.size) <= (settings.above.get(instrument) ?? 0n)) return undefined;
  const stuck = (reason: string): Shedding => ({ kind: 'stuck', instrument, size: position.size, reason });
  const price = seen.prices.get(terms.feed);
  if (price === undefined) return stuck('its feed has no price');
  if (!counterparty) return stuck('no counterparty is configured, or it has no vault here');
  const traded: GroupState = {
    ...own,
    assets: [],
    owed: quoteAmount(0n),
    due: quoteAmount(0n),
    auction: undefined,
    positions: [{ ...position, carriedAt: price, tradeGain: quoteAmount(0n), tradeLoss: quoteAmount(0n) }],
  };
  const size = (absolute(position.size) * largestShare(counterparty, traded, market, seen)) / WAD;
  if (size === 0n) return stuck('the counterparty has no margin for it');
  return { kind: 'novate', instrument, size: sizeWad(size), price, sell: position.size > 0n };
};
