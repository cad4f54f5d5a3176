import { type FeeQuote, type Fees, type Wei, wei } from '@bulkhead/shared';

/** What bounds the fees of one attempt. */
export interface FeeBounds {
  readonly gasLimit: bigint;
  /** Highest maxFeePerGas ever signed. */
  readonly feeCap: Wei;
  /** What is left of the effect's budget for this nonce. */
  readonly budget: Wei;
}

const lesser = (left: bigint, right: bigint): bigint => (left < right ? left : right);
const greater = (left: bigint, right: bigint): bigint => (left > right ? left : right);

/** Highest maxFeePerGas that the bounds allow; rounded down, so that gasLimit × fee never passes the budget (EFF-5). */
const ceilingOf = (bounds: FeeBounds): bigint =>
  bounds.gasLimit > 0n ? lesser(bounds.feeCap, bounds.budget / bounds.gasLimit) : bounds.feeCap;

/** What an attempt asks for when nothing holds it back: twice the base fee survives six full blocks in a row. */
const wantedFees = (quote: FeeQuote): { readonly maxFee: bigint; readonly priority: bigint } => {
  const priority = quote.suggestedPriorityFeePerGas;
  const maxFee = quote.style === 'legacy' ? quote.baseFeePerGas + priority : quote.baseFeePerGas * 2n + priority;
  return { maxFee, priority: quote.style === 'legacy' ? maxFee : priority };
};

const feesOf = (quote: FeeQuote, maxFee: bigint, priority: bigint): Fees =>
  quote.style === 'legacy'
    ? { maxFeePerGas: wei(maxFee), maxPriorityFeePerGas: wei(maxFee) }
    : { maxFeePerGas: wei(maxFee), maxPriorityFeePerGas: wei(lesser(priority, maxFee)) };

/** Fees of a first attempt at a nonce; undefined when the bounds do not even cover the present base fee. */
export const firstFees = (quote: FeeQuote, bounds: FeeBounds): Fees | undefined => {
  const wanted = wantedFees(quote);
  const maxFee = lesser(wanted.maxFee, ceilingOf(bounds));
  const least = quote.style === 'legacy' ? wanted.maxFee : quote.baseFeePerGas;
  return maxFee < least || maxFee === 0n ? undefined : feesOf(quote, maxFee, wanted.priority);
};

/** A fee raised by the pool's step, rounded up, and by at least one unit: pools want strictly more in both fields. */
export const raisedByStep = (fee: bigint, stepPercent: number): bigint =>
  greater(fee + 1n, (fee * (100n + BigInt(Math.ceil(stepPercent))) + 99n) / 100n);

/**
 * Fees that replace attempts at the same nonce: both fields at least the pool's step above the highest of them, and what the chain asks for now
 * where the bounds allow. Undefined when the step alone does not fit: what is pending then stays as it is.
 */
export const replacementFees = (
  earlier: readonly Fees[],
  quote: FeeQuote,
  stepPercent: number,
  bounds: FeeBounds,
): Fees | undefined => {
  const highest = earlier.reduce(
    (top, fees) => ({
      maxFee: greater(top.maxFee, fees.maxFeePerGas),
      priority: greater(top.priority, fees.maxPriorityFeePerGas),
    }),
    { maxFee: 0n, priority: 0n },
  );
  const ceiling = ceilingOf(bounds);
  const wanted = wantedFees(quote);
  const leastPriority = raisedByStep(highest.priority, stepPercent);
  const leastMaxFee = greater(raisedByStep(highest.maxFee, stepPercent), leastPriority);
  if (leastMaxFee > ceiling) return undefined;
  const maxFee = lesser(greater(leastMaxFee, wanted.maxFee), ceiling);
  return feesOf(quote, maxFee, lesser(greater(leastPriority, wanted.priority), maxFee));
};

/** What an attempt may cost at most. */
export const maxCostOf = (gasLimit: bigint, fees: Fees, value: bigint): Wei =>
  wei(gasLimit * fees.maxFeePerGas + value);
