import type { OptionKind } from '../pricing/black76.ts';

/**
 * What a group holds, netted per instrument over its vaults, in doubles: sizes in units of the underlying, long > 0; prices in quote per unit. It is
 * what the scan is computed from; whole amounts of tokens do not occur here.
 */

/** Its value follows the spot one to one: a perp or a dated future. */
export interface LinearHolding {
  readonly size: number;
  readonly mark: number;
}

export interface OptionHolding {
  readonly kind: OptionKind;
  readonly strike: number;
  readonly size: number;
  /** σ per √year. */
  readonly volatility: number;
}

/** Everything of one underlying that expires together. */
export interface ExpiryHoldings {
  /** τ ≥ 0. */
  readonly years: number;
  /** F; it moves with the spot. */
  readonly forward: number;
  /** Continuously compounded per year. A negative one counts as zero. */
  readonly rate: number;
  /** Of forward and volatilities, 0 to 1. */
  readonly confidence: number;
  readonly futures: readonly LinearHolding[];
  readonly options: readonly OptionHolding[];
}

export interface UnderlyingHoldings {
  /** Names it in reports. */
  readonly name: string;
  readonly spot: number;
  /** Of the oracle, 0 to 1. */
  readonly confidence: number;
  readonly perps: readonly LinearHolding[];
  readonly expiries: readonly ExpiryHoldings[];
  /** Units of the underlying held as collateral that may cancel risk; only what the attestation binds. */
  readonly collateral: number;
}

export interface PortfolioHoldings {
  readonly underlyings: readonly UnderlyingHoldings[];
  /** What the quote token is worth; positions settle one to one in it. */
  readonly stablePrice: number;
}
