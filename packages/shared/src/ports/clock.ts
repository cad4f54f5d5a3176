import type { Milliseconds } from '../units.ts';

/** The only source of time. Simulated time in the simulator, wall time in a process. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): Milliseconds;
  /** Resolves after the duration, or at once when the signal aborts (it never rejects: look at the signal). */
  sleep(duration: Milliseconds, signal?: AbortSignal): Promise<void>;
}
