import {
  clearingHouseAbi,
  escrowAbi,
  liquidationEngineAbi,
  marginEngineAbi,
  marginGroupsAbi,
  oracleHubAbi,
  portfolioRequirementsAbi,
  vaultLensAbi,
  vaultRegistryAbi,
} from '@bulkhead/contracts';
import type { Abi } from 'viem';

export {
  clearingHouseAbi,
  liquidationEngineAbi,
  marginEngineAbi,
  marginGroupsAbi,
  oracleHubAbi,
  portfolioRequirementsAbi,
  vaultLensAbi,
  vaultRegistryAbi,
};

const errorsOf = (abi: Abi): Abi => abi.filter(item => item.type === 'error');

/** Every custom error that a call to our contracts can end with, whichever contract raised it. */
export const contractErrors: Abi = [
  clearingHouseAbi,
  escrowAbi,
  liquidationEngineAbi,
  marginEngineAbi,
  marginGroupsAbi,
  oracleHubAbi,
  portfolioRequirementsAbi,
  vaultRegistryAbi,
].flatMap(abi => errorsOf(abi as Abi));
