/**
 * ERC-7930 v1 interoperable addresses:
 * `version u16 = 1 | chainType u16 | chainRefLen u8 | chainRef | addrLen u8 | addr`, big-endian, canonical form only (BR-5).
 */
import type { Address, Hex } from '../hex.ts';

const version = '0001';
const eip155 = '0000';

const byteHex = (value: number): string => value.toString(16).padStart(2, '0');

const minimalHex = (value: bigint): string => {
  const digits = value.toString(16);
  return digits.length % 2 === 0 ? digits : `0${digits}`;
};

/** Key of an externally owned account: no chain reference, so that it is the same on every EVM chain. */
export const encodeEvmOwner = (owner: Address): Hex => `0x${version}${eip155}0014${owner.slice(2).toLowerCase()}`;

/** Address of a contract on one EVM chain. @param chainId positive. */
export const encodeEvmAddress = (chainId: bigint, address: Address): Hex => {
  const reference = minimalHex(chainId);
  return `0x${version}${eip155}${byteHex(reference.length / 2)}${reference}14${address.slice(2).toLowerCase()}`;
};

export interface EvmInteroperableAddress {
  /** Undefined for an owner key without chain reference. */
  readonly chainId: bigint | undefined;
  readonly address: Address;
}

/** Reads an EVM interoperable address; undefined unless it is canonical: no trailing bytes, no leading zeros, right lengths. */
export const decodeEvmAddress = (bytes: Hex): EvmInteroperableAddress | undefined => {
  const match = /^0x00010000([0-9a-f]{2})([0-9a-f]*)$/.exec(bytes.toLowerCase());
  if (!match?.[1] || match[2] === undefined) return undefined;
  const referenceLength = Number.parseInt(match[1], 16) * 2;
  const rest = match[2];
  const reference = rest.slice(0, referenceLength);
  const address = rest.slice(referenceLength);
  const canonical =
    reference.length === referenceLength && !reference.startsWith('00') && /^14[0-9a-f]{40}$/.test(address);
  if (!canonical) return undefined;
  return {
    chainId: referenceLength === 0 ? undefined : BigInt(`0x${reference}`),
    address: `0x${address.slice(2)}`,
  };
};
