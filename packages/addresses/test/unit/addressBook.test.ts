import {
  contractAddressesOf,
  deploymentOn,
  publishedAddressBook,
  withDeployment,
  writtenBook,
} from '@bulkhead/addresses';
import { parseAddressBook } from '@bulkhead/shared/config';
import { describe, expect, test } from 'vitest';

const origin = { deployer: '0x00000000000000000000000000000000000000aa', label: 'bulkhead' } as const;
const entry = {
  ...origin,
  block: 7,
  quoteToken: '0x00000000000000000000000000000000000000bb',
  contracts: contractAddressesOf(origin),
} as const;

describe('the published address book', () => {
  test('is one, as far as the schema can see', () => {
    expect(parseAddressBook(publishedAddressBook).ok).toBe(true);
  });

  test('has only deployments whose addresses follow from their deployer and label', () => {
    for (const { deployer, label, contracts } of Object.values(publishedAddressBook.chains)) {
      expect(contracts).toEqual(contractAddressesOf({ deployer, label }));
    }
  });
});

describe('a book', () => {
  test('with one more deployment keeps the others, in the order of their chains, and reads back as it was written', () => {
    const before = withDeployment({ version: 1, chains: {} }, 8453, entry);
    const book = withDeployment(before, 10, { ...entry, block: 9 });
    expect(Object.keys(book.chains)).toEqual(['eip155:10', 'eip155:8453']);
    const read = parseAddressBook(JSON.parse(writtenBook(book)));
    expect(read.ok && deploymentOn(8453, read.value)?.block).toBe(7);
    expect(read.ok && deploymentOn(1, read.value)).toBeUndefined();
  });
});

describe('addresses', () => {
  test('depend on the deployer and on the label, in everything but the factory', () => {
    const here = Object.entries(contractAddressesOf(origin));
    const others = [
      contractAddressesOf({ ...origin, label: 'second' }),
      contractAddressesOf({ ...origin, deployer: '0x00000000000000000000000000000000000000ab' }),
    ];
    for (const [key, address] of here) {
      for (const other of others) {
        if (key === 'create3Factory') expect(other.create3Factory).toBe(address);
        else expect(other[key as keyof typeof other]).not.toBe(address);
      }
    }
  });
});
