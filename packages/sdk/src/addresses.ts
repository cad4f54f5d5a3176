import type { Address } from 'viem';

/** Where the contracts of one deployment are. The same on every chain when deployed through the CREATE3 factory. */
export interface BulkheadAddresses {
  readonly vaultRegistry: Address;
  readonly marginEngine: Address;
  readonly clearingHouse: Address;
  readonly liquidationEngine: Address;
  readonly oracleHub: Address;
  readonly marginGroups: Address;
}
