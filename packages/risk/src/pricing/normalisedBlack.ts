import { erfcx, normalCdf } from './normal.ts';

/**
 * Black's formula without units. With x = −|ln(F/K)| ≤ 0 and s = σ√τ ≥ 0, an option that is out of the money is worth D·√(F·K)·b(x, s),
 *
 *   b(x, s) = e^{x/2}·Φ(h + t) − e^{−x/2}·Φ(h − t),   h = x/s, t = s/2,
 *
 * and one in the money its discounted intrinsic value more. The difference above loses its digits in the wings and for small s. With Mills' ratio
 * Y(z) = Φ(z)/φ(z) the common exponential leaves the bracket, b = φ(h)·e^{−t²/2}·(Y(h + t) − Y(h − t)), and what remains is written in the way that
 * keeps most digits: by moments for small t, by erfcx where both arguments are negative, as it stands elsewhere.
 */

const sqrtHalf = Math.SQRT1_2;
const sqrtHalfPi = 1.2533141373155003;
const oneOverSqrtTwoPi = 0.3989422804014327;

/** Under this t the bracket is a series in t; above it the difference loses less than three digits. */
const seriesLimit = 0.1;
/** Odd powers of t up to the 13th: the next is under 1e-18 of the first. */
const highestMoment = 13;
/** Under this |h| the moments are found upwards; beyond it that is unstable, and the continued fraction downwards converges from `fractionDepth`. */
const upwardLimit = 2;
const fractionDepth = 100;

/** Y(z) = Φ(z)/φ(z). */
const millsRatio = (z: number): number => sqrtHalfPi * erfcx(-z * sqrtHalf);

/** M_n = ∫₀^∞ u^n·e^{hu − u²/2} du, the n-th derivative of Y at h: M₁ = 1 + h·M₀, M_{n+1} = h·M_n + n·M_{n−1}. */
const momentsUpward = (h: number): readonly number[] => {
  const first = millsRatio(h);
  const moments = [first, 1 + h * first];
  for (let n = 1; n < highestMoment; n += 1) moments.push(h * (moments[n] as number) + n * (moments[n - 1] as number));
  return moments;
};

/** The same moments by their ratios r_n = M_n/M_{n−1} = n/(r_{n+1} − h), all terms positive. */
const momentsDownward = (h: number): readonly number[] => {
  let ratio = (h + Math.sqrt(h * h + 4 * fractionDepth)) / 2;
  const ratios: number[] = [];
  for (let n = fractionDepth - 1; n >= 1; n -= 1) {
    ratio = n / (ratio - h);
    if (n <= highestMoment) ratios[n] = ratio;
  }
  const moments = [millsRatio(h)];
  for (let n = 1; n <= highestMoment; n += 1) moments.push((moments[n - 1] as number) * (ratios[n] as number));
  return moments;
};

/** Y(h + t) − Y(h − t) = 2·Σ over odd n of M_n·tⁿ/n!. */
const seriesOfDifference = (h: number, t: number): number => {
  const moments = h > -upwardLimit ? momentsUpward(h) : momentsDownward(h);
  let sum = 0;
  for (let n = highestMoment; n >= 3; n -= 2) sum = ((sum + (moments[n] as number)) * t * t) / (n * (n - 1));
  return 2 * t * (sum + (moments[1] as number));
};

/** b(x, s). @param x ≤ 0. @param s ≥ 0. Within [0, e^{x/2}], never NaN. */
export const normalisedBlack = (x: number, s: number): number => {
  if (s <= 0) return 0;
  const most = Math.exp(x / 2);
  if (s === Number.POSITIVE_INFINITY) return most;
  const h = x / s;
  const t = s / 2;
  if (t >= seriesLimit && h + t > 0) {
    const value = most * normalCdf(h + t) - normalCdf(h - t) / most;
    return Math.min(Math.max(value, 0), most);
  }
  const outer = oneOverSqrtTwoPi * Math.exp(-0.5 * (h * h + t * t));
  if (outer === 0) return 0;
  const bracket = t < seriesLimit ? seriesOfDifference(h, t) : millsRatio(h + t) - millsRatio(h - t);
  return Math.min(Math.max(outer * bracket, 0), most);
};

/** ∂b/∂s. */
export const normalisedVega = (x: number, s: number): number => {
  if (s <= 0) return x === 0 ? oneOverSqrtTwoPi : 0;
  const h = x / s;
  return oneOverSqrtTwoPi * Math.exp(-0.5 * (h * h + (s * s) / 4));
};
