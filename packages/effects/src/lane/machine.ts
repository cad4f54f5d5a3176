import type { Attempt, BlockRef, EffectRecord, Finality, Milliseconds, TransactionStatus } from '@bulkhead/shared';
import type { ChainCapabilities, LaneSlot } from '@bulkhead/shared/ports';

/** One recorded attempt at a slot's nonce, and where the chain says it stands. */
export interface Sighting {
  readonly attempt: Attempt;
  readonly status: TransactionStatus;
  /** How settled the including block is; undefined when the attempt is in no block. */
  readonly finality: Finality | undefined;
}

/** How the last hand-over of an attempt's bytes went, in this process. After a restart nothing is known. */
export interface Sending {
  readonly hash: Attempt['hash'];
  readonly outcome: 'accepted' | 'retry' | 'underpriced' | 'permanent' | 'nonceUsed';
  readonly at: Milliseconds;
  readonly atBlock: bigint;
}

/** Everything outside the ledger that decides about a slot. Nonces are read before the sightings. */
export interface LaneView {
  readonly now: Milliseconds;
  readonly head: BlockRef;
  readonly nonces: { readonly latest: bigint; readonly pending: bigint; readonly final: bigint };
}

export interface MachineTerms {
  readonly capabilities: Pick<ChainCapabilities, 'replaceable'>;
  readonly replacement: { readonly afterBlocks: number; readonly minimumInterval: Milliseconds };
  readonly finality: 'confirmed' | 'final';
  readonly retryAfter: Milliseconds;
  readonly foreignPatience: Milliseconds;
}

type Included = Extract<TransactionStatus, { kind: 'included' }>;

/** What to do next about one slot. Exactly one step; the next look decides again from what the step has changed. */
export type SlotStep =
  /** It is settled: verify what it did and conclude. */
  | { readonly kind: 'settle'; readonly attempt: Attempt; readonly status: Included }
  | { readonly kind: 'markIncluded'; readonly attempt: Attempt; readonly status: Included }
  /** A reorganisation took the inclusion back. */
  | { readonly kind: 'markRetracted' }
  /** A transaction that is none of ours consumed the nonce, for good. */
  | { readonly kind: 'consumedByOther' }
  /** Hand the recorded bytes to the chain, again if need be. */
  | { readonly kind: 'send'; readonly attempt: Attempt }
  /** Prepare anew and pay more at the same nonce. `resend`: what to hand over again when that cannot be. */
  | { readonly kind: 'replace'; readonly resend: Attempt | undefined }
  /** Nothing of this effect shall happen any more: consume the nonce with a no-op. */
  | { readonly kind: 'gapFill'; readonly reason: string; readonly resend: Attempt | undefined }
  | { readonly kind: 'markForeign'; readonly included: boolean }
  | { readonly kind: 'releaseForeign' }
  | { readonly kind: 'fillForeign' }
  | { readonly kind: 'wait'; readonly reason: string };

const wait = (reason: string): SlotStep => ({ kind: 'wait', reason });

const settledEnough = (finality: Finality | undefined, terms: MachineTerms): boolean =>
  finality === 'final' || (terms.finality === 'confirmed' && finality === 'confirmed');

const includedSighting = (sightings: readonly Sighting[]): (Sighting & { readonly status: Included }) | undefined => {
  for (const sighting of sightings)
    if (sighting.status.kind === 'included' && sighting.finality !== 'orphaned')
      return { ...sighting, status: sighting.status };
  return undefined;
};

const stepOfIncluded = (
  effect: EffectRecord,
  sighting: Sighting & { readonly status: Included },
  terms: MachineTerms,
): SlotStep => {
  const { attempt, status, finality } = sighting;
  if (settledEnough(finality, terms)) return { kind: 'settle', attempt, status };
  const known = effect.includedIn;
  if (effect.phase === 'included' && known?.hash === attempt.hash && known.block.hash === status.block.hash)
    return wait('in a block, not settled yet');
  return { kind: 'markIncluded', attempt, status };
};

/** Why an effect with a slot shall not happen any more; undefined while it shall. */
const abandonment = (effect: EffectRecord, sending: Sending | undefined, view: LaneView): string | undefined => {
  if (effect.cancelRequested) return 'cancelled';
  if (view.now >= effect.deadline) return 'its deadline has passed';
  if (sending?.outcome === 'permanent') return 'the chain will never accept what was recorded';
  return undefined;
};

