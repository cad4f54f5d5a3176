import { type Hex32, type TransactionStatus, wei } from '@bulkhead/shared';
import { hash, list, quantity, record, refOf } from '../endpoints/answers.ts';
import { blockByNumber, type Rpc } from '../endpoints/rpc.ts';
import { malformed } from '../errors/chainFault.ts';
import type { EventDecoder } from '../read/events.ts';
import { rawLog } from '../read/logs.ts';

const receiptMethod = 'eth_getTransactionReceipt';
const transactionMethod = 'eth_getTransactionByHash';

const withoutReceipt = async (rpc: Rpc, transaction: Hex32): Promise<TransactionStatus> => {
  const answer = await rpc(transactionMethod, [transaction]);
  if (answer === null) return { kind: 'unknown' };
  record(transactionMethod, answer);
  return { kind: 'pending' };
};

/** @throws ChainFault. */
const statusOf = async (rpc: Rpc, decode: EventDecoder, transaction: Hex32): Promise<TransactionStatus> => {
  const answer = await rpc(receiptMethod, [transaction]);
  if (answer === null) return withoutReceipt(rpc, transaction);
  const receipt = record(receiptMethod, answer);
  if (hash(receiptMethod, receipt['transactionHash']) !== transaction.toLowerCase())
    throw malformed(receiptMethod, answer);
  const number = quantity(receiptMethod, receipt['blockNumber']);
  const block = await blockByNumber(rpc, number);
  // A receipt can outlive its block in an endpoint's cache: only a canonical block includes anything.
  if (block?.hash !== hash(receiptMethod, receipt['blockHash'])) return withoutReceipt(rpc, transaction);
  const gasUsed = quantity(receiptMethod, receipt['gasUsed']);
  const price = quantity(receiptMethod, receipt['effectiveGasPrice']);
  const logs = list(receiptMethod, receipt['logs']).map(log => rawLog(receiptMethod, log));
  return {
    kind: 'included',
    block: refOf(block),
    succeeded: quantity(receiptMethod, receipt['status']) === 1n,
    feePaid: wei(gasUsed * price),
    events: logs.flatMap(decode),
  };
};

/** Where each hash stands, in the order given. @throws ChainFault. */
export const statusesOf = (
  rpc: Rpc,
  decode: EventDecoder,
  hashes: readonly Hex32[],
): Promise<readonly TransactionStatus[]> => Promise.all(hashes.map(one => statusOf(rpc, decode, one)));
