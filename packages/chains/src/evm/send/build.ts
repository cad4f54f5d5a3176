import {
  type Address,
  type Call,
  type ChainError,
  type Fees,
  failure,
  type Hex,
  ok,
  type Result,
  type UnsignedTransaction,
  wei,
} from '@bulkhead/shared';
import { serializeTransaction } from 'viem';
import type { EvmAddresses } from '../addresses.ts';
import { chainError } from '../errors/chainFault.ts';
import { encodeCall } from './encodeCall.ts';

export type FeeStyle = 'eip1559' | 'legacy';

export interface BuildOptions {
  readonly from: Address;
  readonly nonce: bigint;
  readonly gasLimit: bigint;
  readonly fees: Fees;
}

const invalid = (message: string) => failure(chainError('permanent', 'invalidTransaction', message));

/** Serialises a call as the chain's fee style wants it. Pure. */
export const buildTransaction = (
  chainId: number,
  style: FeeStyle,
  addresses: EvmAddresses,
  call: Call,
  { from, nonce, gasLimit, fees }: BuildOptions,
): Result<UnsignedTransaction, ChainError> => {
  if (nonce < 0n || nonce > BigInt(Number.MAX_SAFE_INTEGER)) return invalid(`The nonce ${nonce} is out of range.`);
  if (gasLimit <= 0n) return invalid('The gas limit must come from a simulation, and is not above zero.');
  const { maxFeePerGas, maxPriorityFeePerGas } = fees;
  if (maxPriorityFeePerGas > maxFeePerGas) return invalid('The priority fee is above the whole fee per gas.');
  if (style === 'legacy' && maxPriorityFeePerGas !== maxFeePerGas) {
    return invalid('A legacy chain has one gas price: both fee fields must be equal.');
  }
  const { to, data } = encodeCall(call, from, addresses);
  const common = { chainId, to, data, nonce: Number(nonce), gas: gasLimit, value: 0n } as const;
  const bytes: Hex =
    style === 'legacy'
      ? serializeTransaction({ ...common, type: 'legacy', gasPrice: maxFeePerGas })
      : serializeTransaction({ ...common, type: 'eip1559', maxFeePerGas, maxPriorityFeePerGas });
  const selector: Hex = data === '0x' ? '0x' : (data.slice(0, 10) as Hex);
  return ok({ chain: `eip155:${chainId}`, from, to, selector, value: wei(0n), nonce, gasLimit, fees, bytes });
};
