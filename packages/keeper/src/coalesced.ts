import type { Log } from '@bulkhead/shared/ports';

/** Work of which one run at a time is enough. */
export interface Coalesced {
  /** Runs now, or once more after the run that is going on. Resolves when a run that began after this call has ended. */
  run(): Promise<void>;
  /** Resolves when nothing runs. */
  idle(): Promise<void>;
}

/** A run that rejects is logged as the defect it is; the next one goes ahead. */
export const coalesced = (name: string, work: () => Promise<void>, log: Log): Coalesced => {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  const once = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      log.error(`${name} failed`, { error: String(error) });
    }
  };

  const begin = (): Promise<void> => {
    running = once().finally(() => {
      running = undefined;
    });
    return running;
  };

  return {
    run() {
      if (!running) return begin();
      next ??= running.then(() => {
        next = undefined;
        return begin();
      });
      return next;
    },
    async idle() {
      while (running ?? next) await (running ?? next);
    },
  };
};
