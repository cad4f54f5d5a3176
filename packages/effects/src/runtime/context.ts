import {
  type Caip2,
  type EffectId,
  type EffectRecord,
  type Milliseconds,
  milliseconds,
  type Result,
} from '@bulkhead/shared';
import type {
  Authority,
  Chain,
  Claim,
  Clock,
  LedgerRefusal,
  Log,
  Metrics,
  Queue,
  Signer,
  Store,
} from '@bulkhead/shared/ports';
import type { EffectHandler } from '../handler.ts';
import type { Sending } from '../lane/machine.ts';
import type { ChainPolicy } from './api.ts';

/** What one lane works with. */
export interface LaneContext {
  readonly chain: Chain;
  readonly signer: Signer;
  readonly store: Store;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly handlers: Readonly<Record<string, EffectHandler>>;
  readonly policy: ChainPolicy;
}

/**
 * What a lane remembers while it leads, and may lose at any moment: everything that matters is in the ledger.
 * `fenced` ends the term: somebody else leads.
 */
export interface Term {
  readonly authority: Authority;
  readonly claims: Map<EffectId, Claim>;
  /** By nonce. */
  readonly sendings: Map<bigint, Sending>;
  readonly signal: AbortSignal;
  readonly fenced: (refusal: LedgerRefusal) => void;
}

export const queueName = (chain: Caip2, urgency: EffectRecord['urgency']): string => `${chain}/${urgency}`;

export const later = (context: LaneContext, pause?: Milliseconds): Milliseconds =>
  milliseconds(context.clock.now() + (pause ?? context.policy.retryAfter));

/** Asks the queue to come back. When that fails the sweeper makes up for it. */
export const wakeLater = async (context: LaneContext, effect: EffectRecord, dueAt: Milliseconds): Promise<void> => {
  try {
    await context.queue.wake(queueName(context.chain.id, effect.urgency), effect.id, dueAt);
  } catch (error) {
    context.log.warn('the queue did not take a wake-up', { effect: effect.id, error: describeError(error) });
  }
};

/** The value, or undefined after taking note of why the ledger refused. */
export const accepted = <Value>(
  context: LaneContext,
  term: Term,
  effect: EffectId | undefined,
  result: Result<Value, LedgerRefusal>,
): Value | undefined => {
  if (result.ok) return result.value;
  const refusal = result.error;
  if (effect !== undefined) term.claims.delete(effect);
  if (refusal.kind === 'fenced') term.fenced(refusal);
  else context.log.info('the ledger refused a step', { effect, refusal: refusal.kind });
  context.metrics.count('ledger_refusals_total', { chain: context.chain.id, kind: refusal.kind });
  return undefined;
};

/** The claim to work on an effect that has a slot; undefined when the ledger refuses. */
export const claimOf = async (context: LaneContext, term: Term, effect: EffectRecord): Promise<Claim | undefined> => {
  const known = term.claims.get(effect.id);
  if (known?.number === effect.claim) return known;
  const { store, clock, policy } = context;
  const granted = accepted(
    context,
    term,
    effect.id,
    await store.claim(term.authority, effect.id, clock.now(), policy.claimTtl),
  );
  if (granted) term.claims.set(effect.id, granted.claim);
  return granted?.claim;
};

export const describeError = (error: unknown): string => (error instanceof Error ? error.message : String(error));
