import { type EffectRecord, type Milliseconds, milliseconds } from '@bulkhead/shared';
import type { Claim, LaneState } from '@bulkhead/shared/ports';
import { nextNonce } from './adopt.ts';
import { accepted, type LaneContext, later, type Term, wakeLater } from './context.ts';
import { gapEffectId, gapFillHandler } from './gapEffect.ts';
import { type Draft, prepareEffect, type Readiness, signDraft } from './prepareAttempt.ts';
import { recordAndSend, type SignedWork } from './recordAndSend.ts';
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

interface Claimed {
  readonly claim: Claim;
  readonly effect: EffectRecord;
}

interface Ready extends Claimed {
  readonly draft: Draft;
}

/** Prepares one claimed effect. One that ends or waits is seen to at once; undefined then. */
const makeReady = async (
  context: LaneContext,
  term: Term,
  { claim, effect }: Claimed,
  lane: LaneState,
): Promise<Ready | undefined> => {
  const early = gapLeftOver(context, effect, lane) ?? endedBeforehand(context, effect);
  const prepared = early ?? (await prepareEffect(context, effect));
  const observed = prepared.kind === 'ready' && context.policy.mode !== 'act';
  const readiness = observed ? wouldHaveSent(context, effect, prepared.draft) : prepared;
  if (readiness.kind === 'ready') return { claim, effect, draft: readiness.draft };
  if (readiness.kind === 'end') await endEffect(context, term, claim, effect, readiness.end);
  // Never due at once again: the lane would turn in circles over it.
  else {
    const dueAt = milliseconds(Math.max(readiness.dueAt, context.clock.now() + 1));
    await putOff(context, term, claim, effect, { ...readiness, dueAt });
  }
  return undefined;
};

/**
 * Gives claims back. @param dueAt a little later when the lane would only turn in circles over them; else they are due since they were planned, so
 * that those which found no free slot do not lose their turn.
 */
const giveBack = async (
  context: LaneContext,
  term: Term,
  claimed: readonly Claimed[],
  note: string,
  dueAt?: Milliseconds,
): Promise<void> => {
  await Promise.all(
    claimed.map(({ claim, effect }) =>
      putOff(context, term, claim, effect, { kind: 'later', dueAt: dueAt ?? effect.notBefore, note }),
    ),
  );
};

/** Signs in order of nonce. What cannot be signed is seen to, and what comes after it is given back: a nonce must not be left out. */
const signInOrder = async (
  context: LaneContext,
  term: Term,
  ready: readonly Ready[],
  first: bigint,
): Promise<readonly SignedWork[]> => {
  const signed = await Promise.all(
    ready.map(({ effect, draft }, index) => signDraft(context, effect, draft, first + BigInt(index))),
  );
  const works: SignedWork[] = [];
  for (const [index, one] of ready.entries()) {
    const outcome = signed[index];
    if (outcome?.kind === 'signed') {
      term.claims.set(one.effect.id, one.claim);
      works.push({ claim: one.claim, effect: one.effect, attempt: outcome.attempt });
      continue;
    }
    if (outcome?.kind === 'end') await endEffect(context, term, one.claim, one.effect, outcome.end);
    if (outcome?.kind === 'later') await putOff(context, term, one.claim, one.effect, outcome);
    await giveBack(context, term, ready.slice(index + 1), '');
    break;
  }
  return works;
};

/** What a round of taking came to. `needed`: how many of the claimed effects wanted a slot. */
export interface Taken {
  readonly claimed: number;
  readonly needed: number;
  readonly sent: number;
}

/**
 * Gives free slots to the most urgent effects that are due.
 *
 * @param limit how many are claimed and prepared side by side; those that want a slot beyond the free ones go back.
 */
export const takeNext = async (context: LaneContext, term: Term, lane: LaneState, limit: number): Promise<Taken> => {
  const { store, clock, policy } = context;
  const claimed =
    accepted(context, term, undefined, await store.claimNext(term.authority, clock.now(), policy.claimTtl, limit)) ??
    [];
  if (claimed.length === 0) return { claimed: 0, needed: 0, sent: 0 };
  const [prepared, next] = await Promise.all([
    Promise.all(claimed.map(one => makeReady(context, term, one, lane))),
    nextNonce(context, term, lane),
  ]);
  const ready = prepared.filter(one => one !== undefined);
  const taken = { claimed: claimed.length, needed: ready.length };
  if (ready.length === 0) return { ...taken, sent: 0 };
  if (next.kind === 'unknown') {
    await giveBack(context, term, ready, next.reason, later(context));
    return { ...taken, sent: 0 };
  }
  const free = Math.max(0, policy.maxUnconfirmed - unconfirmed(lane) - next.foreign);
  const full = next.foreign > 0 ? 'the lane is full of transactions of unknown origin' : '';
  await giveBack(context, term, ready.slice(free), full, next.foreign > 0 ? later(context) : undefined);
  const works = await signInOrder(context, term, ready.slice(0, free), next.nonce);
  const sent = await recordAndSend(context, term, works);
  return { ...taken, sent: sent.length };
};
