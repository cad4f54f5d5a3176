import { type Address, type Hex, keccak256, stringToHex } from 'viem';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';

/** A key of the local network. Derived from the seed, therefore worth nothing anywhere else. */
export interface LocalKey {
  readonly address: Address;
  readonly privateKey: Hex;
  readonly account: PrivateKeyAccount;
}

export interface LocalKeys {
  /** Deploys, and then proposes what the admin, a timelock, does. */
  readonly proposer: LocalKey;
  /** Pauses uses of prices, and nothing else. */
  readonly guardian: LocalKey;
  /** Owner of the house capital's deposits, and whoever posts the first prices. */
  readonly house: LocalKey;
  /** In the order that the oracle demands: addresses strictly increasing. */
  readonly priceSigners: readonly LocalKey[];
  /** Operators of the admitted members; each also owns its member's market-maker account. */
  readonly members: readonly LocalKey[];
  readonly keepers: readonly LocalKey[];
  /** The n-th owner, from 0. */
  owner(index: number): LocalKey;
}

/** Same seed, role and index, same key. */
export const localKey = (seed: string, role: string, index = 0): LocalKey => {
  const privateKey = keccak256(stringToHex(`bulkhead localnet | ${seed} | ${role} | ${index}`));
  const account = privateKeyToAccount(privateKey);
  return Object.freeze({ address: account.address, privateKey, account });
};

const many = (seed: string, role: string, count: number): readonly LocalKey[] =>
  Array.from({ length: count }, (_, index) => localKey(seed, role, index));

const byAddress = (left: LocalKey, right: LocalKey): number => (BigInt(left.address) < BigInt(right.address) ? -1 : 1);

export const localKeys = (
  seed: string,
  counts: { readonly priceSigners: number; readonly members: number; readonly keepers: number },
): LocalKeys => {
  const owners = new Map<number, LocalKey>();
  const owner = (index: number): LocalKey => {
    const known = owners.get(index) ?? localKey(seed, 'owner', index);
    owners.set(index, known);
    return known;
  };
  return Object.freeze({
    proposer: localKey(seed, 'proposer'),
    guardian: localKey(seed, 'guardian'),
    house: localKey(seed, 'house'),
    priceSigners: [...many(seed, 'priceSigner', counts.priceSigners)].sort(byAddress),
    members: many(seed, 'member', counts.members),
    keepers: many(seed, 'keeper', counts.keepers),
    owner,
  });
};
