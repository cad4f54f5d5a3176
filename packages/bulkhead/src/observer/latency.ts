/** latencyMs: from the signing of the report that made a vault liquidatable to the first sight of the block with the bid. */
import type { Milliseconds } from '@bulkhead/shared';

export interface Latencies {
  /** A report was judged: whether the vault is under its maintenance at those prices. `signedAt` counts only when it has just become so. */
  judged(vault: string, liquidatable: boolean, signedAt: Milliseconds): void;
  /** A block with a bid on the vault was seen. Undefined when no report had made it liquidatable. */
  bidSeen(vault: string, seenAt: Milliseconds): Milliseconds | undefined;
  all(): readonly number[];
}

export const trackLatencies = (): Latencies => {
  const since = new Map<string, Milliseconds>();
  const measured: number[] = [];
  return Object.freeze<Latencies>({
    judged: (vault, liquidatable, signedAt) => {
      if (!liquidatable) since.delete(vault);
      else if (!since.has(vault)) since.set(vault, signedAt);
    },
    bidSeen: (vault, seenAt) => {
      const start = since.get(vault);
      since.delete(vault);
      if (start === undefined) return undefined;
      const latency = Math.max(0, seenAt - start);
      measured.push(latency);
      return latency as Milliseconds;
    },
    all: () => measured,
  });
};

/** The smallest value that at least this share of all values do not exceed; null for none. @param share from 0 to 1. */
export const percentile = (values: readonly number[], share: number): number | null => {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
};
