import { storageLayouts } from '@bulkhead/contracts';
import type { Hex } from '@bulkhead/shared';
import { type Hex as Bytes, concat, keccak256, numberToHex, pad } from 'viem';
import { remembering } from './remembering.ts';

/** A field inside a storage word. @property size in bytes. */
export interface Field {
  readonly word: bigint;
  readonly offset: number;
  readonly size: number;
  readonly signed: boolean;
}

interface Variable {
  readonly label: string;
  readonly slot: string;
  readonly offset: number;
  readonly type: string;
}

interface Layout {
  readonly storage: readonly Variable[];
  readonly types: Readonly<Record<string, { readonly numberOfBytes: string; readonly members?: readonly Variable[] }>>;
}

export type WalledContract = keyof typeof storageLayouts;

const layoutOf = (contract: WalledContract): Layout => storageLayouts[contract] as unknown as Layout;

const missing = (what: string): Error =>
  new Error(`The storage layout has no ${what}: the contracts changed. Adapt packages/chains/src/evm/simulate.`);

const structOf = (contract: WalledContract, struct: string) => {
  const type = layoutOf(contract).types[`t_struct(${struct})_storage`];
  if (type?.members === undefined) throw missing(`struct ${struct} in ${contract}`);
  return { members: type.members, words: (BigInt(type.numberOfBytes) + 31n) / 32n };
};

/** First slot of a state variable, from solc's own layout. @throws when the contract has none of that name. */
export const variableSlot = (contract: WalledContract, label: string): bigint => {
  const found = layoutOf(contract).storage.find(variable => variable.label === label);
  if (found === undefined) throw missing(`variable ${label} in ${contract}`);
  return BigInt(found.slot);
};

/** Words that one value of a struct takes. */
export const structWords = (contract: WalledContract, struct: string): bigint => structOf(contract, struct).words;

/** Where a member of a struct is, counted from the struct's first word. */
export const structField = (contract: WalledContract, struct: string, label: string): Field => {
  const member = structOf(contract, struct).members.find(one => one.label === label);
  if (member === undefined) throw missing(`member ${label} of ${struct} in ${contract}`);
  const type = layoutOf(contract).types[member.type];
  if (type === undefined) throw missing(`type ${member.type} in ${contract}`);
  return {
    word: BigInt(member.slot),
    offset: member.offset,
    size: Number(type.numberOfBytes),
    signed: member.type.startsWith('t_int'),
  };
};

/** Value of a packed field in its storage word. */
export const readField = (word: bigint, { offset, size, signed }: Field): bigint => {
  const raw = (word >> BigInt(8 * offset)) & ((1n << BigInt(8 * size)) - 1n);
  return signed ? BigInt.asIntN(8 * size, raw) : raw;
};

/** The bits of a packed field in its storage word. */
export const maskOf = ({ offset, size }: Field): bigint => ((1n << BigInt(8 * size)) - 1n) << BigInt(8 * offset);

export type MappingKey = Hex | bigint;

const keyBytes = (key: MappingKey): Bytes =>
  typeof key === 'bigint' ? numberToHex(key, { size: 32 }) : pad(key, { size: 32 });

const hashed = remembering((bytes: Bytes): bigint => BigInt(keccak256(bytes)));

/** Slot of `mapping[key]` for value-type keys: keccak256(key ‖ slot), each 32 bytes. */
export const mappingSlot = (slot: bigint, ...keys: readonly MappingKey[]): bigint =>
  keys.reduce<bigint>((at, key) => hashed(concat([keyBytes(key), numberToHex(at, { size: 32 })])), slot);

/** First slot of a dynamic array's elements. */
export const arraySlot = (slot: bigint): bigint => hashed(numberToHex(slot, { size: 32 }));
