import { formatVaultName, type GroupState, type Milliseconds, milliseconds, type VaultId } from '@bulkhead/shared';
import { coalesced } from '../coalesced.ts';
import { roundIsOver } from '../decide/closing.ts';
import { decideSettlement, type SettlementDuty } from '../decide/decideSettlement.ts';
import { decideShed } from '../decide/decideShed.ts';
import { marketFeeds } from '../decide/prices.ts';
import { plainPrices } from '../decide/snapshot.ts';
import type { KeeperDependencies } from '../dependencies.ts';
import type { ChainView } from '../detection/chainView.ts';
import { closeRoundId, postPricesId, settleId, shedId } from '../effectIds.ts';
import type { ReadSituation } from '../reading.ts';
import type { ChainSettings } from '../settings.ts';
import type { Planner, Wish } from './planner.ts';

export interface DutyParts {
  readonly read: ReadSituation;
  readonly view: ChainView;
  readonly planner: Planner;
  readonly settings: ChainSettings;
}

/** For so long a planned settlement is expected to land. */
const settlementTakes = 5_000;

/** What a keeper does beside bidding: closes rounds, settles vaults, posts prices, sheds inventory. */
export const createDuties = (dependencies: KeeperDependencies, parts: DutyParts) => {
  const { clock, log, metrics, settings: keeper } = dependencies;
  const { read, view, planner, settings } = parts;
  const firstDue = new Map<string, Milliseconds>();
  const shedAfter = new Map<number, Milliseconds>();
  /** Vaults whose settlement is under way, by instrument: asking again before it lands is gas for nothing. */
  const askedUntil = new Map<string, Milliseconds>();
  let settlementAfter = milliseconds(0);
  let settlementChanged = true;

  const base = { chain: settings.chain, patience: milliseconds(60_000) } as const;

  const settlementWish = (duty: SettlementDuty, at: bigint): Wish => {
    const common = { ...base, urgency: 'settlement', budget: settings.budget.settlement, at } as const;
    if (duty.kind === 'closeRound') {
      const { instrument, round } = duty;
      return {
        ...common,
        payload: { kind: 'closeRound', instrument, round },
        subject: `round ${round} of instrument ${instrument}`,
        id: generation => closeRoundId(settings.chain, instrument, round, generation),
      };
    }
    const { instrument, round, vaults, of, owedInTotal } = duty;
    return {
      ...common,
      payload: { kind: 'settle', instrument, round, vaults },
      subject: `${vaults.length} ${of} of instrument ${instrument} for round ${round}`,
      once: of === 'unpaid',
      id: generation => settleId(settings.chain, instrument, round, owedInTotal, vaults, generation),
    };
  };

  /** A patient keeper leaves each duty to others for a while from its own first sight of it. */
  const patient = (wish: Wish, now: Milliseconds): boolean => {
    const patience = settings.settlement?.patience ?? 0;
    if (patience === 0) return false;
    const first = firstDue.get(wish.subject) ?? now;
    firstDue.set(wish.subject, first);
    return now < first + patience;
  };

  /** Bids settle both of their sides: settling them beside would be gas for nothing. */
  const groupsToSettle = (now: Milliseconds): readonly GroupState[] => {
    const bids = view.bidOn(now);
    const own = view.leadOf(settings.bid.bidderVault);
    const busy = (lead: VaultId): boolean => bids.has(lead) || (bids.size > 0 && lead === own);
    return [...(view.book?.vaults() ?? [])].flatMap(vault => (busy(vault) ? [] : (view.book?.group(vault) ?? [])));
  };

  const notAsked = (duty: SettlementDuty, now: Milliseconds): readonly SettlementDuty[] => {
    if (duty.kind !== 'settle') return [duty];
    const vaults = duty.vaults.filter(vault => now >= (askedUntil.get(`${duty.instrument}|${vault}`) ?? 0));
    return vaults.length === 0 ? [] : [{ ...duty, vaults }];
  };

  const asked = (duty: SettlementDuty, now: Milliseconds): void => {
    if (duty.kind !== 'settle') return;
    for (const [key, until] of askedUntil) if (until <= now) askedUntil.delete(key);
    for (const vault of duty.vaults) askedUntil.set(`${duty.instrument}|${vault}`, milliseconds(now + settlementTakes));
  };

  const settlement = async (): Promise<void> => {
    if (!settings.settlement || !view.book) return;
    settlementChanged = true;
    if (clock.now() < settlementAfter) return;
    // Rounds close without changing any vault: the terms are read anew.
    const reading = await read([settings.bid.bidderVault]);
    if (!reading.ok) return;
    view.takeReading(reading.value, [settings.bid.bidderVault]);
    const now = clock.now();
    const head = reading.value.at;
    const groups = groupsToSettle(now);
    const { market } = reading.value;
    const state = { now, headTime: head.time, market, groups, prices: view.prices(now) };
    const duties = decideSettlement(state, settings.settlement, keeper.freshness);
    settlementChanged = duties.length > 0;
    for (const duty of duties.flatMap(one => notAsked(one, now))) {
      const wish = settlementWish(duty, head.number);
      if (patient(wish, now)) continue;
      await planner.plan(wish);
      asked(duty, now);
    }
    if (firstDue.size > 1_000) firstDue.clear();
    settlementAfter = milliseconds(now + keeper.freshness.retry);
  };

  const postPrices = async (): Promise<void> => {
    const { market, head } = view;
    const now = clock.now();
    if (settings.postPricesAfter === undefined || !market || !head) return;
    const limit = settings.postPricesAfter;
    const stale = marketFeeds(market).filter(feed => {
      const report = view.prices(now).get(feed)?.reports.at(-1);
      const stored = view.storedTime(feed);
      return report !== undefined && (stored === undefined || report.time * 1000 - stored * 1000 >= limit);
    });
    if (stale.length === 0) return;
    // One post a period, whichever reports arrive within it.
    const period = Math.floor(now / Math.max(1, limit));
    await planner.plan({
      ...base,
      urgency: 'maintenance',
      budget: settings.budget.maintenance,
      at: head.number,
      payload: { kind: 'postPrices', feeds: stale },
      subject: `${stale.length} prices`,
      id: generation => postPricesId(settings.chain, stale, period, generation),
    });
  };

  const shedOne = async (instrument: number): Promise<void> => {
    const { market, book, head } = view;
    const shedding = settings.shedding;
    const now = clock.now();
    const own = book?.group(view.leadOf(settings.bid.bidderVault));
    if (!shedding || !market || !head || !own || now < (shedAfter.get(instrument) ?? 0)) return;
    const { counterparty } = shedding;
    const other = counterparty === undefined ? undefined : book?.group(view.leadOf(counterparty));
    const seen = { prices: plainPrices(view.prices(now)), at: head.time };
    const shed = decideShed(instrument, own, other, market, seen, shedding);
    if (!shed) return;
    if (shed.kind === 'stuck' || counterparty === undefined) {
      metrics.count('keeper_inventory_stuck_total', { chain: settings.chain, instrument: String(instrument) });
      log.warn('inventory cannot be shed', {
        chain: settings.chain,
        instrument,
        size: shed.size,
        reason: shed.kind === 'stuck' ? shed.reason : '',
      });
    } else {
      await planner.plan({
        ...base,
        urgency: 'maintenance',
        budget: settings.budget.maintenance,
        at: head.number,
        payload: { kind: 'shed', instrument, bidderVault: own.vault, counterparty },
        subject: formatVaultName({ chain: settings.chain, account: own.account, bucket: own.bucket }),
        id: generation => shedId(settings.chain, own.vault, own.lastTrade, instrument, generation),
      });
    }
    shedAfter.set(instrument, milliseconds(now + shedding.interval));
  };

  const shed = async (): Promise<void> => {
    for (const terms of view.market?.instruments ?? []) await shedOne(terms.instrument);
  };

  /** A round that comes due changes nothing in the book, so heads look at the clock of each instrument. */
  const roundDue = (): boolean =>
    view.market?.instruments.some(one => one.openInterest > 0n && roundIsOver(one, view.prices(clock.now()))) ?? false;

  const worker = coalesced(
    'duties',
    async () => {
      const unsettled = view.unsettledSeen();
      if (unsettled || settlementChanged || roundDue()) await settlement();
      await postPrices();
      await shed();
    },
    log,
  );

  return {
    settlementChanged(): void {
      settlementChanged = true;
    },
    inventoryChanged(): void {
      shedAfter.clear();
    },
    run: (): void => void worker.run(),
    idle: worker.idle,
    /** Vaults that this keeper itself needs in its book, beside those of the venue. */
    ownVaults: (): readonly VaultId[] => [
      settings.bid.bidderVault,
      ...(settings.shedding?.counterparty === undefined ? [] : [settings.shedding.counterparty]),
    ],
  };
};
