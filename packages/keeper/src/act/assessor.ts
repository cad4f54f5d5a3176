import {
  type Address,
  accountId,
  type BlockRef,
  type ChainError,
  type FeeQuote,
  formatVaultName,
  type GroupState,
  type Hex32,
  type Milliseconds,
  milliseconds,
  quoteAmount,
  type VaultId,
  wei,
} from '@bulkhead/shared';
import type { Chain } from '@bulkhead/shared/ports';
import { coalesced } from '../coalesced.ts';
import { decideBid } from '../decide/decideBid.ts';
import type { Decision } from '../decide/decision.ts';
import { laterOf, newestPrices } from '../decide/prices.ts';
import type { Snapshot } from '../decide/snapshot.ts';
import type { KeeperDependencies } from '../dependencies.ts';
import type { ChainView } from '../detection/chainView.ts';
import { bidId, touchId } from '../effectIds.ts';
import type { Reading, ReadSituation } from '../reading.ts';
import { decisionRecord } from '../records/decisionRecord.ts';
import type { ChainSettings } from '../settings.ts';
import type { Planner, Wish } from './planner.ts';

/** Which path found the group worth a look. */
export type DetectedBy = 'live' | 'price' | 'resync' | 'schedule';

/** The one place where all detection paths meet: they hand in vaults, it reads them at the newest block, decides and plans. */
export interface Assessor {
  /** Asks for an assessment of the groups of these vaults. Those in a cool-down are left out, unless their state changed. */
  request(vaults: Iterable<VaultId>, by: DetectedBy): void;
  /**
   * Decides at once from what the book knows, without reading: the price path is the one where time counts, and whatever is planned is read and
   * decided again before it is signed.
   */
  decideNow(vaults: Iterable<VaultId>): void;
  /** Takes in a reading made elsewhere and assesses what it shows. */
  assess(reading: Reading, asked: readonly VaultId[], by: DetectedBy): Promise<void>;
  /** Asks what gas costs; decisions made without reading use the last answer. */
  learnGasPrice(): Promise<void>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

export interface AssessorParts {
  readonly chain: Chain;
  readonly read: ReadSituation;
  readonly view: ChainView;
  readonly planner: Planner;
  readonly settings: ChainSettings;
  /** Called with every error of a read, so that the loop that asked can slow down. */
  readonly onReadError: (error: ChainError) => void;
}

/** For so long a planned bid is expected to settle its group, so that nothing else needs to. */
const bidTakes = 10_000;

const gasPriceOf = (quote: FeeQuote | undefined): bigint =>
  quote ? quote.baseFeePerGas + quote.suggestedPriorityFeePerGas : 0n;

/** Stands in for a bidding vault that does not exist: a process that only observes may have none. It can pay nothing. */
const withoutAssets = (vault: VaultId, group: GroupState): GroupState => ({
  ...group,
  vault,
  mode: 'segregated',
  vaults: [vault],
  account: accountId(noWord),
  owner: noOwner,
  assets: [],
  positions: [],
  unsettled: [],
  owed: quoteAmount(0n),
  due: quoteAmount(0n),
  claims: [],
  intraDebts: [],
  attested: undefined,
  reported: undefined,
  auction: undefined,
});
const noWord: Hex32 = `0x${'0'.repeat(64)}`;
const noOwner: Address = `0x${'0'.repeat(40)}`;

export const createAssessor = (dependencies: KeeperDependencies, parts: AssessorParts): Assessor => {
  const { clock, log, metrics, store, settings: keeper } = dependencies;
  const { chain, read, view, planner, settings } = parts;
  const pending = new Map<VaultId, DetectedBy>();
  const notBefore = new Map<VaultId, Milliseconds>();
  let gasPrice = 0n;

  const learnGasPrice = async (): Promise<void> => {
    const quote = await chain.feeQuote();
    if (quote.ok) gasPrice = gasPriceOf(quote.value);
  };

  const bidWish = (group: GroupState, at: BlockRef): Wish => {
    const { bidderVault, lifetime } = settings.bid;
    const reportTime = view.failing.get(group.vault)?.reportTime;
    const situation = { chain: settings.chain, vault: group.vault, lastTrade: group.lastTrade, bidderVault };
    return {
      chain: settings.chain,
      urgency: 'liquidation',
      payload: {
        kind: 'bid',
        vault: group.vault,
        bidderVault,
        lastTrade: group.lastTrade,
        ...(reportTime === undefined ? {} : { reportTime }),
      },
      subject: nameOf(group),
      // The effect may outlive one bid's own deadline: each attempt is prepared anew.
      patience: milliseconds(lifetime * 4_000),
      budget: settings.budget.liquidation,
      id: generation => bidId(situation, generation),
      at: at.number,
    };
  };

  const touchWish = (group: GroupState, at: BlockRef): Wish => {
    const shownAt = group.auction?.shownAt ?? (0 as never);
    return {
      chain: settings.chain,
      // An auction that nobody shows in time begins anew, and with it the wait for a price at which its group is taken.
      urgency: 'liquidation',
      payload: { kind: 'touch', vault: group.vault, shownAt },
      subject: nameOf(group),
      patience: milliseconds(settings.bid.lifetime * 1_000),
      budget: settings.budget.maintenance,
      id: generation => touchId(settings.chain, group.vault, group.lastTrade, shownAt, generation),
      at: at.number,
    };
  };

  const nameOf = (group: GroupState): string =>
    formatVaultName({ chain: settings.chain, account: group.account, bucket: group.bucket });

  const act = async (snapshot: Snapshot, decision: Decision): Promise<string> => {
    if (decision.act === 'bid') return planner.plan(bidWish(snapshot.group, snapshot.at));
    if (decision.act === 'touch') return planner.plan(touchWish(snapshot.group, snapshot.at));
    return decision.act;
  };

  /** A cool-down begins only after a decision was reached and, where there was something to plan, taken (F16). */
  const coolDown = (snapshot: Snapshot, decision: Decision, outcome: string): void => {
    if (outcome === 'refused') return;
    if (decision.act === 'bid') view.noteBid(snapshot.group.vault, milliseconds(snapshot.now + bidTakes));
    const retry = milliseconds(snapshot.now + keeper.freshness.retry);
    const patient = decision.act === 'wait' && decision.code === 'patience';
    notBefore.set(snapshot.group.vault, patient ? decision.until : retry);
  };

  const remember = async (snapshot: Snapshot, decision: Decision, outcome: string): Promise<void> => {
    const record = JSON.stringify(decisionRecord(keeper.name, snapshot, decision, outcome));
    await store.putDecision(settings.chain, nameOf(snapshot.group), record, snapshot.now);
  };

  const snapshotOf = (
    reading: Reading,
    group: GroupState,
    bidder: GroupState,
    bookAt: bigint | undefined,
  ): Snapshot => {
    const now = clock.now();
    const newest = view.head && view.head.number > reading.at.number ? view.head : reading.at;
    return {
      chain: settings.chain,
      now,
      head: newest,
      at: reading.at,
      bookAt,
      group,
      bidder,
      market: reading.market,
      prices: newestPrices(reading.market, reading.stored, dependencies.oracle.recent(), laterOf(now, reading.at)),
      gasPrice: wei(gasPrice),
      failingSince: view.failing.get(group.vault)?.since,
    };
  };

  const decideOne = async (
    reading: Reading,
    group: GroupState,
    bidder: GroupState,
    bookAt: bigint | undefined,
    by: DetectedBy,
  ): Promise<void> => {
    const seenBefore = view.failing.has(group.vault);
    const snapshot = snapshotOf(reading, group, bidder, bookAt);
    const decision = decideBid(snapshot, { bid: settings.bid, freshness: keeper.freshness });
    const outcome = await act(snapshot, decision);
    coolDown(snapshot, decision, outcome);
    const code = 'code' in decision ? decision.code : outcome;
    metrics.count('keeper_decisions_total', { chain: settings.chain, act: decision.act, code, by });
    const since = view.failing.get(group.vault);
    if (decision.act === 'bid' && outcome === 'planned' && since?.reportTime !== undefined) {
      metrics.observe('keeper_report_to_planned_seconds', (snapshot.now - since.reportTime * 1000) / 1000, {
        chain: settings.chain,
      });
    }
    if (decision.act !== 'nothing' || seenBefore) await remember(snapshot, decision, outcome);
    log.debug('decided', { vault: group.vault, act: decision.act, reason: decision.reason, outcome, by });
  };

  /** Groups that the book cannot clear at the prices of this very reading, those that were failing, and those with an auction. */
  const worthDeciding = (
    vaults: readonly VaultId[],
  ): { readonly wanted: ReadonlySet<VaultId>; readonly recovered: readonly VaultId[] } => {
    const result = view.book?.check(vaults);
    const now = clock.now();
    const wanted = new Set<VaultId>();
    const recovered: VaultId[] = [];
    for (const one of result?.failing ?? []) {
      wanted.add(one.vault);
      view.noteFailing(one.vault, now);
    }
    for (const one of result?.undecided ?? []) wanted.add(one.vault);
    for (const vault of vaults) {
      if (wanted.has(vault)) continue;
      if (view.failing.has(vault)) recovered.push(vault);
      if (view.failing.has(vault) || view.book?.group(vault)?.auction) wanted.add(vault);
      else notBefore.delete(vault);
    }
    return { wanted, recovered };
  };

  const assess = async (reading: Reading, asked: readonly VaultId[], by: DetectedBy): Promise<void> => {
    const before = new Map(asked.map(vault => [reading.groups.get(vault)?.vault ?? vault, view.takenAt(vault)]));
    view.takeReading(reading, [...asked, settings.bid.bidderVault]);
    const ticked = view.reprice(clock.now());
    if (ticked)
      request(
        ticked.failing.map(one => one.vault),
        'price',
      );
    const leavers = view.takeLeavers();
    if (leavers.length > 0) request(leavers, 'live');
    const { wanted, recovered } = worthDeciding([...new Set(asked.map(view.leadOf))]);
    if (wanted.size === 0) return;
    await decideAll(reading, wanted, before, by);
    for (const vault of recovered) view.noteHealthy(vault);
  };

  const decideAll = async (
    reading: Reading,
    vaults: Iterable<VaultId>,
    before: ReadonlyMap<VaultId, bigint | undefined>,
    by: DetectedBy,
  ): Promise<void> => {
    const found = reading.groups.get(settings.bid.bidderVault);
    for (const vault of vaults) {
      const group = reading.groups.get(vault);
      if (!group) continue;
      const bidder = found ?? withoutAssets(settings.bid.bidderVault, group);
      try {
        await decideOne(reading, group, bidder, before.get(vault), by);
      } catch (error) {
        // The store gave out, most likely. No cool-down was started: the next look decides again, and the others are not kept waiting.
        metrics.count('keeper_decisions_failed_total', { chain: settings.chain });
        log.error('a decision could not be carried through', { vault, error: String(error) });
      }
    }
  };

  const takeBatch = (): Map<VaultId, DetectedBy> => {
    const batch = new Map([...pending].slice(0, keeper.readBatch));
    for (const vault of batch.keys()) pending.delete(vault);
    return batch;
  };

  const readAndAssess = async (batch: ReadonlyMap<VaultId, DetectedBy>): Promise<void> => {
    const vaults = [...batch.keys()];
    const [reading] = await Promise.all([read([...new Set([...vaults, settings.bid.bidderVault])]), learnGasPrice()]);
    if (!reading.ok) {
      parts.onReadError(reading.error);
      return;
    }
    await assess(reading.value, vaults, batch.values().next().value ?? 'live');
  };

  const worker = coalesced(
    'assessment',
    async () => {
      while (pending.size > 0) await readAndAssess(takeBatch());
    },
    log,
  );

  const isCool = (vault: VaultId): boolean => clock.now() < (notBefore.get(vault) ?? 0);

  let fromBook = new Set<VaultId>();
  const hurried = coalesced(
    'decisions from the book',
    async () => {
      const reading = view.asReading();
      const vaults = fromBook;
      fromBook = new Set();
      if (reading) await decideAll(reading, vaults, new Map(), 'price');
    },
    log,
  );

  const decideNow = (vaults: Iterable<VaultId>): void => {
    const now = clock.now();
    for (const vault of vaults) {
      view.noteFailing(vault, now);
      if (!isCool(vault)) fromBook.add(vault);
    }
    if (fromBook.size > 0) void hurried.run();
  };

  const request = (vaults: Iterable<VaultId>, by: DetectedBy): void => {
    for (const member of vaults) {
      const vault = view.leadOf(member);
      const changed = by === 'live' || by === 'resync';
      if (changed || !isCool(vault)) pending.set(vault, pending.get(vault) ?? by);
    }
    if (pending.size > 0) void worker.run();
  };

  return {
    request,
    decideNow,
    assess,
    learnGasPrice,
    async idle() {
      await Promise.all([worker.idle(), hurried.idle()]);
    },
  };
};
