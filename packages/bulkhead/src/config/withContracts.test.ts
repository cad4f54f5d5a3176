import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contractAddressesOf, multicall3Address, withDeployment, writtenBook } from '@bulkhead/addresses';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from './loadConfig.ts';

const origin = { deployer: '0x00000000000000000000000000000000000000aa', label: 'bulkhead' } as const;
const contracts = contractAddressesOf(origin);
let directory: string;

const load = async (id: string, book: string) => {
  const file = join(directory, 'bulkhead.yaml');
  const chain = { id, endpoints: [{ http: 'http://127.0.0.1:8545' }], contracts: book };
  const rest = { redis: { url: 'redis://127.0.0.1:6379' }, oracle: { url: 'http://127.0.0.1:8000' } };
  await writeFile(file, JSON.stringify({ chains: [chain], ...rest }));
  return loadConfig(file);
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bulkhead-book-'));
  const quoteToken = '0x00000000000000000000000000000000000000bb';
  const book = withDeployment({ version: 1, chains: {} }, 31_337, { ...origin, block: 1, quoteToken, contracts });
  await writeFile(join(directory, 'address-book.json'), writtenBook(book));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('a chain that names an address book', () => {
  test('has the contracts of the deployment on it', async () => {
    const [chain] = (await load('eip155:31337', 'address-book.json')).chains;
    expect(chain?.contracts.clearingHouse).toBe(contracts.clearingHouse.toLowerCase());
    expect(chain?.contracts.multicall3).toBe(multicall3Address.toLowerCase());
  });

  test('is told when the book has no deployment on it, or is not there', async () => {
    await expect(load('eip155:1', 'address-book.json')).rejects.toThrow(
      /^chains\[0\]\.contracts: .*address-book\.json has no deployment on eip155:1\.\n {2}Remedy: Name the address book/,
    );
    await expect(load('eip155:31337', 'other.json')).rejects.toThrow(/other\.json: cannot be read\.\n {2}Remedy:/);
  });
});
