import { type Milliseconds, milliseconds } from '@bulkhead/shared';
import type { Clock, Queue } from '@bulkhead/shared/ports';

/** A test double of the Queue port: wakes in memory, by the Clock. `forget` loses every wake-up that has not run, as a deleted queue would. */
export interface MemoryQueue extends Queue {
  forget(): void;
}

export const createMemoryQueue = (clock: Clock): MemoryQueue => {
  /** By queue, what waits: one run for now and one for later of each key, the newest wish for later counting. */
  const waiting = new Map<string, Map<string, { readonly key: string; readonly notBefore: Milliseconds }>>();
  const handlers = new Map<string, (key: string) => Promise<void>>();
  const running = new Map<string, Set<Promise<void>>>();

  const deliver = (queue: string, place: string, key: string): void => {
    const handler = handlers.get(queue);
    if (!handler || !waiting.get(queue)?.delete(place)) return;
    const runs = running.get(queue) ?? new Set();
    running.set(queue, runs);
    // A handler's failure is not the queue's business: whoever keeps the ledger wakes it again.
    const run = handler(key)
      .catch(() => undefined)
      .finally(() => runs.delete(run));
    runs.add(run);
  };

  const schedule = async (queue: string, place: string, notBefore: Milliseconds): Promise<void> => {
    await clock.sleep(milliseconds(Math.max(0, notBefore - clock.now())));
    const found = waiting.get(queue)?.get(place);
    if (found?.notBefore === notBefore) deliver(queue, place, found.key);
  };

  return Object.freeze<MemoryQueue>({
    async wake(queue, key, notBefore) {
      const places = waiting.get(queue) ?? new Map<string, { key: string; notBefore: Milliseconds }>();
      waiting.set(queue, places);
      const later = notBefore > clock.now();
      const place = later ? `${key}/later` : key;
      if (!later && places.has(place)) return;
      places.set(place, { key, notBefore });
      void schedule(queue, place, notBefore);
    },
    async consume(queue, handler) {
      handlers.set(queue, handler);
      for (const [place, { notBefore }] of waiting.get(queue) ?? []) void schedule(queue, place, notBefore);
      return async () => {
        handlers.delete(queue);
        await Promise.all(running.get(queue) ?? []);
      };
    },
    forget: () => waiting.clear(),
  });
};
