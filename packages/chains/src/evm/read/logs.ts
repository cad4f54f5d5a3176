import type { Address, Hex, Hex32 } from '@bulkhead/shared';
import { numberToHex } from 'viem';
import { bytes, hash, isHex, list, quantity, record } from '../endpoints/answers.ts';
import type { Rpc } from '../endpoints/rpc.ts';

/** A log as a node gives it. Place fields are absent in a simulation. */
export interface RawLog {
  readonly address: Address;
  readonly topics: readonly Hex32[];
  readonly data: Hex;
  readonly blockNumber: bigint | undefined;
  readonly blockHash: Hex32 | undefined;
  /** Newer nodes add it. */
  readonly blockTime: bigint | undefined;
  readonly transactionHash: Hex32 | undefined;
  readonly logIndex: number | undefined;
}

export const rawLog = (method: string, value: unknown): RawLog => {
  const log = record(method, value);
  const optional = <Value>(field: string, read: (method: string, value: unknown) => Value): Value | undefined =>
    log[field] == null ? undefined : read(method, log[field]);
  const index = optional('logIndex', quantity);
  return {
    address: bytes(method, log['address']),
    topics: list(method, log['topics']).map(topic => hash(method, topic)),
    data: bytes(method, isHex(log['data']) ? log['data'] : log['input']),
    blockNumber: optional('blockNumber', quantity),
    blockHash: optional('blockHash', hash),
    blockTime: optional('blockTimestamp', quantity),
    transactionHash: optional('transactionHash', hash),
    logIndex: index === undefined ? undefined : Number(index),
  };
};

export type LogRange = { readonly from: bigint; readonly to: bigint } | { readonly blockHash: Hex32 };

/** Logs of these contracts, in chain order. @param topics of the first place, any of them; absent: all. */
export const getLogs = async (
  rpc: Rpc,
  addresses: readonly Address[],
  range: LogRange,
  topics?: readonly Hex32[],
): Promise<readonly RawLog[]> => {
  const where =
    'blockHash' in range
      ? { blockHash: range.blockHash }
      : { fromBlock: numberToHex(range.from), toBlock: numberToHex(range.to) };
  const filter = { address: addresses, ...where, ...(topics && { topics: [topics] }) };
  const logs = list('eth_getLogs', await rpc('eth_getLogs', [filter])).map(log => rawLog('eth_getLogs', log));
  return logs.toSorted(
    (left, right) =>
      Number((left.blockNumber ?? 0n) - (right.blockNumber ?? 0n)) || (left.logIndex ?? 0) - (right.logIndex ?? 0),
  );
};
