import { priceDigest } from '@bulkhead/sdk';
import {
  createRecentReports,
  type FeedId,
  type Hex32,
  milliseconds,
  type PriceReport,
  parsePriceReport,
  priceReportEventName,
} from '@bulkhead/shared';
import type { Clock, Log, Metrics, Oracle } from '@bulkhead/shared/ports';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { type Address, recoverAddress } from 'viem';

/** Whose signatures count. Read from the OracleHub on chain, never from the feed itself. */
export interface PriceTrust {
  readonly feedSetId: Hex32;
  readonly epoch: bigint;
  readonly threshold: number;
  /** Lower case. */
  readonly signers: readonly Address[];
}

/** Shortest and longest pause before a lost stream is asked for again. */
const firstPause = 100;
const longestPause = 5_000;

/** The same judgement as OracleHub (BR-4): M distinct signers of the set, strictly increasing, over this epoch. */
export const isSignedByTrusted = async (report: PriceReport, trust: PriceTrust): Promise<boolean> => {
  if (report.epoch !== trust.epoch || report.signatures.length < trust.threshold) return false;
  const hash = priceDigest(trust.feedSetId, report);
  const recover = (signature: `0x${string}`) => recoverAddress({ hash, signature }).catch(() => undefined);
  const signers = await Promise.all(report.signatures.map(recover));
  return signers.every((signer, index) => {
    if (!signer || !trust.signers.includes(signer.toLowerCase() as Address)) return false;
    const before = signers[index - 1];
    return index === 0 || (before !== undefined && BigInt(before) < BigInt(signer));
  });
};

/** Reports in the order they came; a reader that is slow sees only the newest of each feed. */
const createMailbox = () => {
  const waiting = new Map<FeedId, PriceReport>();
  let wake: (() => void) | undefined;
  const poke = () => {
    wake?.();
    wake = undefined;
  };
  return {
    put(report: PriceReport) {
      waiting.delete(report.feed);
      waiting.set(report.feed, report);
      poke();
    },
    poke,
    take(): readonly PriceReport[] {
      const reports = [...waiting.values()];
      waiting.clear();
      return reports;
    },
    arrival: () =>
      new Promise<void>(resolve => {
        if (waiting.size > 0) resolve();
        else wake = resolve;
      }),
  };
};

async function* readEvents(url: string, signal: AbortSignal): AsyncGenerator<string> {
  const response = await fetch(new URL('/events', url), { signal, headers: { accept: 'text/event-stream' } });
  if (!response.ok || !response.body) throw new Error(`the feed answered ${response.status}`);
  const stream = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const message of stream) {
    if (message.event === priceReportEventName) yield message.data;
  }
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export interface HttpOracle extends Oracle {
  /** Ends the stream. */
  stop(): Promise<void>;
}

/**
 * Signed prices over HTTP with server-sent events (WIRE: signed prices). Reports that are malformed, older than one known, or not signed by
 * the trusted set are dropped and counted. Reconnects by itself; the feed then sends its newest reports again.
 */
export const httpOracle = (options: {
  readonly url: string;
  readonly trust: PriceTrust;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}): HttpOracle => {
  const { url, trust, clock, log, metrics } = options;
  const reports = createRecentReports();
  const mailboxes = new Set<ReturnType<typeof createMailbox>>();
  const stopped = new AbortController();

  const drop = (reason: string): void => {
    metrics.count('oracle_reports_dropped_total', { reason });
    log.warn('price report dropped', { reason });
  };

  const accept = async (text: string): Promise<void> => {
    const parsed = parsePriceReport(parseJson(text));
    if (!parsed.ok) return drop('malformed');
    const report = parsed.value;
    const known = reports.newest(report.feed);
    if (known && known.time >= report.time) return;
    if (!(await isSignedByTrusted(report, trust))) return drop('badSignatures');
    reports.take(report);
    metrics.count('oracle_reports_total');
    for (const mailbox of mailboxes) mailbox.put(report);
  };

  const follow = async (): Promise<void> => {
    let pause = firstPause;
    while (!stopped.signal.aborted) {
      try {
        for await (const text of readEvents(url, stopped.signal)) {
          await accept(text);
          pause = firstPause;
        }
      } catch (error) {
        if (stopped.signal.aborted) return;
        log.warn('price feed lost, reconnecting', {
          url,
          reason: error instanceof Error ? error.message : String(error),
        });
      }
      metrics.count('oracle_reconnects_total');
      await clock.sleep(milliseconds(pause), stopped.signal);
      pause = Math.min(pause * 2, longestPause);
    }
  };
  const following = follow();

  async function* watch(signal: AbortSignal): AsyncGenerator<PriceReport> {
    const mailbox = createMailbox();
    for (const known of reports.all().values()) for (const report of known.slice(-1)) mailbox.put(report);
    mailboxes.add(mailbox);
    signal.addEventListener('abort', mailbox.poke, { once: true });
    try {
      const over = (): boolean => signal.aborted || stopped.signal.aborted;
      while (!over()) {
        yield* mailbox.take();
        // The reader may have aborted while it had the last report in hand: nobody would wake this up any more.
        if (!over()) await mailbox.arrival();
      }
    } finally {
      mailboxes.delete(mailbox);
      signal.removeEventListener('abort', mailbox.poke);
    }
  }

  return Object.freeze<HttpOracle>({
    recent: reports.all,
    watch,
    stop: async () => {
      stopped.abort();
      for (const mailbox of mailboxes) mailbox.poke();
      await following;
    },
  });
};
