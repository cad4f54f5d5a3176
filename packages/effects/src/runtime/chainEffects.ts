import { type BlockRef, type EffectId, type EffectPlan, type Milliseconds, urgencies } from '@bulkhead/shared';
import type { Claim, Ids } from '@bulkhead/shared/ports';
import type { PlanOutcome } from '../handler.ts';
import type { Sending } from '../lane/machine.ts';
import type { ChainSnapshot } from './api.ts';
import { boot } from './boot.ts';
import { describeError, type LaneContext, queueName, type Term, wakeLater } from './context.ts';
import { gapFillHandler } from './gapEffect.ts';
import { createLaneRunner, type LaneRunner } from './laneRunner.ts';
import { createLeadership } from './leadership.ts';
import { sweepUntil } from './sweeper.ts';

const shownEffects = 500;
/** Handlers of a queue only wait for a lane's pass, so many may. */
const consumers = 32;

/** Effects of one chain: leads the shard, runs the lane, sweeps. */
export interface ChainEffects {
  plan(plan: EffectPlan): Promise<PlanOutcome>;
  start(signal: AbortSignal): Promise<void>;
  headSeen(block: BlockRef): void;
  drain(): Promise<void>;
  cancel(effect: EffectId): Promise<boolean>;
  setPaused(paused: boolean): Promise<void>;
  snapshot(): Promise<ChainSnapshot>;
}

interface Leading {
  readonly term: Term;
  readonly lane: LaneRunner;
}

