export type { AddressBook, AddressBookEntry } from '@bulkhead/addresses';
export { type AccountId, type FeedId, type PriceReport, type VaultId, vaultIdOf } from '@bulkhead/shared';
export * from './actions/admitMember.ts';
export * from './actions/becomeMember.ts';
export * from './actions/deposit.ts';
export * from './actions/ensureAccount.ts';
export * from './actions/health.ts';
export * from './actions/marginGroup.ts';
export * from './actions/novate.ts';
export * from './actions/openVaults.ts';
export type { ActionParameters, PlanParameters } from './actions/parameters.ts';
export * from './actions/riskParameters.ts';
export * from './actions/setRights.ts';
export * from './actions/withdraw.ts';
export { addressesOn, type BulkheadAddresses } from './addresses.ts';
export * from './bulkheadActions.ts';
export * from './derive/accountIdOf.ts';
export * from './derive/escrowAddressOf.ts';
export * from './errors/adminErrors.ts';
export * from './errors/bulkheadError.ts';
export * from './errors/clearingHouseErrors.ts';
export type { ContractError, ContractErrorClass } from './errors/contractError.ts';
export { contractErrorClasses, decodeError } from './errors/decodeError.ts';
export * from './errors/groupErrors.ts';
export * from './errors/liquidationErrors.ts';
export * from './errors/marginEngineErrors.ts';
export * from './errors/oracleErrors.ts';
export * from './errors/registryErrors.ts';
export * from './errors/riskErrors.ts';
export * from './errors/timelockErrors.ts';
export * from './errors/tokenErrors.ts';
export * from './errors/waterfallErrors.ts';
export * from './parameter/parameterKey.ts';
export * from './parameter/parameterPushDigest.ts';
export * from './parameter/parameterPushTypedData.ts';
export type {
  ApprovalRequirement,
  BalanceRequirement,
  Plan,
  PlanSimulation,
  ReadClient,
  Requirement,
  RightsRequirement,
  SenderRequirement,
  Step,
} from './plan/plan.ts';
export { type SendClient, sendPlan } from './plan/sendPlan.ts';
export * from './price/feedIdOf.ts';
export * from './price/onChainReport.ts';
export * from './price/priceDigest.ts';
export * from './price/priceTypedData.ts';
export * from './price/signPriceReport.ts';
export * from './requirement/positionsHash.ts';
export * from './requirement/requirementDigest.ts';
export * from './requirement/requirementTypedData.ts';
export * from './rights.ts';
export {
  announcementData,
  executionData,
  operationIdOf,
  type TimelockCall,
  type TimelockOperation,
} from './timelock/operation.ts';
export * from './timelock/throughTimelock.ts';
