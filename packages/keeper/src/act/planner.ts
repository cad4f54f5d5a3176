import {
  type Caip2,
  type EffectId,
  type EffectRecord,
  type Milliseconds,
  milliseconds,
  type Urgency,
  wei,
} from '@bulkhead/shared';
import type { KeeperDependencies } from '../dependencies.ts';
import { encodePayload, type Payload } from '../handlers/payload.ts';

/** What became of a wish to have something done. */
export type PlanResult =
  | 'planned'
  /** The same effect is in the ledger and under way. */
  | 'underWay'
  /** It was done; the reads that say otherwise are older. */
  | 'done'
  /** It ended without being done, not long ago. */
  | 'backingOff'
  | 'refused';

export interface Wish {
  readonly chain: Caip2;
  readonly urgency: Urgency;
  readonly payload: Payload;
  readonly subject: string;
  /** For how long the effect is worth trying. */
  readonly patience: Milliseconds;
  readonly budget: bigint;
  /** Names one situation; generations of it are tried one after the other. */
  readonly id: (generation: number) => EffectId;
  /** That it turned out not to be due settles the matter: there is no next generation then. */
  readonly once?: boolean;
  /** Block that the wish rests on. */
  readonly at: bigint;
}

export interface Planner {
  plan(wish: Wish): Promise<PlanResult>;
}

/** A moment after a liquidation that was not due for a while; else twice as long after each one, up to a minute. */
const pauseAfter = (record: EffectRecord, generation: number): number =>
  record.urgency === 'liquidation' && record.end?.kind !== 'failed'
    ? 1_000
    : Math.min(60_000, 1_000 * 2 ** Math.min(generation, 6));

/** Whether an ended effect leaves its situation open, so that it may be tried anew. */
const judge = (record: EffectRecord, wish: Wish, generation: number, now: Milliseconds): PlanResult | 'next' => {
  if (!record.end) return 'underWay';
  if (wish.once && record.end.kind !== 'failed') return 'done';
  if (record.end.kind === 'final') return record.end.block.number >= wish.at ? 'done' : 'next';
  return now < record.updatedAt + pauseAfter(record, generation) ? 'backingOff' : 'next';
};

/** Puts wishes into the ledger under ids that depend on the chain's state alone, so that a restart does not double them (EFF-1). */
export const createPlanner = (dependencies: KeeperDependencies): Planner => {
  const { store, effects, clock, log, metrics } = dependencies;
  // Highest generation known to the ledger, by the id of generation 0; only saves reads.
  const newest = new Map<EffectId, number>();

  const recordOf = (wish: Wish, generation: number) => store.effect(wish.chain, wish.id(generation));

  /** Generations fill the ledger from 0 without a gap: the first unknown one is found by doubling, then by halving. */
  const newestGeneration = async (wish: Wish): Promise<number> => {
    let known = newest.get(wish.id(0)) ?? -1;
    let unknown = known + 1;
    for (let step = 1; await recordOf(wish, unknown); step *= 2) {
      known = unknown;
      unknown += step;
    }
    while (unknown - known > 1) {
      const middle = Math.floor((known + unknown) / 2);
      if (await recordOf(wish, middle)) known = middle;
      else unknown = middle;
    }
    return known;
  };

  const findPlace = async (wish: Wish): Promise<{ readonly id: EffectId } | { readonly result: PlanResult }> => {
    const generation = await newestGeneration(wish);
    const record = generation < 0 ? undefined : await recordOf(wish, generation);
    if (!record) return { id: wish.id(0) };
    newest.set(wish.id(0), generation);
    const verdict = judge(record, wish, generation, clock.now());
    return verdict === 'next' ? { id: wish.id(generation + 1) } : { result: verdict };
  };

  const put = async (wish: Wish, id: EffectId): Promise<PlanResult> => {
    const now = clock.now();
    const outcome = await effects.plan({
      id,
      chain: wish.chain,
      urgency: wish.urgency,
      handler: wish.payload.kind,
      subject: wish.subject,
      payload: encodePayload(wish.payload),
      notBefore: now,
      deadline: milliseconds(now + wish.patience),
      budget: wei(wish.budget),
      trace: id,
    });
    if (outcome === 'planned') log.info('planned', { trace: id, handler: wish.payload.kind, subject: wish.subject });
    metrics.count('keeper_plans_total', { chain: wish.chain, handler: wish.payload.kind, outcome });
    if (outcome === 'planned') return 'planned';
    return outcome === 'known' ? 'underWay' : 'refused';
  };

  return {
    async plan(wish) {
      if (newest.size > 10_000) newest.clear();
      const place = await findPlace(wish);
      return 'id' in place ? put(wish, place.id) : place.result;
    },
  };
};
