import { createMarginBook, type MarginBook, type TickResult } from '@bulkhead/risk';
import type {
  BlockRef,
  FeedId,
  GroupState,
  HeldPrice,
  MarketState,
  Milliseconds,
  PriceWad,
  RecentReports,
  Seconds,
  StoredPrice,
  VaultId,
} from '@bulkhead/shared';
import { laterOf, marketFeeds, newestPrice, newestPrices } from '../decide/prices.ts';
import type { SeenPrices } from '../decide/snapshot.ts';
import type { Reading } from '../reading.ts';

/** When a group was first seen to fail, and the signing time of the newest price that it rests on. */
export interface Failing {
  readonly since: Milliseconds;
  readonly reportTime: Seconds | undefined;
}

export type Reports = () => RecentReports;

/** What this process knows of one chain, in memory. Rebuilt from the chain at every start. */
export interface ChainView {
  readonly head: BlockRef | undefined;
  /** Undefined until the first full read. */
  readonly book: MarginBook | undefined;
  readonly market: MarketState | undefined;
  readonly failing: ReadonlyMap<VaultId, Failing>;
  prices(now: Milliseconds): SeenPrices;
  /** Time of the newest price that the chain is known to have stored. */
  storedTime(feed: FeedId): Seconds | undefined;
  /** All of the above as if it had been read at the head; undefined before there is one. The book follows the chain, but may be a little behind. */
  asReading(): Reading | undefined;
  /** The lead vault of the vault's group: itself, unless it is margined with others. */
  leadOf(vault: VaultId): VaultId;
  /** Block at which the vault's group was last taken in. */
  takenAt(vault: VaultId): bigint | undefined;
  /** Vaults that have left a group since this was last asked: their own state is not known yet. */
  takeLeavers(): readonly VaultId[];
  takeHead(block: BlockRef): void;
  /** Takes in what was read for `asked`; older reads than what is known change nothing. Vaults asked for and absent are forgotten. */
  takeReading(reading: Reading, asked: readonly VaultId[]): void;
  takeStored(price: StoredPrice): void;
  /** A report of the feed waits on the chain to be confirmed. */
  takeHeld(feed: FeedId, held: HeldPrice): void;
  /** Forgets groups of which no vault exists any more. */
  keepOnly(vaults: ReadonlySet<VaultId>): void;
  /** A reorganisation: what was taken in from this block on may be read again, from an earlier block too. */
  forgetFrom(block: bigint): void;
  /** Gives the book the prices that have changed, and says what they decided. */
  reprice(now: Milliseconds): TickResult | undefined;
  noteFailing(vault: VaultId, now: Milliseconds): void;
  noteHealthy(vault: VaultId): void;
  /** A bid on the group is under way. */
  noteBid(vault: VaultId, until: Milliseconds): void;
  /** Groups that a closed round of the instrument concerns: their owed and due change with it, and they want settling. */
  holders(instrument: number): readonly VaultId[];
  /** Groups whose venue reports for them: what it says may change with any price. */
  reported(): readonly VaultId[];
  /** Whether a group was taken in that wants settling, since this was last asked. */
  unsettledSeen(): boolean;
  /** Groups with a bid under way, which settles them too. */
  bidOn(now: Milliseconds): ReadonlySet<VaultId>;
}

/** The part of the market that the book's arithmetic rests on: only when it changes must the book be rebuilt. */
const termsKey = (market: MarketState): string =>
  JSON.stringify([
    market.quote.token,
    market.quote.decimals,
    ...market.collaterals.map(one => [
      one.token,
      one.decimals,
      one.feed,
      String(one.haircutMaintenance),
      String(one.haircutInitial),
      String(one.haircutMaintenanceFrom),
      one.rampStart,
    ]),
    ...market.instruments.map(one => [
      one.instrument,
      one.kind,
      one.feed,
      one.indexFeed,
      one.expiry,
      String(one.strike),
      String(one.maintenanceRate),
      String(one.initialRate),
      String(one.maintenanceFrom),
      one.rampStart,
    ]),
    [String(market.portfolio.floorInitial), String(market.portfolio.floorMaintenance), market.portfolio.lapse],
  ]);

/** Of the same price, with a report that came after it. */
const isLaterHeld = (price: StoredPrice, known: StoredPrice): boolean =>
  price.time === known.time && (price.held?.time ?? 0) > (known.held?.time ?? 0);

