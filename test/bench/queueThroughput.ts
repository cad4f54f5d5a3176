import type { EffectHandler, Effects } from '@bulkhead/effects';
import { createBullQueue } from '@bulkhead/effects/bullmq';
import { createRedisStore } from '@bulkhead/effects/redis';
import { type Caip2, type Call, milliseconds, seconds, wei } from '@bulkhead/shared';
import type { Metrics } from '@bulkhead/shared/ports';
import { Queue, Worker } from 'bullmq';
import { noMetrics, realClock, silentLog } from '../support/clocks.ts';
import { effectsOn } from '../support/effectsBench.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { createChainDouble, idOf } from './chainDouble.ts';
import { type Bench, row } from './row.ts';
import { median } from './statistics.ts';

const perRound = 1_000;
const rounds = 5;
/** Planned or added at once: whoever finds much to do does not wait for each in turn. */
const inFlight = 64;
/** Of both workers; what the runtime uses for its own. */
const concurrency = 32;

/** Does `count` things with at most `inFlight` of them begun and not accepted. */
const inBatches = async (count: number, one: (index: number) => Promise<unknown>): Promise<void> => {
  for (let start = 0; start < count; start += inFlight) {
    const size = Math.min(inFlight, count - start);
    await Promise.all(Array.from({ length: size }, (_, offset) => one(start + offset)));
  }
};

/** Counts down to a promise. */
const createCountdown = () => {
  let left = 0;
  let resolve: () => void = () => undefined;
  return {
    from(count: number): Promise<void> {
      left = count;
      return new Promise(done => {
        resolve = done;
      });
    },
    one(): void {
      left -= 1;
      if (left === 0) resolve();
    },
  };
};

interface Contender {
  /** Jobs or effects a second, from the first one handed in to the last one ended. */
  round(count: number): Promise<number>;
  stop(): Promise<void>;
}

const perSecond = async (count: number, work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await work();
  return (count / (performance.now() - started)) * 1000;
};

const rawJobs = async (redis: TestRedis): Promise<Contender> => {
  const forgetting = { attempts: 1, removeOnComplete: true, removeOnFail: true } as const;
  const queue = new Queue<string>('raw', { connection: redis.connect(), defaultJobOptions: forgetting });
  const countdown = createCountdown();
  const worker = new Worker<string>('raw', async () => countdown.one(), { connection: redis.connect(), concurrency });
  await worker.waitUntilReady();
  return {
    round: count =>
      perSecond(count, async () => {
        const done = countdown.from(count);
        await inBatches(count, index => queue.add('job', idOf(`${index}`)));
        await done;
      }),
    async stop() {
      await worker.close();
      await queue.close();
    },
  };
};

const call: Call = { kind: 'noop' };
/** Sent, included, verified: the whole life. */
const sends: EffectHandler = {
  prepare: async effect => ({
    kind: 'send',
    call,
    footprint: [],
    deadline: seconds(Math.floor(effect.deadline / 1000)),
    at: { number: 1n, hash: idOf('block'), time: seconds(0) },
  }),
  verify: async () => ({ kind: 'done' }),
};
/** Found to be no longer due when its turn comes: ledger and queue, without the lane's nonces. */
const lapses: EffectHandler = {
  prepare: async () => ({ kind: 'obsolete', reason: 'no longer due' }),
  verify: async () => ({ kind: 'done' }),
};

const untilLeading = async (effects: Effects): Promise<void> => {
  while (!(await effects.snapshot())[0]?.leading) await realClock.sleep(milliseconds(20));
};

const untilEmpty = async (jobs: Queue): Promise<void> => {
  const left = async (): Promise<number> => jobs.getJobCountByTypes('waiting', 'active', 'delayed', 'prioritized');
  while ((await left()) > 0) await realClock.sleep(milliseconds(2));
};