export const createChainEffects = (context: LaneContext, ids: Ids): ChainEffects => {
  const { chain, signer, store, queue, clock, policy, log, metrics } = context;
  const leadership = createLeadership(context, ids);
  let leading: Leading | undefined;
  let draining = false;
  let lastPassAt: Milliseconds | undefined;
  let openSlots = 0;
  const drained: (() => void)[] = [];

  const runLane = async (): Promise<void> => {
    await leading?.lane.run();
  };

  const passed = (at: Milliseconds, slots: number): void => {
    lastPassAt = at;
    openSlots = slots;
    if (draining && slots === 0) for (const resolve of drained.splice(0)) resolve();
  };

  /** Only who leads takes wake-ups: a process that waits for the lease would swallow them. */
  const consume = async (end: (reason: string) => void): Promise<readonly (() => Promise<void>)[]> => {
    const opened = await Promise.allSettled(
      urgencies.map(urgency => queue.consume(queueName(chain.id, urgency), runLane, { concurrency: consumers })),
    );
    for (const one of opened) if (one.status === 'rejected') end(`no wake-ups: ${describeError(one.reason)}`);
    return opened.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []));
  };

  const untilAborted = (signal: AbortSignal): Promise<void> =>
    new Promise(resolve => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });

  /** One term: from holding both leases until one is lost or the process stops. */
  const serve = async (authority: Term['authority'], signal: AbortSignal): Promise<void> => {
    const over = new AbortController();
    const end = (reason: string): void => {
      if (!over.signal.aborted) log.warn('leadership ends', { chain: chain.id, reason });
      over.abort();
    };
    const term: Term = {
      authority,
      claims: new Map<EffectId, Claim>(),
      sendings: new Map<bigint, Sending>(),
      signal: AbortSignal.any([signal, over.signal]),
      fenced: refusal => end(`the ledger refused: ${refusal.kind}`),
    };
    const keeping = leadership.keep(authority, term.signal, end);
    const [stops] = await Promise.all([consume(end), boot(context, term)]);
    const lane = createLaneRunner(context, term, { draining: () => draining, passed });
    if (!term.signal.aborted) {
      leading = { term, lane };
      log.info('leading', { chain: chain.id, shard: policy.shard, signer: signer.address, mode: policy.mode });
      metrics.gauge('leading', 1, { chain: chain.id });
    }
    const sweeping = sweepUntil(context, term.signal, {
      fallback: () => lane.run(),
      swept: () => {
        lastPassAt = clock.now();
        // What is in flight is looked at even when nobody tells of new blocks and no effect of ours is behind it.
        if (openSlots > 0) void lane.run();
      },
    });
    void lane.run();
    await untilAborted(term.signal);
    leading = undefined;
    metrics.gauge('leading', 0, { chain: chain.id });
    await Promise.all([keeping, sweeping, lane.idle(), ...stops.map(stop => stop())]);
  };

  const start = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      const authority = await leadership.acquire(signal);
      if (!authority) break;
      await serve(authority, signal);
      await leadership.release(authority);
    }
  };

  /** When the store gave out nobody knows whether it has the plan: the caller plans again, and is then told. */
  const record = async (wanted: EffectPlan, term: Term): Promise<PlanOutcome> => {
    try {
      const planned = await store.plan(wanted, term.authority.shard, clock.now());
      if (planned.ok) return planned.value;
      if (planned.error.kind === 'fenced') term.fenced(planned.error);
    } catch (error) {
      log.error('the store did not take a plan', {
        effect: wanted.id,
        trace: wanted.trace,
        error: describeError(error),
      });
    }
    return 'refused';
  };

  const plan = async (wanted: EffectPlan): Promise<PlanOutcome> => {
    if (!leading || draining || wanted.handler === gapFillHandler) return 'refused';
    const planned = await record(wanted, leading.term);
    if (planned !== 'planned') return planned;
    log.info('effect planned', {
      chain: chain.id,
      effect: wanted.id,
      trace: wanted.trace,
      subject: wanted.subject,
      urgency: wanted.urgency,
    });
    metrics.count('effects_planned_total', { chain: chain.id, urgency: wanted.urgency });
    // The queue may be slow, and the lane may be right here: a hint costs nothing and decides nothing.
    if (wanted.notBefore <= clock.now()) void runLane();
    await wakePlanned(wanted);
    return 'planned';
  };

  const wakePlanned = async (wanted: EffectPlan): Promise<void> => {
    try {
      await queue.wake(queueName(chain.id, wanted.urgency), wanted.id, wanted.notBefore);
    } catch (error) {
      log.warn('the queue did not take a wake-up; the sweeper will', {
        effect: wanted.id,
        error: describeError(error),
      });
    }
  };

  const cancel = async (id: EffectId): Promise<boolean> => {
    const asked = await store.requestCancel(chain.id, id, clock.now());
    const effect = asked ? await store.effect(chain.id, id) : undefined;
    if (effect) await wakeLater(context, effect, clock.now());
    return asked;
  };

  const snapshot = async (): Promise<ChainSnapshot> => {
    const [lane, open, counters] = await Promise.all([
      store.lane(chain.id, signer.address),
      store.openEffects(chain.id, shownEffects),
      store.counters(chain.id, clock.now()),
    ]);
    return {
      chain: chain.id,
      mode: policy.mode,
      paused: lane.paused,
      draining,
      leading: leading !== undefined,
      signer: signer.address,
      nextNonce: lane.nextNonce,
      slots: lane.slots.map(({ nonce, occupant, included }) => ({
        nonce,
        occupant: occupant.kind === 'effect' ? occupant.effect.id : 'foreign',
        included,
      })),
      open: open.map(({ id, urgency, subject, phase, note, dueAt }) => ({ id, urgency, subject, phase, note, dueAt })),
      ...counters,
      lastPassAt,
    };
  };

  return Object.freeze<ChainEffects>({
    plan,
    start,
    headSeen(block) {
      leading?.lane.headSeen(block);
    },
    drain() {
      draining = true;
      const done = new Promise<void>(resolve => drained.push(resolve));
      void runLane();
      return done;
    },
    cancel,
    async setPaused(paused) {
      await store.setPaused(chain.id, paused);
      if (!paused) void runLane();
    },
    snapshot,
  });
};
