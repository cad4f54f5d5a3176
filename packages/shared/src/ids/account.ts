import { encodeAbiParameters, keccak256 } from 'viem';
import type { Hex, Hex32 } from '../hex.ts';
import type { Branded } from '../units.ts';

/** One owner's portfolio; the same on every chain. */
export type AccountId = Branded<Hex32, 'accountId'>;

export const accountId = (bytes: Hex32): AccountId => bytes.toLowerCase() as AccountId;

/** keccak256(abi.encode(bytes owner, bytes32 salt)) (WIRE: accounts). @param ownerKey canonical ERC-7930 bytes. */
export const accountIdOf = (ownerKey: Hex, salt: Hex32): AccountId =>
  accountId(keccak256(encodeAbiParameters([{ type: 'bytes' }, { type: 'bytes32' }], [ownerKey, salt])));
