import { type Address, type Hex, hashTypedData } from 'viem';
import { type RequirementMessage, requirementTypedData } from './requirementTypedData.ts';

/**
 * EIP-712 digest of an attested requirement: equals `PortfolioRequirements.digest` of that contract.
 *
 * @example
 * import { requirementDigest } from '@bulkhead/sdk'
 *
 * const digest = requirementDigest(chainId, requirements, message)
 */
export const requirementDigest = (chainId: number, verifyingContract: Address, message: RequirementMessage): Hex =>
  hashTypedData(requirementTypedData(chainId, verifyingContract, message));
