import type { BlockRef, Hex, Hex32 } from '@bulkhead/shared';
import { seconds } from '@bulkhead/shared';
import { malformed } from '../errors/chainFault.ts';

/** A block's header, as far as anything here needs it. */
export interface Header extends BlockRef {
  readonly parentHash: Hex32;
  /** Undefined on a chain without EIP-1559. */
  readonly baseFeePerGas: bigint | undefined;
  readonly gasLimit: bigint;
  readonly gasUsed: bigint;
}

export const isHex = (value: unknown): value is Hex => typeof value === 'string' && /^0x[0-9a-fA-F]*$/.test(value);
export const isHash = (value: unknown): value is Hex32 => isHex(value) && value.length === 66;

/** @throws a malformed-answer fault. */
export const quantity = (method: string, value: unknown): bigint => {
  if (!isHex(value) || value.length < 3) throw malformed(method, value);
  return BigInt(value);
};

export const bytes = (method: string, value: unknown): Hex => {
  if (!isHex(value) || value.length % 2 !== 0) throw malformed(method, value);
  return value.toLowerCase() as Hex;
};

export const hash = (method: string, value: unknown): Hex32 => {
  if (!isHash(value)) throw malformed(method, value);
  return value.toLowerCase() as Hex32;
};

export const record = (method: string, value: unknown): Readonly<Record<string, unknown>> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(method, value);
  return value as Readonly<Record<string, unknown>>;
};

export const list = (method: string, value: unknown): readonly unknown[] => {
  if (!Array.isArray(value)) throw malformed(method, value);
  return value;
};

/** From a block or from a `newHeads` notification, which have these fields in common. */
export const header = (method: string, value: unknown): Header => {
  const block = record(method, value);
  return {
    number: quantity(method, block['number']),
    hash: hash(method, block['hash']),
    parentHash: hash(method, block['parentHash']),
    time: seconds(Number(quantity(method, block['timestamp']))),
    baseFeePerGas: block['baseFeePerGas'] == null ? undefined : quantity(method, block['baseFeePerGas']),
    gasLimit: quantity(method, block['gasLimit']),
    gasUsed: quantity(method, block['gasUsed']),
  };
};

export const refOf = ({ number, hash, time }: BlockRef): BlockRef => ({ number, hash, time });
