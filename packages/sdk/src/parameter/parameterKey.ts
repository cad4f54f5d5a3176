import { type Address, type Hex, numberToHex } from 'viem';

/** As ParameterKeys of the contracts: the kind in the highest byte, the name in the lowest bits. */
const keyOf = (kind: 1n | 2n, name: bigint): Hex => numberToHex((kind << 248n) | name, { size: 32 });

/**
 * Key under which RiskConfig changes the haircuts of a collateral.
 *
 * @example
 * import { collateralKey } from '@bulkhead/sdk'
 *
 * const key = collateralKey(token)
 */
export const collateralKey = (token: Address): Hex => keyOf(1n, BigInt(token));

/** Key under which RiskConfig changes the rates of an instrument of the clearing house. */
export const instrumentKey = (instrument: number): Hex => keyOf(2n, BigInt(instrument));
