import { type AuctionState, type AuctionTerms, type Seconds, WAD, type Wad, wad } from '@bulkhead/shared';

/** What a bid would be priced at now. */
export interface AuctionRates {
  /** d: share of V that a bidder pays while V > 0. */
  readonly discount: Wad;
  /** x: share of M that a bidder is paid on top of −V while V ≤ 0. */
  readonly reward: Wad;
}

const between = (from: bigint, to: bigint, elapsed: bigint, length: bigint): bigint =>
  length === 0n || elapsed >= length ? to : from - ((from - to) * elapsed) / length;

/** d after so many proven unhealthy seconds: start → knee, then knee → floor, then the floor for good (LIQ-8). */
export const discountAfter = (elapsed: Seconds, terms: AuctionTerms): Wad => {
  const time = BigInt(elapsed);
  const knee = BigInt(terms.knee);
  if (time <= knee) return wad(between(terms.startDiscount, terms.kneeDiscount, time, knee));
  return wad(between(terms.kneeDiscount, terms.floorDiscount, time - knee, BigInt(terms.floor)));
};

/** x after so many proven seconds without value: 0 → 1, then 1. */
export const rewardAfter = (elapsed: Seconds, terms: AuctionTerms): Wad => {
  const length = BigInt(terms.reward);
  const time = BigInt(elapsed);
  return wad(length === 0n || time >= length ? WAD : (WAD * time) / length);
};

/**
 * Rates that a bid in a block at `now` would see, when the group is unhealthy then. The time since it was last shown unhealthy counts, unless it is
 * longer than the gap: then the auction starts anew (RISK §5).
 * @param solvent V > 0: the clock of d runs; otherwise that of x.
 */
export const auctionRates = (
  auction: AuctionState | undefined,
  terms: AuctionTerms,
  now: Seconds,
  solvent: boolean,
): AuctionRates => {
  const silence = auction ? now - auction.shownAt : 0;
  if (!auction || silence > terms.gap) {
    return { discount: terms.startDiscount, reward: wad(0n) };
  }
  const shown = Math.max(0, silence);
  return {
    discount: discountAfter((auction.solventSeconds + (solvent ? shown : 0)) as Seconds, terms),
    reward: rewardAfter((auction.insolventSeconds + (solvent ? 0 : shown)) as Seconds, terms),
  };
};
