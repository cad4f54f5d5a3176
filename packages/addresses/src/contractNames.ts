import type { ContractAddresses } from '@bulkhead/shared/config';
import { type Address, getAddress } from 'viem';
import { addressOf, create3Factory, type Origin } from './create3.ts';

/** Contracts of a deployment and their places in the address book, in an order in which each constructor finds what it calls. */
export const contractKeys = {
  TimelockController: 'timelock',
  OracleHub: 'oracleHub',
  Guardian: 'guardian',
  VaultRegistry: 'vaultRegistry',
  MarginEngine: 'marginEngine',
  MarginGroups: 'marginGroups',
  PortfolioRequirements: 'portfolioRequirements',
  RiskConfig: 'riskConfig',
  LiquidationEngine: 'liquidationEngine',
  Trading: 'trading',
  CloseOut: 'closeOut',
  DefaultWaterfall: 'defaultWaterfall',
  ClearingHouse: 'clearingHouse',
  VaultLens: 'vaultLens',
} as const satisfies Record<string, keyof ContractAddresses>;

export type ContractName = keyof typeof contractKeys;

export const contractNames = Object.freeze(Object.keys(contractKeys) as ContractName[]);

/** Where everything of a deployment is, on every chain: computed, without asking any. */
export const contractAddressesOf = (origin: Origin): ContractAddresses => {
  const places = contractNames.map(name => [contractKeys[name], addressOf(origin, name)] as const);
  const all = [['create3Factory', create3Factory] as const, ...places];
  return Object.freeze(
    Object.fromEntries(all.map(([key, at]) => [key, getAddress(at) as Address])),
  ) as ContractAddresses;
};
