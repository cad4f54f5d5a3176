import {
  type FeedId,
  type GroupState,
  type MarketState,
  type PriceWad,
  type Result,
  type Seconds,
  seconds,
  type VaultId,
} from '@bulkhead/shared';
import { type EvaluationError, evaluateGroup, type GroupHealth, isHealthy } from '../evaluateGroup.ts';
import { isRamping } from '../parameterRamp.ts';
import { createBoundColumns } from './boundColumns.ts';
import { linearBoundOf } from './linearBound.ts';

/** What the book is told. States come from reads pinned to one block; a newer state replaces an older one. */
export type BookChange =
  | { readonly kind: 'group'; readonly group: GroupState }
  | { readonly kind: 'removed'; readonly vault: VaultId }
  | { readonly kind: 'market'; readonly market: MarketState }
  /** Time of the newest block: attested requirements lapse (MRG-9), parameters ramp (MRG-7). */
  | { readonly kind: 'time'; readonly at: Seconds };

export interface FailingGroup {
  readonly vault: VaultId;
  readonly health: GroupHealth;
}

export interface UndecidedGroup {
  readonly vault: VaultId;
  readonly error: EvaluationError;
}

/** What a price tick decided. */
export interface TickResult {
  /** Groups that depend on a changed price: each of them was decided. */
  readonly affected: number;
  /** How many needed the integers because the bound could not clear them. */
  readonly exact: number;
  /** E < MM, by the contract's own arithmetic. */
  readonly failing: readonly FailingGroup[];
  /** Could not be decided: nobody may act on them. */
  readonly undecided: readonly UndecidedGroup[];
}

/**
 * All groups of one chain in memory, with the reverse index from price to groups. Pure: the same changes and ticks give the same answers.
 * A tick clears almost every group by a proven lower bound in doubles, and decides the rest with the contract's integers: its decisions are
 * identical to the contract's.
 */
export interface MarginBook {
  readonly size: number;
  apply(change: BookChange): void;
  /** Takes new prices and decides every group that depends on one of them. */
  tick(changed: Iterable<readonly [FeedId, PriceWad]>): TickResult;
  /** Decides the given groups at the prices known. */
  check(vaults: Iterable<VaultId>): TickResult;
  health(vault: VaultId): Result<GroupHealth, EvaluationError> | undefined;
  group(vault: VaultId): GroupState | undefined;
  vaults(): IterableIterator<VaultId>;
  market(): MarketState;
  prices(): ReadonlyMap<FeedId, PriceWad>;
  /**
   * Smallest relative move of all prices together that could bring the group to its threshold: ≤ 0 when it is there (or cannot be cleared), Infinity when
   * no price matters. Schedules checks; decides nothing.
   */
  distance(vault: VaultId): number;
}

/**
 * While a parameter ramps, bounds are for its value so much later, and are made anew after that. Longer, and more healthy groups need the integers: in an hour
 * a ramp comes a 24th of its way.
 */
const boundsHold = 3_600;

/** What a group without a bound may depend on. */
const everyFeed = (market: MarketState): readonly FeedId[] => {
  const marks = market.instruments.flatMap(terms => [terms.feed, terms.indexFeed]);
  const collaterals = market.collaterals.flatMap(terms => terms.feed ?? []);
  return [...new Set([...marks, ...collaterals])];
};

