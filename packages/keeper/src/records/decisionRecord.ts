import { evaluateGroup } from '@bulkhead/risk';
import type { Milliseconds } from '@bulkhead/shared';
import type { Decision } from '../decide/decision.ts';
import { expectedTime, plainPrices, type Snapshot } from '../decide/snapshot.ts';

/** What `explain` shows of one decision. Amounts are decimal strings in base units beside `{symbol, decimals}`. */
export interface DecisionRecord {
  readonly keeper: string;
  readonly act: Decision['act'];
  /** A wait's or a nothing's code; for an action, what became of the plan. */
  readonly code: string;
  readonly reason: string;
  readonly until: Milliseconds | undefined;
  readonly decidedAt: Milliseconds;
  readonly failingSince: Milliseconds | undefined;
  readonly block: { readonly number: string; readonly hash: string; readonly time: number };
  readonly quote: { readonly symbol: string; readonly decimals: number };
  readonly health:
    | { readonly equity: string; readonly maintenance: string; readonly initial: string; readonly marketValue: string }
    | undefined;
  readonly prices: readonly {
    readonly feed: string;
    readonly price: string;
    readonly time: number;
    readonly from: 'report' | 'chain';
  }[];
  readonly auction: { readonly startedAt: number; readonly shownAt: number; readonly reserved: string } | undefined;
  readonly bid:
    | {
        readonly fraction: string;
        readonly limit: string;
        readonly rate: string;
        readonly paid: string;
        readonly received: string;
        readonly profit: string;
      }
    | undefined;
}

const healthOf = (snapshot: Snapshot): DecisionRecord['health'] => {
  const health = evaluateGroup(snapshot.group, snapshot.market, plainPrices(snapshot.prices), {
    at: expectedTime(snapshot),
  });
  if (!health.ok) return undefined;
  const { equity, maintenance, initial, marketValue } = health.value;
  return {
    equity: String(equity),
    maintenance: String(maintenance),
    initial: String(initial),
    marketValue: String(marketValue),
  };
};

const bidOf = (decision: Decision): DecisionRecord['bid'] => {
  if (decision.act !== 'bid') return undefined;
  const { fraction, limit, expected } = decision.bid;
  return {
    fraction: String(fraction),
    limit: String(limit),
    rate: String(expected.rate),
    paid: String(expected.paid),
    received: String(expected.received),
    profit: String(expected.profit),
  };
};

/** @param outcome of planning, where there was something to plan. */
export const decisionRecord = (
  keeper: string,
  snapshot: Snapshot,
  decision: Decision,
  outcome: string,
): DecisionRecord => {
  const { auction } = snapshot.group;
  return {
    keeper,
    act: decision.act,
    code: decision.act === 'wait' || decision.act === 'nothing' ? decision.code : outcome,
    reason: decision.reason,
    until: decision.act === 'wait' || decision.act === 'touch' ? decision.until : undefined,
    decidedAt: snapshot.now,
    failingSince: snapshot.failingSince,
    block: { number: String(snapshot.at.number), hash: snapshot.at.hash, time: snapshot.at.time },
    quote: { symbol: snapshot.market.quote.symbol, decimals: snapshot.market.quote.decimals },
    health: healthOf(snapshot),
    prices: [...snapshot.prices].map(([feed, seen]) => ({
      feed,
      price: String(seen.price),
      time: seen.time,
      from: seen.reports.length > 0 ? 'report' : 'chain',
    })),
    auction: auction && { startedAt: auction.startedAt, shownAt: auction.shownAt, reserved: String(auction.reserved) },
    bid: bidOf(decision),
  };
};