/** Replacement is driven by blocks, and never faster than the minimum interval, however fast blocks come (F18). */
const replacementIsDue = (
  newest: Attempt,
  sending: Sending | undefined,
  view: LaneView,
  terms: MachineTerms,
): boolean => {
  if (!terms.capabilities.replaceable) return false;
  if (view.now < newest.recordedAt + terms.replacement.minimumInterval) return false;
  if (sending?.hash === newest.hash && sending.outcome === 'underpriced') return true;
  // A higher nonce waits for the lower ones; paying more for it helps nobody.
  if (newest.nonce !== view.nonces.latest) return false;
  return view.head.number >= newest.recordedAtBlock + BigInt(terms.replacement.afterBlocks);
};

/** Bytes are handed over once a block as long as the chain does not show them, and no sooner than retryAfter after a refusal. */
const sendingIsDue = (newest: Sighting, sending: Sending | undefined, view: LaneView, terms: MachineTerms): boolean => {
  if (newest.status.kind !== 'unknown') return false;
  if (sending?.hash !== newest.attempt.hash) return true;
  if (view.now >= sending.at + terms.retryAfter) return true;
  return sending.outcome === 'accepted' && view.head.number > sending.atBlock;
};

const stepOfPending = (
  effect: EffectRecord,
  newest: Sighting,
  sending: Sending | undefined,
  view: LaneView,
  terms: MachineTerms,
): SlotStep => {
  const reason = abandonment(effect, sending?.hash === newest.attempt.hash ? sending : undefined, view);
  const filling = newest.attempt.purpose === 'gapFill';
  const resend = newest.status.kind === 'unknown' ? newest.attempt : undefined;
  if (reason !== undefined && !filling) return { kind: 'gapFill', reason, resend };
  // What was recorded and perhaps never sent comes before anything that would cost more.
  if (resend && sending?.hash !== resend.hash) return { kind: 'send', attempt: resend };
  if (replacementIsDue(newest.attempt, sending, view, terms))
    return filling ? { kind: 'gapFill', reason: reason ?? 'the no-op is slow', resend } : { kind: 'replace', resend };
  if (sendingIsDue(newest, sending, view, terms)) return { kind: 'send', attempt: newest.attempt };
  return wait(newest.status.kind === 'pending' ? 'pending' : 'sent, not seen by the chain yet');
};

const stepOfEffect = (
  nonce: bigint,
  effect: EffectRecord,
  sightings: readonly Sighting[],
  sending: Sending | undefined,
  view: LaneView,
  terms: MachineTerms,
): SlotStep => {
  const included = includedSighting(sightings);
  if (included) return stepOfIncluded(effect, included, terms);
  if (effect.phase === 'included') return { kind: 'markRetracted' };
  if (view.nonces.final > nonce) return { kind: 'consumedByOther' };
  if (view.nonces.latest > nonce) return wait('the nonce is used; waiting to see by what, for good');
  const newest = sightings.at(-1);
  return newest ? stepOfPending(effect, newest, sending, view, terms) : wait('no attempt on record');
};

const stepOfForeign = (slot: LaneSlot, view: LaneView, terms: MachineTerms): SlotStep => {
  const { nonces } = view;
  if (nonces.final > slot.nonce) return { kind: 'releaseForeign' };
  const included = nonces.latest > slot.nonce;
  if (included !== slot.included) return { kind: 'markForeign', included };
  if (included) return wait('a transaction of unknown origin is in a block, not settled yet');
  if (nonces.latest < slot.nonce) return wait('a lower nonce comes first');
  // An endpoint that claims to hold something gets the long patience: it may lie, but it may also hold an operator's own transaction.
  const patience = nonces.pending > slot.nonce ? terms.foreignPatience : terms.replacement.minimumInterval;
  if (view.now < slot.since + patience) return wait('a transaction of unknown origin has this nonce');
  return { kind: 'fillForeign' };
};

/**
 * The lane state machine, one slot at a time: pure, and the same for the real chains and for the simulator. The order of its rules is the order of
 * certainty: what is in a block, what was taken back, what can never land, and only then what might still be done about something pending.
 *
 * @param sightings one for each attempt recorded at this nonce, oldest first; empty for a foreign slot.
 */
export const decideSlot = (
  slot: LaneSlot,
  sightings: readonly Sighting[],
  sending: Sending | undefined,
  view: LaneView,
  terms: MachineTerms,
): SlotStep =>
  slot.occupant.kind === 'foreign'
    ? stepOfForeign(slot, view, terms)
    : stepOfEffect(slot.nonce, slot.occupant.effect, sightings, sending, view, terms);
