import type { Address } from 'viem';
import { AccountMissingError } from '../errors/bulkheadError.ts';
import type { ReadClient } from './plan.ts';

/** Who sends: the one named, or the client's own account. */
export const senderOf = (client: ReadClient, from: Address | undefined, action: string): Address => {
  const sender = from ?? client.account?.address;
  if (sender === undefined) throw new AccountMissingError(action);
  return sender;
};
