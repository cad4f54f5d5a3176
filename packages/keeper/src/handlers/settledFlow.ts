import type { GroupState, MarketState, VaultId } from '@bulkhead/shared';
import { claimsOf } from '@bulkhead/shared';

/** Most quote that may leave one vault, and come into it. Quote decimals, both ≥ 0. */
export interface QuoteFlow {
  readonly fall: bigint;
  readonly rise: bigint;
}

const absolute = (value: bigint): bigint => (value < 0n ? -value : value);
const up = (amount: bigint, by: bigint): bigint => (amount + by - 1n) / by;
const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

/** Most that one vault can pay to, or be paid by, the settlement escrows when it is settled for what is decided: both bounds, quote. */
export const settledFlow = (group: GroupState, vault: VaultId, market: MarketState): bigint => {
  const scale = 10n ** BigInt(36 - market.quote.decimals);
  const { owed, due } = claimsOf(group, vault);
  let flow = owed + due;
  for (const position of group.positions) {
    if (position.vault !== vault) continue;
    const last =
      market.instruments.find(terms => terms.instrument === position.instrument)?.lastPrice ?? position.carriedAt;
    flow += up(absolute(position.size) * absolute(last - position.carriedAt), scale);
    flow += position.tradeGain + position.tradeLoss;
  }
  return flow;
};

/**
 * What settling some vaults of a group can move in each of its vaults. A settled one pays and is paid; what it cannot pay, its siblings are drawn on
 * for; and what it is paid goes on to the siblings that it owes (RISK §2).
 */
export const settledFlows = (
  group: GroupState,
  settled: readonly VaultId[],
  market: MarketState,
): ReadonlyMap<VaultId, QuoteFlow> => {
  const own = new Map(settled.map(vault => [vault, settledFlow(group, vault, market)] as const));
  return new Map(
    group.vaults.map(vault => {
      const others = sum([...own].flatMap(([one, flow]) => (one === vault ? [] : [flow])));
      const mine = own.get(vault) ?? 0n;
      const repaidTo = sum(group.intraDebts.filter(debt => debt.payer === vault).map(debt => debt.outstanding));
      return [vault, { fall: mine + others, rise: mine + smaller(repaidTo, others) }];
    }),
  );
};

/** Everything that settling the group's vaults can pay to, or take from, one settlement escrow. */
export const totalFlow = (group: GroupState, settled: readonly VaultId[], market: MarketState): bigint =>
  sum(settled.map(vault => settledFlow(group, vault, market)));
