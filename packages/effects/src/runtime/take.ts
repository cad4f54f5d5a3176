import { type EffectRecord, milliseconds } from '@bulkhead/shared';
import type { Claim, LaneState } from '@bulkhead/shared/ports';
import { type NextNonce, nextNonce } from './adopt.ts';
import { accepted, type LaneContext, later, type Term, wakeLater } from './context.ts';
import { gapEffectId, gapFillHandler } from './gapEffect.ts';
import { type Draft, prepareEffect, type Readiness, signDraft } from './prepareAttempt.ts';
import { recordAndSend } from './recordAndSend.ts';
import { endEffect } from './settle.ts';

export const unconfirmed = (lane: LaneState): number => lane.slots.filter(slot => !slot.included).length;

const putOff = async (
  context: LaneContext,
  term: Term,
  claim: Claim,
  effect: EffectRecord,
  wait: Extract<Readiness, { kind: 'later' }>,
): Promise<void> => {
  const { store, clock } = context;
  // Looked at once more at its deadline at the latest: there it ends.
  const dueAt = milliseconds(Math.min(wait.dueAt, effect.deadline));
  const postponed = await store.postpone(claim, clock.now(), dueAt, wait.note);
  term.claims.delete(effect.id);
  if (accepted(context, term, effect.id, postponed)) await wakeLater(context, effect, dueAt);
};

const wouldHaveSent = (
  context: LaneContext,
  effect: EffectRecord,
  draft: Draft,
): Extract<Readiness, { kind: 'later' }> => ({
  kind: 'later',
  dueAt: effect.deadline,
  note: `would have sent ${draft.call.kind} at block ${draft.atBlock}: gas limit ${draft.gasLimit}, at most ${draft.maxCost} wei, from ${context.signer.address}`,
});

/** Why an effect that was planned ends before anything is prepared. */
const endedBeforehand = (
  context: LaneContext,
  effect: EffectRecord,
): Extract<Readiness, { kind: 'end' }> | undefined => {
  if (effect.cancelRequested) return { kind: 'end', end: { kind: 'obsolete', reason: 'cancelled' } };
  if (context.clock.now() >= effect.deadline)
    return {
      kind: 'end',
      end: { kind: 'obsolete', reason: `its deadline has passed${effect.note === '' ? '' : `; ${effect.note}`}` },
    };
  return undefined;
};

/** Why nothing can be recorded now. */
const blockedBy = (context: LaneContext, lane: LaneState, next: NextNonce): string | undefined => {
  if (next.kind === 'unknown') return next.reason;
  const full = next.foreign > 0 && unconfirmed(lane) + next.foreign >= context.policy.maxUnconfirmed;
  return full ? 'the lane is full of transactions of unknown origin' : undefined;
};

/** A gap effect without a slot: the slot's turn comes again while its nonce is foreign, otherwise the nonce was consumed after all. */
const gapLeftOver = (
  context: LaneContext,
  effect: EffectRecord,
  lane: LaneState,
): Exclude<Readiness, { kind: 'ready' }> | undefined => {
  if (effect.handler !== gapFillHandler) return undefined;
  const open = lane.slots.some(
    ({ nonce, occupant }) => occupant.kind === 'foreign' && gapEffectId(context.signer.address, nonce) === effect.id,
  );
  if (open) return { kind: 'later', dueAt: later(context), note: effect.note };
  return { kind: 'end', end: { kind: 'obsolete', reason: 'the nonce is consumed' } };
};

const work = async (
  context: LaneContext,
  term: Term,
  claim: Claim,
  effect: EffectRecord,
  lane: LaneState,
): Promise<'sent' | 'notSent'> => {
  const early = gapLeftOver(context, effect, lane) ?? endedBeforehand(context, effect);
  const [readiness, next] = early
    ? [early, { kind: 'unknown', reason: '' } satisfies NextNonce]
    : await Promise.all([prepareEffect(context, effect), nextNonce(context, term, lane)]);
  if (readiness.kind === 'end') {
    await endEffect(context, term, claim, effect, readiness.end);
    return 'notSent';
  }
  if (readiness.kind === 'later') {
    await putOff(context, term, claim, effect, readiness);
    return 'notSent';
  }
  if (context.policy.mode !== 'act') {
    await putOff(context, term, claim, effect, wouldHaveSent(context, effect, readiness.draft));
    return 'notSent';
  }
  const blocked = blockedBy(context, lane, next);
  if (next.kind === 'unknown' || blocked !== undefined) {
    await putOff(context, term, claim, effect, { kind: 'later', dueAt: later(context), note: blocked ?? '' });
    return 'notSent';
  }
  const signed = await signDraft(context, effect, readiness.draft, next.nonce);
  if (signed.kind === 'end') await endEffect(context, term, claim, effect, signed.end);
  if (signed.kind === 'later') await putOff(context, term, claim, effect, signed);
  if (signed.kind !== 'signed') return 'notSent';
  term.claims.set(effect.id, claim);
  return (await recordAndSend(context, term, claim, effect, signed.attempt)) === 'sent' ? 'sent' : 'notSent';
};

/** Gives a free slot to the most urgent effect that is due. `nothing` when none is. */
export const takeNext = async (
  context: LaneContext,
  term: Term,
  lane: LaneState,
): Promise<'sent' | 'notSent' | 'nothing'> => {
  const { store, clock, policy } = context;
  const next = accepted(context, term, undefined, await store.claimNext(term.authority, clock.now(), policy.claimTtl));
  if (!next) return 'nothing';
  return work(context, term, next.claim, next.effect, lane);
};
