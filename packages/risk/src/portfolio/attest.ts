import {
  type FeedId,
  failure,
  type GroupState,
  type InstrumentTerms,
  type MarketState,
  ok,
  type QuoteAmount,
  quoteAmount,
  type Result,
  type Seconds,
} from '@bulkhead/shared';
import type { RiskParameters } from '@bulkhead/shared/config';
import { larger } from '../arithmetic.ts';
import { fromWad, requirementToUnits } from '../crossing.ts';
import type { Prices } from '../evaluateGroup.ts';
import { isOption } from '../isOption.ts';
import { floorOf, grossNotional } from './floor.ts';
import type { ExpiryHoldings, PortfolioHoldings, UnderlyingHoldings } from './holdings.ts';
import { type PortfolioRequirement, portfolioRequirement } from './portfolioRequirement.ts';

/** What an attester sees of the market beside the chain. Nothing has a default: what is missing is an error, and nothing is attested. */
export interface AttesterView {
  /** Marks and indices, by feed. */
  readonly prices: Prices;
  /** 0 to 1, by feed of the underlying: how far the oracle trusts itself. */
  readonly confidences: ReadonlyMap<FeedId, number>;
  /** σ per √year of each option, by instrument, from a surface that was checked. */
  readonly volatilities: ReadonlyMap<number, number>;
  /** Forward of an underlying for an expiry, quote per unit. */
  readonly forward: (indexFeed: FeedId, expiry: Seconds) => number | undefined;
  /** Continuously compounded per year. */
  readonly rate: number;
  /** What the quote token is worth. */
  readonly stablePrice: number;
  /** Now. */
  readonly time: Seconds;
}

export type AttestError =
  | { readonly kind: 'unknownInstrument'; readonly instrument: number }
  | { readonly kind: 'missingPrice'; readonly feed: FeedId }
  | { readonly kind: 'missingConfidence'; readonly feed: FeedId }
  | { readonly kind: 'missingVolatility'; readonly instrument: number }
  | { readonly kind: 'missingForward'; readonly feed: FeedId; readonly expiry: Seconds }
  | { readonly kind: 'badStablePrice'; readonly price: number };

/** Quote decimals: what an attestation carries. */
export interface AttestableRequirement {
  readonly initial: QuoteAmount;
  readonly maintenance: QuoteAmount;
  /** What the doubles said, and which scenario was worst. */
  readonly report: PortfolioRequirement;
}

const secondsPerYear = 365 * 86_400;

interface Held {
  readonly terms: InstrumentTerms;
  /** WAD, over all vaults of the group. */
  readonly size: bigint;
}

/** Netted per instrument over the vaults: the vaults of a portfolio group stand for each other. */
const netted = (group: GroupState, market: MarketState): Result<readonly Held[], AttestError> => {
  const sizes = new Map<number, bigint>();
  for (const { instrument, size } of group.positions) sizes.set(instrument, (sizes.get(instrument) ?? 0n) + size);
  const held: Held[] = [];
  for (const [instrument, size] of sizes) {
    const terms = market.instruments.find(one => one.instrument === instrument);
    if (!terms) return failure({ kind: 'unknownInstrument', instrument });
    if (size !== 0n) held.push({ terms, size });
  }
  return ok(held);
};

/** The first thing that the view does not know. */
const missing = (held: readonly Held[], view: AttesterView): AttestError | undefined => {
  if (!(view.stablePrice > 0 && view.stablePrice < Number.POSITIVE_INFINITY))
    return { kind: 'badStablePrice', price: view.stablePrice };
  for (const { terms } of held) {
    const { indexFeed: underlying } = terms;
    const feed = [terms.feed, underlying].find(one => !((view.prices.get(one) ?? 0n) > 0n));
    if (feed) return { kind: 'missingPrice', feed };
    if (!((view.confidences.get(underlying) ?? -1) >= 0)) return { kind: 'missingConfidence', feed: underlying };
    if (terms.expiry !== 0 && !((view.forward(underlying, terms.expiry) ?? 0) > 0))
      return { kind: 'missingForward', feed: underlying, expiry: terms.expiry };
    if (isOption(terms) && !((view.volatilities.get(terms.instrument) ?? -1) >= 0))
      return { kind: 'missingVolatility', instrument: terms.instrument };
  }
  return undefined;
};

