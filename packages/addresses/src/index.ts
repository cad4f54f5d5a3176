export type { AddressBook, AddressBookEntry, ContractAddresses } from '@bulkhead/shared/config';
export { deploymentOn, multicall3Address, publishedAddressBook, withDeployment, writtenBook } from './addressBook.ts';
export { type ContractName, contractAddressesOf, contractKeys, contractNames } from './contractNames.ts';
export {
  addressOf,
  create2Proxy,
  create3Factory,
  create3FactoryDeployment,
  escrowImplementationOf,
  type Origin,
  saltOf,
} from './create3.ts';
