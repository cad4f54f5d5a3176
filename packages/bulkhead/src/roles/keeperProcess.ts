/** One keeper: every port bound to the real thing, the keeper and its effects started, an HTTP face beside them. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createEffects, type Effects } from '@bulkhead/effects';
import { createBullQueue } from '@bulkhead/effects/bullmq';
import { createRedisStore } from '@bulkhead/effects/redis';
import { createKeeper, createKeeperHandlers, type Keeper } from '@bulkhead/keeper';
import { type Caip2, evmChainIdOf, milliseconds } from '@bulkhead/shared';
import type { Config } from '@bulkhead/shared/config';
import type { Chain, Clock, Signer } from '@bulkhead/shared/ports';
import { pino } from 'pino';
import { openChains } from '../adapters/evmChains.ts';
import { httpOracle } from '../adapters/httpOracle.ts';
import { keySigner, observingSigner } from '../adapters/keySigner.ts';
import { unlockKey } from '../adapters/keystore.ts';
import { pinoLog } from '../adapters/pinoLog.ts';
import { readPriceTrust } from '../adapters/priceTrust.ts';
import { promMetrics } from '../adapters/promMetrics.ts';
import { openRedis } from '../adapters/redisConnections.ts';
import { seededRandom } from '../adapters/seededRandom.ts';
import { systemClock } from '../adapters/systemClock.ts';
import { uniqueIds } from '../adapters/uniqueIds.ts';
import { startHttpServer } from '../http/server.ts';
import { keeperOperations } from './keeperOperations.ts';
import { allowedCalls, effectPolicies, keeperSettings } from './settings.ts';

/** Opens what the configuration names; a process that only observes may have no key, and then signs nothing. */
const openSigner = async (config: Config): Promise<Signer> => {
  const { signer } = config;
  if (!signer || config.mode === 'observe') return observingSigner(signer?.address);
  const chainIds = config.chains.flatMap(chain => evmChainIdOf(chain.id) ?? []);
  return keySigner(await unlockKey(signer, chainIds), allowedCalls(config));
};

const readToken = async (file: string | undefined): Promise<string | undefined> =>
  file === undefined ? undefined : (await readFile(file, 'utf8')).trim();

/** Every new head wakes what is pending. */
const everyChain = <Value>(config: Config, value: Value): ReadonlyMap<Caip2, Value> =>
  new Map(config.chains.map(chain => [chain.id, value]));

/** What is closed at the end, last opened first, whatever went wrong in between. */
const createCleanup = () => {
  const steps: (() => Promise<void>)[] = [];
  return {
    add: (step: () => Promise<void>): void => void steps.unshift(step),
    run: async (): Promise<void> => {
      for (const step of steps.splice(0)) await step().catch(() => undefined);
    },
  };
};

interface Running {
  readonly keeper: Keeper;
  readonly effects: Effects;
}

/** Both loops, until the signal aborts. A defect in one ends the other: half a keeper must not look alive. */
const runBoth = async ({ keeper, effects }: Running, signal: AbortSignal): Promise<void> => {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const guarded = (work: Promise<void>): Promise<void> =>
    work.catch((error: unknown) => {
      failed.abort();
      throw error;
    });
  await Promise.all([guarded(effects.start(either)), guarded(keeper.start(either))]);
};

/**
 * Runs a keeper as configured until the signal aborts. The start-up checks must have passed.
 * @throws StartupError when something could not be opened after all.
 */
export const runKeeperProcess = async (config: Config, signal: AbortSignal): Promise<void> => {
  const cleanup = createCleanup();
  const clock: Clock = systemClock();
  const log = pinoLog({
    level: config.log.level,
    name: config.name,
    ...(config.log.file ? { destination: pino.destination({ dest: config.log.file, sync: true, mkdir: true }) } : {}),
  });
  const metrics = promMetrics();
  try {
    const opened = await openChains(config.chains, { clock, log, metrics });
    cleanup.add(async () => void (await Promise.all(opened.map(chain => chain.close()))));
    const chains: ReadonlyMap<Caip2, Chain> = new Map(opened.map(chain => [chain.id, chain]));

    const [first] = config.chains;
    if (!first) throw new TypeError('a configuration has at least one chain');
    const oracle = httpOracle({ url: config.oracle.url, trust: await readPriceTrust(first), clock, log, metrics });
    cleanup.add(() => oracle.stop());

    const redis = await openRedis(config.redis.url, [...chains.keys()], log);
    cleanup.add(() => redis.close());
    const store = createRedisStore(redis.main);
    const queue = createBullQueue({ connect: redis.connect, clock, log });
    cleanup.add(() => queue.close());

    const signer = await openSigner(config);
    const settings = keeperSettings(config);
    const random = seededRandom(randomUUID());
    const handlers = createKeeperHandlers({ chains, oracle, clock, log, metrics, settings });
    const effects = createEffects({
      chains,
      signers: everyChain(config, signer),
      store,
      queue,
      clock,
      random,
      ids: uniqueIds(),
      log,
      metrics,
      handlers,
      policy: effectPolicies(config),
    });
    const keeper = createKeeper({ chains, oracle, store, effects, queue, clock, random, log, metrics, settings });
    const operations = keeperOperations({
      config,
      keeper,
      effects,
      metrics,
      clock,
      startedAt: clock.now(),
      pingRedis: async () => {
        const late = clock.sleep(milliseconds(2_000)).then(() => 'late' as const);
        return (await Promise.race([redis.main.ping(), late])) === 'PONG';
      },
    });
    const server = await startHttpServer(operations, {
      host: config.http.host,
      port: config.http.port,
      token: await readToken(config.http.tokenFile),
      log,
    });
    cleanup.add(() => server.stop());
    log.info('started', {
      mode: config.mode,
      signer: signer.address,
      http: server.url,
      chains: [...chains.keys()].join(','),
    });
    await runBoth({ keeper, effects }, signal);
    log.info('stopped');
  } finally {
    await cleanup.run();
  }
};
