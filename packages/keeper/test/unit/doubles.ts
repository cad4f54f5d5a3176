import type { Effects } from '@bulkhead/effects';
import {
  type BlockRef,
  type ChainError,
  type DomainEvent,
  type EffectEnd,
  type EffectId,
  type EffectPlan,
  type EffectRecord,
  type FeedId,
  failure,
  type GroupState,
  type MarketState,
  milliseconds,
  ok,
  type PriceReport,
  type Result,
  type StoredPrice,
  type VaultId,
  type WatchItem,
  wei,
} from '@bulkhead/shared';
import type { Chain, Clock, Log, Metrics, Oracle, Queue } from '@bulkhead/shared/ports';
import type { KeeperDependencies } from '../../src/dependencies.ts';
import type { KeeperSettings } from '../../src/settings.ts';
import { block, chainId, epoch, market as fixtureMarket, keeperSettings, word } from './fixtures.ts';

/** Test double of Clock: nothing passes but by `advance`. */
export const createClockDouble = (start = epoch * 1000) => {
  let time = start;
  const sleepers = new Set<{ at: number; wake: () => void }>();
  const settle = () => new Promise<void>(resolve => setImmediate(resolve));
  const clock: Clock = {
    now: () => milliseconds(time),
    sleep: (duration, signal) =>
      new Promise(resolve => {
        if (signal?.aborted) return resolve();
        const wake = () => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const sleeper = { at: time + duration, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', wake, { once: true });
      }),
  };
  const soonest = () => [...sleepers].sort((a, b) => a.at - b.at)[0];
  return {
    ...clock,
    settle,
    async advance(duration: number): Promise<void> {
      const until = time + duration;
      await settle();
      for (let next = soonest(); next && next.at <= until; next = soonest()) {
        time = Math.max(time, next.at);
        next.wake();
        await settle();
      }
      time = until;
      await settle();
    },
  };
};
export type ClockDouble = ReturnType<typeof createClockDouble>;

/** A stream that a test pushes into. */
const createStream = <Item>() => {
  const waiting: Item[] = [];
  let wake: (() => void) | undefined;
  return {
    push(item: Item): void {
      waiting.push(item);
      wake?.();
    },
    async *read(signal: AbortSignal): AsyncIterable<Item> {
      while (!signal.aborted) {
        const next = waiting.shift();
        if (next !== undefined) {
          yield next;
          continue;
        }
        await new Promise<void>(resolve => {
          wake = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
    },
  };
};

/** Test double of Oracle. `whisper` makes a report the newest without the stream saying so. */
export const createOracleDouble = () => {
  const recent = new Map<FeedId, readonly PriceReport[]>();
  const stream = createStream<PriceReport>();
  const oracle: Oracle = { recent: () => recent, watch: signal => stream.read(signal) };
  const whisper = (report: PriceReport) => {
    const older = (recent.get(report.feed) ?? []).filter(one => one.time < report.time);
    recent.set(report.feed, [...older, report]);
  };
  return {
    oracle,
    whisper,
    say(report: PriceReport) {
      whisper(report);
      stream.push(report);
    },
  };
};

const refused: ChainError = { kind: 'retryable', code: 'unreachable', message: 'test double: unreachable' };

/** Test double of Chain: one state, always the newest. Blocks say what happened unless the subscription is `deaf`. */
export const createChainDouble = (clock: Clock, groups: readonly GroupState[], market: MarketState = fixtureMarket) => {
  const state = {
    head: block(100n, Math.floor(clock.now() / 1000)),
    groups: new Map<VaultId, GroupState>(groups.map(group => [group.vault, group])),
    market,
    stored: new Map<FeedId, StoredPrice>(),
    done: new Set<string>(),
    unreachable: false,
    deaf: false,
    reads: 0,
  };
  const allVaults = (): readonly VaultId[] => [...state.groups.values()].flatMap(group => group.vaults);
  /** A vault that is margined with others leads to their state, which is given once. */
  const groupsOf = (vaults: readonly VaultId[]): readonly GroupState[] => [
    ...new Set(vaults.flatMap(vault => [...state.groups.values()].find(group => group.vaults.includes(vault)) ?? [])),
  ];
  const stream = createStream<WatchItem>();
  const answer = async <Value>(value: () => Value): Promise<Result<Value, ChainError>> => {
    await undefined;
    return state.unreachable ? failure(refused) : ok(value());
  };
  const say = (item: WatchItem) => {
    if (!state.deaf) stream.push(item);
  };
  const chain = {
    id: chainId,
    capabilities: { nonces: true, replaceable: true, replacementStepPercent: 10, stateDiff: true, positions: 'perps' },
    head: () => answer(() => state.head),
    watch: (_cursor: bigint, signal: AbortSignal) => stream.read(signal),
    readMarket: () => answer(() => ({ at: state.head, value: state.market })),
    readVaults: (_at: unknown, offset: number, limit: number) =>
      answer(() => ({
        at: state.head,
        value: { vaults: allVaults().slice(offset, offset + limit), total: allVaults().length },
      })),
    readGroups: (vaults: readonly VaultId[]) => {
      state.reads++;
      return answer(() => ({ at: state.head, value: groupsOf(vaults) }));
    },
    readPrices: (feeds: readonly FeedId[]) =>
      answer(() => ({ at: state.head, value: feeds.flatMap(feed => state.stored.get(feed) ?? []) })),
    effectDone: (key: { effectKey?: string; tradeId?: string }) =>
      answer(() => ({ at: state.head, value: state.done.has(key.effectKey ?? key.tradeId ?? '') })),
    feeQuote: () =>
      answer(() => ({
        style: 'eip1559' as const,
        baseFeePerGas: wei(900_000_000n),
        suggestedPriorityFeePerGas: wei(100_000_000n),
        at: state.head,
      })),
    simulate: () => answer(() => ({ at: state.head, gasUsed: 1n, events: [{ kind: 'marketChanged' }], touches: [] })),
  } as unknown as Chain;
  return {
    chain,
    state,
    say,
    /** A new block with these events. */
    mine(...events: readonly DomainEvent[]): BlockRef {
      state.head = block(state.head.number + 1n, Math.floor(clock.now() / 1000));
      for (const [index, event] of events.entries()) {
        say({ kind: 'event', place: { block: state.head, transaction: word(state.head.number), index }, event });
      }
      say({ kind: 'head', block: state.head });
      say({ kind: 'caughtUp', block: state.head });
      return state.head;
    },
    put(group: GroupState): void {
      for (const vault of group.vaults) state.groups.delete(vault);
      state.groups.set(group.vault, group);
    },
  };
};

/** Test double of Queue: forgets every wake-up. Nothing may rest on it (F4). */
export const createDeadQueue = (): Queue => ({
  wake: async () => undefined,
  consume: async () => async () => undefined,
});

/** Test double of Log and Metrics. */
export const createSilence = () => {
  const lines: string[] = [];
  const line = (level: string) => (message: string, fields?: object) =>
    void lines.push(
      `${level} ${message} ${JSON.stringify(fields ?? {}, (_key, value) => (typeof value === 'bigint' ? String(value) : value))}`,
    );
  const log: Log = {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    with: () => log,
  };
  const metrics: Metrics = { count: () => undefined, gauge: () => undefined, observe: () => undefined };
  return { log, metrics, lines };
};

/** Test double of the ledger and of Effects: takes plans, carries nothing out. */
export const createLedgerDouble = (clock: Clock) => {
  const records = new Map<EffectId, EffectRecord>();
  const decisions = new Map<string, { decision: string; at: ReturnType<Clock['now']> }>();
  let watermark: bigint | undefined;
  const plans: EffectPlan[] = [];
  const heads: bigint[] = [];
  let leading = true;
  const effects: Pick<Effects, 'plan' | 'headSeen'> = {
    async plan(plan) {
      if (!leading) return 'refused';
      if (records.has(plan.id)) return 'known';
      plans.push(plan);
      records.set(plan.id, {
        ...plan,
        phase: 'planned',
        end: undefined,
        claim: 0,
        attempts: [],
        slot: undefined,
        includedIn: undefined,
        committed: wei(0n),
        cancelRequested: false,
        plannedAt: clock.now(),
        updatedAt: clock.now(),
        dueAt: clock.now(),
        note: '',
      });
      return 'planned';
    },
    headSeen: (_chain, seenBlock) => void heads.push(seenBlock.number),
  };
  const store: KeeperDependencies['store'] = {
    effect: async (_chain, id) => records.get(id),
    watermark: async () => watermark,
    advanceWatermark: async (_chain, _name, number) => {
      watermark = number;
    },
    putDecision: async (_chain, subject, decision, at) => void decisions.set(subject, { decision, at }),
    decision: async (_chain, subject) => decisions.get(subject),
  };
  return {
    effects,
    store,
    plans,
    heads,
    decisions,
    records,
    lead(yes: boolean) {
      leading = yes;
    },
    end(id: EffectId, end: EffectEnd) {
      const record = records.get(id);
      if (record) records.set(id, { ...record, phase: end.kind, end, updatedAt: clock.now() });
    },
  };
};

export const createWorld = (groups: readonly GroupState[], settings: KeeperSettings = keeperSettings()) => {
  const clock = createClockDouble();
  const oracle = createOracleDouble();
  const chain = createChainDouble(clock, groups);
  const ledger = createLedgerDouble(clock);
  const silence = createSilence();
  const dependencies: KeeperDependencies = {
    chains: new Map([[chainId, chain.chain]]),
    oracle: oracle.oracle,
    store: ledger.store,
    effects: ledger.effects,
    queue: createDeadQueue(),
    clock,
    random: { unit: () => 0 },
    log: silence.log,
    metrics: silence.metrics,
    settings,
  };
  return { clock, oracle, chain, ledger, silence, dependencies };
};
export type World = ReturnType<typeof createWorld>;
