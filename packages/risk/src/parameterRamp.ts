import {
  type CollateralTerms,
  type InstrumentTerms,
  type MarketState,
  parameterRamp,
  type Seconds,
} from '@bulkhead/shared';

interface Ramp {
  readonly newest: bigint;
  readonly from: bigint;
  readonly start: Seconds;
}

/** In a straight line from `from` to `newest`, rounded down, as the contracts' ParameterRamp does it. Undefined: something moves, and nobody said when. */
const inForce = ({ newest, from, start }: Ramp, at: Seconds | undefined): bigint | undefined => {
  if (from === newest) return newest;
  if (at === undefined) return undefined;
  const elapsed = at - start;
  if (elapsed >= parameterRamp) return newest;
  // A block before the ramp is one of before the change was read.
  return elapsed <= 0 ? from : from + ((newest - from) * BigInt(elapsed)) / BigInt(parameterRamp);
};

/** Maintenance haircut in force at `at`, WAD (MRG-7). Undefined where it moves and there is no `at`. */
export const maintenanceHaircutAt = (terms: CollateralTerms, at: Seconds | undefined): bigint | undefined =>
  inForce({ newest: terms.haircutMaintenance, from: terms.haircutMaintenanceFrom, start: terms.rampStart }, at);

/** Maintenance rate in force at `at`, WAD (MRG-7). Undefined where it moves and there is no `at`. */
export const maintenanceRateAt = (terms: InstrumentTerms, at: Seconds | undefined): bigint | undefined =>
  inForce({ newest: terms.maintenanceRate, from: terms.maintenanceFrom, start: terms.rampStart }, at);

/** Whether anything that maintenance rests on is still on its way at `at`. */
export const isRamping = (market: MarketState, at: Seconds): boolean => {
  const runs = (newest: bigint, from: bigint, start: Seconds): boolean => newest !== from && at - start < parameterRamp;
  return (
    market.collaterals.some(one => runs(one.haircutMaintenance, one.haircutMaintenanceFrom, one.rampStart)) ||
    market.instruments.some(one => runs(one.maintenanceRate, one.maintenanceFrom, one.rampStart))
  );
};
