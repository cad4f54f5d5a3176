import {
  auctionRates,
  type BidInputs,
  bidderAfterBid,
  type GroupHealth,
  layerPayments,
  priceOfBid,
  rewardOfBid,
} from '@bulkhead/risk';
import {
  type Address,
  type GroupState,
  type MarketState,
  type QuoteAmount,
  quoteAmount,
  type Seconds,
  type VaultId,
  WAD,
  type Wad,
} from '@bulkhead/shared';
import type { BidSettings } from '../settings.ts';
import type { BidForecast } from './decision.ts';
import type { SeenPrices, Snapshot } from './snapshot.ts';

/** What every candidate fraction of one bid shares. Quote decimals. */
export interface BidContext {
  readonly group: GroupState;
  readonly bidder: GroupState;
  readonly market: MarketState;
  readonly health: GroupHealth;
  /** V − R, without skipped collaterals. */
  readonly takeable: QuoteAmount;
  /** What skipped collaterals add to the equity. */
  readonly skipped: QuoteAmount;
  /** R, at most the free quote. */
  readonly reserved: QuoteAmount;
  readonly rate: Wad;
  readonly skip: readonly Address[];
  /** Value at market of everything but quote in the whole group: what slippage is counted on. */
  readonly exposure: QuoteAmount;
  readonly gasCost: QuoteAmount;
  readonly slippage: Wad;
  /** Time of the block that the bid would be in. */
  readonly at: Seconds;
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
const up = (amount: bigint, by: bigint): bigint => (amount + by - 1n) / by;

/** R lies in the lead vault, and counts only as far as there is quote for it. */
export const effectiveReserve = (group: GroupState, market: MarketState): QuoteAmount => {
  const held = group.assets.find(asset => asset.vault === group.vault && same(asset.token, market.quote.token));
  const free = held?.free ?? 0n;
  const reserved = group.auction?.reserved ?? 0n;
  return quoteAmount(reserved < free ? reserved : free);
};

/** Wei → quote, rounded up. */
export const gasInQuote = (
  snapshot: Pick<Snapshot, 'gasPrice' | 'prices' | 'market'>,
  settings: BidSettings,
): QuoteAmount => {
  const { native } = settings;
  const price = native.kind === 'fixed' ? native.price : (snapshot.prices.get(native.feed)?.price ?? native.fallback);
  const cost = settings.gas * snapshot.gasPrice * price * 10n ** BigInt(snapshot.market.quote.decimals);
  return quoteAmount(up(cost, 10n ** 36n));
};

/** |size| · P of all positions and the market value of all collateral that is not quote, rounded up. */
export const exposureOf = (
  group: GroupState,
  market: MarketState,
  prices: SeenPrices,
  skip: readonly Address[],
): QuoteAmount => {
  const quoteUnit = 10n ** BigInt(market.quote.decimals);
  let total = 0n;
  for (const position of group.positions) {
    const feed = market.instruments.find(terms => terms.instrument === position.instrument)?.feed;
    const price = feed === undefined ? undefined : prices.get(feed)?.price;
    if (price === undefined) continue;
    const size = position.size < 0n ? -position.size : position.size;
    total += up(size * price * quoteUnit, WAD * WAD);
  }
  for (const asset of group.assets) {
    const terms = market.collaterals.find(one => same(one.token, asset.token));
    const price = terms?.feed === undefined ? undefined : prices.get(terms.feed)?.price;
    if (!terms || price === undefined || skip.some(token => same(token, asset.token))) continue;
    total += up(asset.free * price * quoteUnit, 10n ** BigInt(terms.decimals) * WAD);
  }
  return quoteAmount(total);
};

/** d while V > 0, x while V ≤ 0, as a bid in a block at `now` would see it. */
export const rateAt = (group: GroupState, market: MarketState, now: Seconds, takeable: QuoteAmount): Wad => {
  const rates = auctionRates(group.auction, market.auction, now, takeable > 0n);
  return takeable > 0n ? rates.discount : rates.reward;
};

/** Owed that the bidder takes over with the fraction: what `cover` may forgive when there is no money left to pay the reward. */
const owedTaken = (group: GroupState, fraction: Wad): bigint => up(group.owed * fraction, WAD);

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);

export const inputsOf = ({ health, takeable, reserved, skipped }: BidContext): BidInputs => ({
  equity: health.equity,
  maintenance: health.maintenance,
  takeable,
  reserved,
  skipped,
});

/** Its share of the group's quote, which is set off against the price: only the difference is taken from the bidder's vault. */
export const quoteShare = (context: BidContext, fraction: Wad): bigint => {
  const { group, market, reserved } = context;
  const quote = group.assets.filter(asset => same(asset.token, market.quote.token));
  const isLead = (vault: VaultId): boolean => vault === group.vault;
  return quote.reduce(
    (share, asset) => share + ((asset.free - (isLead(asset.vault) ? reserved : 0n)) * fraction) / WAD,
    0n,
  );
};

/** What a bid of this fraction brings and costs at `rate`. Gains are rounded down, costs up. */
export const forecastBid = (context: BidContext, fraction: Wad, rate: Wad = context.rate): BidForecast => {
  const { takeable, reserved, market } = context;
  const paid = priceOfBid(takeable, fraction, rate);
  const reward = rewardOfBid(inputsOf(context), fraction, rate);
  // First the bid's share of R, then the layers of the waterfall, then the debts taken over (RISK §5, §6).
  const fromReserve = smaller(reward, (reserved * fraction) / WAD);
  // What another venue would cover, only it knows: nothing is counted on.
  const counted = context.group.reported === undefined ? reward - fromReserve : 0n;
  const layers = layerPayments(counted, context.group.member, market);
  const received = fromReserve + layers.paid;
  const forgiven = smaller(reward - received, owedTaken(context.group, fraction));
  const costs = up(context.exposure * fraction * context.slippage, WAD * WAD) + context.gasCost;
  const value = takeable > 0n ? (takeable * fraction) / WAD : -up(-takeable * fraction, WAD);
  return {
    takeable,
    rate,
    paid,
    received: quoteAmount(received),
    fromHouse: layers.fromHouse,
    fromMembers: layers.fromMembers,
    forgiven: quoteAmount(forgiven),
    residual: quoteAmount(reward - received - forgiven),
    costs: quoteAmount(costs),
    profit: quoteAmount(value - paid + received + forgiven - costs),
  };
};

/** The bidder's vault as it would be after the bid. */
export const bidderAfter = (context: BidContext, fraction: Wad): GroupState => {
  const { paid, received, forgiven } = forecastBid(context, fraction);
  const after = bidderAfterBid(context.bidder, context.group, {
    fraction,
    paid,
    received,
    skip: context.skip,
    quoteToken: context.market.quote.token,
    quoteDecimals: context.market.quote.decimals,
  });
  return { ...after, owed: quoteAmount(after.owed - forgiven) };
};
