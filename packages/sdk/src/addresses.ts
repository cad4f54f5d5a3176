import { type AddressBook, deploymentOn, publishedAddressBook } from '@bulkhead/addresses';
import type { Address } from 'viem';
import { DeploymentUnknownError } from './errors/bulkheadError.ts';

/** Where the contracts of one deployment are. The same on every chain when deployed through the CREATE3 factory. */
export interface BulkheadAddresses {
  readonly vaultRegistry: Address;
  readonly marginEngine: Address;
  readonly clearingHouse: Address;
  readonly liquidationEngine: Address;
  readonly oracleHub: Address;
  readonly marginGroups: Address;
}

/**
 * The deployment on a chain, from an address book: the published one, or one that `bulkhead deploy` wrote.
 *
 * @throws DeploymentUnknownError when the book has none on that chain.
 * @example
 * import { addressesOn } from '@bulkhead/sdk'
 * import book from './address-book.json' with { type: 'json' }
 *
 * const addresses = addressesOn(31_337, book)
 */
export const addressesOn = (chainId: number, book: AddressBook = publishedAddressBook): BulkheadAddresses => {
  const entry = deploymentOn(chainId, book);
  if (entry === undefined) throw new DeploymentUnknownError(chainId, Object.keys(book.chains));
  return entry.contracts;
};
