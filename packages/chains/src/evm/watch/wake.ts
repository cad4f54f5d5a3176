import type { Milliseconds } from '@bulkhead/shared';
import type { Clock } from '@bulkhead/shared/ports';

/** A bell: `wait` returns when it was rung since the last wait, after the time, or when the signal aborts. */
export interface Wake {
  ring(): void;
  wait(longest: Milliseconds, signal: AbortSignal): Promise<void>;
}

export const createWake = (clock: Clock): Wake => {
  let rung = false;
  let waiting: AbortController | undefined;
  return {
    ring: () => {
      rung = true;
      waiting?.abort();
    },
    wait: async (longest, signal) => {
      if (!rung && !signal.aborted) {
        waiting = new AbortController();
        await clock.sleep(longest, AbortSignal.any([signal, waiting.signal]));
        waiting = undefined;
      }
      rung = false;
    },
  };
};
