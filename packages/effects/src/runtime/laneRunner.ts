import type { BlockRef, Milliseconds } from '@bulkhead/shared';
import type { LaneState } from '@bulkhead/shared/ports';
import { adoption } from '../lane/adoption.ts';
import { decideSlot, type MachineTerms } from '../lane/machine.ts';
import { carryOutAdoption } from './adopt.ts';
import { type Coalesced, coalesce } from './coalesce.ts';
import { describeError, type LaneContext, type Term } from './context.ts';
import { look } from './look.ts';
import { carryOut, isBookkeeping } from './slotStep.ts';
import { takeNext, unconfirmed } from './take.ts';

/** Most effects that are claimed at once. */
const mostAtOnce = 64;

/** One lane at work for one term of leadership. */
export interface LaneRunner extends Coalesced {
  headSeen(block: BlockRef): void;
}

export interface LaneFlags {
  readonly draining: () => boolean;
  readonly passed: (at: Milliseconds, slots: number) => void;
}

/** One pass of the lane at a time: first what is in flight, then free slots to the most urgent effects. */
export const createLaneRunner = (context: LaneContext, term: Term, flags: LaneFlags): LaneRunner => {
  const { chain, signer, store, clock, policy, log, metrics } = context;
  const terms: MachineTerms = { ...policy, capabilities: chain.capabilities };
  let newestHead = -1n;
  let lookedAtHead = -2n;
  let lookedAt = Number.NEGATIVE_INFINITY;

  const readLane = (): Promise<LaneState> => store.lane(chain.id, signer.address);

  /** A look costs several calls to an endpoint: once a block, or when something is waiting for a while. */
  const lookIsDue = (lane: LaneState): boolean => {
    if (lane.slots.length === 0) return false;
    if (newestHead > lookedAtHead || clock.now() >= lookedAt + policy.retryAfter) return true;
    return lane.slots.some(slot => !slot.included && slot.occupant.kind === 'effect' && !term.sendings.has(slot.nonce));
  };

  const tendSlots = async (lane: LaneState): Promise<LaneState> => {
    if (!lookIsDue(lane)) return lane;
    lookedAtHead = newestHead;
    lookedAt = clock.now();
    const seen = await look(context, lane.slots);
    if (!seen.ok) {
      log.warn('cannot look at what is in flight', {
        chain: chain.id,
        code: seen.error.code,
        message: seen.error.message,
      });
      return lane;
    }
    const found = adoption(lane, seen.value.view.nonces);
    if (found.kind === 'adopt') await carryOutAdoption(context, term, found);
    const { view, sightings } = seen.value;
    const decided = lane.slots.map(slot => ({
      slot,
      step: decideSlot(slot, sightings.get(slot.nonce) ?? [], term.sendings.get(slot.nonce), view, terms),
    }));
    const written = await Promise.all(
      decided
        .filter(({ step }) => isBookkeeping(step))
        .map(({ slot, step }) => carryOut(context, term, slot, step, view)),
    );
    let changed = found.kind === 'adopt' || written.some(Boolean);
    for (const { slot, step } of decided) {
      if (term.signal.aborted) return lane;
      if (!isBookkeeping(step)) changed = (await carryOut(context, term, slot, step, view)) || changed;
    }
    return changed ? readLane() : lane;
  };

  /**
   * As many effects are claimed at once as slots are free, so that nothing is prepared in vain; twice as many each time that none of them wanted
   * a slot, so that a crowd of effects that only end shares its round trips.
   */
  const fillSlots = async (tended: LaneState): Promise<LaneState> => {
    let lane = tended;
    let crowd = 0;
    while (!term.signal.aborted && !flags.draining() && !lane.paused) {
      const free = policy.maxUnconfirmed - unconfirmed(lane);
      if (free <= 0) break;
      const taken = await takeNext(context, term, lane, Math.max(free, crowd));
      if (taken.claimed === 0 || (taken.needed > 0 && taken.sent === 0)) break;
      crowd = taken.needed === 0 ? Math.min(mostAtOnce, 2 * taken.claimed) : 0;
      if (taken.sent > 0) lane = await readLane();
    }
    return lane;
  };

  const pass = async (): Promise<void> => {
    if (term.signal.aborted) return;
    try {
      const lane = await fillSlots(await tendSlots(await readLane()));
      metrics.gauge('lane_slots', lane.slots.length, { chain: chain.id });
      flags.passed(clock.now(), lane.slots.length);
    } catch (error) {
      // The store or a port gave out. What it was about is in the ledger, or was not recorded: the next pass reads again.
      log.error('a lane pass broke off', { chain: chain.id, error: describeError(error) });
      metrics.count('lane_passes_broken_total', { chain: chain.id });
    }
  };

  const runner = coalesce(pass);
  return Object.freeze<LaneRunner>({
    ...runner,
    headSeen(block) {
      if (block.number > newestHead) newestHead = block.number;
      void runner.run();
    },
  });
};
