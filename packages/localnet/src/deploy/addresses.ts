import {
  addressOf,
  type ContractAddresses,
  contractAddressesOf,
  multicall3Address,
  type Origin,
} from '@bulkhead/addresses';
import type { Address } from 'viem';
import type { ParameterSet } from '../parameterSets.ts';

/** Where everything is; the same on every chain of one seed. */
export interface LocalAddresses extends ContractAddresses {
  readonly multicall3: Address;
  readonly quoteToken: Address;
  /** Test tokens by symbol, the quote token included. */
  readonly tokens: Readonly<Record<string, Address>>;
}

/** The label of a local network's deployment. */
export const localOrigin = (deployer: Address): Origin => ({ deployer, label: 'bulkhead' });

/** Name of a test token's place. */
export const tokenName = (symbol: string): string => `token/${symbol}`;

export const localAddresses = (deployer: Address, set: ParameterSet): LocalAddresses => {
  const origin = localOrigin(deployer);
  const tokens = Object.fromEntries(
    set.collaterals.map(each => [each.symbol, addressOf(origin, tokenName(each.symbol))]),
  );
  const quote = set.collaterals.find(each => each.feed === undefined);
  const quoteToken = quote && tokens[quote.symbol];
  if (quoteToken === undefined)
    throw new Error(`Parameter set "${set.name}" has no quote token: one collateral must have no feed.`);
  return Object.freeze({
    ...contractAddressesOf(origin),
    multicall3: multicall3Address,
    quoteToken,
    tokens: Object.freeze(tokens),
  });
};
