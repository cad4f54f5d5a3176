import type { PortfolioParameters } from '@bulkhead/shared/config';
import type { ExpiryHoldings, OptionHolding } from './holdings.ts';

const daysPerYear = 365;

/** (pivot/days)^p: the nearer the expiry, the harder its volatility moves. */
const nearness = (years: number, shock: PortfolioParameters['volatilityShock']): number => {
  const days = years * daysPerYear;
  const power = days <= shock.pivotDays ? shock.shortPower : shock.longPower;
  return (shock.pivotDays / Math.max(days, shock.leastDays)) ** power;
};

/** The volatility after a shock that moves all strikes of the expiry alike. */
export const shockedVolatility = (
  volatility: number,
  years: number,
  direction: 'up' | 'none' | 'down',
  shock: PortfolioParameters['volatilityShock'],
): number => {
  if (direction === 'none') return volatility;
  if (direction === 'down') return volatility * Math.max(1 - shock.down * nearness(years, shock), 0);
  return Math.max(volatility * (1 + shock.up * nearness(years, shock)), shock.floorUp);
};

/** The volatility after the smile has turned: linear raises high strikes and lowers low ones, absolute raises both wings. */
export const skewedVolatility = (
  option: OptionHolding,
  expiry: ExpiryHoldings,
  direction: 'linearSkew' | 'absoluteSkew',
  skew: PortfolioParameters['skew'],
): number => {
  const rootYears = Math.sqrt(expiry.years);
  const cap = Math.max(0, skew.base - skew.decay * rootYears);
  const width = Math.max(skew.leastWidth, skew.width * rootYears);
  const moneyness = Math.log(option.strike / expiry.forward);
  const k = direction === 'linearSkew' ? moneyness : Math.abs(moneyness);
  const turn = Math.max(-cap, Math.min(cap, (k * cap) / width));
  return option.volatility * Math.max(1 + turn, 0);
};
