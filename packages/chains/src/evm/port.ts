import {
  type Address,
  accountId,
  type BlockRef,
  millisecondsToSeconds,
  type VaultId,
  vaultId,
  vaultIdOf,
} from '@bulkhead/shared';
import type { At, Chain, ChainResult, Read } from '@bulkhead/shared/ports';
import type { Config } from '@wagmi/core';
import { numberToHex } from 'viem';
import { clearingHouseAbi, marginEngineAbi } from './abis.ts';
import { normaliseAddresses } from './addresses.ts';
import { quantity, refOf } from './endpoints/answers.ts';
import type { EndpointPool, EndpointStanding } from './endpoints/pool.ts';
import { createRpc, type Rpc } from './endpoints/rpc.ts';
import { attempt } from './errors/attempt.ts';
import { defaults, type EvmChainOptions, type EvmFinding } from './options.ts';
import { readAt } from './read/call.ts';
import { createDirectory } from './read/directory.ts';
import { createEventDecoder } from './read/events.ts';
import { finalityOf, finalNumber } from './read/finality.ts';
import { createReads } from './read/reads.ts';
import { broadcast } from './send/broadcast.ts';
import { buildTransaction, type FeeStyle } from './send/build.ts';
import { quoteFees } from './send/fees.ts';
import { statusesOf } from './send/status.ts';
import { createEscrowOf } from './simulate/escrows.ts';
import { createSimulator } from './simulate/simulator.ts';
import { createHeadFeed } from './watch/headFeed.ts';
import { watchChain } from './watch/watch.ts';

/** A chain, and what only its owner needs: how its endpoints stand, and an end. */
export interface EvmChain extends Chain {
  /** Chains of this process as one wagmi configuration, behind the same endpoint pools. */
  readonly registry: Config;
  /** How each endpoint stands, for `status`, `/readyz` and metrics. */
  endpoints(): readonly EndpointStanding[];
  /** What was found when it was opened that does not keep it from running. */
  readonly findings: readonly EvmFinding[];
  /** Stops probes and sockets. Streams of `watch` end with their own signals. */
  close(): Promise<void>;
}

/** ClearingBase.HOUSE_BUCKET. */
const houseBucket = 0xffff_ffff;

/** A chain whose pool stands and whose place in the registry is known. */
export interface OpenedPool {
  readonly options: EvmChainOptions;
  readonly chainId: number;
  readonly pool: EndpointPool;
}

/** What never changes in a deployment, read once. */
export const constantsOf = async (rpc: Rpc, options: EvmChainOptions, at: BlockRef) => {
  const { marginEngine, clearingHouse } = normaliseAddresses(options.addresses);
  const [quoteToken, implementation, account] = await Promise.all([
    readAt(rpc, at, marginEngine, marginEngineAbi, 'quoteToken', []),
    readAt(rpc, at, marginEngine, marginEngineAbi, 'escrowImplementation', []),
    readAt(rpc, at, clearingHouse, clearingHouseAbi, 'accountId', []),
  ]);
  return {
    quoteToken: quoteToken.toLowerCase() as Address,
    escrowOf: createEscrowOf(marginEngine, implementation),
    venueVault: (bucket: number): VaultId => vaultIdOf(accountId(account), bucket),
  };
};

export type Constants = Awaited<ReturnType<typeof constantsOf>>;

/** What an inspection found of the chain's ways. */
export interface Judged {
  readonly feeStyle: FeeStyle;
  readonly stateDiff: boolean;
  readonly findings: readonly EvmFinding[];
}

