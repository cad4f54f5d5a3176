/** latencyMs: from the signing of the report that made a vault liquidatable to the first sight of the block with the bid. */
import type { Milliseconds } from '@bulkhead/shared';

export interface Latencies {
  /** A report was judged: whether the vault is under its maintenance at those prices. */
  judged(vault: string, liquidatable: boolean, signedAt: Milliseconds): void;
  /**
   * A block with a bid on the vault was seen.
   * @param answers signing time of the newest report that the bid carries: a bid answers what was known when it was made, not what came later.
   * Undefined when it carries none: then it answers whatever failed before it could be seen at all.
   * @returns undefined when no report had made the vault liquidatable, or when an earlier bid has answered that already.
   */
  bidSeen(vault: string, seenAt: Milliseconds, answers: Milliseconds | undefined): Milliseconds | undefined;
  all(): readonly number[];
}

/** Blocks are seen up to so many milliseconds late (chainObserver): no bid answers a report that is younger than that. */
const sightError = 100;

/** A time during which a vault was liquidatable, by signing times of reports. */
interface Stretch {
  readonly since: Milliseconds;
  over: boolean;
}

export const trackLatencies = (): Latencies => {
  /** Oldest first; only the last one may still go on. */
  const stretches = new Map<string, Stretch[]>();
  const measured: number[] = [];

  const judged: Latencies['judged'] = (vault, liquidatable, signedAt) => {
    const known = stretches.get(vault) ?? [];
    const last = known.at(-1);
    if (liquidatable && (!last || last.over)) known.push({ since: signedAt, over: false });
    if (!liquidatable && last) last.over = true;
    stretches.set(vault, known);
  };

  const bidSeen: Latencies['bidSeen'] = (vault, seenAt, answers) => {
    const known = stretches.get(vault) ?? [];
    const latest = answers ?? seenAt - sightError;
    const place = known.findLastIndex(stretch => stretch.since <= latest);
    const answered = known[place];
    if (!answered) return undefined;
    stretches.set(vault, known.slice(place + 1));
    const latency = Math.max(0, seenAt - answered.since);
    measured.push(latency);
    return latency as Milliseconds;
  };

  return Object.freeze<Latencies>({ judged, bidSeen, all: () => measured });
};

/** The smallest value that at least this share of all values do not exceed; null for none. @param share from 0 to 1. */
export const percentile = (values: readonly number[], share: number): number | null => {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
};
