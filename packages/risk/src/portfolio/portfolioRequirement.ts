import type { PortfolioParameters } from '@bulkhead/shared/config';
import { type Contingencies, contingenciesOf } from './contingencies.ts';
import type { PortfolioHoldings } from './holdings.ts';
import { type WorstCase, worstCase } from './scan.ts';

/** How one underlying's share of the requirement came about. */
export interface UnderlyingReport {
  readonly name: string;
  readonly worst: WorstCase;
  readonly contingencies: Contingencies;
}

/** Quote, in doubles. */
export interface PortfolioRequirement {
  readonly initial: number;
  readonly maintenance: number;
  readonly underlyings: readonly UnderlyingReport[];
}

/** What comes on top of the initial factor when the quote token has lost its peg. */
const depegFactor = (stablePrice: number, { threshold, factor }: PortfolioParameters['depeg']): number =>
  Math.max(threshold - stablePrice, 0) * factor;

/**
 * What a group must have in portfolio mode. RISK §4 writes net margin, MtM + cash + factor·worst − contingencies; equity holds the marks, the cash and the
 * haircuts already (RISK §2), so the requirement is the rest of it: factor·(−worst) + contingencies, summed over the underlyings without offset.
 */
export const portfolioRequirement = (holdings: PortfolioHoldings, set: PortfolioParameters): PortfolioRequirement => {
  const underlyings = holdings.underlyings.map(underlying => ({
    name: underlying.name,
    worst: worstCase(underlying, holdings.stablePrice, set),
    contingencies: contingenciesOf(underlying, set),
  }));
  const initialFactor = set.initialFactor + depegFactor(holdings.stablePrice, set.depeg);
  let [initial, maintenance] = [0, 0];
  for (const { worst, contingencies } of underlyings) {
    maintenance += set.maintenanceFactor * -worst.pnl + contingencies.maintenance;
    initial += initialFactor * -worst.pnl + contingencies.maintenance + contingencies.initial;
  }
  return { initial, maintenance, underlyings };
};
