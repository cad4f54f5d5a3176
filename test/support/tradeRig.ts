import type { EvmChain } from '@bulkhead/chains/evm';
import type { ChainPolicy, EffectHandler, Effects } from '@bulkhead/effects';
import { type ClosableQueue, createBullQueue } from '@bulkhead/effects/bullmq';
import { createRedisStore } from '@bulkhead/effects/redis';
import { type EffectPlan, type EffectRecord, type Hex32, milliseconds } from '@bulkhead/shared';
import type { Signer, Store } from '@bulkhead/shared/ports';
import { createMemoryLog, realClock } from './clocks.ts';
import { openDeskChain } from './deskChain.ts';
import { effectsOn, idOf } from './effectsBench.ts';
import { startRedis, type TestRedis } from './redis.ts';
import { type RpcProxy, startRpcProxy } from './rpcProxy.ts';
import { deskSigner, quickPolicy, startTradeNet, type TradeNet, tradeHandler, tradePlan } from './tradeNet.ts';

/** The runtime at work in this process, over a real Redis, BullMQ, and a real chain behind the fault proxy. */
export interface RunningEffects {
  readonly effects: Effects;
  readonly store: Store;
  readonly queue: ClosableQueue;
  readonly log: ReturnType<typeof createMemoryLog>;
  /** Plans a trade with an id of its own; returns the id. */
  plan(changes?: Partial<EffectPlan>): Promise<Hex32>;
  effect(id: Hex32): Promise<EffectRecord>;
  /** Mines a block and tells of it. */
  block(): Promise<void>;
  /** Lets time pass, without blocks, until something is so. */
  until(reached: () => Promise<boolean>): Promise<void>;
  /** Blocks until no effect is open and no slot is taken; says what is in the way when that does not come. */
  rest(): Promise<void>;
  stop(): Promise<void>;
}

export interface TradeRig {
  readonly net: TradeNet;
  readonly redis: TestRedis;
  readonly proxy: RpcProxy;
  readonly chain: EvmChain;
  readonly signer: Signer;
  /** Starts on an empty Redis. @param handlers made over the chain; the trading one is there already. */
  start(options?: {
    readonly policy?: Partial<ChainPolicy>;
    readonly keep?: boolean;
    readonly trade?: (usual: EffectHandler) => EffectHandler;
  }): Promise<RunningEffects>;
  close(): Promise<void>;
}

let serial = 1_000;

export const openTradeRig = async (): Promise<TradeRig> => {
  const [net, redis] = await Promise.all([startTradeNet(), startRedis()]);
  const proxy = await startRpcProxy(net.desk.http);
  const chain = await openDeskChain(net.desk, proxy.httpUrl);
  const signer = deskSigner(net.desk);
  const running = new Set<RunningEffects>();

  const start: TradeRig['start'] = async (options = {}) => {
    const connection = redis.connect();
    if (!options.keep) await connection.flushall();
    const store = createRedisStore(connection);
    const log = createMemoryLog();
    const queue = createBullQueue({ connect: () => redis.connect(), clock: realClock, log });
    const usual = tradeHandler(net.desk, chain, realClock);
    const handlers = { trade: options.trade?.(usual) ?? usual };
    const policy = { ...quickPolicy, ...options.policy };
    const effects = effectsOn({ chain, signer, store, queue, clock: realClock, log, policy, handlers });
    const stop = new AbortController();
    const ended = effects.start(stop.signal);

    const until = async (reached: () => Promise<boolean>): Promise<void> => {
      for (let n = 0; n < 1_000; n++) {
        if (await reached()) return;
        await realClock.sleep(milliseconds(10));
      }
      const [snapshot] = await effects.snapshot();
      throw new Error(
        `it never came to that: ${JSON.stringify(snapshot, (_key, item: unknown) => (typeof item === 'bigint' ? `${item}` : item))} ${log.lines.slice(-20).join('\n')}`,
      );
    };
    const block = async (): Promise<void> => {
      await net.mine();
      const head = await chain.head();
      if (head.ok) effects.headSeen(net.desk.chain, head.value);
    };
    const atRest = async (): Promise<boolean> => {
      const [snapshot] = await effects.snapshot();
      return snapshot?.open.length === 0 && snapshot.slots.length === 0;
    };
    const self: RunningEffects = {
      effects,
      store,
      queue,
      log,
      async plan(changes) {
        const id = idOf(serial++);
        const outcome = await effects.plan(tradePlan(net.desk, id, realClock.now(), changes));
        if (outcome !== 'planned') throw new Error(`the plan was ${outcome}`);
        return id;
      },
      async effect(id) {
        const found = await store.effect(net.desk.chain, id);
        if (!found) throw new Error(`no effect ${id}`);
        return found;
      },
      block,
      until,
      rest: () =>
        until(async () => {
          if (await atRest()) return true;
          await block();
          await realClock.sleep(milliseconds(30));
          return false;
        }),
      async stop() {
        running.delete(self);
        stop.abort();
        await ended;
        await queue.close();
      },
    };
    running.add(self);
    await until(async () => (await effects.snapshot())[0]?.leading === true);
    return self;
  };

  return Object.freeze<TradeRig>({
    net,
    redis,
    proxy,
    chain,
    signer,
    start,
    async close() {
      for (const one of running) await one.stop();
      await chain.close();
      await proxy.close();
      await Promise.all([net.stop(), redis.stop()]);
    },
  });
};
