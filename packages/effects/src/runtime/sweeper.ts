import { milliseconds } from '@bulkhead/shared';
import { describeError, type LaneContext, queueName } from './context.ts';

const batch = 256;

/** Wakes again whatever is overdue: the queue may have lost it (F4). @param fallback runs when the queue takes nothing. */
export const sweep = async (context: LaneContext, fallback: () => Promise<void>): Promise<number> => {
  const { chain, store, queue, clock, policy, log, metrics } = context;
  const now = clock.now();
  const overdue = await store.overdue(chain.id, milliseconds(now - policy.sweepEvery), batch);
  metrics.gauge('effects_overdue', overdue.length, { chain: chain.id });
  try {
    for (const { effect, urgency } of overdue) await queue.wake(queueName(chain.id, urgency), effect, now);
  } catch (error) {
    log.error('the queue takes no wake-ups', { chain: chain.id, error: describeError(error) });
    await fallback();
  }
  return overdue.length;
};

/** @param hooks `fallback` as for `sweep`; `swept` is told after each round. */
export const sweepUntil = async (
  context: LaneContext,
  signal: AbortSignal,
  hooks: { readonly fallback: () => Promise<void>; readonly swept: () => void },
): Promise<void> => {
  const { chain, clock, policy, log } = context;
  while (!signal.aborted) {
    await clock.sleep(policy.sweepEvery, signal);
    if (signal.aborted) return;
    try {
      await sweep(context, hooks.fallback);
      hooks.swept();
    } catch (error) {
      log.error('the sweeper cannot read the ledger', { chain: chain.id, error: describeError(error) });
    }
  }
};
