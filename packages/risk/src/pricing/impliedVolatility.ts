import { failure, ok, type Result } from '@bulkhead/shared';
import { assertOption, blackPrice, discountOf, intrinsicValue, largestValue, type Option } from './black76.ts';
import { normalisedBlack, normalisedVega } from './normalisedBlack.ts';

/** Why a price tells no volatility. */
export type Undetermined =
  /** Under the intrinsic value, over the largest one, or not a number: no volatility gives it. */
  | { readonly kind: 'impossiblePrice'; readonly price: number; readonly least: number; readonly most: number }
  /** At the intrinsic value, at the largest one, or at expiry: more than one volatility gives it. */
  | { readonly kind: 'insensitive'; readonly price: number }
  /** Neighbouring doubles around the answer reprice further away than is allowed. */
  | { readonly kind: 'unresolved'; readonly price: number; readonly between: readonly [number, number] };

/** Where the price, as a share of its largest value, moves at least so much per 1.00 of volatility, the answer is good to 1e-9 (RISK §1). */
const trustedVega = 1e-6;
/** Elsewhere the repriced value must agree to so many units in the last place. */
const allowedUlps = 4;
const mostSteps = 200;

const ulpOf = (value: number): number => {
  const exponent = Math.floor(Math.log2(Math.max(Math.abs(value), 2 ** -1022)));
  return 2 ** Math.max(exponent - 52, -1074);
};

interface Bracket {
  low: number;
  high: number;
}

/**
 * A scale on which b(s) is nearly a straight line, so that Newton arrives in a few steps. Under the inflection b falls like e^{−x²/2s²}: 1/√(−ln b) is
 * linear there. Above it b is concave and Newton from the inflection approaches from the left.
 */
const newtonStep = (x: number, s: number, target: number, isLow: boolean): number => {
  const value = normalisedBlack(x, s);
  const vega = normalisedVega(x, s);
  if (!isLow) return (value - target) / vega;
  const logarithm = Math.log(value);
  const linear = (-logarithm) ** -0.5;
  const slope = (0.5 * (linear * vega)) / (value * -logarithm);
  return (linear - (-Math.log(target)) ** -0.5) / slope;
};

/** Newton within a bracket that every evaluation narrows; a step that leaves it, or is not a number, becomes a bisection. */
const rootOf = (x: number, target: number, start: number, isLow: boolean, bracket: Bracket): number => {
  let s = start;
  for (let step = 0; step < mostSteps; step += 1) {
    const value = normalisedBlack(x, s);
    if (value === target) return s;
    if (value < target) bracket.low = s;
    else bracket.high = s;
    let next = s - newtonStep(x, s, target, isLow);
    if (!(next > bracket.low && next < bracket.high)) next = bracket.low + (bracket.high - bracket.low) / 2;
    if (next === s || next <= bracket.low || next >= bracket.high) return s;
    s = next;
  }
  return s;
};

/** σ√τ with b(x, σ√τ) = target. */
const totalDeviation = (x: number, target: number, bracket: Bracket): number => {
  // The inflection of b in s; on the money b is concave throughout and nearly s/√(2π).
  const inflection = Math.sqrt(2 * -x);
  const isLow = target < normalisedBlack(x, inflection);
  bracket.high = isLow ? inflection : Math.max(2 * inflection, 1);
  while (!isLow && bracket.high < 1e3 && normalisedBlack(x, bracket.high) < target) bracket.high *= 2;
  const start = inflection > 0 ? inflection : Math.min(target * Math.sqrt(2 * Math.PI), bracket.high);
  return rootOf(x, target, start, isLow, bracket);
};

/**
 * σ with blackPrice = price. Where the normalised vega is at least 1e-6 the round trip is good to 1e-9 in σ; elsewhere the answer reprices to within
 * 4 units in the last place, or is `undetermined`.
 */
export const impliedVolatility = (option: Omit<Option, 'volatility'>, price: number): Result<number, Undetermined> => {
  assertOption({ ...option, volatility: 0 });
  const least = intrinsicValue(option);
  const most = largestValue(option);
  if (!(price >= least && price <= most)) return failure({ kind: 'impossiblePrice', price, least, most });
  const scale = discountOf(option.rate, option.years) * Math.sqrt(option.forward) * Math.sqrt(option.strike);
  const target = (price - least) / scale;
  const x = -Math.abs(Math.log(option.forward / option.strike));
  if (target === 0 || target >= Math.exp(x / 2) || option.years === 0) return failure({ kind: 'insensitive', price });
  const bracket = { low: 0, high: 0 };
  const rootYears = Math.sqrt(option.years);
  const s = totalDeviation(x, target, bracket);
  const volatility = s / rootYears;
  const vega = (normalisedVega(x, s) * rootYears * scale) / most;
  if (vega >= trustedVega) return ok(volatility);
  const repriced = blackPrice({ ...option, volatility });
  if (Math.abs(repriced - price) <= allowedUlps * ulpOf(price)) return ok(volatility);
  return failure({ kind: 'unresolved', price, between: [bracket.low / rootYears, bracket.high / rootYears] });
};
