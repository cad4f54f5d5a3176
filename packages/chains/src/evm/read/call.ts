import type { Address, BlockRef, Hex } from '@bulkhead/shared';
import {
  type Abi,
  type ContractFunctionArgs,
  type ContractFunctionName,
  type ContractFunctionReturnType,
  decodeFunctionResult,
  encodeFunctionData,
} from 'viem';
import { bytes } from '../endpoints/answers.ts';
import { pinned, type Rpc } from '../endpoints/rpc.ts';
import { fault, malformed } from '../errors/chainFault.ts';

/** Reads a view function at one block, by its hash: an endpoint on another branch refuses. @throws ChainFault. */
export const readAt = async <
  const abi extends Abi,
  name extends ContractFunctionName<abi, 'view' | 'pure'>,
  const args extends ContractFunctionArgs<abi, 'view' | 'pure', name>,
>(
  rpc: Rpc,
  at: BlockRef,
  to: Address,
  abi: abi,
  functionName: name,
  args: args,
): Promise<ContractFunctionReturnType<abi, 'view' | 'pure', name, args>> => {
  const data = encodeFunctionData({ abi, functionName, args } as never);
  const answer: Hex = bytes('eth_call', await rpc('eth_call', [{ to, data }, pinned(at)]));
  if (answer === '0x') {
    throw fault(
      'operatorFixable',
      'noCode',
      `There is no contract at ${to} that answers ${functionName}. Check the address in the configuration.`,
    );
  }
  try {
    return decodeFunctionResult({ abi, functionName, data: answer } as never) as never;
  } catch {
    throw malformed('eth_call', answer);
  }
};
