import type { Effects } from '@bulkhead/effects';
import type { EffectId, EffectPlan, Hex32, Wei } from '@bulkhead/shared';
import type { Metrics } from '@bulkhead/shared/ports';
import { type ChainModel, createChainModel, type SendFault } from './chainModel.ts';
import { createVirtualClock, noMetrics } from './clocks.ts';
import { bidHandler, bidPlan, effectsOn, testPolicy } from './effectsBench.ts';
import { type FaultPoint, withFaults } from './faults.ts';
import { createMemoryQueue } from './memoryQueue.ts';
import { createMemoryStore } from './memoryStore.ts';

const chainId = 'eip155:31337';
const policy = { foreignPatience: 20_000 as never, retryAfter: 500 as never, claimTtl: 2_000 as never };
const nobodyComesBack = new Promise<never>(() => undefined);

/** die: nothing of the process is heard of again. pause: it goes on when it is resumed. lose: that one call rejects, as when a connection breaks. */
type Manner = 'die' | 'pause' | 'lose';

/** One process of the runtime over decorated ports: it can die at a port call, or be paused there and come back. */
interface Incarnation {
  readonly effects: Effects;
  readonly stop: AbortController;
  readonly running: Promise<void>;
  /** @param label the port call it happens at; undefined: any. */
  doom(label: string | undefined, inCalls: number, moment: FaultPoint['moment'], how: Manner): void;
  readonly fate: Promise<void>;
  resume(): void;
  readonly dead: () => boolean;
}

/** What the worlds of one test have gone through: a property that never met a crash or a retraction proves nothing about them. */
export const createCoverage = () => {
  const counts = new Map<string, number>();
  return Object.freeze({
    count: (name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1),
    missing: (names: readonly string[]): readonly string[] => names.filter(name => !counts.has(name)),
    report: (): string => [...counts].map(([name, times]) => `${name} ${times}`).join(', '),
  });
};
export type Coverage = ReturnType<typeof createCoverage>;

/** Production effects over modelled ports in virtual time, with judges that read the model's history only. */
export interface LaneWorld {
  boot(): Promise<void>;
  plan(): Promise<void>;
  mine(): Promise<void>;
  mineEmpty(): Promise<void>;
  pass(ms: number): Promise<void>;
  reorganise(depth: number, keep: boolean): Promise<void>;
  drop(k: number): Promise<void>;
  failSends(faults: readonly SendFault[]): Promise<void>;
  liePending(by: bigint): Promise<void>;
  foreign(mode: 'pool' | 'promisedOnly'): Promise<void>;
  setBaseFee(fee: bigint): Promise<void>;
  cancelOne(): Promise<void>;
  forgetQueue(): Promise<void>;
  crash(label: string | undefined, inCalls: number, moment: FaultPoint['moment']): Promise<void>;
  /** One call of the running process rejects, before or after it took effect. */
  lose(label: string, inCalls: number, moment: 'before' | 'afterEffect'): Promise<void>;
  pauseAndReplace(label: string | undefined, inCalls: number): Promise<void>;
  resumeZombies(): Promise<void>;
  /** Faults off; lets the world run until everything is at rest, or says that it does not come to rest. */
  calm(): Promise<void>;
  judge(): Promise<void>;
  forgeSecondEffect(): void;
  end(): Promise<void>;
}

