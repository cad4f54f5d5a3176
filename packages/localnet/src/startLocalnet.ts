import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AddressBook, withDeployment } from '@bulkhead/addresses';
import { oracleHubAbi } from '@bulkhead/contracts';
import { feedIdOf } from '@bulkhead/sdk';
import { type FeedServer, startFeedServer } from './feed/feedServer.ts';
import { createPriceFeed, type PriceFeed, type Prices } from './feed/priceFeed.ts';
import type { LocalChain, LocalFeed, LocalFork, Localnet, LocalnetOptions } from './localnet.ts';
import { LocalnetError } from './localnetError.ts';
import { feedNamesOf } from './parameterSets.ts';
import { startAnvil } from './process/anvil.ts';
import { type LocalRedis, startRedis } from './process/redis.ts';
import { createSupervisor, type Supervisor } from './process/supervisor.ts';
import { requireSameSettings, type Settings, settingsOf, stateOf } from './settings.ts';
import { localChainOf, prepareChain } from './startChain.ts';
import { readStateFile, runningIn, writeStateFile } from './stateFile.ts';

/** Where this run writes, and whether there is something to go on from. */
interface Place {
  readonly temporary: string;
  readonly kept: string | undefined;
  readonly resumed: boolean;
}

const stateFileOf = (place: Place, chainId: number): string | undefined =>
  place.kept === undefined ? undefined : join(place.kept, `chain-${chainId}.json`);

const preparePlace = async (settings: Settings, supervisor: Supervisor): Promise<Place> => {
  const temporary = await mkdtemp(join(tmpdir(), 'bulkhead-localnet-'));
  supervisor.owns(temporary);
  const kept = settings.directory;
  if (kept === undefined) return { temporary, kept, resumed: false };
  await mkdir(kept, { recursive: true });
  const found = await readStateFile(kept);
  const running = runningIn(found);
  if (running) {
    throw new LocalnetError(`A local network already runs in ${kept} (process ${running.pid}).`, {
      remedy: 'Stop it first, use connectLocalnet to reach it, or choose another directory.',
    });
  }
  if (found) requireSameSettings(settings, found);
  const resumed = found !== undefined && settings.chainIds.every(id => existsSync(join(kept, `chain-${id}.json`)));
  if (!resumed) await removeLeftovers(settings, kept);
  return { temporary, kept, resumed };
};

/** A start that failed half-way may have left chains without a market, or a ledger of chains that are gone. */
const removeLeftovers = async (settings: Settings, kept: string): Promise<void> => {
  const ours = [...settings.chainIds.map(id => `chain-${id}.json`), 'redis'];
  await Promise.all(ours.map(name => rm(join(kept, name), { recursive: true, force: true })));
};

const startChains = async (
  settings: Settings,
  supervisor: Supervisor,
  place: Place,
): Promise<readonly LocalChain[]> => {
  settings.say(`starting ${settings.chainIds.length} chains${place.resumed ? ' from where they were' : ''}`);
  const anvils = await Promise.all(
    settings.chainIds.map(chainId => {
      const stateFile = stateFileOf(place, chainId);
      return startAnvil(supervisor, {
        chainId,
        directory: place.temporary,
        slotsInAnEpoch: settings.slotsInAnEpoch,
        ...(stateFile === undefined ? {} : { stateFile }),
      });
    }),
  );
  return anvils.map(anvil => localChainOf(anvil, settings));
};

const startRedisIfWanted = async (
  settings: Settings,
  supervisor: Supervisor,
  place: Place,
): Promise<LocalRedis | undefined> => {
  if (!settings.withRedis) return undefined;
  return startRedis(supervisor, join(place.kept ?? place.temporary, 'redis'));
};

const feedOf = (settings: Settings): PriceFeed =>
  createPriceFeed({
    feedSetId: settings.feedSetId,
    signers: settings.keys.priceSigners.map(signer => signer.account),
    threshold: settings.prices.threshold,
    confidence: settings.set.confidence,
  });

/** A new network starts at its set's prices, a resumed one where it was. */
const firstPrices = async (settings: Settings, chains: readonly LocalChain[], place: Place): Promise<Prices> => {
  const [chain] = chains;
  if (!place.resumed || chain === undefined) return settings.set.startPrices;
  const names = feedNamesOf(settings.set);
  const { client, addresses } = chain;
  const states = await Promise.all(
    names.map(name =>
      client.readContract({
        address: addresses.oracleHub,
        abi: oracleHubAbi,
        functionName: 'feedState',
        args: [feedIdOf(name)],
      }),
    ),
  );
  return Object.fromEntries(
    names.map((name, index) => [name, states[index]?.priceWad || settings.set.startPrices[name] || 0n]),
  );
};

