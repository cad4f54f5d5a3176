import { type AuctionTerms, type QuoteAmount, quoteAmount, WAD, type Wad, wad } from '@bulkhead/shared';
import { absolute, divideUp, larger, smaller } from './arithmetic.ts';

/** What bid sizing looks at (RISK §5). Quote decimals. */
export interface BidInputs {
  readonly equity: QuoteAmount;
  readonly maintenance: QuoteAmount;
  /** V without R: market value of what a bid can take, less the reserve and skipped collaterals. */
  readonly takeable: QuoteAmount;
  /** R: paid in by this auction's bidders. */
  readonly reserved: QuoteAmount;
  /** S: what skipped collaterals add to the equity. Like R it does not shrink with the bid. */
  readonly skipped: QuoteAmount;
}

const one = wad(WAD);

const largestSolvent = (inputs: BidInputs, terms: AuctionTerms, discount: Wad): bigint => {
  const target = inputs.equity * WAD - (WAD + terms.buffer) * inputs.maintenance;
  if (target >= 0n) return 0n;
  const whole = target - (inputs.reserved + inputs.skipped) * WAD - discount * larger(inputs.takeable, 0n);
  return smaller((-target * WAD) / -whole, WAD);
};

/**
 * Largest fraction that one bid may take: f = B / (B − R − S − d·V) with B = E − (1+β)·M, rounded down, within [0, 1]; the whole when E ≤ 0, when E is under
 * the dust line, or when what would remain is (RISK §5). While V ≤ 0 any fraction is allowed.
 * It leaves health at 1+β up to rounding.
 */
export const largestFraction = (inputs: BidInputs, terms: AuctionTerms, discount: Wad): Wad => {
  if (inputs.equity <= 0n || inputs.takeable <= 0n || inputs.equity < terms.dust) return one;
  const fraction = largestSolvent(inputs, terms, discount);
  const remaining = (inputs.equity * (WAD - fraction)) / WAD;
  return remaining < terms.dust ? one : wad(fraction);
};

const remainderOf = (amount: bigint, fraction: Wad): bigint => (absolute(amount) * (WAD - fraction)) / WAD;

/**
 * Whether taking `fraction` would leave something too small for anyone to bid for (LIQ-5): every measure of size under the dust line. The whole is
 * then taken.
 */
export const leavesDust = (inputs: BidInputs, terms: AuctionTerms, fraction: Wad): boolean =>
  fraction < WAD &&
  [inputs.maintenance, inputs.equity, inputs.takeable].every(amount => remainderOf(amount, fraction) < terms.dust);

/** What the bidder pays for the fraction while V > 0: d·V·f, rounded up. */
export const priceOfBid = (takeable: QuoteAmount, fraction: Wad, discount: Wad): QuoteAmount =>
  quoteAmount(takeable <= 0n ? 0n : divideUp(takeable * discount * fraction, WAD * WAD));

/** What the bidder is due while V ≤ 0: f·(−V + x·M), rounded down. */
export const rewardOfBid = (inputs: BidInputs, fraction: Wad, reward: Wad): QuoteAmount => {
  if (inputs.takeable > 0n) return quoteAmount(0n);
  const whole = -inputs.takeable + (reward * inputs.maintenance) / WAD;
  return quoteAmount((whole * fraction) / WAD);
};
