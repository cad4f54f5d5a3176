import type { PortfolioParameters, ScenarioParameters } from '@bulkhead/shared/config';
import { linearPnl, optionsValue } from '../portfolio/expiryValue.ts';
import type { PortfolioHoldings, UnderlyingHoldings } from '../portfolio/holdings.ts';
import { shockedVolatility } from '../portfolio/volatilityShock.ts';

/** One vault of a group by itself: what it has, without haircuts, and what it holds. Quote, in doubles. */
export interface VaultExposure {
  readonly value: number;
  readonly holdings: PortfolioHoldings;
}

/** What an underlying really makes in a scenario: no static discount, no damping, no worse side of a smile. */
const outcome = (
  underlying: UnderlyingHoldings,
  { spot, volatility }: ScenarioParameters,
  stablePrice: number,
  set: PortfolioParameters,
): number => {
  const direction = volatility === 'up' || volatility === 'down' ? volatility : 'none';
  const ofExpiries = underlying.expiries.reduce((sum, expiry) => {
    const before = optionsValue(expiry, 1, option => option.volatility);
    const after = optionsValue(expiry, spot, option =>
      shockedVolatility(option.volatility, expiry.years, direction, set.volatilityShock),
    );
    return sum + after - before + linearPnl(expiry.futures, spot);
  }, 0);
  const collateral = ((underlying.collateral * underlying.spot) / stablePrice) * (spot - 1);
  return linearPnl(underlying.perps, spot) + ofExpiries + collateral;
};

const valueAfter = (
  { value, holdings }: VaultExposure,
  scenario: ScenarioParameters,
  set: PortfolioParameters,
): number =>
  holdings.underlyings.reduce(
    (sum, underlying) => sum + outcome(underlying, scenario, holdings.stablePrice, set),
    value,
  );

/** What the vaults that end with something would pay for those that end with less than nothing. */
const spilled = (values: readonly number[]): number => {
  const [lost, left] = values.reduce(
    ([deficit, surplus], value) => [deficit + Math.max(-value, 0), surplus + Math.max(value, 0)],
    [0, 0],
  );
  return Math.min(lost, left);
};

/**
 * Expected loss that spills from vaults into their siblings when all underlyings move together (RISK §2): the mean over the scenarios that move the market,
 * each weighted by its damp, which says how far and rare it is. That is what pooling costs the siblings in cross and portfolio mode; segregated it is zero,
 * because the wall stops it and the loss ends in the waterfall.
 */
export const contagion = (vaults: readonly VaultExposure[], set: PortfolioParameters): number => {
  const joint = set.scenarios.filter(one => one.volatility !== 'linearSkew' && one.volatility !== 'absoluteSkew');
  const weight = joint.reduce((sum, one) => sum + one.damp, 0);
  if (weight === 0) return 0;
  const total = joint.reduce(
    (sum, scenario) => sum + scenario.damp * spilled(vaults.map(vault => valueAfter(vault, scenario, set))),
    0,
  );
  return total / weight;
};
