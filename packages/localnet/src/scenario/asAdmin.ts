import { announcementData, executionData, type TimelockOperation } from '@bulkhead/sdk';
import { type Address, type Hex, numberToHex } from 'viem';
import type { LocalKey } from '../keys.ts';
import type { LocalClient } from '../process/anvil.ts';
import { createOutbox, type OutgoingCall } from './outbox.ts';

/** Seconds from the announcement of an act of the admin to the act: the least that a timelock can be asked to wait. */
export const adminDelay = 1;

/** An act of the admin. */
export interface AdminCall {
  readonly to: Address;
  readonly data: Hex;
}

const announceGas = 3_000_000n;
/** More than any act of the admin takes. */
const actGas = 3_000_000n;

/** Acts of the admin on their way: announced by its proposer, done by anybody once the delay is over. */
export interface AdminActs {
  readonly announcement: OutgoingCall;
  readonly execution: OutgoingCall;
}

export const adminActs = (
  timelock: Address,
  proposer: LocalKey,
  operation: TimelockOperation,
  what: string,
): AdminActs => {
  const common = { from: proposer, to: timelock } as const;
  const gas = announceGas * BigInt(1 + Math.ceil(operation.calls.length / 10));
  return {
    announcement: {
      ...common,
      data: announcementData(operation, BigInt(adminDelay)),
      gas,
      what: `announcing ${what}`,
    },
    execution: { ...common, data: executionData(operation), gas: actGas * BigInt(operation.calls.length), what },
  };
};

/** Until the chain's clock, which counts whole seconds with the wall's, has moved on by the delay. */
export const adminDelayOver = (): Promise<void> =>
  new Promise(resolve => setTimeout(resolve, adminDelay * 1000 - (Date.now() % 1000) + 5));

export interface AdminContext {
  readonly client: LocalClient;
  readonly chainId: number;
  readonly timelock: Address;
  readonly proposer: LocalKey;
}

/** Announces, waits for the timelock, and executes: all of it or nothing. */
export const actAsAdmin = async (
  { client, chainId, timelock, proposer }: AdminContext,
  calls: readonly AdminCall[],
): Promise<void> => {
  const count = await client.getTransactionCount({ address: proposer.address, blockTag: 'pending' });
  const salt = numberToHex(count, { size: 32 });
  const { announcement, execution } = adminActs(timelock, proposer, { calls, salt }, 'an act of the admin');
  const outbox = createOutbox(client, chainId);
  outbox.add(announcement);
  await outbox.flush();
  await adminDelayOver();
  outbox.add(execution);
  await outbox.flush();
};
