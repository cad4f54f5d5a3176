import { type ContractName, contractAddressesOf, contractKeys, contractNames, type Origin } from '@bulkhead/addresses';
import {
  clearingHouseAbi,
  clearingHouseBytecode,
  closeOutAbi,
  closeOutBytecode,
  defaultWaterfallAbi,
  defaultWaterfallBytecode,
  guardianAbi,
  guardianBytecode,
  liquidationEngineAbi,
  liquidationEngineBytecode,
  marginEngineAbi,
  marginEngineBytecode,
  marginGroupsAbi,
  marginGroupsBytecode,
  oracleHubAbi,
  oracleHubBytecode,
  portfolioRequirementsAbi,
  portfolioRequirementsBytecode,
  riskConfigAbi,
  riskConfigBytecode,
  timelockControllerAbi,
  timelockControllerBytecode,
  tradingAbi,
  tradingBytecode,
  vaultLensBytecode,
  vaultRegistryAbi,
  vaultRegistryBytecode,
} from '@bulkhead/contracts';
import type { ContractAddresses } from '@bulkhead/shared/config';
import { type Address, encodeDeployData, type Hex, zeroAddress } from 'viem';
import { ascending, auctionTermsOf, type DeploymentTerms, oracleTermsOf } from './terms.ts';

export interface PlannedContract {
  readonly name: ContractName;
  readonly address: Address;
  /** With its arguments. */
  readonly creationCode: Hex;
}

/** One deployment on one chain, whole, before anything is sent. */
export interface DeploymentPlan {
  readonly origin: Origin;
  readonly terms: DeploymentTerms;
  readonly addresses: ContractAddresses;
  /** In an order in which each constructor finds what it calls. */
  readonly contracts: readonly PlannedContract[];
}

/** What every constructor takes first: the whole deployment. */
const modulesOf = (at: ContractAddresses) => ({
  registry: at.vaultRegistry,
  marginEngine: at.marginEngine,
  groups: at.marginGroups,
  requirements: at.portfolioRequirements,
  oracle: at.oracleHub,
  liquidationEngine: at.liquidationEngine,
  clearingHouse: at.clearingHouse,
  riskConfig: at.riskConfig,
  guardian: at.guardian,
  admin: at.timelock,
});

const creationCodesOf = (at: ContractAddresses, terms: DeploymentTerms): Readonly<Record<ContractName, Hex>> => {
  const modules = modulesOf(at);
  const { timelock, oracle, risk, portfolio } = terms;
  return {
    TimelockController: encodeDeployData({
      abi: timelockControllerAbi,
      bytecode: timelockControllerBytecode,
      // Nobody administers it but itself: from its first block on, roles and delay change only after the delay.
      args: [BigInt(timelock.minDelay), timelock.proposers, timelock.executors, zeroAddress],
    }),
    OracleHub: encodeDeployData({
      abi: oracleHubAbi,
      bytecode: oracleHubBytecode,
      args: [modules, oracleTermsOf(terms), ascending(oracle.signers), BigInt(oracle.threshold)],
    }),
    Guardian: encodeDeployData({ abi: guardianAbi, bytecode: guardianBytecode, args: [modules, terms.guardian] }),
    VaultRegistry: encodeDeployData({ abi: vaultRegistryAbi, bytecode: vaultRegistryBytecode, args: [modules] }),
    MarginEngine: encodeDeployData({
      abi: marginEngineAbi,
      bytecode: marginEngineBytecode,
      args: [modules, terms.quoteToken],
    }),
    MarginGroups: encodeDeployData({ abi: marginGroupsAbi, bytecode: marginGroupsBytecode, args: [modules] }),
    PortfolioRequirements: encodeDeployData({
      abi: portfolioRequirementsAbi,
      bytecode: portfolioRequirementsBytecode,
      args: [
        modules,
        ascending(portfolio.signers),
        BigInt(portfolio.threshold),
        portfolio.floorInitial,
        portfolio.floorMaintenance,
      ],
    }),
    RiskConfig: encodeDeployData({
      abi: riskConfigAbi,
      bytecode: riskConfigBytecode,
      args: [modules, ascending(risk.signers), BigInt(risk.threshold), risk.maxStep],
    }),
    LiquidationEngine: encodeDeployData({
      abi: liquidationEngineAbi,
      bytecode: liquidationEngineBytecode,
      args: [modules, auctionTermsOf(terms)],
    }),
    Trading: encodeDeployData({ abi: tradingAbi, bytecode: tradingBytecode, args: [modules] }),
    CloseOut: encodeDeployData({ abi: closeOutAbi, bytecode: closeOutBytecode, args: [modules] }),
    DefaultWaterfall: encodeDeployData({
      abi: defaultWaterfallAbi,
      bytecode: defaultWaterfallBytecode,
      args: [modules],
    }),
    ClearingHouse: encodeDeployData({
      abi: clearingHouseAbi,
      bytecode: clearingHouseBytecode,
      args: [modules, { trading: at.trading, closeOut: at.closeOut, waterfall: at.defaultWaterfall }],
    }),
    VaultLens: vaultLensBytecode,
  };
};

/** Every contract of a deployment with its address and its code. Pure: the addresses depend on the origin alone, the codes on the terms. */
export const planDeployment = (origin: Origin, terms: DeploymentTerms): DeploymentPlan => {
  const addresses = contractAddressesOf(origin);
  const codes = creationCodesOf(addresses, terms);
  const contracts = contractNames.map(name => ({
    name,
    address: addresses[contractKeys[name]],
    creationCode: codes[name],
  }));
  return Object.freeze({ origin, terms, addresses, contracts });
};
