/** Integer arithmetic with the rounding written at every call. All of it exact; nothing here converts to `number`. */

/** ⌊a / b⌋ toward −∞. @param b > 0. */
export const divideDown = (a: bigint, b: bigint): bigint => {
  const quotient = a / b;
  return a < 0n && quotient * b !== a ? quotient - 1n : quotient;
};

/** ⌈a / b⌉ toward +∞. @param b > 0. */
export const divideUp = (a: bigint, b: bigint): bigint => -divideDown(-a, b);

export const absolute = (a: bigint): bigint => (a < 0n ? -a : a);
export const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
export const powerOfTen = (exponent: number): bigint => 10n ** BigInt(exponent);
