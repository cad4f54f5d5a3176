import type { Address, Hex } from 'viem';

/** What signers push for one key (RISK §7). Haircuts or rates are WAD, times in seconds. */
export interface ParameterPushMessage {
  /** `collateralKey` or `instrumentKey`. */
  readonly key: Hex;
  readonly initialWad: bigint;
  /** At most `initialWad`; neither below the newest. */
  readonly maintenanceWad: bigint;
  /** Of everything that the model read. */
  readonly inputsHash: Hex;
  /** A short string, as 32 bytes. */
  readonly modelVersion: Hex;
  /** How many sets the key has: the push is for exactly the newest of them. */
  readonly nonce: bigint;
  /** At most an hour ahead. */
  readonly expiry: bigint;
  /** Of the signer set. */
  readonly epoch: bigint;
}

const types = {
  Push: [
    { name: 'key', type: 'bytes32' },
    { name: 'initialWad', type: 'uint64' },
    { name: 'maintenanceWad', type: 'uint64' },
    { name: 'inputsHash', type: 'bytes32' },
    { name: 'modelVersion', type: 'bytes32' },
    { name: 'nonce', type: 'uint64' },
    { name: 'expiry', type: 'uint64' },
    { name: 'epoch', type: 'uint64' },
  ],
} as const;

/**
 * EIP-712 typed data of one push, for `signTypedData`. Its domain names chain and contract, and its key what it is for.
 *
 * @example
 * const signature = await account.signTypedData(parameterPushTypedData(chainId, riskConfig, message))
 */
export const parameterPushTypedData = (chainId: number, verifyingContract: Address, message: ParameterPushMessage) =>
  ({
    domain: { name: 'Bulkhead Risk', version: '1', chainId, verifyingContract },
    types,
    primaryType: 'Push',
    message,
  }) as const;
