import type { Milliseconds } from '@bulkhead/shared';
import type { Clock, Log, Queue } from '@bulkhead/shared/ports';
import { Queue as BullQueue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';

export interface BullQueueOptions {
  /** Opens a new connection. Each queue and worker has its own; they are closed with it. Workers need `maxRetriesPerRequest: null`. */
  readonly connect: () => Redis;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ClosableQueue extends Queue {
  /** Closes every connection. Consumers must have been stopped. */
  close(): Promise<void>;
}

/** `<caip2>/<name>` → BullMQ prefix with the chain's hash tag, and a name without colons. */
const placeOf = (queue: string): { readonly prefix: string; readonly name: string } => {
  const slash = queue.indexOf('/');
  if (slash < 0) throw new Error(`a queue is named <caip2>/<name>, not ${queue}`);
  return { prefix: `bulkhead:v1:{${queue.slice(0, slash)}}:queue`, name: queue.slice(slash + 1).replaceAll(':', '-') };
};

const keepNothing = { attempts: 1, removeOnComplete: true, removeOnFail: true } as const;

/**
 * The Queue port on BullMQ. It only wakes: nothing that matters rests on BullMQ's ids, retries, delays or order, and all its keys may vanish
 * (F4). Wake-ups for now and for later coalesce apart, so that a later one that waits does not swallow one for now.
 */
export const createBullQueue = (options: BullQueueOptions): ClosableQueue => {
  const queues = new Map<string, { readonly queue: BullQueue<string>; readonly connection: Redis }>();

  const queueOf = (name: string): BullQueue<string> => {
    const known = queues.get(name);
    if (known) return known.queue;
    const place = placeOf(name);
    const connection = options.connect();
    const queue = new BullQueue<string>(place.name, {
      connection,
      prefix: place.prefix,
      defaultJobOptions: keepNothing,
    });
    queue.on('error', error => options.log.warn('queue connection', { queue: name, error: error.message }));
    queues.set(name, { queue, connection });
    return queue;
  };

  const wake = async (name: string, key: string, notBefore: Milliseconds): Promise<void> => {
    const delay = Math.max(0, notBefore - options.clock.now());
    await queueOf(name).add('wake', key, {
      ...keepNothing,
      ...(delay > 0
        ? { delay, deduplication: { id: `${key}/later`, keepLastIfActive: true, replace: true } }
        : { deduplication: { id: key, keepLastIfActive: true } }),
    });
  };

  const consume: Queue['consume'] = async (name, handler, terms = {}) => {
    const place = placeOf(name);
    const connection = options.connect();
    const worker = new Worker<string>(place.name, job => handler(job.data), {
      connection,
      prefix: place.prefix,
      concurrency: terms.concurrency ?? 1,
      ...keepNothingOfWorker,
    });
    worker.on('error', error => options.log.warn('queue worker', { queue: name, error: error.message }));
    worker.on('failed', (job, error) =>
      options.log.warn('a woken handler failed; the sweeper wakes it again', {
        queue: name,
        key: job?.data,
        error: error.message,
      }),
    );
    await worker.waitUntilReady();
    return async () => {
      await worker.close();
      connection.disconnect();
    };
  };

  return Object.freeze<ClosableQueue>({
    wake,
    consume,
    async close() {
      for (const { queue, connection } of queues.values()) {
        await queue.close();
        connection.disconnect();
      }
      queues.clear();
    },
  });
};

const keepNothingOfWorker = { removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } } as const;
