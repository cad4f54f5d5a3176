export {
  type AddressBook,
  type AddressBookEntry,
  addressBookSchema,
  type ContractAddresses,
  parseAddressBook,
} from './addressBook.ts';
export {
  type DeploymentChain,
  type DeploymentFile,
  type DeploymentFileInput,
  deploymentSchema,
  parseDeployment,
} from './deployment.ts';
export { parseConfig } from './parse.ts';
export { type ConfigProblem, describeValue, formatPath, formatProblem } from './problems.ts';
export {
  type PortfolioParameters,
  parseRiskParameters,
  type RiskParameters,
  riskParametersSchema,
  type ScenarioParameters,
} from './riskParameters.ts';
export {
  type ChainConfig,
  type Config,
  type ConfigInput,
  configSchema,
  type KeystoreSignerConfig,
  processContracts,
  type SignerConfig,
  secretPaths,
} from './schema.ts';