export const createChainView = (reports: Reports): ChainView => {
  let head: BlockRef | undefined;
  let book: MarginBook | undefined;
  let market: MarketState | undefined;
  let marketAt = -1n;
  let terms = '';
  const stored = new Map<FeedId, StoredPrice>();
  const given = new Map<FeedId, PriceWad>();
  const taken = new Map<VaultId, bigint>();
  const failing = new Map<VaultId, Failing>();
  /** Of vaults that are margined with others. */
  const leads = new Map<VaultId, VaultId>();
  let leavers = new Set<VaultId>();
  const reporting = new Set<VaultId>();
  const bids = new Map<VaultId, Milliseconds>();
  let unsettled = false;

  const takeMarket = (reading: Reading): void => {
    if (reading.at.number < marketAt) return;
    market = reading.market;
    marketAt = reading.at.number;
    const key = termsKey(reading.market);
    if (!book) book = createMarginBook(reading.market);
    else if (key !== terms) book.apply({ kind: 'market', market: reading.market });
    terms = key;
    book.apply({ kind: 'time', at: (head ?? reading.at).time });
  };

  const takeStored = (price: StoredPrice): void => {
    const known = stored.get(price.feed);
    if (!known || price.time > known.time || isLaterHeld(price, known)) stored.set(price.feed, price);
  };

  const forget = (vault: VaultId): void => {
    book?.apply({ kind: 'removed', vault });
    taken.delete(vault);
    failing.delete(vault);
    reporting.delete(vault);
  };

  const leadOf = (vault: VaultId): VaultId => leads.get(vault) ?? vault;

  /** A vault that joined others is no group of its own any more; one that left is looked at anew. */
  const takeMembership = (group: GroupState): void => {
    const before = book?.group(group.vault)?.vaults ?? [];
    if (group.vaults.length === 1 && before.length <= 1 && leads.size === 0) return;
    const members = new Set(group.vaults);
    for (const vault of before) {
      if (members.has(vault)) continue;
      leads.delete(vault);
      leavers.add(vault);
    }
    leads.delete(group.vault);
    for (const vault of group.vaults) {
      leavers.delete(vault);
      if (vault === group.vault) continue;
      if (taken.has(vault)) forget(vault);
      leads.set(vault, group.vault);
    }
  };

  const takeGroup = (reading: Reading, vault: VaultId): void => {
    const group = reading.groups.get(vault);
    const lead = group?.vault ?? vault;
    if (reading.at.number < (taken.get(lead) ?? -1n)) return;
    if (!group) {
      forget(vault);
      return;
    }
    takeMembership(group);
    book?.apply({ kind: 'group', group });
    if (group.reported === undefined) reporting.delete(lead);
    else reporting.add(lead);
    unsettled ||= group.unsettled.length > 0;
    taken.set(lead, reading.at.number);
  };

  const newestReportTime = (vault: VaultId): Seconds | undefined => {
    const group = book?.group(vault);
    if (!group || !market) return undefined;
    const feeds = market.instruments
      .filter(one => group.positions.some(position => position.instrument === one.instrument))
      .map(one => one.feed);
    const times = feeds.map(feed => reports().get(feed)?.at(-1)?.time ?? stored.get(feed)?.time ?? 0);
    return times.length === 0 ? undefined : (Math.max(...times) as Seconds);
  };

  return {
    get head() {
      return head;
    },
    get book() {
      return book;
    },
    get market() {
      return market;
    },
    failing,
    prices: now => (market ? newestPrices(market, stored, reports(), laterOf(now, head)) : new Map()),
    asReading() {
      const known = book;
      if (!known || !market || !head) return undefined;
      return { at: head, market, stored, groups: { get: vault => known.group(leadOf(vault)) } };
    },
    storedTime: feed => stored.get(feed)?.time,
    leadOf,
    takenAt: vault => taken.get(leadOf(vault)),
    takeLeavers() {
      const left = [...leavers];
      leavers = new Set();
      return left;
    },
    takeHead(block) {
      head = block;
      book?.apply({ kind: 'time', at: block.time });
    },
    takeReading(reading, asked) {
      takeMarket(reading);
      for (const price of reading.stored.values()) takeStored(price);
      for (const vault of asked) takeGroup(reading, vault);
    },
    takeStored,
    takeHeld(feed, held) {
      const known = stored.get(feed);
      if (known) takeStored({ ...known, held });
    },
    keepOnly(vaults) {
      for (const lead of [...taken.keys()]) {
        const members = book?.group(lead)?.vaults ?? [lead];
        if (!members.some(vault => vaults.has(vault))) forget(lead);
      }
    },
    forgetFrom(block) {
      if (marketAt >= block) marketAt = block - 1n;
      if (head && head.number >= block) head = undefined;
      for (const [vault, at] of taken) if (at >= block) taken.set(vault, block - 1n);
      // Prices posted in the lost blocks are void; what is still stored comes back with the next reading.
      stored.clear();
    },
    reprice(now) {
      if (!book || !market) return undefined;
      const changed: (readonly [FeedId, PriceWad])[] = [];
      for (const feed of marketFeeds(market)) {
        const seen = newestPrice(stored.get(feed), reports().get(feed) ?? [], laterOf(now, head), market.priceBounds);
        // What the chain would use for nothing decides nothing; it counts once it is confirmed.
        if (!seen || seen.suspect || given.get(feed) === seen.price) continue;
        given.set(feed, seen.price);
        changed.push([feed, seen.price]);
      }
      return changed.length === 0 ? undefined : book.tick(changed);
    },
    noteFailing(vault, now) {
      if (!failing.has(vault)) failing.set(vault, { since: now, reportTime: newestReportTime(vault) });
    },
    holders(instrument) {
      return [...(book?.vaults() ?? [])].filter(vault => {
        const group = book?.group(vault);
        return (
          group !== undefined &&
          (group.due > 0n || group.owed > 0n || group.positions.some(position => position.instrument === instrument))
        );
      });
    },
    reported: () => [...reporting],
    unsettledSeen() {
      const seen = unsettled;
      unsettled = false;
      return seen;
    },
    noteBid: (vault, until) => void bids.set(vault, until),
    bidOn(now) {
      for (const [vault, until] of bids) if (now >= until) bids.delete(vault);
      return new Set(bids.keys());
    },
    noteHealthy(vault) {
      failing.delete(vault);
    },
  };
};
