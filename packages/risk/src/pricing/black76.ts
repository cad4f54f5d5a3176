import { normalisedBlack } from './normalisedBlack.ts';

export type OptionKind = 'call' | 'put';

/** A European option on a forward. Prices are quote per unit of the underlying. */
export interface Option {
  readonly kind: OptionKind;
  /** F > 0, for delivery at expiry. */
  readonly forward: number;
  /** K > 0. */
  readonly strike: number;
  /** τ ≥ 0, in years. */
  readonly years: number;
  /** σ ≥ 0 per √year; 0.3 is 30 %. */
  readonly volatility: number;
  /** r, continuously compounded per year: D = e^{−rτ}. */
  readonly rate: number;
}

/** The same option told by its spot S, with the continuous yield q of the underlying: F = S·e^{(r−q)τ}. */
export interface SpotOption extends Omit<Option, 'forward'> {
  readonly spot: number;
  readonly yield: number;
}

export const optionOnSpot = (option: SpotOption): Option => ({
  kind: option.kind,
  forward: option.spot * Math.exp((option.rate - option.yield) * option.years),
  strike: option.strike,
  years: option.years,
  volatility: option.volatility,
  rate: option.rate,
});

export const discountOf = (rate: number, years: number): number => Math.exp(-rate * years);

const isPositive = (value: number): boolean => value > 0 && Number.isFinite(value);
const isNotNegative = (value: number): boolean => value >= 0 && Number.isFinite(value);

/** A price of nonsense would be believed: it throws, because such inputs are a defect of the caller. */
export const assertOption = (option: Option): void => {
  const sound =
    isPositive(option.forward) &&
    isPositive(option.strike) &&
    isNotNegative(option.years) &&
    isNotNegative(option.volatility) &&
    Number.isFinite(option.rate);
  if (!sound) throw new RangeError(`not an option that has a price: ${JSON.stringify(option)}`);
};

/** What exercise now at the forward would pay, discounted: the least that the option is worth. */
export const intrinsicValue = (option: Omit<Option, 'volatility'>): number => {
  const payoff = option.kind === 'call' ? option.forward - option.strike : option.strike - option.forward;
  return discountOf(option.rate, option.years) * Math.max(payoff, 0);
};

/** What the option cannot be worth more than: D·F for a call, D·K for a put. */
export const largestValue = (option: Omit<Option, 'volatility'>): number =>
  discountOf(option.rate, option.years) * (option.kind === 'call' ? option.forward : option.strike);

/**
 * Black-76: the intrinsic value and what the out-of-the-money option of the same strike is worth, two terms that are never negative. So a deep wing
 * is neither NaN nor negative, and call − put = D·(F − K) up to the last digit.
 */
export const blackPrice = (option: Option): number => {
  assertOption(option);
  const x = -Math.abs(Math.log(option.forward / option.strike));
  const scale = discountOf(option.rate, option.years) * Math.sqrt(option.forward) * Math.sqrt(option.strike);
  const outOfTheMoney = scale * normalisedBlack(x, option.volatility * Math.sqrt(option.years));
  return Math.min(intrinsicValue(option) + outOfTheMoney, largestValue(option));
};
