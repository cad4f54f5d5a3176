import type { PortfolioParameters, ScenarioParameters } from '@bulkhead/shared/config';
import { linearPnl, optionsValue, staticallyDiscounted } from './expiryValue.ts';
import type { ExpiryHoldings, UnderlyingHoldings } from './holdings.ts';
import { shockedVolatility, skewedVolatility } from './volatilityShock.ts';

/** The worst that the scan found for one underlying. */
export interface WorstCase {
  /** ≤ 0, quote. */
  readonly pnl: number;
  /** The scenario; `basis` when the basis contingency is worse than all of them, undefined when nothing loses. */
  readonly cause: ScenarioParameters | 'basis' | undefined;
}

const currentValue = (expiry: ExpiryHoldings): number => optionsValue(expiry, 1, option => option.volatility);

/**
 * When the smile turns it is not known which way: the loss of the expiry is taken in either. What the static discount takes comes on top of it, outside
 * the absolute value, where it could otherwise pay for the turn.
 */
const skewPnl = (
  expiry: ExpiryHoldings,
  direction: 'linearSkew' | 'absoluteSkew',
  set: PortfolioParameters,
): number => {
  const value = optionsValue(expiry, 1, option => skewedVolatility(option, expiry, direction, set.skew));
  const turned = Math.abs(value - currentValue(expiry));
  return staticallyDiscounted(value, expiry, set.staticDiscount) - value - turned;
};

const expiryPnl = (expiry: ExpiryHoldings, scenario: ScenarioParameters, set: PortfolioParameters): number => {
  const { volatility: mode, spot } = scenario;
  if (mode === 'linearSkew' || mode === 'absoluteSkew') return skewPnl(expiry, mode, set);
  const shocked = optionsValue(expiry, spot, option =>
    shockedVolatility(option.volatility, expiry.years, mode, set.volatilityShock),
  );
  return staticallyDiscounted(shocked, expiry, set.staticDiscount) - currentValue(expiry);
};

/** ΔPnL of one scenario: damp·(linear + Σ over expiries + collateral), quote. */
export const scenarioPnl = (
  underlying: UnderlyingHoldings,
  scenario: ScenarioParameters,
  stablePrice: number,
  set: PortfolioParameters,
): number => {
  const options = underlying.expiries.reduce((sum, expiry) => sum + expiryPnl(expiry, scenario, set), 0);
  const futures = underlying.expiries.reduce((sum, expiry) => sum + linearPnl(expiry.futures, scenario.spot), 0);
  const collateral = ((underlying.collateral * underlying.spot) / stablePrice) * (scenario.spot - 1);
  return scenario.damp * (linearPnl(underlying.perps, scenario.spot) + futures + options + collateral);
};

/** The forwards of two expiries need not move alike: each expiry's loss at the worse of two small moves, without offset between expiries. */
export const basisContingency = (underlying: UnderlyingHoldings, set: PortfolioParameters): number =>
  underlying.expiries.reduce((sum, expiry) => {
    const now = currentValue(expiry);
    const moved = (spot: number): number =>
      optionsValue(expiry, spot, option => option.volatility) - now + linearPnl(expiry.futures, spot);
    const worse = Math.min(moved(1 + set.basis.shock), moved(1 - set.basis.shock), 0);
    return sum + worse * (set.basis.fixed + set.basis.perYear * expiry.years);
  }, 0);

/** worst = min over scenarios and the basis contingency, and never a gain (RISK §4). */
export const worstCase = (underlying: UnderlyingHoldings, stablePrice: number, set: PortfolioParameters): WorstCase => {
  let worst: WorstCase = { pnl: 0, cause: undefined };
  for (const scenario of set.scenarios) {
    const pnl = scenarioPnl(underlying, scenario, stablePrice, set);
    if (!(pnl >= worst.pnl)) worst = { pnl, cause: scenario };
  }
  const basis = basisContingency(underlying, set);
  return basis < worst.pnl ? { pnl: basis, cause: 'basis' } : worst;
};
