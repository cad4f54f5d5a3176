import type { Milliseconds } from '../units.ts';

/**
 * Wakes somebody up, perhaps twice, perhaps late, perhaps never (the sweeper makes up for that). It decides nothing: a handler looks into the
 * ledger to see what is due. Handlers for one key may overlap.
 */
export interface Queue {
  /** Ask for one run of the queue's handler with `key`, not before the instant `notBefore` of the Clock. Coalesces with a waiting run of the same key. */
  wake(queue: string, key: string, notBefore: Milliseconds): Promise<void>;
  /** Handles wake-ups until the returned function is called and has resolved (it waits for running handlers). */
  consume(
    queue: string,
    handler: (key: string) => Promise<void>,
    options?: { readonly concurrency?: number },
  ): Promise<() => Promise<void>>;
}
