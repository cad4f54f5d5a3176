import type { BlockRef, Hex32 } from '@bulkhead/shared';
import type { Config } from '@wagmi/core';
import { numberToHex } from 'viem';
import { fault } from '../errors/chainFault.ts';
import { type Header, header } from './answers.ts';

/** One request through the pool. @throws ChainFault, perhaps wrapped by viem. */
export type Rpc = (method: string, params: readonly unknown[]) => Promise<unknown>;

/** Requests of one chain of a registry. */
export const createRpc = (registry: Config, chainId: number): Rpc => {
  const client = registry.getClient({ chainId });
  return (method, params) => client.request({ method, params } as never);
};

/** How a state read names its block: the endpoint must refuse when that very block is not canonical any more (EIP-1898). */
export const pinned = (at: BlockRef) => ({ blockHash: at.hash, requireCanonical: true });

export const blockByNumber = async (rpc: Rpc, number: bigint | 'finalized'): Promise<Header | undefined> => {
  const tag = typeof number === 'bigint' ? numberToHex(number) : number;
  const answer = await rpc('eth_getBlockByNumber', [tag, false]);
  return answer === null ? undefined : header('eth_getBlockByNumber', answer);
};

export const blockByHash = async (rpc: Rpc, hash: Hex32): Promise<Header | undefined> => {
  const answer = await rpc('eth_getBlockByHash', [hash, false]);
  return answer === null ? undefined : header('eth_getBlockByHash', answer);
};

export const blockGone = (at: BlockRef) =>
  fault(
    'retryable',
    'blockGone',
    `Block ${at.number} (${at.hash}) is not part of the chain any more. Read at the head again.`,
  );

/** @throws ChainFault `blockGone` unless the block is canonical. */
export const requireCanonical = async (rpc: Rpc, at: BlockRef): Promise<void> => {
  const now = await blockByNumber(rpc, at.number);
  if (now?.hash !== at.hash) throw blockGone(at);
};
