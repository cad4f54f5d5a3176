import { timelockControllerAbi } from '@bulkhead/contracts';
import { type Address, encodeAbiParameters, encodeFunctionData, type Hex, keccak256, zeroHash } from 'viem';

/** One call that a timelock makes. */
export interface TimelockCall {
  readonly to: Address;
  readonly data: Hex;
  /** Native currency sent along, in wei. */
  readonly value?: bigint;
}

/** Calls that a timelock makes together, in order, or not at all. */
export interface TimelockOperation {
  readonly calls: readonly TimelockCall[];
  /** Zero by default; another one when the same calls are made a second time. */
  readonly salt?: Hex;
}

const argumentsOf = ({ calls, salt = zeroHash }: TimelockOperation) =>
  [
    calls.map(({ to }) => to),
    calls.map(({ value = 0n }) => value),
    calls.map(({ data }) => data),
    zeroHash,
    salt,
  ] as const;

/** The id under which the timelock keeps an operation. */
export const operationIdOf = (operation: TimelockOperation): Hex =>
  keccak256(
    encodeAbiParameters(
      [{ type: 'address[]' }, { type: 'uint256[]' }, { type: 'bytes[]' }, { type: 'bytes32' }, { type: 'bytes32' }],
      argumentsOf(operation),
    ),
  );

/** Calldata with which a proposer announces. @param delay seconds, at least the timelock's own. */
export const announcementData = (operation: TimelockOperation, delay: bigint): Hex =>
  encodeFunctionData({
    abi: timelockControllerAbi,
    functionName: 'scheduleBatch',
    args: [...argumentsOf(operation), delay],
  });

/** Calldata with which an executor does what was announced, once the delay is over. */
export const executionData = (operation: TimelockOperation): Hex =>
  encodeFunctionData({
    abi: timelockControllerAbi,
    functionName: 'executeBatch',
    args: argumentsOf(operation),
  });
