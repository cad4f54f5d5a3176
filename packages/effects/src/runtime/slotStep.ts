import type { Attempt, EffectRecord } from '@bulkhead/shared';
import type { Claim, LaneSlot } from '@bulkhead/shared/ports';
import type { LaneView, SlotStep } from '../lane/machine.ts';
import { accepted, claimOf, type LaneContext, later, type Term } from './context.ts';
import { gapEffect } from './gapEffect.ts';
import { prepareEffect, prepareGapFill, type Readiness, signDraft } from './prepareAttempt.ts';
import { recordAndSend, sendAttempt } from './recordAndSend.ts';
import { settleInclusion, settleLostNonce } from './settle.ts';

/** An effect of ours in its slot, and the right to work on it. */
interface SlotWork {
  readonly claim: Claim;
  readonly effect: EffectRecord;
  readonly nonce: bigint;
  readonly head: bigint;
}

const describeEnd = (end: Extract<Readiness, { kind: 'end' }>['end']): string =>
  end.kind === 'final' ? 'done' : `${end.kind}, ${end.reason}`;

/**
 * Records and sends what was got ready for an effect's own slot. When it is not ready, or the ledger refuses it, the effect says why, and what is
 * recorded already goes out again: a dearer attempt that cannot be had must not keep back a cheaper one that can.
 */
const sendIntoSlot = async (
  context: LaneContext,
  term: Term,
  work: SlotWork,
  readiness: Readiness,
  resend: Attempt | undefined,
): Promise<void> => {
  const { store, clock } = context;
  const { claim, effect, nonce } = work;
  const signed = readiness.kind === 'ready' ? await signDraft(context, effect, readiness.draft, nonce) : readiness;
  if (signed.kind === 'signed') {
    const sent = await recordAndSend(context, term, [{ claim, effect, attempt: signed.attempt }]);
    if (sent.length > 0) return;
  } else {
    const note = signed.kind === 'later' ? signed.note : `kept in its slot: ${describeEnd(signed.end)}`;
    accepted(context, term, effect.id, await store.postpone(claim, clock.now(), later(context), note));
  }
  if (resend && term.claims.has(effect.id)) await sendAttempt(context, term, claim, resend, work.head);
};

const fillOwnGap = async (
  context: LaneContext,
  term: Term,
  work: SlotWork,
  reason: string,
  resend: Attempt | undefined,
): Promise<void> => {
  const { effect, nonce } = work;
  const fields = { chain: context.chain.id, effect: effect.id, trace: effect.trace, nonce, reason };
  context.log.warn('filling a nonce with a no-op', fields);
  await sendIntoSlot(context, term, work, await prepareGapFill(context, effect), resend);
};

/** Pays more at the same nonce, for what is wanted now; when nothing is wanted any more, a no-op takes the nonce. */
const replace = async (
  context: LaneContext,
  term: Term,
  work: SlotWork,
  resend: Attempt | undefined,
): Promise<void> => {
  const readiness = await prepareEffect(context, work.effect);
  if (readiness.kind === 'end') return fillOwnGap(context, term, work, describeEnd(readiness.end), resend);
  if (readiness.kind === 'ready') context.metrics.count('replacements_total', { chain: context.chain.id });
  return sendIntoSlot(context, term, work, readiness, resend);
};

/** What in this step would sign or send: an observing process leaves it. */
const isActing = (step: SlotStep): boolean =>
  step.kind === 'send' || step.kind === 'replace' || step.kind === 'gapFill' || step.kind === 'fillForeign';

const effectStep = async (
  context: LaneContext,
  term: Term,
  effect: EffectRecord,
  nonce: bigint,
  step: SlotStep,
  view: LaneView,
): Promise<void> => {
  const claim = await claimOf(context, term, effect);
  if (!claim) return;
  const { store, clock } = context;
  const work: SlotWork = { claim, effect, nonce, head: view.head.number };
  switch (step.kind) {
    case 'settle':
      return settleInclusion(context, term, claim, effect, step.attempt, step.status);
    case 'consumedByOther':
      return settleLostNonce(context, term, claim, effect, nonce);
    case 'markIncluded': {
      const inclusion = { hash: step.attempt.hash, block: step.status.block };
      accepted(context, term, effect.id, await store.markIncluded(claim, inclusion, clock.now(), later(context)));
      return;
    }
    case 'markRetracted':
      context.metrics.count('retractions_total', { chain: context.chain.id });
      term.sendings.delete(nonce);
      accepted(context, term, effect.id, await store.markRetracted(claim, clock.now(), later(context)));
      return;
    case 'send':
      return sendAttempt(context, term, claim, step.attempt, view.head.number);
    case 'replace':
      return replace(context, term, work, step.resend);
    case 'gapFill':
      return fillOwnGap(context, term, work, step.reason, step.resend);
    case 'wait':
    case 'markForeign':
    case 'releaseForeign':
    case 'fillForeign':
      return;
  }
};

/** Plans, claims and sends a no-op for a nonce that a transaction of unknown origin took and nothing consumed. */
const fillForeign = async (context: LaneContext, term: Term, nonce: bigint, head: bigint): Promise<void> => {
  const { chain, signer, store, clock, policy } = context;
  const { authority } = term;
  const plan = gapEffect(chain.id, signer.address, nonce, policy.gapFillBudget, clock.now());
  const planned = accepted(context, term, plan.id, await store.plan(plan, authority.shard, clock.now()));
  if (!planned) return;
  const claimed = accepted(context, term, plan.id, await store.claim(authority, plan.id, clock.now(), policy.claimTtl));
  if (!claimed) return;
  term.claims.set(plan.id, claimed.claim);
  const work: SlotWork = { ...claimed, nonce, head };
  await fillOwnGap(context, term, work, 'nothing consumed it', undefined);
};

const foreignStep = async (
  context: LaneContext,
  term: Term,
  nonce: bigint,
  step: SlotStep,
  head: bigint,
): Promise<void> => {
  const { store } = context;
  if (step.kind === 'releaseForeign') {
    accepted(context, term, undefined, await store.releaseForeign(term.authority, nonce));
    return;
  }
  if (step.kind === 'markForeign') {
    accepted(context, term, undefined, await store.markForeign(term.authority, nonce, step.included));
    return;
  }
  if (step.kind === 'fillForeign') await fillForeign(context, term, nonce, head);
};

/** Steps that only write down what the chain shows: they may share round trips. The others send, one after the other, lowest nonce first. */
export const isBookkeeping = (step: SlotStep): boolean => !isActing(step);

/** Carries out what the machine has decided about one slot. True when the ledger may have changed. */
export const carryOut = async (
  context: LaneContext,
  term: Term,
  slot: LaneSlot,
  step: SlotStep,
  view: LaneView,
): Promise<boolean> => {
  if (step.kind === 'wait') return false;
  if (isActing(step) && context.policy.mode !== 'act') return false;
  if (slot.occupant.kind === 'effect') await effectStep(context, term, slot.occupant.effect, slot.nonce, step, view);
  else await foreignStep(context, term, slot.nonce, step, view.head.number);
  return true;
};