/** Each on a chain of its own, so with a shard, a lane and queues of its own. */
const effectsThroughLedger = async (redis: TestRedis, id: Caip2, handler: EffectHandler): Promise<Contender> => {
  const { chain, signer, onBlock } = createChainDouble(id);
  const countdown = createCountdown();
  const metrics: Metrics = {
    ...noMetrics,
    count: name => {
      if (name === 'effects_concluded_total') countdown.one();
    },
  };
  const queue = createBullQueue({ connect: () => redis.connect(), clock: realClock, log: silentLog });
  const store = createRedisStore(redis.connect());
  const policy = { finality: 'final', feeCap: wei(10n ** 12n), dailySpendCap: wei(10n ** 24n) } as const;
  const effects = effectsOn({
    chain,
    signer,
    store,
    queue,
    clock: realClock,
    metrics,
    policy,
    handlers: { bench: handler },
  });
  // Named as the Queue port names it, to look at only.
  const jobs = new Queue('liquidation', { connection: redis.connect(), prefix: `bulkhead:v1:{${id}}:queue` });
  const stop = new AbortController();
  const running = effects.start(stop.signal);
  onBlock(block => effects.headSeen(chain.id, block));
  await untilLeading(effects);

  let serial = 0;
  const plan = () => {
    const now = realClock.now();
    const id = idOf(`${chain.id} ${serial++}`);
    return effects.plan({
      id,
      chain: chain.id,
      urgency: 'liquidation',
      handler: 'bench',
      subject: 'bench',
      payload: '{}',
      notBefore: now,
      deadline: milliseconds(now + 600_000),
      budget: wei(10n ** 18n),
      trace: id,
    });
  };
  return {
    round: count =>
      perSecond(count, async () => {
        const done = countdown.from(count);
        await inBatches(count, plan);
        await done;
        // A lane takes what it finds in the ledger, often before its wake-up comes round: that job is work of this round too.
        await untilEmpty(jobs);
      }),
    async stop() {
      stop.abort();
      await running;
      await jobs.close();
      await queue.close();
    },
  };
};

/** Two chains at once, as `up` has them. */
const onTwoChains = async (redis: TestRedis, first: number, handler: EffectHandler): Promise<Contender> => {
  const lanes = await Promise.all([first, first + 1].map(id => effectsThroughLedger(redis, `eip155:${id}`, handler)));
  return {
    round: count => perSecond(count, () => Promise.all(lanes.map(lane => lane.round(count / lanes.length)))),
    async stop() {
      await Promise.all(lanes.map(lane => lane.stop()));
    },
  };
};

export const queueThroughput: Bench = {
  name: 'queue',
  about: 'effects through ledger, queue and lane on a real Redis, against bare BullMQ jobs on the same one',
  async run(say) {
    const redis = await startRedis();
    const raw = await rawJobs(redis);
    const whole = await onTwoChains(redis, 31_337, sends);
    const ending = await onTwoChains(redis, 31_347, lapses);
    const contenders = [raw, whole, ending] as const;
    const seen: [number[], number[], number[]] = [[], [], []];
    try {
      for (const contender of contenders) await contender.round(perRound / 2);
      for (let round = 1; round <= rounds; round++) {
        for (const [index, contender] of contenders.entries()) seen[index]?.push(await contender.round(perRound));
        const [jobs, final, ended] = seen.map(each => each.at(-1)?.toFixed(0));
        say(
          `round ${round} of ${rounds}: ${jobs} jobs/s, ${final} effects/s to their end on chain, ${ended} effects/s that lapse`,
        );
      }
    } finally {
      for (const contender of contenders.toReversed()) await contender.stop();
      await redis.stop();
    }
    const [jobs, final, ended] = seen;
    const ratio = (effects: readonly number[]): number =>
      median(effects.map((each, index) => each / (jobs[index] ?? Number.NaN)));
    return [
      row('effects through the queue, ratio to raw BullMQ jobs', ratio(final), '×', 'higher', 0.5),
      row('effects that lapse through the queue, ratio to raw BullMQ jobs', ratio(ended), '×', 'higher'),
      row('effects through the queue', median(final), '1/s', 'higher'),
      row('effects that lapse through the queue', median(ended), '1/s', 'higher'),
      row('raw BullMQ jobs', median(jobs), '1/s', 'higher'),
    ];
  },
};