const priceOf = (feed: FeedId, view: AttesterView): number => fromWad(view.prices.get(feed) as bigint);

const linearOf = (held: readonly Held[], kind: 'perp' | 'future', view: AttesterView) =>
  held
    .filter(({ terms }) => terms.kind === kind)
    .map(({ terms, size }) => ({ size: fromWad(size), mark: priceOf(terms.feed, view) }));

const expiryHoldings = (expiry: Seconds, held: readonly Held[], feed: FeedId, view: AttesterView): ExpiryHoldings => ({
  years: Math.max(expiry - view.time, 0) / secondsPerYear,
  forward: view.forward(feed, expiry) as number,
  rate: view.rate,
  confidence: view.confidences.get(feed) as number,
  futures: linearOf(held, 'future', view),
  options: held.flatMap(({ terms, size }) =>
    isOption(terms)
      ? [
          {
            kind: terms.kind,
            strike: fromWad(terms.strike),
            size: fromWad(size),
            volatility: view.volatilities.get(terms.instrument) as number,
          },
        ]
      : [],
  ),
});

const underlyingHoldings = (feed: FeedId, held: readonly Held[], view: AttesterView): UnderlyingHoldings => ({
  name: feed,
  spot: priceOf(feed, view),
  confidence: view.confidences.get(feed) as number,
  perps: linearOf(held, 'perp', view),
  expiries: [
    ...Map.groupBy(
      held.filter(({ terms }) => terms.expiry !== 0),
      ({ terms }) => terms.expiry,
    ),
  ].map(([expiry, ofExpiry]) => expiryHoldings(expiry, ofExpiry, feed, view)),
  // The hash of a group's positions does not bind its collateral: collateral that may leave cancels no risk.
  collateral: 0,
});

/** A group's holdings as the scan sees them. */
export const holdingsOf = (
  group: GroupState,
  market: MarketState,
  view: AttesterView,
): Result<PortfolioHoldings, AttestError> => {
  const held = netted(group, market);
  if (!held.ok) return held;
  const error = missing(held.value, view);
  if (error) return failure(error);
  const underlyings = [...Map.groupBy(held.value, ({ terms }) => terms.indexFeed)].map(([feed, ofFeed]) =>
    underlyingHoldings(feed, ofFeed, view),
  );
  return ok({ underlyings, stablePrice: view.stablePrice });
};

/**
 * What attesters sign for a group in portfolio mode: the scan's requirement, rounded up, at least the floor under the gross notional, and IM ≥ MM (MRG-8).
 * Pure: two attesters with the same view sign the same bytes.
 */
export const requirementToAttest = (
  group: GroupState,
  market: MarketState,
  view: AttesterView,
  parameters: RiskParameters,
): Result<AttestableRequirement, AttestError> => {
  const holdings = holdingsOf(group, market, view);
  if (!holdings.ok) return holdings;
  const report = portfolioRequirement(holdings.value, parameters.portfolio);
  const gross = grossNotional(holdings.value);
  const { decimals } = market.quote;
  const floorUnits = requirementToUnits(gross, gross, decimals);
  const maintenance = larger(
    requirementToUnits(report.maintenance, gross, decimals),
    floorOf(floorUnits, market.portfolio.floorMaintenance),
  );
  const initial = larger(
    requirementToUnits(report.initial, gross, decimals),
    floorOf(floorUnits, market.portfolio.floorInitial),
  );
  return ok({ initial: quoteAmount(larger(initial, maintenance)), maintenance: quoteAmount(maintenance), report });
};
