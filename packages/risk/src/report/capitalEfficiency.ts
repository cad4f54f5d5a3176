import { type GroupState, type MarketState, ok, type QuoteAmount, quoteAmount, type Result } from '@bulkhead/shared';
import type { RiskParameters } from '@bulkhead/shared/config';
import type { EvaluationError } from '../evaluateGroup.ts';
import { type AttestError, type AttesterView, requirementToAttest } from '../portfolio/attest.ts';
import { type StandardRequirement, standardRequirement } from '../requirement/standardRequirement.ts';

/** Σ over the vaults, none of them netted with another. */
const overVaults = (
  group: GroupState,
  market: MarketState,
  { prices, time }: AttesterView,
): Result<StandardRequirement, EvaluationError> => {
  let [initial, maintenance] = [0n, 0n];
  for (const vault of group.vaults) {
    const ofVault = group.positions.filter(position => position.vault === vault);
    const one = standardRequirement(ofVault, market, prices, time);
    if (!one.ok) return one;
    initial += one.value.initial;
    maintenance += one.value.maintenance;
  }
  return ok({ initial: quoteAmount(initial), maintenance: quoteAmount(maintenance) });
};

/** What one group would have to have in each mode, quote decimals (RISK §2). */
export interface RequirementByMode {
  readonly segregated: StandardRequirement;
  /** The same sum: cross mode pools equity, and gives no offset in the requirement. */
  readonly cross: StandardRequirement;
  readonly portfolio: StandardRequirement;
  /** R_segregated / R_portfolio of maintenance; over one, the scan sees hedges that sums do not. Infinite where the scan requires nothing. For display. */
  readonly capitalEfficiency: number;
}

const ratio = (over: QuoteAmount, under: QuoteAmount): number => {
  if (under === 0n) return over === 0n ? 1 : Number.POSITIVE_INFINITY;
  return Number(over) / Number(under);
};

export const requirementByMode = (
  group: GroupState,
  market: MarketState,
  view: AttesterView,
  parameters: RiskParameters,
): Result<RequirementByMode, EvaluationError | AttestError> => {
  const segregated = overVaults(group, market, view);
  if (!segregated.ok) return segregated;
  const attested = requirementToAttest(group, market, view, parameters);
  if (!attested.ok) return attested;
  const { initial, maintenance } = attested.value;
  return ok({
    segregated: segregated.value,
    cross: segregated.value,
    portfolio: { initial, maintenance },
    capitalEfficiency: ratio(segregated.value.maintenance, maintenance),
  });
};
