/** What one check or one runner found. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const none: Tally = { passed: 0, failed: 0, skipped: 0 };
export const onePassed: Tally = { ...none, passed: 1 };
export const oneFailed: Tally = { ...none, failed: 1 };

export const add = (a: Tally, b: Tally): Tally => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

/** The closing line, read by people and by machines. */
export const line = ({ passed, failed, skipped }: Tally) => `${passed} passed, ${failed} failed, ${skipped} skipped`;

/**
 * A runner's own count, corrected for two ways in which it can be green by mistake:
 * it executed no test, or it exited with an error that none of its tests accounts for.
 */
export function judged(counted: Tally, exitCode: number): { readonly tally: Tally; readonly complaint?: string } {
  if (counted.passed + counted.failed === 0) {
    return { tally: add(counted, oneFailed), complaint: `no test was run (exit code ${exitCode})` };
  }
  if (exitCode !== 0 && counted.failed === 0) {
    return { tally: add(counted, oneFailed), complaint: `the runner failed outside its tests (exit code ${exitCode})` };
  }
  return { tally: counted };
}
