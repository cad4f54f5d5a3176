import type { BlockRef, Finality } from '@bulkhead/shared';
import { blockByNumber, type Rpc } from '../endpoints/rpc.ts';

/** When a block counts. Blocks are counted with the block itself: included in the head is one. */
export interface FinalityPolicy {
  /** Blocks until a block is confirmed, at least 1. */
  readonly confirmedAfter: number;
  /** Blocks until a block is final, or `finalized`: what the chain's own consensus says. */
  readonly finalAfter: number | 'finalized';
}

/** Number of the newest final block. @throws ChainFault. */
export const finalNumber = async (rpc: Rpc, head: BlockRef, policy: FinalityPolicy): Promise<bigint> => {
  if (policy.finalAfter === 'finalized') return (await blockByNumber(rpc, 'finalized'))?.number ?? 0n;
  const final = head.number - BigInt(policy.finalAfter) + 1n;
  return final > 0n ? final : 0n;
};

/** @throws ChainFault. */
export const finalityOf = async (
  rpc: Rpc,
  head: BlockRef,
  block: BlockRef,
  policy: FinalityPolicy,
): Promise<Finality> => {
  const canonical = await blockByNumber(rpc, block.number);
  // An endpoint that is behind the block says nothing about it: not seen there is not yet orphaned.
  if (canonical === undefined) return head.number < block.number ? 'head' : 'orphaned';
  if (canonical.hash !== block.hash) return 'orphaned';
  if (block.number <= (await finalNumber(rpc, head, policy))) return 'final';
  return head.number - block.number + 1n >= BigInt(policy.confirmedAfter) ? 'confirmed' : 'head';
};
