import type { Attempt, ChainError, EffectRecord } from '@bulkhead/shared';
import type { Claim, LedgerRefusal } from '@bulkhead/shared/ports';
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

/** What came of handing over an attempt's bytes. */
interface Handover {
  readonly outcome: Sending['outcome'];
  readonly note: string;
}

/** Whatever the answer, the nonce stays in its slot: the machine sends again, replaces or fills it (F2, F3). */
const handOver = async (context: LaneContext, term: Term, attempt: Attempt, atBlock: bigint): Promise<Handover> => {
  const { chain, clock, log, metrics } = context;
  const sent = await chain.broadcast(attempt.bytes);
  const handover = sent.ok ? acceptedOutcome : outcomeOf(sent.error);
  const { outcome, note } = handover;
  term.sendings.set(attempt.nonce, { hash: attempt.hash, outcome, at: clock.now(), atBlock });
  metrics.count('broadcasts_total', { chain: chain.id, outcome });
  const fields = { chain: chain.id, effect: attempt.effect, nonce: attempt.nonce, note };
  if (!sent.ok && sent.error.kind === 'operatorFixable')
    log.error('an operator must act before this can be sent', fields);
  else if (outcome !== 'accepted') log.warn('an endpoint refused a transaction', fields);
  return handover;
};

const noteHandover = async (context: LaneContext, term: Term, claim: Claim, handover: Handover): Promise<void> => {
  const { store, clock } = context;
  const { outcome, note } = handover;
  const noted =
    outcome === 'accepted'
      ? await store.markBroadcast(claim, clock.now(), later(context), note)
      : await store.postpone(claim, clock.now(), later(context), note);
  accepted(context, term, claim.effect, noted);
};

/** Hands recorded bytes to the chain, for the first time or again. */
export const sendAttempt = async (
  context: LaneContext,
  term: Term,
  claim: Claim,
  attempt: Attempt,
  atBlock: bigint,
): Promise<void> => noteHandover(context, term, claim, await handOver(context, term, attempt, atBlock));

/** An attempt that is signed and must be recorded before anything else happens to it. */
export interface SignedWork {
  readonly claim: Claim;
  readonly effect: EffectRecord;
  readonly attempt: Attempt;
}

/** Why a refused attempt's effect waits, when the claim itself is still good; undefined when it is not. */
const reasonToWait = (context: LaneContext, work: SignedWork, refusal: LedgerRefusal): string | undefined => {
  switch (refusal.kind) {
    case 'overDailyCap':
      return `daily spend cap: ${refusal.spent} wei spent or reserved today, cap ${context.policy.dailySpendCap}`;
    case 'overBudget':
      return `budget: ${work.attempt.maxCost} wei more do not fit ${work.effect.budget}`;
    case 'nonceTaken':
      return `nonce ${work.attempt.nonce} was taken meanwhile`;
    case 'laneFull':
      return 'the lane is full';
    default:
      return undefined;
  }
};

const recordOne = async (context: LaneContext, term: Term, work: SignedWork): Promise<boolean> => {
  const { store, clock, policy, log } = context;
  const { claim, effect, attempt } = work;
  const recorded = await store.record(claim, attempt, policy, clock.now());
  const fields = { chain: context.chain.id, effect: effect.id, trace: effect.trace, nonce: attempt.nonce };
  if (recorded.ok) {
    log.info('attempt recorded', { ...fields, attempt: attempt.number, purpose: attempt.purpose, hash: attempt.hash });
    return true;
  }
  const note = reasonToWait(context, work, recorded.error);
  if (note === undefined) {
    accepted(context, term, effect.id, recorded);
    return false;
  }
  log.warn('the ledger holds an effect back', { ...fields, note });
  accepted(context, term, effect.id, await store.postpone(claim, clock.now(), later(context), note));
  return false;
};

/**
 * Records attempts, then sends those that were recorded: never the other way round (EFF-1, EFF-3). Recording and noting share round trips to the
 * store; sending goes in the order given, because pools like nonces in order. Returns what was sent.
 */
export const recordAndSend = async (
  context: LaneContext,
  term: Term,
  works: readonly SignedWork[],
): Promise<readonly SignedWork[]> => {
  const kept = await Promise.all(works.map(work => recordOne(context, term, work)));
  const recorded = works.filter((_work, index) => kept[index]);
  const noting: Promise<void>[] = [];
  for (const { claim, effect, attempt } of recorded) {
    const handover = await handOver(context, term, attempt, attempt.recordedAtBlock);
    const waited = (context.clock.now() - effect.plannedAt) / 1000;
    if (attempt.number === 1) context.metrics.observe('planned_to_sent_seconds', waited, { urgency: effect.urgency });
    noting.push(noteHandover(context, term, claim, handover));
  }
  await Promise.all(noting);
  return recorded;
};
