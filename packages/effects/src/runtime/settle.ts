import type { Attempt, EffectEnd, EffectRecord, TransactionStatus } from '@bulkhead/shared';
import type { Claim } from '@bulkhead/shared/ports';
import type { Verdict } from '../handler.ts';
import { accepted, describeError, type LaneContext, type Term, wakeLater } from './context.ts';
import { gapFillHandler } from './gapEffect.ts';

type Included = Extract<TransactionStatus, { kind: 'included' }>;
type Outcome = Parameters<LaneContext['store']['conclude']>[1];

const verdictOn = async (
  context: LaneContext,
  effect: EffectRecord,
  attempt: Attempt,
  status: Included,
): Promise<Verdict | 'unknown'> => {
  if (effect.handler === gapFillHandler) return { kind: 'done' };
  if (attempt.purpose === 'gapFill') return { kind: 'again', reason: 'a no-op consumed its nonce' };
  if (!status.succeeded) return { kind: 'again', reason: 'included, but it reverted' };
  const handler = context.handlers[effect.handler];
  if (!handler) return 'unknown';
  try {
    return await handler.verify(effect, { block: status.block, events: status.events });
  } catch (error) {
    context.log.error('a handler threw while verifying', {
      effect: effect.id,
      trace: effect.trace,
      error: describeError(error),
    });
    return 'unknown';
  }
};

/** What becomes of an effect whose nonce went to something that did not do it. */
const afterMiss = (context: LaneContext, effect: EffectRecord, reason: string): Outcome => {
  if (effect.cancelRequested) return { kind: 'obsolete', reason: `cancelled; ${reason}` };
  const now = context.clock.now();
  if (now >= effect.deadline) return { kind: 'obsolete', reason: `its deadline has passed; ${reason}` };
  return { kind: 'again', dueAt: now, note: reason };
};

const outcomeOf = (
  context: LaneContext,
  effect: EffectRecord,
  attempt: Attempt,
  status: Included,
  verdict: Verdict,
): Outcome => {
  if (verdict.kind === 'done') return { kind: 'final', transaction: attempt.hash, block: status.block };
  if (verdict.kind === 'failed') return { kind: 'failed', reason: verdict.reason };
  return afterMiss(context, effect, verdict.reason);
};

const report = (context: LaneContext, effect: EffectRecord, outcome: Outcome): void => {
  const { log, metrics, chain } = context;
  metrics.count('effects_concluded_total', { chain: chain.id, urgency: effect.urgency, outcome: outcome.kind });
  const reason =
    outcome.kind === 'final' ? outcome.transaction : outcome.kind === 'again' ? outcome.note : outcome.reason;
  log.info('effect concluded', {
    chain: chain.id,
    effect: effect.id,
    trace: effect.trace,
    subject: effect.subject,
    outcome: outcome.kind,
    reason,
  });
};

/** Ends an effect that occupies no nonce. */
export const endEffect = async (
  context: LaneContext,
  term: Term,
  claim: Claim,
  effect: EffectRecord,
  end: EffectEnd,
): Promise<void> => {
  const concluded = await context.store.conclude(claim, end, undefined, context.clock.now());
  if (accepted(context, term, effect.id, concluded)) report(context, effect, end);
  term.claims.delete(effect.id);
};

/** An inclusion is settled: what did it do? Events and balances decide, not the status bit (F10). */
export const settleInclusion = async (
  context: LaneContext,
  term: Term,
  claim: Claim,
  effect: EffectRecord,
  attempt: Attempt,
  status: Included,
): Promise<void> => {
  const { store, clock, metrics, chain } = context;
  const verdict = await verdictOn(context, effect, attempt, status);
  if (verdict === 'unknown') return;
  const outcome = outcomeOf(context, effect, attempt, status, verdict);
  const wasted = verdict.kind !== 'done';
  const consumed = { nonce: attempt.nonce, feePaid: status.feePaid, wasted };
  if (!accepted(context, term, effect.id, await store.conclude(claim, outcome, consumed, clock.now()))) return;
  if (wasted) metrics.count('wasted_transactions_total', { chain: chain.id, purpose: attempt.purpose });
  report(context, effect, outcome);
  term.claims.delete(effect.id);
  term.sendings.delete(attempt.nonce);
  if (outcome.kind === 'again') await wakeLater(context, effect, outcome.dueAt);
};

/** The nonce went to a transaction that is none of ours: the effect may be planned under another nonce. */
export const settleLostNonce = async (
  context: LaneContext,
  term: Term,
  claim: Claim,
  effect: EffectRecord,
  nonce: bigint,
): Promise<void> => {
  const { store, clock } = context;
  const outcome = afterMiss(context, effect, `a transaction of unknown origin consumed nonce ${nonce}`);
  const concluded = await store.conclude(claim, outcome, { nonce, feePaid: undefined, wasted: false }, clock.now());
  if (!accepted(context, term, effect.id, concluded)) return;
  report(context, effect, outcome);
  term.claims.delete(effect.id);
  term.sendings.delete(nonce);
  if (outcome.kind === 'again') await wakeLater(context, effect, outcome.dueAt);
};
