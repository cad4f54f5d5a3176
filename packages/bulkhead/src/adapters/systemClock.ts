import { setTimeout as wait } from 'node:timers/promises';
import { milliseconds } from '@bulkhead/shared';
import type { Clock } from '@bulkhead/shared/ports';

/** Wall time. A sleeping process may still end: timers do not hold it. */
export const systemClock = (): Clock =>
  Object.freeze<Clock>({
    now: () => milliseconds(Date.now()),
    sleep: (duration, signal) =>
      wait(Math.max(0, duration), undefined, signal ? { signal } : {}).catch((error: unknown) => {
        // An aborted sleep is an ordinary end (Clock); anything else is a defect.
        if (signal?.aborted) return;
        throw error;
      }),
  });
