import {
  claimsOf,
  type GroupState,
  type InstrumentTerms,
  type MarketState,
  type Milliseconds,
  type PositionState,
  type PriceReport,
  type QuoteAmount,
  type VaultId,
} from '@bulkhead/shared';
import type { FreshnessSettings, SettlementSettings } from '../settings.ts';
import { closingFeeds, roundIsOver } from './closing.ts';
import { refusePaused, refuseStalePrices, reportsFor } from './freshness.ts';
import type { SeenPrices } from './snapshot.ts';

/** Something due in the public interest (RISK §3). */
export type SettlementDuty =
  | {
      readonly kind: 'closeRound';
      readonly instrument: number;
      readonly round: number;
      readonly reports: readonly PriceReport[];
    }
  | {
      readonly kind: 'settle';
      readonly instrument: number;
      /** Last closed round. */
      readonly round: number;
      readonly vaults: readonly VaultId[];
      /** What it is for. Unpaid gainers are asked once for each change of what is owed. */
      readonly of: 'losers' | 'gainers' | 'unpaid';
      /** All debts known. Zero but for the unpaid. */
      readonly owedInTotal: bigint;
    };

export interface SettlementView {
  readonly now: Milliseconds;
  readonly headTime: InstrumentTerms['roundStart'];
  readonly market: MarketState;
  readonly groups: readonly GroupState[];
  readonly prices: SeenPrices;
}

const positionIn = (group: GroupState, vault: VaultId, instrument: number): PositionState | undefined =>
  group.positions.find(position => position.vault === vault && position.instrument === instrument);

/** Read before the last round closed: it is carried at the price of an older one. */
const readBefore = (position: PositionState | undefined, terms: InstrumentTerms): position is PositionState =>
  position !== undefined && terms.round > 1 && position.carriedAt !== terms.lastPrice;

/** Profit of the closed rounds without their funding, sign only: a read after the close bills them exactly. WAD², the fixed gains and losses brought to the same unit. */
const settledProfit = (position: PositionState, terms: InstrumentTerms, quoteDecimals: number): bigint => {
  const fixed = (position.tradeGain - position.tradeLoss) * 10n ** BigInt(36 - quoteDecimals);
  return position.size * (terms.lastPrice - position.carriedAt) + fixed;
};

const roundIsDue = (terms: InstrumentTerms, view: SettlementView): boolean => {
  const traded =
    terms.openInterest > 0n ||
    view.groups.some(group => group.positions.some(position => position.instrument === terms.instrument));
  return traded && roundIsOver(terms, view.prices);
};

const closeDuty = (terms: InstrumentTerms, view: SettlementView, freshness: FreshnessSettings): SettlementDuty[] => {
  if (!roundIsDue(terms, view)) return [];
  const when = { now: view.now, headTime: view.headTime };
  const age = view.market.priceAges.settlement;
  const feeds = closingFeeds(terms, view.prices);
  if (refusePaused(feeds, ['settlement'], view.market, when, freshness)) return [];
  if (refuseStalePrices(feeds, view.prices, age, when, freshness)) return [];
  const reports = reportsFor(feeds, view.prices);
  return [{ kind: 'closeRound', instrument: terms.instrument, round: terms.round, reports }];
};

const batches = (vaults: readonly VaultId[], size: number): readonly (readonly VaultId[])[] => {
  const all: VaultId[][] = [];
  for (let from = 0; from < vaults.length; from += size) all.push(vaults.slice(from, from + size));
  return all;
};

interface Waiting {
  readonly losers: readonly VaultId[];
  readonly gainers: readonly VaultId[];
  /** Settled, with gains not yet paid. */
  readonly unpaid: readonly VaultId[];
}

/** By the rounds billed already when it was read, or by the one that has closed since. */
const loses = (
  owed: QuoteAmount,
  position: PositionState | undefined,
  billed: boolean,
  terms: InstrumentTerms,
  view: SettlementView,
): boolean =>
  (billed && owed > 0n) ||
  (readBefore(position, terms) && settledProfit(position, terms, view.market.quote.decimals) < 0n);

const wantsOf = (
  group: GroupState,
  vault: VaultId,
  terms: InstrumentTerms,
  view: SettlementView,
): keyof Waiting | undefined => {
  const position = positionIn(group, vault, terms.instrument);
  const { owed, due } = claimsOf(group, vault);
  const billed = group.unsettled.some(one => one.vault === vault && one.instrument === terms.instrument);
  if (billed || readBefore(position, terms)) {
    return loses(owed, position, billed, terms, view) ? 'losers' : 'gainers';
  }
  const holdsOthersOnly = !position && group.positions.some(one => one.vault === vault);
  return due > 0n && !holdsOthersOnly ? 'unpaid' : undefined;
};

/** Vault by vault: a settlement draws on siblings by itself, but it settles one vault. */
const waitingIn = (terms: InstrumentTerms, view: SettlementView): Waiting => {
  const waiting = { losers: [] as VaultId[], gainers: [] as VaultId[], unpaid: [] as VaultId[] };
  for (const group of view.groups) {
    for (const vault of group.vaults) {
      const wants = wantsOf(group, vault, terms, view);
      if (wants) waiting[wants].push(vault);
    }
  }
  return waiting;
};

const settleDuties = (
  terms: InstrumentTerms,
  view: SettlementView,
  settings: SettlementSettings,
  owedInTotal: bigint,
): SettlementDuty[] => {
  const { losers, gainers, unpaid } = waitingIn(terms, view);
  const common = { kind: 'settle', instrument: terms.instrument, round: terms.round - 1 } as const;
  // Gainers wait until every loser of this round was asked: they are paid from what was collected.
  const now = losers.length > 0 ? losers : gainers;
  if (now.length > 0) {
    const of = losers.length > 0 ? 'losers' : 'gainers';
    return batches(now, settings.batch).map(vaults => ({ ...common, of, vaults, owedInTotal: 0n }));
  }
  return batches(unpaid, settings.batch).map(vaults => ({ ...common, of: 'unpaid', vaults, owedInTotal }));
};

/** What is due in settlement: rounds to close, and vaults to settle for closed rounds, losers first. Pure. */
export const decideSettlement = (
  view: SettlementView,
  settings: SettlementSettings,
  freshness: FreshnessSettings,
): readonly SettlementDuty[] => {
  const owedInTotal = view.groups.reduce((sum, group) => sum + group.owed, 0n);
  return view.market.instruments.flatMap(terms => [
    ...closeDuty(terms, view, freshness),
    ...settleDuties(terms, view, settings, owedInTotal),
  ]);
};

/** Notional of the settled profit is only compared with zero; exported for tests of the sign at sub-unit amounts (F17). */
export const isLoser = (position: PositionState, terms: InstrumentTerms, quoteDecimals: number): boolean =>
  settledProfit(position, terms, quoteDecimals) < 0n;
