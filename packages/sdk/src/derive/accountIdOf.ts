import { type AccountId, accountIdOf as accountIdOfKey, encodeEvmAddress, encodeEvmOwner } from '@bulkhead/shared';
import { type Address, type Hex, zeroHash } from 'viem';

/** Who owns an account: an externally owned account (the same on every chain), or a contract of one chain. */
export type Owner = Address | { readonly contract: Address; readonly chainId: number | bigint };

/** Canonical ERC-7930 bytes of an owner: an EOA without chain reference, a contract with its chain's. */
export const ownerKeyOf = (owner: Owner): Hex =>
  typeof owner === 'string' ? encodeEvmOwner(owner) : encodeEvmAddress(BigInt(owner.chainId), owner.contract);

/**
 * Id of an owner's account, without asking any chain. The same on every chain.
 *
 * @param owner an EOA's address, or `{ contract, chainId }`.
 * @param salt tells several accounts of one owner apart; zero by default.
 * @example
 * import { accountIdOf } from '@bulkhead/sdk'
 *
 * const account = accountIdOf('0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045')
 */
export const accountIdOf = (owner: Owner, salt: Hex = zeroHash): AccountId => accountIdOfKey(ownerKeyOf(owner), salt);