export const createMarginBook = (initial: MarketState): MarginBook => {
  let market = initial;
  let at: Seconds | undefined;
  const evaluate = (group: GroupState): Result<GroupHealth, EvaluationError> =>
    evaluateGroup(group, market, prices, at === undefined ? {} : { at });
  const prices = new Map<FeedId, PriceWad>();
  const feedIndex = new Map<FeedId, number>();
  let priceNumbers = new Float64Array(16).fill(Number.NaN);
  const rowOf = new Map<VaultId, number>();
  const groups: (GroupState | undefined)[] = [];
  const freeRows: number[] = [];
  const bounds = createBoundColumns();

  const indexOfFeed = (feed: FeedId): number => {
    const known = feedIndex.get(feed);
    if (known !== undefined) return known;
    const next = feedIndex.size;
    feedIndex.set(feed, next);
    if (next >= priceNumbers.length) {
      const larger = new Float64Array(priceNumbers.length * 2).fill(Number.NaN);
      larger.set(priceNumbers);
      priceNumbers = larger;
    }
    return next;
  };

  /** Undefined: for ever. */
  let boundsUntil: Seconds | undefined;

  const place = (row: number, group: GroupState): void => {
    const bound = linearBoundOf(group, market, boundsUntil);
    bounds.set(row, bound, (bound?.feeds ?? everyFeed(market)).map(indexOfFeed));
  };

  const applyGroup = (group: GroupState): void => {
    const row = rowOf.get(group.vault) ?? freeRows.pop() ?? groups.length;
    rowOf.set(group.vault, row);
    groups[row] = group;
    place(row, group);
  };

  const applyRemoval = (vault: VaultId): void => {
    const row = rowOf.get(vault);
    if (row === undefined) return;
    rowOf.delete(vault);
    groups[row] = undefined;
    bounds.clear(row);
    freeRows.push(row);
  };

  const applyMarket = (next: MarketState): void => {
    market = next;
    placeAll();
  };

  const placeAll = (): void => {
    boundsUntil = at !== undefined && isRamping(market, at) ? seconds(at + boundsHold) : undefined;
    for (const row of rowOf.values()) {
      const group = groups[row];
      if (group) place(row, group);
    }
  };

  const applyTime = (time: Seconds): void => {
    const first = at === undefined && isRamping(market, time);
    at = time;
    if (first || (boundsUntil !== undefined && time > boundsUntil)) placeAll();
  };

  const decide = (affected: number, rows: readonly number[]): TickResult => {
    const failing: FailingGroup[] = [];
    const undecided: UndecidedGroup[] = [];
    for (const row of rows) {
      const group = groups[row];
      if (!group) continue;
      const health = evaluate(group);
      if (!health.ok) undecided.push({ vault: group.vault, error: health.error });
      else if (!isHealthy(health.value)) failing.push({ vault: group.vault, health: health.value });
    }
    return { affected, exact: rows.length, failing, undecided };
  };

  const setPrice = (feed: FeedId, price: PriceWad): number => {
    prices.set(feed, price);
    const at = indexOfFeed(feed);
    priceNumbers[at] = Number(price) / 1e18;
    return at;
  };

  const rowsOf = (vaults: Iterable<VaultId>): number[] => {
    const rows: number[] = [];
    for (const vault of vaults) {
      const row = rowOf.get(vault);
      if (row !== undefined) rows.push(row);
    }
    return rows;
  };

  return {
    get size() {
      return rowOf.size;
    },
    apply(change) {
      if (change.kind === 'group') applyGroup(change.group);
      else if (change.kind === 'removed') applyRemoval(change.vault);
      else if (change.kind === 'market') applyMarket(change.market);
      else applyTime(change.at);
    },
    tick(changed) {
      const feeds: number[] = [];
      for (const [feed, price] of changed) feeds.push(setPrice(feed, price));
      const { affected, rows } = bounds.uncleared(feeds, priceNumbers);
      return decide(affected, rows);
    },
    check(vaults) {
      const rows = rowsOf(vaults);
      return decide(
        rows.length,
        rows.filter(row => !(bounds.lowerBound(row, priceNumbers) > 0)),
      );
    },
    health(vault) {
      const group = groups[rowOf.get(vault) ?? -1];
      return group && evaluate(group);
    },
    group: vault => groups[rowOf.get(vault) ?? -1],
    vaults: () => rowOf.keys(),
    market: () => market,
    prices: () => prices,
    distance(vault) {
      const row = rowOf.get(vault);
      if (row === undefined) return Number.POSITIVE_INFINITY;
      const slack = bounds.lowerBound(row, priceNumbers);
      if (!(slack > 0)) return 0;
      const exposure = bounds.exposure(row, priceNumbers);
      return exposure === 0 ? Number.POSITIVE_INFINITY : slack / exposure;
    },
  };
};
