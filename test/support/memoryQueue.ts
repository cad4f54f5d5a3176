import type { Milliseconds } from '@bulkhead/shared';
import type { Clock, Queue } from '@bulkhead/shared/ports';

/** A test double of the Queue port: wakes in memory, by the Clock. `forget` loses every wake-up that has not run, as a deleted queue would. */
export interface MemoryQueue extends Queue {
  forget(): void;
}

export const createMemoryQueue = (clock: Clock): MemoryQueue => {
  const waiting = new Map<string, Map<string, Milliseconds>>();
  const handlers = new Map<string, (key: string) => Promise<void>>();
  const running = new Map<string, Set<Promise<void>>>();

  const deliver = (queue: string, key: string): void => {
    const handler = handlers.get(queue);
    if (!handler || !waiting.get(queue)?.delete(key)) return;
    const runs = running.get(queue) ?? new Set();
    running.set(queue, runs);
    // A handler's failure is not the queue's business: whoever keeps the ledger wakes it again.
    const run = handler(key)
      .catch(() => undefined)
      .finally(() => runs.delete(run));
    runs.add(run);
  };

  const schedule = async (queue: string, key: string, notBefore: Milliseconds): Promise<void> => {
    await clock.sleep(Math.max(0, notBefore - clock.now()) as Milliseconds);
    if (waiting.get(queue)?.get(key) === notBefore) deliver(queue, key);
  };

  return Object.freeze<MemoryQueue>({
    async wake(queue, key, notBefore) {
      const keys = waiting.get(queue) ?? new Map<string, Milliseconds>();
      waiting.set(queue, keys);
      const known = keys.get(key);
      if (known !== undefined && known <= notBefore) return;
      keys.set(key, notBefore);
      void schedule(queue, key, notBefore);
    },
    async consume(queue, handler) {
      handlers.set(queue, handler);
      for (const [key, notBefore] of waiting.get(queue) ?? []) void schedule(queue, key, notBefore);
      return async () => {
        handlers.delete(queue);
        await Promise.all(running.get(queue) ?? []);
      };
    },
    forget: () => waiting.clear(),
  });
};
