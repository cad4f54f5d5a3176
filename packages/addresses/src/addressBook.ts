import { type Caip2, evmChain, evmChainIdOf } from '@bulkhead/shared';
import type { AddressBook, AddressBookEntry } from '@bulkhead/shared/config';
import json from './addressBook.json' with { type: 'json' };

/** Multicall3's own address on nearly every chain; what reads many contracts in one call goes through it. */
export const multicall3Address = '0xcA11bde05977b3631167028862bE2a173976CA11';

/** Deployments that are published with this package. None is, so far: until then a deployment brings a book of its own. */
export const publishedAddressBook: AddressBook = json as unknown as AddressBook;

/** The deployment on a chain; undefined when the book has none. */
export const deploymentOn = (
  chainId: number | bigint,
  book: AddressBook = publishedAddressBook,
): AddressBookEntry | undefined => book.chains[evmChain(chainId)];

/** The book with one more deployment, or another one of that chain. Chains are in numerical order, so that a written book changes by what was deployed. */
export const withDeployment = (book: AddressBook, chainId: number, entry: AddressBookEntry): AddressBook => {
  const chains = new Map(Object.entries(book.chains) as [Caip2, AddressBookEntry][]).set(evmChain(chainId), entry);
  const inOrder = [...chains].sort(([left], [right]) => (evmChainIdOf(left) ?? 0) - (evmChainIdOf(right) ?? 0));
  return { version: 1, chains: Object.fromEntries(inOrder) };
};

/** A book as it is written: two spaces, a line break at the end. */
export const writtenBook = (book: AddressBook): string => `${JSON.stringify(book, null, 2)}\n`;
