import { type FeeQuote, wei } from '@bulkhead/shared';
import { type Header, quantity, refOf } from '../endpoints/answers.ts';
import type { Rpc } from '../endpoints/rpc.ts';
import { classifyChainError } from '../errors/classify.ts';

const elasticity = 2n;
const changeDenominator = 8n;

/** Base fee of the block after `head` (EIP-1559): known exactly, so that a quote does not lag a block behind. */
export const nextBaseFee = ({ baseFeePerGas, gasUsed, gasLimit }: Header): bigint => {
  const base = baseFeePerGas ?? 0n;
  const target = gasLimit / elasticity;
  if (target === 0n || gasUsed === target) return base;
  const distance = gasUsed > target ? gasUsed - target : target - gasUsed;
  const change = (base * distance) / target / changeDenominator;
  if (gasUsed < target) return base - change;
  return base + (change > 0n ? change : 1n);
};

/** For chains that have EIP-1559 but not the method: what wallets assume. */
const fallbackTip = 1_000_000_000n;

const suggestedTip = async (rpc: Rpc): Promise<bigint> => {
  try {
    return quantity('eth_maxPriorityFeePerGas', await rpc('eth_maxPriorityFeePerGas', []));
  } catch (error) {
    if (classifyChainError(error)?.code === 'cannotSimulate') return fallbackTip;
    throw error;
  }
};

/** @throws ChainFault. */
export const quoteFees = async (rpc: Rpc, head: Header): Promise<FeeQuote> => {
  if (head.baseFeePerGas === undefined) {
    const price = wei(quantity('eth_gasPrice', await rpc('eth_gasPrice', [])));
    return { style: 'legacy', baseFeePerGas: price, suggestedPriorityFeePerGas: wei(0n), at: refOf(head) };
  }
  return {
    style: 'eip1559',
    baseFeePerGas: wei(nextBaseFee(head)),
    suggestedPriorityFeePerGas: wei(await suggestedTip(rpc)),
    at: refOf(head),
  };
};
