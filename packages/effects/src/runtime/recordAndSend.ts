import type { Attempt, ChainError, EffectRecord } from '@bulkhead/shared';
import type { Claim } from '@bulkhead/shared/ports';
import type { Sending } from '../lane/machine.ts';
import { accepted, type LaneContext, later, type Term } from './context.ts';

const acceptedOutcome = { outcome: 'accepted', note: '' } as const;

/** What a refused hand-over means for the lane. A used nonce is nothing against the endpoint, however it words it (F5). */
const outcomeOf = (error: ChainError): { readonly outcome: Sending['outcome']; readonly note: string } => {
  const note = `not sent, ${error.code}: ${error.message}`;
  if (error.code === 'alreadyKnown' || error.kind === 'doneByUs') return acceptedOutcome;
  if (error.code === 'nonceTooLow') return { outcome: 'nonceUsed', note };
  if (error.kind === 'replace') return { outcome: 'underpriced', note };
  if (error.kind === 'permanent') return { outcome: 'permanent', note };
  return { outcome: 'retry', note };
};

/**
 * Hands recorded bytes to the chain. Whatever the answer, the nonce stays in its slot: the machine sends again, replaces or fills it (F2, F3).
 */
export const sendAttempt = async (
  context: LaneContext,
  term: Term,
  claim: Claim,
  attempt: Attempt,
  atBlock: bigint,
): Promise<void> => {
  const { chain, clock, store, log, metrics } = context;
  const sent = await chain.broadcast(attempt.bytes);
  const { outcome, note } = sent.ok ? acceptedOutcome : outcomeOf(sent.error);
  term.sendings.set(attempt.nonce, { hash: attempt.hash, outcome, at: clock.now(), atBlock });
  metrics.count('broadcasts_total', { chain: chain.id, outcome });
  if (outcome === 'accepted') {
    const marked = await store.markBroadcast(claim, clock.now(), later(context), note);
    accepted(context, term, claim.effect, marked);
    return;
  }
  const fields = { chain: chain.id, effect: claim.effect, nonce: attempt.nonce, note };
  if (!sent.ok && sent.error.kind === 'operatorFixable')
    log.error('an operator must act before this can be sent', fields);
  else log.warn('an endpoint refused a transaction', fields);
  accepted(context, term, claim.effect, await store.postpone(claim, clock.now(), later(context), note));
};

/** Records an attempt, then sends it: never the other way round (EFF-1, EFF-3). */
export const recordAndSend = async (
  context: LaneContext,
  term: Term,
  claim: Claim,
  effect: EffectRecord,
  attempt: Attempt,
): Promise<'sent' | 'refused'> => {
  const { store, clock, policy, log } = context;
  const recorded = await store.record(claim, attempt, policy, clock.now());
  if (!recorded.ok) {
    const refusal = recorded.error;
    // Money limits are no fault of the claim: it stays, and the effect says why it waits.
    if (refusal.kind === 'overBudget' || refusal.kind === 'overDailyCap') {
      const note =
        refusal.kind === 'overDailyCap'
          ? `daily spend cap: ${refusal.spent} wei spent or reserved today, cap ${policy.dailySpendCap}`
          : `budget: ${attempt.maxCost} wei more do not fit ${effect.budget}`;
      log.error('a spending limit holds an effect back', { effect: effect.id, trace: effect.trace, note });
      accepted(context, term, effect.id, await store.postpone(claim, clock.now(), later(context), note));
      return 'refused';
    }
    accepted(context, term, effect.id, recorded);
    return 'refused';
  }
  log.info('attempt recorded', {
    chain: context.chain.id,
    effect: effect.id,
    trace: effect.trace,
    nonce: attempt.nonce,
    attempt: attempt.number,
    purpose: attempt.purpose,
    hash: attempt.hash,
  });
  await sendAttempt(context, term, claim, attempt, attempt.recordedAtBlock);
  return 'sent';
};
