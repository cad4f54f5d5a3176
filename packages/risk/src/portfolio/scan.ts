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

/** An expiry with its value before any shock, which every scenario compares with. */
interface Valued {
  readonly expiry: ExpiryHoldings;
  readonly current: number;
}

const valued = (underlying: UnderlyingHoldings): readonly Valued[] =>
  underlying.expiries.map(expiry => ({ expiry, current: currentValue(expiry) }));

/**
 * When the smile turns it is not known which way: the loss of the expiry is taken in either. What the static discount takes comes on top of it, outside
 * the absolute value, where it could otherwise pay for the turn.
 */
const skewPnl = (
  { expiry, current }: Valued,
  direction: 'linearSkew' | 'absoluteSkew',
  set: PortfolioParameters,
): number => {
  const value = optionsValue(expiry, 1, option => skewedVolatility(option, expiry, direction, set.skew));
  return staticallyDiscounted(value, expiry, set.staticDiscount) - value - Math.abs(value - current);
};

const expiryPnl = (one: Valued, scenario: ScenarioParameters, set: PortfolioParameters): number => {
  const { expiry, current } = one;
  const { volatility: mode, spot } = scenario;
  if (mode === 'linearSkew' || mode === 'absoluteSkew') return skewPnl(one, mode, set);
  const shocked = optionsValue(expiry, spot, option =>
    shockedVolatility(option.volatility, expiry.years, mode, set.volatilityShock),
  );
  return staticallyDiscounted(shocked, expiry, set.staticDiscount) - current;
};

/** ΔPnL of one scenario: damp·(linear + Σ over expiries + collateral), quote. */
export const scenarioPnl = (
  underlying: UnderlyingHoldings,
  scenario: ScenarioParameters,
  stablePrice: number,
  set: PortfolioParameters,
  expiries: readonly Valued[] = valued(underlying),
): number => {
  const options = expiries.reduce((sum, expiry) => sum + expiryPnl(expiry, scenario, set), 0);
  const futures = underlying.expiries.reduce((sum, expiry) => sum + linearPnl(expiry.futures, scenario.spot), 0);
  const collateral = ((underlying.collateral * underlying.spot) / stablePrice) * (scenario.spot - 1);
  return scenario.damp * (linearPnl(underlying.perps, scenario.spot) + futures + options + collateral);
};

/** The forwards of two expiries need not move alike: each expiry's loss at the worse of two small moves, without offset between expiries. */
export const basisContingency = (
  underlying: UnderlyingHoldings,
  set: PortfolioParameters,
  expiries: readonly Valued[] = valued(underlying),
): number =>
  expiries.reduce((sum, { expiry, current }) => {
    const moved = (spot: number): number =>
      optionsValue(expiry, spot, option => option.volatility) - current + linearPnl(expiry.futures, spot);
    const worse = Math.min(moved(1 + set.basis.shock), moved(1 - set.basis.shock), 0);
    return sum + worse * (set.basis.fixed + set.basis.perYear * expiry.years);
  }, 0);

/** worst = min over scenarios and the basis contingency, and never a gain (RISK §4). */
export const worstCase = (underlying: UnderlyingHoldings, stablePrice: number, set: PortfolioParameters): WorstCase => {
  const expiries = valued(underlying);
  let worst: WorstCase = { pnl: 0, cause: undefined };
  for (const scenario of set.scenarios) {
    const pnl = scenarioPnl(underlying, scenario, stablePrice, set, expiries);
    // Not a number is worse than any.
    if (!(pnl >= worst.pnl)) worst = { pnl, cause: scenario };
  }
  const basis = basisContingency(underlying, set, expiries);
  return basis < worst.pnl ? { pnl: basis, cause: 'basis' } : worst;
};