const rememberRunning = async (
  settings: Settings,
  place: Place,
  running: {
    readonly chains: readonly LocalChain[];
    readonly redis: LocalRedis | undefined;
    readonly feed: FeedServer;
  },
): Promise<void> => {
  if (place.kept === undefined) return;
  await writeStateFile(place.kept, {
    ...stateOf(settings),
    running: {
      pid: process.pid,
      chains: running.chains.map(({ chainId, http, ws, pid }) => ({ chainId, http, ws, pid })),
      ...(running.redis === undefined ? {} : { redis: { url: running.redis.url, pid: running.redis.pid } }),
      feed: running.feed.url,
    },
  });
};

const forkOf = async (
  settings: Settings,
  supervisor: Supervisor,
  place: Place,
  chain: LocalChain,
  block: bigint | undefined,
): Promise<LocalFork> => {
  const anvil = await startAnvil(supervisor, {
    chainId: chain.chainId,
    directory: place.temporary,
    forkUrl: chain.http,
    slotsInAnEpoch: settings.slotsInAnEpoch,
    ...(block === undefined ? {} : { forkBlock: block }),
  });
  return Object.freeze({ ...localChainOf(anvil, settings), stop: () => anvil.child.stop() });
};

/** Nothing of a local chain is older than its deployment. */
const addressBookOf = ({ chainIds, plan: { origin, terms, addresses: contracts } }: Settings): AddressBook => {
  const entry = { ...origin, block: 0, quoteToken: terms.quoteToken, contracts };
  return chainIds.reduce<AddressBook>((book, chainId) => withDeployment(book, chainId, entry), {
    version: 1,
    chains: {},
  });
};

/** Starts everything; the supervisor ends it all when any of it fails. */
const startUnder = async (settings: Settings, supervisor: Supervisor): Promise<Localnet> => {
  const place = await preparePlace(settings, supervisor);
  const feed = feedOf(settings);
  const [chains, redis] = await Promise.all([
    startChains(settings, supervisor, place),
    startRedisIfWanted(settings, supervisor, place),
  ]);
  const reports = await feed.publish(await firstPrices(settings, chains, place));
  await Promise.all(chains.map(chain => prepareChain(chain, settings, { reports, resumed: place.resumed })));
  const quote = settings.set.collaterals.find(each => each.feed === undefined)?.symbol ?? '';
  const server = await startFeedServer(feed, { quote });
  try {
    await rememberRunning(settings, place, { chains, redis, feed: server });
  } catch (error) {
    await server.stop();
    throw error;
  }
  settings.say(`ready: ${chains.map(chain => chain.http).join(', ')}`);

  const localFeed: LocalFeed = Object.freeze({ ...feed, url: server.url });
  const stop = async (): Promise<void> => {
    await server.stop();
    await supervisor.stop();
    if (place.kept !== undefined) await writeStateFile(place.kept, stateOf(settings));
  };
  let stopping: Promise<void> | undefined;
  return Object.freeze({
    chains,
    redis: redis && { url: redis.url, pid: redis.pid },
    feed: localFeed,
    feedSetId: settings.feedSetId,
    deployment: settings.plan,
    addressBook: addressBookOf(settings),
    keys: settings.keys,
    parameterSet: settings.set,
    seed: settings.seed,
    resumed: place.resumed,
    fork: (index: number, options: { readonly block?: bigint } = {}) => {
      const chain = chains[index];
      if (chain === undefined) throw new LocalnetError(`There is no chain ${index}: ${chains.length} run.`);
      return forkOf(settings, supervisor, place, chain, options.block);
    },
    publishAndPost: async (...parameters: Parameters<PriceFeed['publish']>) => {
      const published = await feed.publish(...parameters);
      await Promise.all(chains.map(chain => chain.post(published)));
      return published;
    },
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  });
};

/**
 * Starts N local chains with all contracts at the same addresses, a Redis, and the signed price feed: one call.
 * Everything runs on free ports of the loopback interface and ends with `stop()`, with the process, or when starting fails half-way.
 *
 * @example
 * import { startLocalnet } from '@bulkhead/localnet'
 *
 * const localnet = await startLocalnet({ chains: 2, parameterSet: 'demo', seed: 'example' })
 * await localnet.publishAndPost({ 'ETH/USD': 3_000n * 10n ** 18n })
 * await localnet.stop()
 */
export const startLocalnet = async (options: LocalnetOptions = {}): Promise<Localnet> => {
  const settings = settingsOf(options);
  const supervisor = createSupervisor();
  try {
    return await startUnder(settings, supervisor);
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
};
