import { milliseconds } from '@bulkhead/shared';
import type { Queue } from '@bulkhead/shared/ports';
import { afterEach, describe, expect, test } from 'vitest';

export interface QueueUnderTest {
  readonly queue: Queue;
  /** Now, by the clock that the queue was given. */
  now(): number;
  close(): Promise<void>;
}

interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

const gate = (): Gate => {
  let open = (): void => undefined;
  const opened = new Promise<void>(resolve => {
    open = resolve;
  });
  return { opened, open };
};

/** Resolves once `enough` keys were handled. */
const collector = () => {
  const keys: string[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  return {
    keys,
    handle: async (key: string): Promise<void> => {
      keys.push(key);
      for (const waiter of waiting) if (keys.length >= waiter.count) waiter.resolve();
    },
    until: (count: number): Promise<void> =>
      keys.length >= count ? Promise.resolve() : new Promise(resolve => waiting.push({ count, resolve })),
  };
};

/** What the rest relies on, and no more: a wake-up usually comes, not before its time, and a failing handler harms nobody. */
export const queueContract = (name: string, open: () => Promise<QueueUnderTest>): void => {
  describe(`queue contract: ${name}`, () => {
    const stops: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const stop of stops.splice(0).reverse()) await stop();
    });
    const opened = async (): Promise<QueueUnderTest> => {
      const subject = await open();
      stops.push(() => subject.close());
      return subject;
    };
    const place = 'eip155:31337/liquidation';
    const consume = async (queue: Queue, handler: (key: string) => Promise<void>, where = place): Promise<void> => {
      stops.push(await queue.consume(where, handler, { concurrency: 4 }));
    };

    test('a wake-up reaches the handler of its queue and no other', async () => {
      const { queue, now } = await opened();
      const [mine, others] = [collector(), collector()];
      await consume(queue, mine.handle);
      await consume(queue, others.handle, 'eip155:31338/liquidation');
      await queue.wake(place, 'a', milliseconds(now()));
      await mine.until(1);
      expect([mine.keys, others.keys]).toEqual([['a'], []]);
    });

    test('what was woken before anybody listened is handled when somebody does', async () => {
      const { queue, now } = await opened();
      const seen = collector();
      await queue.wake(place, 'early', milliseconds(now()));
      await consume(queue, seen.handle);
      await seen.until(1);
      expect(seen.keys).toEqual(['early']);
    });

    test('a wake-up for later does not come before its time, nor swallow one for now', async () => {
      const { queue, now } = await opened();
      const seen = collector();
      const times: number[] = [];
      await consume(queue, async key => {
        times.push(now());
        await seen.handle(key);
      });
      const later = now() + 150;
      await queue.wake(place, 'a', milliseconds(later));
      await queue.wake(place, 'a', milliseconds(now()));
      await seen.until(1);
      expect(times[0]).toBeLessThan(later);
      await queue.wake(place, 'b', milliseconds(later));
      await seen.until(2);
      expect(times.at(-1)).toBeGreaterThanOrEqual(later);
    });

    test('many wake-ups of one key that wait are one run; one during a run is another', async () => {
      const { queue, now } = await opened();
      const seen = collector();
      const [started, finish] = [gate(), gate()];
      await consume(queue, async key => {
        await seen.handle(key);
        started.open();
        if (seen.keys.length === 1) await finish.opened;
      });
      await queue.wake(place, 'a', milliseconds(now()));
      await started.opened;
      for (let n = 0; n < 5; n++) await queue.wake(place, 'a', milliseconds(now()));
      finish.open();
      await seen.until(2);
      await queue.wake(place, 'last', milliseconds(now()));
      await seen.until(3);
      expect(seen.keys).toEqual(['a', 'a', 'last']);
    });

    test('a handler that fails is not run again by the queue, and others go on', async () => {
      const { queue, now } = await opened();
      const seen = collector();
      await consume(queue, async key => {
        await seen.handle(key);
        if (key === 'bad') throw new Error('no luck');
      });
      await queue.wake(place, 'bad', milliseconds(now()));
      await seen.until(1);
      await queue.wake(place, 'good', milliseconds(now()));
      await seen.until(2);
      expect(seen.keys).toEqual(['bad', 'good']);
    });

    test('stopping waits for handlers that run', async () => {
      const { queue, now } = await opened();
      const [started, finish] = [gate(), gate()];
      let finished = false;
      const stop = await queue.consume(place, async () => {
        started.open();
        await finish.opened;
        finished = true;
      });
      await queue.wake(place, 'a', milliseconds(now()));
      await started.opened;
      const stopped = stop();
      finish.open();
      await stopped;
      expect(finished).toBe(true);
    });
  });
};
