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
  /** Block that the wish rests on. */
  readonly at: bigint;
}

export interface Planner {
  plan(wish: Wish): Promise<PlanResult>;
}

/** Twice as long after each ended generation, up to a minute. */
const pauseAfter = (generation: number): number => Math.min(60_000, 1_000 * 2 ** Math.min(generation, 6));
const mostGenerations = 64;

type Place = { readonly kind: 'free'; readonly id: EffectId } | { readonly kind: 'not'; readonly result: PlanResult };

/** Whether an ended effect leaves its situation open, so that it may be tried anew. */
const judge = (record: EffectRecord, wish: Wish, generation: number, now: Milliseconds): PlanResult | 'next' => {
  if (!record.end) return 'underWay';
  if (record.end.kind === 'final') return record.end.block.number >= wish.at ? 'done' : 'next';
  return now < record.updatedAt + pauseAfter(generation) ? 'backingOff' : 'next';
};

/** Puts wishes into the ledger under ids that depend on the chain's state alone, so that a restart does not double them (EFF-1). */
export const createPlanner = (dependencies: KeeperDependencies): Planner => {
  const { store, effects, clock, log, metrics } = dependencies;
  // Where the search began to find something free last time; only saves reads.
  const generations = new Map<EffectId, number>();

  const findPlace = async (wish: Wish): Promise<Place> => {
    const first = wish.id(0);
    for (let generation = generations.get(first) ?? 0; generation < mostGenerations; generation++) {
      const id = wish.id(generation);
      const record = await store.effect(wish.chain, id);
      if (!record) return { kind: 'free', id };
      const verdict = judge(record, wish, generation, clock.now());
      if (verdict !== 'next') return { kind: 'not', result: verdict };
      generations.set(first, generation + 1);
    }
    log.error('an effect ended without being done too often; it is left alone', {
      subject: wish.subject,
      effect: first,
    });
    return { kind: 'not', result: 'refused' };
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
      if (generations.size > 10_000) generations.clear();
      const place = await findPlace(wish);
      return place.kind === 'free' ? put(wish, place.id) : place.result;
    },
  };
};
