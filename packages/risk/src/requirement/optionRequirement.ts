import { type PriceWad, type SizeWad, WAD, type Wad, wad } from '@bulkhead/shared';
import { divideDown, divideUp, larger, powerOfTen, smaller } from '../arithmetic.ts';
import type { OptionKind } from '../pricing/black76.ts';

/** One option position of one vault. All options given together have the same underlying and expiry. */
export interface OptionLeg {
  readonly kind: OptionKind;
  readonly strike: PriceWad;
  /** Long > 0. */
  readonly size: SizeWad;
  /** Mark per unit. */
  readonly mark: PriceWad;
}

/** RISK §2's rates: constants of the contract, and not parameters, because both must say the same. */
const percent = (hundredths: bigint): Wad => wad((WAD * hundredths) / 100n);
/** On the spot, and for a put on its mark where that is more. */
const maintenanceShort = percent(9n);
/** On the spot, for each call that no call pays for. */
const maintenanceUnpaired = percent(110n);
const initialShort = percent(15n);
const initialShortLeast = percent(13n);
const initialPutFactor = percent(105n);
const initialUnpaired = percent(120n);

/** ⌈rate·price⌉. */
const share = (rate: Wad, price: bigint): bigint => divideUp(rate * price, WAD);

/** Per unit short, WAD, up: what is required beside the mark. */
const maintenanceOfShort = (leg: OptionLeg, spot: PriceWad): bigint => {
  const ofSpot = share(maintenanceShort, spot);
  return leg.kind === 'call' ? ofSpot : larger(ofSpot, share(maintenanceShort, leg.mark));
};

const initialOfShort = (leg: OptionLeg, spot: PriceWad): bigint => {
  const outOfTheMoney = larger(leg.kind === 'call' ? leg.strike - spot : spot - leg.strike, 0n);
  const ofSpot = larger(share(initialShort, spot) - outOfTheMoney, share(initialShortLeast, spot));
  if (leg.kind === 'call') return ofSpot;
  return larger(ofSpot, share(initialPutFactor, leg.mark + maintenanceOfShort(leg, spot)) - leg.mark);
};

const payoff = (leg: OptionLeg, at: bigint): bigint =>
  larger(leg.kind === 'call' ? at - leg.strike : leg.strike - at, 0n);

/** Largest Σ −size·payoff over {0} ∪ strikes, at least 0: between two strikes the loss is linear, so it is largest at one of them. WAD². */
const worstPayoff = (legs: readonly OptionLeg[]): bigint =>
  [0n, ...legs.map(leg => leg.strike as bigint)].reduce(
    (worst, at) => larger(worst, -legs.reduce((sum, leg) => sum + leg.size * payoff(leg, at), 0n)),
    0n,
  );

/** Calls sold beyond those held: above the highest strike their loss has no end. WAD. */
const unpairedCalls = (legs: readonly OptionLeg[]): bigint =>
  larger(-legs.reduce((sum, leg) => sum + (leg.kind === 'call' ? leg.size : 0n), 0n), 0n);

/** Σ over shorts of size·(mark + R). WAD². */
const shortsAlone = (legs: readonly OptionLeg[], requirementOf: (leg: OptionLeg) => bigint): bigint =>
  legs.reduce((sum, leg) => (leg.size < 0n ? sum - leg.size * (leg.mark + requirementOf(leg)) : sum), 0n);

/** Quote decimals, both ≥ 0. */
export interface ExpiryRequirement {
  readonly initial: bigint;
  readonly maintenance: bigint;
}

/**
 * What the options of one expiry in one vault require: min(L_iso, L_max) + Σ signed marks, each sum exact, rounded up per unit and at the end, and never below zero: no
 * expiry pays for another (RISK §2). The same integers as the contract's `OptionMargin`. Equity holds the same marks, so long premium is no collateral: a lone long option nets to nothing.
 * @param spot of the underlying, which also stands for the forward.
 */
export const expiryRequirement = (
  legs: readonly OptionLeg[],
  spot: PriceWad,
  quoteDecimals: number,
): ExpiryRequirement => {
  const marks = legs.reduce((sum, leg) => sum + leg.size * leg.mark, 0n);
  const [payoffs, unpaired] = [worstPayoff(legs), unpairedCalls(legs)];
  const needed = (shorts: bigint, factor: Wad): bigint => {
    const most = payoffs + unpaired * share(factor, spot);
    return larger(divideUp(smaller(shorts, most) + marks, powerOfTen(36 - quoteDecimals)), 0n);
  };
  return {
    initial: needed(
      shortsAlone(legs, leg => initialOfShort(leg, spot)),
      initialUnpaired,
    ),
    maintenance: needed(
      shortsAlone(legs, leg => maintenanceOfShort(leg, spot)),
      maintenanceUnpaired,
    ),
  };
};

/** A signed mark in quote decimals as equity counts it, toward −∞. */
export const markValue = (leg: OptionLeg, quoteDecimals: number): bigint =>
  divideDown(leg.size * leg.mark, powerOfTen(36 - quoteDecimals));
