import { resolve } from 'node:path';
import { deploymentOn, multicall3Address } from '@bulkhead/addresses';
import { evmChainIdOf } from '@bulkhead/shared';
import { processContracts } from '@bulkhead/shared/config';
import { StartupError } from '../startup/startupError.ts';
import { readAddressBook } from './addressBookFile.ts';

/** A chain as it may be written: checked after this. */
interface RawChain {
  readonly id?: unknown;
  readonly contracts?: unknown;
}

const fromBook = async (chain: RawChain & { readonly contracts: string }, index: number, base: string) => {
  const file = resolve(base, chain.contracts);
  const chainId = typeof chain.id === 'string' ? evmChainIdOf(chain.id as `${string}:${string}`) : undefined;
  const entry = chainId === undefined ? undefined : deploymentOn(chainId, await readAddressBook(file, 'refused'));
  if (entry === undefined) {
    throw new StartupError({
      code: 'badConfig',
      field: `chains[${index}].contracts`,
      problem: `${file} has no deployment on ${String(chain.id)}.`,
      remedy: 'Name the address book of a deployment on that chain, or write the addresses as a block.',
    });
  }
  const known = { ...entry.contracts, multicall3: multicall3Address };
  return { ...chain, contracts: Object.fromEntries(processContracts.map(name => [name, known[name]])) };
};

const isText = (chain: RawChain): chain is RawChain & { readonly contracts: string } =>
  typeof chain?.contracts === 'string';

/**
 * Where a chain names an address book instead of its contracts, puts those of the book there. Paths count from `base`.
 * @throws StartupError when the book cannot be read, or has no deployment on the chain.
 */
export const withContracts = async (raw: unknown, base: string): Promise<unknown> => {
  const chains = (raw as { readonly chains?: unknown } | null)?.chains;
  if (!Array.isArray(chains)) return raw;
  const filled = chains.map((chain: RawChain, index) => (isText(chain) ? fromBook(chain, index, base) : chain));
  return { ...(raw as object), chains: await Promise.all(filled) };
};
