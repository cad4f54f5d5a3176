import { decodeAbiParameters, type Hex, isHex } from 'viem';
import * as adminErrors from './adminErrors.ts';
import { BulkheadError, RequestFailedError, UnknownRevertError } from './bulkheadError.ts';
import * as clearingHouseErrors from './clearingHouseErrors.ts';
import type { ContractErrorClass } from './contractError.ts';
import * as groupErrors from './groupErrors.ts';
import * as liquidationErrors from './liquidationErrors.ts';
import * as marginEngineErrors from './marginEngineErrors.ts';
import * as oracleErrors from './oracleErrors.ts';
import * as registryErrors from './registryErrors.ts';
import * as riskErrors from './riskErrors.ts';
import * as timelockErrors from './timelockErrors.ts';
import * as tokenErrors from './tokenErrors.ts';
import * as waterfallErrors from './waterfallErrors.ts';

/** Class of every contract error, by selector. */
export const contractErrorClasses: ReadonlyMap<Hex, ContractErrorClass> = new Map(
  [
    registryErrors,
    adminErrors,
    oracleErrors,
    marginEngineErrors,
    groupErrors,
    clearingHouseErrors,
    liquidationErrors,
    riskErrors,
    timelockErrors,
    tokenErrors,
    waterfallErrors,
  ]
    .flatMap(module => Object.values(module) as unknown as ContractErrorClass[])
    .map(errorClass => [errorClass.selector, errorClass]),
);

/** The error that revert data stands for; undefined when it is none of ours. */
export const errorFromRevertData = (data: Hex, cause?: unknown): BulkheadError | undefined => {
  const errorClass = contractErrorClasses.get(data.slice(0, 10).toLowerCase() as Hex);
  if (errorClass === undefined) return undefined;
  const args = errorClass.inputs.length === 0 ? [] : decodeAbiParameters(errorClass.inputs, `0x${data.slice(10)}`);
  return new errorClass(args, cause);
};

const isRevertData = (value: unknown): value is Hex => isHex(value) && value.length >= 10 && value.length % 2 === 0;

/** Revert data anywhere along the chain of causes: clients and endpoints put it in different places. */
const revertDataOf = (error: unknown): Hex | undefined => {
  for (
    let current: unknown = error, depth = 0;
    typeof current === 'object' && current !== null && depth < 20;
    depth++
  ) {
    const { data, raw, cause } = current as { data?: unknown; raw?: unknown; cause?: unknown };
    const nested = typeof data === 'object' && data !== null ? (data as { data?: unknown }).data : undefined;
    const found = [raw, data, nested].find(isRevertData);
    if (found !== undefined) return found;
    current = cause;
  }
  return undefined;
};

/**
 * Turns whatever a viem call threw into one error of this package: a contract's error by its class, an unknown revert, or a failed request.
 *
 * @example
 * import { decodeError, StalePriceError } from '@bulkhead/sdk'
 *
 * try {
 *   await client.writeContract(request)
 * } catch (error) {
 *   if (decodeError(error) instanceof StalePriceError) await postNewerPrice()
 * }
 */
export const decodeError = (error: unknown): BulkheadError => {
  if (error instanceof BulkheadError) return error;
  const data = revertDataOf(error);
  if (data === undefined) return new RequestFailedError(error);
  return errorFromRevertData(data, error) ?? new UnknownRevertError(data, error);
};