/** Puts the parts of the adapter together. */
export const createPort = (opened: OpenedPool, registry: Config, constants: Constants, judged: Judged): EvmChain => {
  const { options, chainId, pool } = opened;
  const { clock, log, finality: policy } = options;
  const addresses = normaliseAddresses(options.addresses);
  const venues = (options.venues ?? []).map(venue => venue.toLowerCase() as Address);
  const rpc = createRpc(registry, chainId);
  const decode = createEventDecoder(addresses);
  const blocksPerQuery = options.blocksPerQuery ?? defaults.blocksPerQuery;
  const directory = createDirectory({
    rpc,
    addresses,
    fromBlock: options.fromBlock ?? 0n,
    chunk: blocksPerQuery,
    quoteToken: constants.quoteToken,
    venues,
  });
  const reads = createReads({ rpc, addresses, directory, chunk: options.groupsPerCall ?? defaults.groupsPerCall });
  const simulate = createSimulator({
    rpc,
    addresses,
    reads,
    directory,
    decode,
    escrowOf: constants.escrowOf,
    settlementVaultOf: constants.venueVault,
    houseVault: constants.venueVault(houseBucket),
    stateDiff: judged.stateDiff,
    venues,
  });
  const feed = createHeadFeed(options.id, pool.endpoints, clock, log);

  const pin = async (at: At): Promise<BlockRef> => (at === 'head' ? refOf(await pool.head()) : at);
  const read = <Value>(at: At, work: (block: BlockRef) => Promise<Value>): ChainResult<Read<Value>> =>
    attempt(async () => {
      const block = await pin(at);
      return { at: block, value: await work(block) };
    });

  /** Time of the block that a simulated call would be in: now, but always after the block it builds on. */
  const nextTime = (block: BlockRef): number => {
    const now = millisecondsToSeconds(clock.now());
    const fresh = clock.now() - block.time * 1000 <= options.headMaxAge;
    return fresh && now > block.time ? now : block.time + 1;
  };

  return {
    id: options.id,
    capabilities: {
      nonces: true,
      replaceable: true,
      replacementStepPercent: options.replacementStepPercent ?? defaults.replacementStepPercent,
      stateDiff: judged.stateDiff,
      positions: 'perps',
    },
    registry,
    findings: judged.findings,
    endpoints: pool.standing,

    head: () => attempt(async () => refOf(await pool.head())),
    watch: (cursor, signal) =>
      watchChain(
        {
          chain: options.id,
          rpc,
          head: pool.head,
          feed,
          addresses,
          decode,
          clock,
          log,
          chunk: blocksPerQuery,
          pollLive: options.pollLive ?? defaults.pollLive,
          pollAlone: options.pollAlone ?? defaults.pollAlone,
        },
        cursor,
        signal,
      ),

    readMarket: at => read(at, reads.market),
    readVaults: (at, offset, limit) =>
      read(at, async block => {
        const vaults = await directory.vaults(block);
        return { vaults: vaults.slice(offset, offset + limit), total: vaults.length };
      }),
    readGroups: (vaults, at) => read(at, block => reads.groups(vaults, block)),
    readPrices: (feeds, at) => read(at, block => reads.prices(feeds, block)),
    effectDone: (key, at) =>
      read(at, block =>
        'tradeId' in key
          ? reads.tradeUsed(key.tradeId, block)
          : reads.effectKeyUsed(vaultId(key.bidderVault), key.effectKey, block),
      ),

    simulate: (call, from, at) =>
      attempt(async () => {
        const block = await pin(at);
        return simulate(call, from, block, nextTime(block));
      }),

    nonce: (signer, tag) =>
      attempt(async () => {
        const where = tag === 'final' ? numberToHex(await finalNumber(rpc, await pool.head(), policy)) : tag;
        return quantity('eth_getTransactionCount', await rpc('eth_getTransactionCount', [signer, where]));
      }),
    balance: signer => attempt(async () => quantity('eth_getBalance', await rpc('eth_getBalance', [signer, 'latest']))),
    feeQuote: () => attempt(async () => quoteFees(rpc, await pool.head())),

    build: (call, how) => buildTransaction(chainId, judged.feeStyle, addresses, call, how),
    broadcast: bytes => attempt(() => broadcast(pool, bytes)),
    status: hashes => attempt(() => statusesOf(rpc, decode, hashes)),
    finality: block => attempt(async () => finalityOf(rpc, await pool.head(), block, policy)),

    close: async () => {
      feed.close();
      pool.close();
      for (const endpoint of pool.endpoints) endpoint.close();
    },
  };
};
