/**
 * Chain ids in CAIP-2 text form: `namespace:reference`, for example `eip155:31337`.
 * Source: CAIP-2 (Chain Agnostic Standards Alliance).
 */
export type Caip2 = `${string}:${string}`;

const pattern = /^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$/;

export const isCaip2 = (text: string): text is Caip2 => pattern.test(text);

/** `31337` → `eip155:31337`. */
export const evmChain = (chainId: number | bigint): Caip2 => `eip155:${chainId}`;

/** `eip155:31337` → `31337`; undefined for other namespaces and non-canonical references. */
export const evmChainIdOf = (chain: Caip2): number | undefined => {
  const match = /^eip155:([1-9][0-9]*)$/.exec(chain);
  const id = match ? Number(match[1]) : Number.NaN;
  return Number.isSafeInteger(id) ? id : undefined;
};
