import { claimsOf, type GroupState, type MarketState, ok, type Result, type VaultId } from '@bulkhead/shared';
import { powerOfTen } from '../arithmetic.ts';
import { fromWad } from '../crossing.ts';
import { type EvaluationError, evaluateGroup } from '../evaluateGroup.ts';
import { type AttestError, type AttesterView, holdingsOf } from '../portfolio/attest.ts';
import type { PortfolioHoldings, UnderlyingHoldings } from '../portfolio/holdings.ts';
import type { VaultExposure } from './contagion.ts';

/** One vault of the group as if it stood alone. */
const alone = (group: GroupState, vault: VaultId): GroupState => ({
  ...group,
  vault,
  mode: 'segregated',
  vaults: [vault],
  assets: group.assets.filter(asset => asset.vault === vault),
  positions: group.positions.filter(position => position.vault === vault),
  owed: claimsOf(group, vault).owed,
  due: claimsOf(group, vault).due,
  claims: [],
  intraDebts: [],
});

/** What the vault holds of something that has a price, in units of it, added to what it trades in. */
const withCollateral = (
  holdings: PortfolioHoldings,
  group: GroupState,
  market: MarketState,
  view: AttesterView,
): PortfolioHoldings => {
  const underlyings = new Map(holdings.underlyings.map(underlying => [underlying.name, underlying]));
  for (const asset of group.assets) {
    const terms = market.collaterals.find(one => one.token.toLowerCase() === asset.token.toLowerCase());
    if (terms?.feed === undefined) continue;
    const units = Number(asset.free) / Number(powerOfTen(terms.decimals));
    const spot = fromWad(view.prices.get(terms.feed) ?? 0n);
    const held: UnderlyingHoldings = underlyings.get(terms.feed) ?? {
      name: terms.feed,
      spot,
      confidence: 1,
      perps: [],
      expiries: [],
      collateral: 0,
    };
    underlyings.set(terms.feed, { ...held, collateral: held.collateral + units });
  }
  return { ...holdings, underlyings: [...underlyings.values()] };
};

/** The vaults of a group one by one, for `contagion`: value without haircuts, positions, and collateral that moves with the market. */
export const exposuresOf = (
  group: GroupState,
  market: MarketState,
  view: AttesterView,
): Result<readonly VaultExposure[], EvaluationError | AttestError> => {
  const exposures: VaultExposure[] = [];
  for (const vault of group.vaults) {
    const one = alone(group, vault);
    const health = evaluateGroup(one, market, view.prices, { at: view.time });
    if (!health.ok) return health;
    const holdings = holdingsOf(one, market, view);
    if (!holdings.ok) return holdings;
    exposures.push({
      value: Number(health.value.marketValue) / Number(powerOfTen(market.quote.decimals)),
      holdings: withCollateral(holdings.value, one, market, view),
    });
  }
  return ok(exposures);
};
