import type { Address, Hex } from 'viem';

/** What attesters sign of one margin group in portfolio mode (RISK §4). Amounts in quote decimals, times in seconds. */
export interface RequirementMessage {
  /** Its lead vault. */
  readonly group: Hex;
  /** Of the positions that it is for, as `positionsHash` of the clearing house gives it. */
  readonly positionsHash: Hex;
  readonly im: bigint;
  readonly mm: bigint;
  /** Time of the newest price that it was computed from: the newest wins. */
  readonly priceTime: bigint;
  /** At most an hour after `priceTime`; from then on it only ramps. */
  readonly expiry: bigint;
  /** Of the attester set. */
  readonly epoch: bigint;
}

const types = {
  Requirement: [
    { name: 'group', type: 'bytes32' },
    { name: 'positionsHash', type: 'bytes32' },
    { name: 'im', type: 'uint128' },
    { name: 'mm', type: 'uint128' },
    { name: 'priceTime', type: 'uint64' },
    { name: 'expiry', type: 'uint64' },
    { name: 'epoch', type: 'uint64' },
  ],
} as const;

/**
 * EIP-712 typed data of one attested requirement, for `signTypedData`. Its domain names chain and contract: a requirement holds on one chain.
 *
 * @example
 * const signature = await account.signTypedData(requirementTypedData(chainId, requirements, message))
 */
export const requirementTypedData = (chainId: number, verifyingContract: Address, message: RequirementMessage) =>
  ({
    domain: { name: 'Bulkhead Requirement', version: '1', chainId, verifyingContract },
    types,
    primaryType: 'Requirement',
    message,
  }) as const;
