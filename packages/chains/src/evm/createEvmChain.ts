import { evmChainIdOf, failure, ok, type Result } from '@bulkhead/shared';
import type { Chain as ViemChain } from 'viem';
import { inspectChain } from './doctor.ts';
import { header, refOf } from './endpoints/answers.ts';
import { createEndpoint } from './endpoints/endpoint.ts';
import { createEndpointPool } from './endpoints/pool.ts';
import { createRegistry, viemChain } from './endpoints/registry.ts';
import { createRpc } from './endpoints/rpc.ts';
import { attempt } from './errors/attempt.ts';
import { defaults, type EvmChainOptions, type EvmFinding } from './options.ts';
import { constantsOf, createPort, type EvmChain, type Judged, type OpenedPool } from './port.ts';

interface Parts extends OpenedPool {
  readonly chain: ViemChain;
  readonly judged: Judged;
}

type Failure = readonly EvmFinding[];

const openPool = (options: EvmChainOptions, chainId: number, judged: Judged): Parts => {
  const chain = viemChain(chainId, options.endpoints);
  const timeout = options.requestTimeout ?? defaults.requestTimeout;
  const endpoints = options.endpoints.map((urls, index) => createEndpoint(urls, index, chain, timeout));
  const pool = createEndpointPool(endpoints, {
    chain: options.id,
    clock: options.clock,
    log: options.log,
    metrics: options.metrics,
    headMaxAge: options.headMaxAge,
    headMaxLag: options.headMaxLag ?? defaults.headMaxLag,
    probeInterval: options.probeInterval ?? defaults.probeInterval,
  });
  return { options, chainId, chain, pool, judged };
};

const judge = async (options: EvmChainOptions): Promise<Result<Judged, Failure>> => {
  const { findings, stateDiff, feeStyle } = await inspectChain({ ...options, sockets: false });
  const fatal = findings.filter(({ severity }) => severity === 'fatal');
  return fatal.length > 0 ? failure(fatal) : ok({ findings, stateDiff, feeStyle });
};

const silent = (parts: Parts, why: string): EvmFinding => ({
  kind: 'wrongContract',
  severity: 'fatal',
  message: `The contracts of ${parts.options.id} do not answer: ${why}`,
  remedy: 'Check the addresses under contracts and the endpoints with config validate.',
});

const closeAll = (all: readonly Parts[]): void => {
  for (const { pool } of all) {
    pool.close();
    for (const endpoint of pool.endpoints) endpoint.close();
  }
};

/**
 * Opens several chains as one registry. Nothing is opened unless every chain can be: chain ids agree, code at every address, at least one
 * endpoint answers. What does not keep a chain from running is in its `findings`.
 */
export const createEvmChains = async (
  all: readonly EvmChainOptions[],
): Promise<Result<readonly EvmChain[], Failure>> => {
  const judgements = await Promise.all(all.map(judge));
  const failed = judgements.flatMap(judgement => (judgement.ok ? [] : judgement.error));
  if (failed.length > 0) return failure(failed);
  const parts = all.flatMap((options, index) => {
    const chainId = evmChainIdOf(options.id);
    const judgement = judgements[index];
    return chainId === undefined || !judgement?.ok ? [] : [openPool(options, chainId, judgement.value)];
  });
  const registry = createRegistry(parts);
  const opened = await Promise.all(
    parts.map(async (part): Promise<Result<EvmChain, EvmFinding>> => {
      const rpc = createRpc(registry, part.chainId);
      const constants = await attempt(async () => {
        const block = header('eth_getBlockByNumber', await rpc('eth_getBlockByNumber', ['latest', false]));
        return constantsOf(rpc, part.options, refOf(block));
      });
      if (constants.ok) return ok(createPort(part, registry, constants.value, part.judged));
      return failure(silent(part, constants.error.details ?? constants.error.message));
    }),
  );
  const broken = opened.flatMap(one => (one.ok ? [] : [one.error]));
  if (broken.length === 0) return ok(opened.flatMap(one => (one.ok ? [one.value] : [])));
  closeAll(parts);
  return failure(broken);
};

/** Opens one chain. See `createEvmChains`. */
export const createEvmChain = async (options: EvmChainOptions): Promise<Result<EvmChain, Failure>> => {
  const opened = await createEvmChains([options]);
  if (!opened.ok) return opened;
  const [chain] = opened.value;
  // One in, one out.
  if (chain === undefined) throw new RangeError('No chain was opened.');
  return ok(chain);
};
