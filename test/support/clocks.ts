import { milliseconds } from '@bulkhead/shared';
import type { Clock, Log, Metrics } from '@bulkhead/shared/ports';

/** Wall time. */
export const realClock: Clock = Object.freeze<Clock>({
  now: () => milliseconds(Date.now()),
  sleep: (duration, signal) =>
    new Promise(resolve => {
      if (signal?.aborted) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, duration);
      signal?.addEventListener('abort', done, { once: true });
    }),
});

/** Virtual time: nothing passes but by `advance`. */
export interface VirtualClock extends Clock {
  /** Lets this much time pass, waking sleepers in order and letting what they start run. */
  advance(duration: number): Promise<void>;
  /** Lets everything run that needs no time. */
  settle(): Promise<void>;
}

export const createVirtualClock = (start = 1_700_000_000_000): VirtualClock => {
  let time = start;
  let order = 0;
  const sleepers = new Set<{ at: number; order: number; wake: () => void }>();

  /** Everything in memory is microtasks; one turn of the event loop drains them all. */
  const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

  const next = () => [...sleepers].sort((left, right) => left.at - right.at || left.order - right.order)[0];

  return Object.freeze<VirtualClock>({
    now: () => milliseconds(time),
    sleep: (duration, signal) =>
      new Promise(resolve => {
        if (signal?.aborted) return resolve();
        const wake = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const sleeper = { at: time + duration, order: order++, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', wake, { once: true });
      }),
    settle,
    async advance(duration) {
      const until = time + duration;
      await settle();
      for (let sleeper = next(); sleeper && sleeper.at <= until; sleeper = next()) {
        time = Math.max(time, sleeper.at);
        sleeper.wake();
        await settle();
      }
      time = until;
      await settle();
    },
  });
};

const swallow = (): void => undefined;
export const silentLog: Log = Object.freeze<Log>({
  debug: swallow,
  info: swallow,
  warn: swallow,
  error: swallow,
  with: () => silentLog,
});

/** A log that remembers lines as `level message {fields}`, for tests that look at what was said. */
export const createMemoryLog = (): Log & { readonly lines: readonly string[] } => {
  const lines: string[] = [];
  const at =
    (level: string): Log['info'] =>
    (message, fields = {}) => {
      const shown = Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`);
      lines.push(`${level} ${message} ${shown.join(' ')}`);
    };
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), with: () => log, lines };
  return Object.freeze(log);
};

export const noMetrics: Metrics = Object.freeze<Metrics>({ count: swallow, gauge: swallow, observe: swallow });
