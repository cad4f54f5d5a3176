import { type QuoteAmount, quoteAmount, WAD } from '@bulkhead/shared';
import { powerOfTen } from './arithmetic.ts';

/**
 * The only place where exact integers and doubles meet. Inwards: an integer becomes the nearest double. Outwards: a requirement becomes whole quote units,
 * upwards, after a margin that is wider than what doubles can have lost on the way, so that their rounding is never in favour of the group.
 */

/** WAD → double, to the nearest. */
export const fromWad = (value: bigint): number => Number(value) / Number(WAD);

/**
 * Share of the gross notional that the doubles of a scan may be wrong by: each of its terms is good to 1e-12 of the notional that it stands for, and
 * 2^-36 is more than a dozen times as much.
 */
const slack = 2 ** -36;
/** What the attestation holds: uint128. */
const largest = 2 ** 127;

/**
 * A requirement in quote → quote decimals, up.
 * @param magnitude gross notional in quote that it was computed over; 0 together with a requirement of 0 stays 0.
 */
export const requirementToUnits = (requirement: number, magnitude: number, decimals: number): QuoteAmount => {
  const units = (requirement + slack * magnitude) * Number(powerOfTen(decimals));
  if (!(units >= 0 && units < largest)) throw new RangeError(`not a requirement: ${requirement} over ${magnitude}`);
  return quoteAmount(BigInt(Math.ceil(units)));
};
