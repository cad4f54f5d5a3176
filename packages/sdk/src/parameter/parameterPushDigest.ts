import { type Address, type Hex, hashTypedData } from 'viem';
import { type ParameterPushMessage, parameterPushTypedData } from './parameterPushTypedData.ts';

/**
 * EIP-712 digest of a push: equals `RiskConfig.digest` of that contract.
 *
 * @example
 * import { parameterPushDigest } from '@bulkhead/sdk'
 *
 * const digest = parameterPushDigest(chainId, riskConfig, message)
 */
export const parameterPushDigest = (chainId: number, verifyingContract: Address, message: ParameterPushMessage): Hex =>
  hashTypedData(parameterPushTypedData(chainId, verifyingContract, message));
