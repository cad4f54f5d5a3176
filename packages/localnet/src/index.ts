export { type ConnectedLocalnet, connectLocalnet } from './connectLocalnet.ts';
export type { LocalAddresses } from './deploy/addresses.ts';
export { firstVaultOf, localMemberId, localMemberName } from './deploy/configureMarket.ts';
export { type FeedServer, startFeedServer } from './feed/feedServer.ts';
export { createPriceFeed, type PriceFeed, type Prices, type PublishOptions } from './feed/priceFeed.ts';
export { type LocalKey, type LocalKeys, localKey, localKeys } from './keys.ts';
export type { LocalChain, LocalFeed, LocalFork, Localnet, LocalnetOptions, Mining } from './localnet.ts';
export { LocalnetError } from './localnetError.ts';
export {
  type CollateralParameters,
  defaultParameterSet,
  demoParameterSet,
  describeParameterSet,
  feedNamesOf,
  type InstrumentParameters,
  type ParameterSet,
  type ParameterSetName,
  parameterSets,
} from './parameterSets.ts';
export { type LocalClient, localClient } from './process/anvil.ts';
export { freePort } from './process/freePort.ts';
export { type Child, createSupervisor, type Supervisor } from './process/supervisor.ts';
export type { AdminCall } from './scenario/asAdmin.ts';
export {
  approveCall,
  depositCall,
  ensureAccountCall,
  mintCall,
  novateCall,
  openVaultsCall,
  setRightsCall,
} from './scenario/calls.ts';
export { type AttestedGroup, attestCall, formGroupCall, type LocalRequirement } from './scenario/groupCalls.ts';
export {
  defaultLeverage,
  type LeverageBand,
  type MarketPlanOptions,
  type PlannedDeposit,
  type PlannedPosition,
  type PlannedVault,
  planMarket,
} from './scenario/marketPlan.ts';
export { createOutbox, type Outbox, type OutgoingCall } from './scenario/outbox.ts';
export { type LocalPush, pushParametersCall } from './scenario/parameterCalls.ts';
export { type SeededRandom, seededRandom } from './scenario/random.ts';
export { type SeededMarket, type SeededVault, type SeedMarketOptions, seedMarket } from './scenario/seedMarket.ts';
export { setMining } from './startChain.ts';
export { startLocalnet } from './startLocalnet.ts';
