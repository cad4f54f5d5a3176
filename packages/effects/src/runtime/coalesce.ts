/** Runs one thing at a time; calls during a run share one further run, which sees what they are about. */
export interface Coalesced {
  run(): Promise<void>;
  /** Resolves when nothing runs and nothing is asked for. */
  idle(): Promise<void>;
}

/** @param work must not reject. */
export const coalesce = (work: () => Promise<void>): Coalesced => {
  let running: Promise<void> | undefined;
  let following: Promise<void> | undefined;

  const start = (): Promise<void> => {
    const run = work().finally(() => {
      if (running === run) running = undefined;
    });
    running = run;
    return run;
  };

  const run = (): Promise<void> => {
    if (!running) return start();
    following ??= running.then(() => {
      following = undefined;
      return start();
    });
    return following;
  };

  const idle = async (): Promise<void> => {
    while (running ?? following) await (following ?? running);
  };

  return Object.freeze({ run, idle });
};
