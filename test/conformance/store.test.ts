import { createRedisStore } from '@bulkhead/effects/redis';
import { afterAll, beforeAll } from 'vitest';
import { createMemoryStore } from '../support/memoryStore.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { storeContract } from './storeContract.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

let clock = 1_000_000;
storeContract(
  'in memory (test double)',
  async () => createMemoryStore(() => clock),
  async ms => {
    clock += ms;
  },
);

storeContract(
  'Redis',
  async () => {
    const connection = redis.connect();
    await connection.flushall();
    return createRedisStore(connection);
  },
  // The store's own clock is the server's: only waiting lets it pass.
  ms => new Promise(resolve => setTimeout(resolve, ms)),
);
