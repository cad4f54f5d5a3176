import { type EffectRecord, milliseconds } from '@bulkhead/shared';
import type { Claim, LaneState } from '@bulkhead/shared/ports';
import { adoption } from '../lane/adoption.ts';
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

/**
 * The lane's next nonce, after looking whether the chain has seen more of this signer than the ledger knows. `undefined`: not now, and why.
 */
const nextNonce = async (context: LaneContext, term: Term, lane: LaneState): Promise<bigint | string> => {
  const { chain, signer, store, clock, policy, log } = context;
  const [latest, pending] = await Promise.all([
    chain.nonce(signer.address, 'latest'),
    chain.nonce(signer.address, 'pending'),
  ]);
  if (!latest.ok) return `${latest.error.code}: ${latest.error.message}`;
  if (!pending.ok) return `${pending.error.code}: ${pending.error.message}`;
  const found = adoption(lane, { latest: latest.value, pending: pending.value });
  if (found.kind === 'none') return found.nextNonce;
  if (found.kind === 'implausible') {
    const reason = `the ledger and the chain disagree about ${signer.address}: nonces ${found.from} to ${found.to} are unknown; is this ledger of this chain?`;
    log.error('the lane stands still', { chain: chain.id, reason });
    return reason;
  }
  log.warn('adopting nonces that the ledger does not know', {
    chain: chain.id,
    nextNonce: found.nextNonce,
    foreign: found.foreign.length,
  });
  const adopted = accepted(
    context,
    term,
    undefined,
    await store.adopt(term.authority, found.nextNonce, found.foreign, clock.now()),
  );
  if (!adopted) return 'the ledger refused to adopt';
  if (unconfirmed(lane) + found.foreign.length >= policy.maxUnconfirmed)
    return 'the lane is full of transactions of unknown origin';
  return found.nextNonce;
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
  const [readiness, nonce] = early
    ? [early, '']
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
  if (typeof nonce === 'string') {
    await putOff(context, term, claim, effect, { kind: 'later', dueAt: later(context), note: nonce });
    return 'notSent';
  }
  const signed = await signDraft(context, effect, readiness.draft, nonce);
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