export const createLaneWorld = (options: {
  readonly losesTail?: boolean;
  readonly budget?: Wei;
  readonly coverage?: Coverage;
}): LaneWorld => {
  const coverage = options.coverage ?? createCoverage();
  const clock = createVirtualClock();
  const model: ChainModel = createChainModel(chainId, clock);
  const store = createMemoryStore(() => clock.now());
  const queue = createMemoryQueue(clock);
  const planned = new Map<EffectId, EffectPlan>();
  const unrecorded: Hex32[] = [];
  const zombies: Incarnation[] = [];
  const all: Incarnation[] = [];
  let serial = 0;
  let forged = false;
  let synced = store.image();
  let current: Incarnation | undefined;

  /** EFF-3: over recorded attempts the lane's fence never falls back, whoever else is still alive. */
  const fences: number[] = [];
  const observed: typeof store = {
    ...store,
    record: async (claim, ...rest) => {
      const recorded = await store.record(claim, ...rest);
      if (recorded.ok) fences.push(claim.authority.lane.fence);
      return recorded;
    },
  };

  /** EFF-3: whatever reaches the wire must be in the ledger at that moment. */
  model.onBroadcast(hash => {
    const known = JSON.stringify(store.image(), (_key, item: unknown) =>
      item instanceof Map ? [...item] : typeof item === 'bigint' ? String(item) : item,
    );
    if (!known.includes(hash)) unrecorded.push(hash);
  });

  const born = (): Incarnation => {
    let left = Number.POSITIVE_INFINITY;
    let doomedLabel: string | undefined;
    let doomedAt: FaultPoint['moment'] = 'before';
    let how: Manner = 'die';
    let dead = false;
    let paused: Promise<void> | undefined;
    let resume = (): void => undefined;
    let sealed = (): void => undefined;
    const fate = new Promise<void>(resolve => {
      sealed = resolve;
    });
    const strike = ({ label, moment }: FaultPoint): void | Promise<void> => {
      if (dead) return nobodyComesBack;
      if (paused) return paused;
      if (moment !== doomedAt || (doomedLabel !== undefined && label !== doomedLabel)) return;
      if (left > 0) {
        left -= 1;
        return;
      }
      left = Number.POSITIVE_INFINITY;
      sealed();
      if (how === 'lose') {
        coverage.count(`lose at ${label}`);
        throw new Error(`the connection broke ${moment} ${label}`);
      }
      coverage.count(`${how} at ${label}`);
      coverage.count(`${how} ${moment}`);
      if (how === 'die') {
        dead = true;
        return nobodyComesBack;
      }
      paused = new Promise(resolve => {
        resume = () => {
          paused = undefined;
          resolve();
        };
      });
      return paused;
    };
    const plan = { strike };
    const chain = withFaults('chain', model.chain, plan, ['build', 'watch']);
    const ports = {
      chain,
      signer: withFaults('signer', model.signer, plan),
      store: withFaults('store', observed, plan, ['image', 'restore']),
      queue: withFaults('queue', queue, plan, ['consume', 'forget']),
      // Sleeping is no decision of interest, but the dead must not wake from it.
      clock: {
        now: clock.now,
        sleep: async (duration: never, signal?: AbortSignal) => {
          await clock.sleep(duration, signal);
          if (dead) return nobodyComesBack;
          if (paused) await paused;
        },
      },
    };
    const metrics: Metrics = {
      ...noMetrics,
      count: (name, labels = {}) => coverage.count([name, labels.kind ?? labels.outcome ?? ''].join(' ').trim()),
    };
    const effects = effectsOn({ ...ports, policy, metrics, handlers: { bid: bidHandler(chain, clock) } });
    const stop = new AbortController();
    const self: Incarnation = {
      effects,
      stop,
      running: effects.start(stop.signal),
      doom(label, inCalls, moment, manner) {
        doomedLabel = label;
        left = inCalls;
        doomedAt = moment;
        how = manner;
      },
      fate,
      resume: () => resume(),
      dead: () => dead,
    };
    all.push(self);
    return self;
  };

  const replace = async (): Promise<void> => {
    current = born();
    await clock.advance(testPolicy.leaseTtl + 1_500);
  };

  const plan = async (): Promise<void> => {
    const wanted = bidPlan(chainId, ++serial, clock.now(), {
      ...(options.budget && { budget: options.budget }),
      ...(serial % 5 === 0 && { urgency: 'maintenance' }),
    });
    const outcome = current?.effects.plan(wanted);
    await clock.advance(20);
    // A dead process never answers; then the ledger says whether it knows the effect.
    void outcome;
    if (await store.effect(chainId, wanted.id)) planned.set(wanted.id, wanted);
  };

  /** Dooms the current process and gives it something to do, so that it reaches its fate. */
  const doomed = async (
    label: string | undefined,
    inCalls: number,
    moment: FaultPoint['moment'],
    how: Manner,
  ): Promise<Incarnation | undefined> => {
    const victim = current;
    if (!victim) return undefined;
    victim.doom(label, inCalls, moment, how);
    await plan();
    for (let n = 0; n < 6; n++) {
      model.mine();
      await clock.advance(700);
      await headSeen();
    }
    return victim;
  };

  const headSeen = async (): Promise<void> => {
    current?.effects.headSeen(chainId, model.head());
    await clock.settle();
  };

  const atRest = async (): Promise<boolean> => {
    const lane = await store.lane(chainId, model.address);
    return lane.slots.length === 0 && (await store.openEffects(chainId, 1)).length === 0;
  };

  return {
    async boot() {
      current = born();
      await clock.advance(100);
    },
    plan,
    async mine() {
      model.mine();
      await clock.advance(1_000);
      await headSeen();
    },
    async mineEmpty() {
      for (let n = 0; n < 5; n++) {
        model.mine();
        await clock.advance(1_000);
      }
      await headSeen();
    },
    async pass(ms) {
      await clock.advance(ms);
      await headSeen();
    },
    async reorganise(depth, keep) {
      model.reorganise(depth, keep);
      await headSeen();
    },
    async drop(k) {
      model.drop(k);
    },
    async failSends(faults) {
      model.failSends(faults);
    },
    async liePending(by) {
      model.liePending(by);
    },
    async foreign(mode) {
      model.foreign(mode);
    },
    async setBaseFee(fee) {
      model.setBaseFee(fee);
    },
    async cancelOne() {
      const [open] = await store.openEffects(chainId, 1);
      if (open) await store.requestCancel(chainId, open.id, clock.now());
    },
    async forgetQueue() {
      queue.forget();
    },
    async crash(label, inCalls, moment) {
      const victim = await doomed(label, inCalls, moment, 'die');
      victim?.doom(undefined, 0, 'before', 'die');
      await clock.advance(2_000);
      if (options.losesTail) store.restore(synced);
      await replace();
    },
    async lose(label, inCalls, moment) {
      await doomed(label, inCalls, moment, 'lose');
      current?.doom(undefined, Number.POSITIVE_INFINITY, 'before', 'lose');
    },
    async pauseAndReplace(label, inCalls) {
      const victim = await doomed(label, inCalls, 'before', 'pause');
      if (victim) zombies.push(victim);
      await replace();
    },
    async resumeZombies() {
      for (const zombie of zombies) zombie.resume();
      await clock.advance(2_000);
      synced = store.image();
    },
    async calm() {
      model.failSends([]);
      model.liePending(0n);
      model.setBaseFee(10n ** 9n);
      if (!current || current.dead()) await replace();
      current?.doom(undefined, Number.POSITIVE_INFINITY, 'before', 'die');
      for (const zombie of zombies) zombie.resume();
      for (let n = 0; n < 400; n++) {
        model.mine();
        await clock.advance(1_000);
        await headSeen();
        if (await atRest()) return;
      }
      const open = await store.openEffects(chainId, 5);
      const lane = await store.lane(chainId, model.address);
      throw new Error(
        `it does not come to rest: open ${open.map(effect => `${effect.id.slice(-3)} ${effect.phase} (${effect.note})`)}, slots ${lane.slots.map(slot => `${slot.nonce} ${slot.occupant.kind}`)}, mined ${model.minedNonce()}`,
      );
    },
    async judge() {
      for (const [id] of planned) {
        const times = model.timesDone(id) + (forged ? 1 : 0);
        if (times > 1) throw new Error(`EFF-1: ${id} happened ${times} times, not once`);
        const record = await store.effect(chainId, id);
        for (const attempt of record?.attempts ?? []) coverage.count(attempt.purpose);
        if (!record && options.losesTail) continue;
        if (!record?.end) throw new Error(`EFF-2: ${id} has no end`);
        if (record.phase === 'final' && times !== 1)
          throw new Error(`EFF-1: ${id} is final and happened ${times} times`);
        const dear = record.attempts.filter(
          attempt =>
            attempt.purpose === 'effect' &&
            (attempt.maxCost > record.budget || attempt.fees.maxFeePerGas > testPolicy.feeCap),
        );
        if (dear.length > 0) throw new Error(`EFF-5: ${id} has attempts beyond its budget`);
      }
      const fallen = fences.find((fence, index) => fence < (fences[index - 1] ?? 0));
      if (fallen !== undefined) throw new Error(`EFF-3: an attempt was recorded under the old fence ${fallen}`);
      if (unrecorded.length > 0 && !options.losesTail) throw new Error(`EFF-3: sent but not recorded: ${unrecorded}`);
      const lane = await store.lane(chainId, model.address);
      // The chain may be ahead through somebody else's transactions; the lane never, at rest.
      if (lane.nextNonce !== undefined && lane.nextNonce > model.minedNonce())
        throw new Error(`EFF-4: the lane is at ${lane.nextNonce}, the chain at ${model.minedNonce()}`);
    },
    forgeSecondEffect() {
      forged = true;
    },
    async end() {
      for (const incarnation of all) {
        incarnation.resume();
        incarnation.stop.abort();
      }
      await clock.advance(100);
    },
  };
};
