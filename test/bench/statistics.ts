/** Nearest rank: a value that was really measured. @param share for example 0.99. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((left, right) => left - right);
  const found = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (found === undefined) throw new Error('there is no percentile of nothing');
  return found;
};

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** Milliseconds that the work took, and what it returned. */
export const timed = <Value>(work: () => Value): { readonly value: Value; readonly ms: number } => {
  const started = performance.now();
  const value = work();
  return { value, ms: performance.now() - started };
};

export const showMs = (ms: number): string => `${ms.toFixed(ms < 10 ? 2 : 0)} ms`;
