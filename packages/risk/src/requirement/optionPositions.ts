import { type PositionState, type PriceWad, WAD, type Wad, wad } from '@bulkhead/shared';
import { absolute, divideDown, divideUp, larger, powerOfTen, smaller } from '../arithmetic.ts';
import { expiryRequirement, type OptionLeg } from './optionRequirement.ts';

/** What an option position adds to what its vault is worth, quote decimals. What it requires depends on the others of its expiry. */
export interface OptionValue {
  readonly unrealised: bigint;
  /** What of it does not count initially (MRG-6). */
  readonly notInitial: bigint;
}

/**
 * A long's profit from the mark is inside its requirement, which holds the whole mark; only what trades made comes off beside it. A short's profit comes off,
 * or what its mark may be wrong by. The same integers as the clearing house's.
 */
export const optionValue = (
  position: PositionState,
  mark: PriceWad,
  confidence: bigint,
  quoteDecimals: number,
): OptionValue => {
  const scale = powerOfTen(36 - quoteDecimals);
  const { size, carriedAt, tradeGain, tradeLoss } = position;
  const unrealised = divideDown(size * (mark - carriedAt), scale) + tradeGain - tradeLoss;
  const profit = larger(unrealised, 0n);
  if (size < 0n) return { unrealised, notInitial: larger(profit, divideUp(-size * confidence, scale)) };
  const risen = (size * (mark - smaller(carriedAt, mark))) / scale;
  return { unrealised, notInitial: larger(profit - risen, 0n) };
};

/** What all options of one vault, underlying and expiry add, quote decimals. */
export interface OptionsOfExpiry {
  readonly initial: bigint;
  readonly maintenance: bigint;
  readonly notInitial: bigint;
  /** |size| × price of the underlying. */
  readonly gross: bigint;
}

/** For each unit of a short, and each unit that the index may be wrong by: no requirement grows faster with the index. */
const indexDoubt: Wad = wad((WAD * 120n) / 100n);

/** @param doubt what the price of the underlying may be wrong by. */
export const optionsOfExpiry = (
  legs: readonly OptionLeg[],
  spot: PriceWad,
  doubt: bigint,
  quoteDecimals: number,
): OptionsOfExpiry => {
  const scale = powerOfTen(36 - quoteDecimals);
  const sizes = legs.reduce((sum, leg) => sum + absolute(leg.size), 0n);
  const shorts = legs.reduce((sum, leg) => sum + larger(-leg.size, 0n), 0n);
  return {
    ...expiryRequirement(legs, spot, quoteDecimals),
    notInitial: divideUp(divideUp(shorts * doubt, scale) * indexDoubt, WAD),
    gross: divideUp(sizes * spot, scale),
  };
};
