import { failure, ok, type Result } from '@bulkhead/shared';

/** One expiry of a volatility surface, w(k) = a + b(ρ(k − m) + √((k − m)² + s²)) with k = ln(K/F) and w = σ²τ. */
export interface SviSlice {
  readonly a: number;
  readonly b: number;
  readonly rho: number;
  readonly m: number;
  readonly s: number;
}

export type SviProblem =
  | { readonly kind: 'malformed'; readonly message: string }
  /** The total variance falls to zero, next to it, or under it. */
  | { readonly kind: 'noVariance'; readonly least: number }
  /** A wing grows faster than 2|k|: Lee's moment formula allows no distribution that does. */
  | { readonly kind: 'steepWing'; readonly slope: number }
  /** The implied density is negative at k: a butterfly there costs less than nothing. */
  | { readonly kind: 'butterfly'; readonly k: number; readonly g: number };

/** Total variance σ²τ at k = ln(K/F). */
export const totalVariance = (slice: SviSlice, k: number): number => {
  const y = k - slice.m;
  return slice.a + slice.b * (slice.rho * y + Math.hypot(y, slice.s));
};

export const sviVolatility = (slice: SviSlice, k: number, years: number): number =>
  Math.sqrt(totalVariance(slice, k) / years);

/**
 * Durrleman's g: the density of ln(S/F) is g times a positive factor, so there is no butterfly arbitrage exactly where g ≥ 0.
 * g = (1 − k·w′/2w)² − (w′²/4)·(1/w + 1/4) + w″/2.
 */
export const durrleman = (slice: SviSlice, k: number): number => {
  const y = k - slice.m;
  const root = Math.hypot(y, slice.s);
  const w = totalVariance(slice, k);
  const first = slice.b * (slice.rho + y / root);
  const second = (slice.b * (slice.s / root) * (slice.s / root)) / root;
  return (1 - (k * first) / (2 * w)) ** 2 - (first * first * (1 / w + 0.25)) / 4 + second / 2;
};

/** k = m + s·sinh u: even steps in u are fine at the bend and reach the wings, where g no longer changes. */
const strikeAt = (slice: SviSlice, u: number): number => slice.m + slice.s * Math.sinh(u);
const widest = 25;
/** A deviation of 1e-8: less is no market, and g divides by it. */
const leastVariance = 1e-16;
const stepOfScan = 1 / 32;
const refinements = 60;

/** Smallest g near u, between its neighbours on the grid. */
const refine = (slice: SviSlice, u: number): number => {
  let [low, high] = [u - stepOfScan, u + stepOfScan];
  for (let i = 0; i < refinements; i += 1) {
    const third = (high - low) / 3;
    const isLeft = durrleman(slice, strikeAt(slice, low + third)) < durrleman(slice, strikeAt(slice, high - third));
    if (isLeft) high -= third;
    else low += third;
  }
  return strikeAt(slice, (low + high) / 2);
};

/** Where g is smallest: every local minimum of a grid over the bend and both wings, refined. */
const worstStrike = (slice: SviSlice): { readonly k: number; readonly g: number } => {
  const steps = (2 * widest) / stepOfScan;
  const gs = Array.from({ length: steps + 1 }, (_, i) => durrleman(slice, strikeAt(slice, i * stepOfScan - widest)));
  const isMinimum = (i: number): boolean =>
    !((gs[i] as number) >= (gs[i - 1] ?? Infinity)) && !((gs[i] as number) > (gs[i + 1] ?? Infinity));
  let worst = { k: slice.m, g: durrleman(slice, slice.m) };
  for (let i = 0; i <= steps; i += 1) {
    if (!isMinimum(i)) continue;
    const u = i * stepOfScan - widest;
    for (const k of [strikeAt(slice, u), refine(slice, u)]) {
      const g = durrleman(slice, k);
      // Not a number is worse than any.
      if (!(g >= worst.g)) worst = { k, g };
    }
  }
  return worst;
};

const malformed = (slice: SviSlice): string | undefined => {
  if (![slice.a, slice.b, slice.rho, slice.m, slice.s].every(Number.isFinite)) return 'every parameter must be finite';
  if (slice.b < 0) return 'b must not be negative';
  if (Math.abs(slice.rho) >= 1) return 'rho must lie between −1 and 1';
  return slice.s > 0 ? undefined : 's must be positive';
};

/** The slice itself if it admits no butterfly arbitrage, else what is wrong with it: it must then price nothing. */
export const checkSvi = (slice: SviSlice): Result<SviSlice, SviProblem> => {
  const message = malformed(slice);
  if (message) return failure({ kind: 'malformed', message });
  const least = slice.a + slice.b * slice.s * Math.sqrt(1 - slice.rho * slice.rho);
  if (!(least >= leastVariance)) return failure({ kind: 'noVariance', least });
  const slope = slice.b * (1 + Math.abs(slice.rho));
  if (slope > 2) return failure({ kind: 'steepWing', slope });
  const { k, g } = worstStrike(slice);
  if (Number.isNaN(g)) return failure({ kind: 'malformed', message: 'the density cannot be computed' });
  return g >= 0 ? ok(slice) : failure({ kind: 'butterfly', k, g });
};
