import { type Hex32, type MarketState, type QuoteAmount, quoteAmount, type VaultId } from '@bulkhead/shared';

/** What one member's contribution pays. */
export interface MemberPayment {
  readonly vault: VaultId;
  readonly amount: QuoteAmount;
}

/** Who pays what of a shortfall before anything is written off (RISK §6). Only those who pay are named. */
export interface LayerPayments {
  readonly fromHouse: QuoteAmount;
  readonly fromMembers: readonly MemberPayment[];
  /** All of it together. */
  readonly paid: QuoteAmount;
}

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

/** WaterfallMath.proRata, step by step: shares rounded down, and the rest from the last one backwards as far as each has it. */
export const proRata = (missing: bigint, has: readonly bigint[]): readonly bigint[] => {
  const total = sum(has);
  const asked = smaller(missing, total);
  if (asked === 0n) return has.map(() => 0n);
  const shares = has.map(amount => (asked * amount) / total);
  let left = asked - sum(shares);
  for (let at = shares.length - 1; at >= 0 && left > 0n; at -= 1) {
    const more = smaller(left, (has[at] ?? 0n) - (shares[at] ?? 0n));
    shares[at] = (shares[at] ?? 0n) + more;
    left -= more;
  }
  return shares;
};

/** @param member of the failing vault: its contribution is asked first. */
export const layerPayments = (
  missing: bigint,
  member: Hex32,
  market: Pick<MarketState, 'houseCapital' | 'memberFunds'>,
): LayerPayments => {
  const own = market.memberFunds.find(fund => fund.member === member);
  const fromOwn = smaller(missing, own?.free ?? 0n);
  const fromHouse = smaller(missing - fromOwn, market.houseCapital);
  const others = market.memberFunds.filter(fund => fund !== own);
  const shares = proRata(
    missing - fromOwn - fromHouse,
    others.map(fund => fund.free),
  );
  const fromMembers = [
    ...(own ? [{ vault: own.vault, amount: quoteAmount(fromOwn) }] : []),
    ...others.map((fund, index) => ({ vault: fund.vault, amount: quoteAmount(shares[index] ?? 0n) })),
  ].filter(payment => payment.amount > 0n);
  return {
    fromHouse: quoteAmount(fromHouse),
    fromMembers,
    paid: quoteAmount(fromOwn + fromHouse + sum(shares)),
  };
};
