import { type AttestedRequirement, type PortfolioTerms, type Seconds, WAD } from '@bulkhead/shared';
import { divideUp, larger } from '../arithmetic.ts';

/** What a group would have to have in cross mode. Quote decimals. */
export interface CrossRequirement {
  readonly initial: bigint;
  readonly maintenance: bigint;
  /** Notional of all positions together, rounded up. */
  readonly gross: bigint;
}

export interface Requirement {
  readonly initial: bigint;
  readonly maintenance: bigint;
}

/** From the attested to max(cross, attested), linear: nothing changes at the moment of expiry (MRG-9). */
const lapsed = (attested: bigint, cross: bigint, elapsed: bigint, length: bigint): bigint => {
  if (cross <= attested) return attested;
  if (elapsed >= length) return cross;
  return attested + divideUp((cross - attested) * elapsed, length);
};

/** Before the floor. */
const counting = (
  attested: AttestedRequirement | undefined,
  cross: CrossRequirement,
  terms: PortfolioTerms,
  at: Seconds,
): Requirement => {
  if (attested === undefined) return cross;
  if (!attested.here) {
    return {
      initial: larger(attested.initial, cross.initial),
      maintenance: larger(attested.maintenance, cross.maintenance),
    };
  }
  if (at < attested.expiry) return attested;
  const elapsed = BigInt(at - attested.expiry);
  return {
    initial: larger(attested.initial, cross.initial),
    maintenance: lapsed(attested.maintenance, cross.maintenance, elapsed, BigInt(terms.lapse)),
  };
};

/**
 * What a group in portfolio mode must have at `at` (RISK §4): the same integers as PortfolioRequirements.requirementOf. Not for a group without positions,
 * which needs nothing.
 */
export const attestedRequirement = (
  attested: AttestedRequirement | undefined,
  cross: CrossRequirement,
  terms: PortfolioTerms,
  at: Seconds,
): Requirement => {
  const floor = (rate: bigint): bigint => divideUp(cross.gross * rate, WAD);
  const wanted = counting(attested, cross, terms, at);
  const maintenance = larger(wanted.maintenance, floor(terms.floorMaintenance));
  return { initial: larger(larger(wanted.initial, floor(terms.floorInitial)), maintenance), maintenance };
};
