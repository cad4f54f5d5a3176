import type { Milliseconds } from '@bulkhead/shared';
import type { Condition } from './operations.ts';

/** One loop, and when it last went round. */
export interface Pulse {
  readonly name: string;
  readonly lastPassAt: Milliseconds | undefined;
  /** It hangs when it has not gone round for so long. */
  readonly limit: Milliseconds;
}

/**
 * Alive means that every loop has gone round lately (F21). A loop that has not begun is given its limit from `startedAt` on; answering this very
 * question proves nothing and counts for nothing.
 */
export const liveness = (pulses: readonly Pulse[], startedAt: Milliseconds, now: Milliseconds): Condition => {
  const reasons = pulses.flatMap(pulse => {
    const silent = now - Math.max(pulse.lastPassAt ?? startedAt, startedAt);
    return silent > pulse.limit ? [`${pulse.name} has not gone round for ${(silent / 1000).toFixed(1)} s`] : [];
  });
  return { ok: reasons.length === 0, reasons };
};
