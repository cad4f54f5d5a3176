import { type Address, BaseError, type Hash, type Hex, type TransactionReceipt } from 'viem';
import type { LocalKey } from '../keys.ts';
import { LocalnetError } from '../localnetError.ts';
import type { LocalClient } from '../process/anvil.ts';

export interface OutgoingCall {
  readonly from: LocalKey;
  readonly to: Address;
  readonly data: Hex;
  readonly gas: bigint;
  /** For the error when it fails. */
  readonly what: string;
}

/**
 * Many transactions of many senders in one block: setting a local chain up with one block per transaction would take minutes.
 * Transactions of one sender run in the order given; between senders there is no order.
 */
export interface Outbox {
  readonly chainId: number;
  add(call: OutgoingCall): void;
  /** Sends everything, mines one block, and fails when any of it failed. The chain goes on mining as it did before. */
  flush(): Promise<readonly TransactionReceipt[]>;
}

/** Plenty for a chain whose base fee starts at one gwei and only falls. */
const maxFeePerGas = 20n * 10n ** 9n;
const maxPriorityFeePerGas = 10n ** 9n;
/** Most gas in one block: below the limit that the local chains are started with. */
const blockGas = 900_000_000n;

/** Cuts the calls, in order, into blocks. */
const blocksOf = (calls: readonly OutgoingCall[]): readonly (readonly OutgoingCall[])[] => {
  const blocks: OutgoingCall[][] = [];
  let room = 0n;
  for (const call of calls) {
    if (call.gas > room) {
      blocks.push([]);
      room = blockGas;
    }
    blocks.at(-1)?.push(call);
    room -= call.gas;
  }
  return blocks;
};

const signAll = async (
  client: LocalClient,
  chainId: number,
  calls: readonly OutgoingCall[],
): Promise<readonly Hex[]> => {
  const senders = [...new Map(calls.map(call => [call.from.address, call.from])).values()];
  const counts = await Promise.all(
    senders.map(sender => client.getTransactionCount({ address: sender.address, blockTag: 'pending' })),
  );
  const nonces = new Map(senders.map((sender, index) => [sender.address, counts[index] ?? 0]));
  return Promise.all(
    calls.map(call => {
      const nonce = nonces.get(call.from.address) ?? 0;
      nonces.set(call.from.address, nonce + 1);
      const { to, data, gas } = call;
      return call.from.account.signTransaction({
        type: 'eip1559',
        chainId,
        nonce,
        to,
        data,
        gas,
        maxFeePerGas,
        maxPriorityFeePerGas,
      });
    }),
  );
};

/** Signs calls, those of one sender in order, and hands them to the chain, which mines them as it does. */
export const broadcast = async (
  client: LocalClient,
  chainId: number,
  calls: readonly OutgoingCall[],
): Promise<readonly Hash[]> => {
  const signed = await signAll(client, chainId, calls);
  return Promise.all(signed.map(serializedTransaction => client.sendRawTransaction({ serializedTransaction })));
};

/** Says why a transaction failed by running its call again on the block before. */
const reasonOf = async (client: LocalClient, call: OutgoingCall, receipt: TransactionReceipt): Promise<string> => {
  if (receipt.gasUsed >= (call.gas * 99n) / 100n) return `out of gas: ${receipt.gasUsed} of ${call.gas} used`;
  try {
    await client.call({ account: call.from.address, to: call.to, data: call.data, blockNumber: receipt.blockNumber });
    return 'the same call succeeds now';
  } catch (error) {
    return error instanceof BaseError ? `${error.shortMessage} ${error.details}` : String(error);
  }
};

const send = async (
  client: LocalClient,
  chainId: number,
  calls: readonly OutgoingCall[],
): Promise<readonly TransactionReceipt[]> => {
  const automine = await client.getAutomine();
  if (automine) await client.setAutomine(false);
  let hashes: readonly Hash[];
  try {
    hashes = await broadcast(client, chainId, calls);
    await client.mine({ blocks: 1 });
  } finally {
    if (automine) await client.setAutomine(true);
  }
  const receipts = await Promise.all(hashes.map(hash => client.getTransactionReceipt({ hash })));
  const position = receipts.findIndex(receipt => receipt.status !== 'success');
  const [call, receipt] = [calls[position], receipts[position]];
  if (call && receipt) {
    throw new LocalnetError(`Chain ${chainId}: ${call.what} failed.`, {
      details: await reasonOf(client, call, receipt),
    });
  }
  return receipts;
};

export const createOutbox = (client: LocalClient, chainId: number): Outbox => {
  let calls: OutgoingCall[] = [];
  return Object.freeze({
    chainId,
    add: (call: OutgoingCall) => {
      calls.push(call);
    },
    flush: async () => {
      const pending = calls;
      calls = [];
      const receipts: TransactionReceipt[] = [];
      for (const block of blocksOf(pending)) receipts.push(...(await send(client, chainId, block)));
      return receipts;
    },
  });
};
