import { assertOption, blackPrice, discountOf, type Option, optionOnSpot, type SpotOption } from './black76.ts';
import { normalCdf, normalPdf } from './normal.ts';

/** Derivatives of the price of one unit. Which of forward and spot is the underlying, and is held fixed, is said by the function. */
export interface Greeks {
  /** Quote per quote that the underlying moves. */
  readonly delta: number;
  /** Change of delta per quote that the underlying moves. */
  readonly gamma: number;
  /** Quote per 1.00 of volatility (100 points). */
  readonly vega: number;
  /** Quote per year that passes; a day is a 365th of it. */
  readonly theta: number;
  /** Quote per 1.00 of the rate (100 percentage points). */
  readonly rho: number;
  /** Change of delta per 1.00 of volatility, which is the change of vega per quote. */
  readonly vanna: number;
  /** Change of vega per 1.00 of volatility. */
  readonly volga: number;
}

/** With σ√τ = 0 the price is D·max(±(F − K), 0): half the slope at the kink, and no curvature anywhere. */
const intrinsicGreeks = (option: Option, sign: number, discount: number): Greeks => {
  const moneyness = Math.sign(sign * (option.forward - option.strike));
  const price = blackPrice(option);
  return {
    delta: (sign * discount * (1 + moneyness)) / 2,
    gamma: 0,
    vega: 0,
    theta: option.rate * price,
    rho: -option.years * price,
    vanna: 0,
    volga: 0,
  };
};

/** With respect to the forward, which theta and rho hold fixed. */
export const forwardGreeks = (option: Option): Greeks => {
  assertOption(option);
  const sign = option.kind === 'call' ? 1 : -1;
  const discount = discountOf(option.rate, option.years);
  const rootYears = Math.sqrt(option.years);
  const s = option.volatility * rootYears;
  if (s === 0) return intrinsicGreeks(option, sign, discount);
  const h = Math.log(option.forward / option.strike) / s;
  const d1 = h + s / 2;
  const d2 = h - s / 2;
  const density = normalPdf(d1);
  const vega = discount * option.forward * density * rootYears;
  const price = blackPrice(option);
  return {
    delta: sign * discount * normalCdf(sign * d1),
    gamma: (discount * density) / (option.forward * s),
    vega,
    theta: option.rate * price - (vega * option.volatility) / (2 * option.years),
    rho: -option.years * price,
    vanna: density === 0 ? 0 : (-discount * density * d2) / option.volatility,
    volga: vega === 0 ? 0 : (vega * d1 * d2) / option.volatility,
  };
};

/** With respect to the spot, which theta and rho hold fixed: the forward follows it, F = S·e^{(r−q)τ}. */
export const spotGreeks = (option: SpotOption): Greeks => {
  const onForward = optionOnSpot(option);
  const greeks = forwardGreeks(onForward);
  const carry = onForward.forward / option.spot;
  return {
    delta: greeks.delta * carry,
    gamma: greeks.gamma * carry * carry,
    vega: greeks.vega,
    theta: greeks.theta - (option.rate - option.yield) * onForward.forward * greeks.delta,
    rho: greeks.rho + option.years * onForward.forward * greeks.delta,
    vanna: greeks.vanna * carry,
    volga: greeks.volga,
  };
};
