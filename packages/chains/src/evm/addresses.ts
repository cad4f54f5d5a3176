import type { Address } from '@bulkhead/shared';

/** Where one deployment's contracts are on one chain. */
export interface EvmAddresses {
  readonly vaultRegistry: Address;
  readonly marginEngine: Address;
  readonly clearingHouse: Address;
  readonly liquidationEngine: Address;
  readonly oracleHub: Address;
  readonly marginGroups: Address;
  readonly portfolioRequirements: Address;
  /** The view contract that whole states are read through. */
  readonly vaultLens: Address;
}

const names = [
  'vaultRegistry',
  'marginEngine',
  'clearingHouse',
  'liquidationEngine',
  'oracleHub',
  'marginGroups',
  'portfolioRequirements',
  'vaultLens',
] as const satisfies readonly (keyof EvmAddresses)[];

/** By name, in a fixed order. */
export const listAddresses = (addresses: EvmAddresses): readonly (readonly [name: string, address: Address])[] =>
  names.map(name => [name, addresses[name]] as const);

/** In lower case, as everything here compares them. Other keys of the argument are dropped. */
export const normaliseAddresses = (addresses: EvmAddresses): EvmAddresses => {
  const entries = names.map(name => [name, addresses[name].toLowerCase() as Address] as const);
  return Object.freeze(Object.fromEntries(entries) as unknown as EvmAddresses);
};
