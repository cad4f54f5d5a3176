import { createBullQueue } from '@bulkhead/effects/bullmq';
import { afterAll, beforeAll } from 'vitest';
import { realClock, silentLog } from '../support/clocks.ts';
import { createMemoryQueue } from '../support/memoryQueue.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { queueContract } from './queueContract.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

queueContract('in memory (test double)', async () => ({
  queue: createMemoryQueue(realClock),
  now: realClock.now,
  close: async () => undefined,
}));

queueContract('BullMQ', async () => {
  await redis.connect().flushall();
  const queue = createBullQueue({ connect: () => redis.connect(), clock: realClock, log: silentLog });
  return { queue, now: realClock.now, close: () => queue.close() };
});
