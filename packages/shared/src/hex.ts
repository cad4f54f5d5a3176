/** 0x-prefixed hexadecimal bytes. Same type as viem's `Hex`. */
export type Hex = `0x${string}`;
/** 20-byte EVM address, as viem's `Address`. Compared in lower case. */
export type Address = `0x${string}`;
/** 32 bytes. */
export type Hex32 = `0x${string}`;
