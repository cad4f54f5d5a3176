import { iVaultRegistryAbi } from '@bulkhead/contracts';
import { type AccountId, accountId } from '@bulkhead/shared';
import { decodeFunctionResult, encodeFunctionData, type Hex, zeroHash } from 'viem';
import { ownerKeyOf } from '../derive/accountIdOf.ts';
import { createPlan, type Plan, type ReadClient } from '../plan/plan.ts';
import { senderOf } from '../plan/senderOf.ts';
import type { PlanParameters } from './parameters.ts';

export interface EnsureAccountParameters extends PlanParameters {
  /** Tells several accounts of one owner apart; zero by default. */
  readonly salt?: Hex;
}

/**
 * Plan that registers the sender's account on this chain. Harmless when it is registered: the account is the same on every chain, and its id is
 * known without asking (`accountIdOf`).
 *
 * @example
 * import { ensureAccount, sendPlan } from '@bulkhead/sdk'
 *
 * const plan = ensureAccount(wallet, { addresses })
 * await sendPlan(wallet, plan)
 */
export const ensureAccount = (client: ReadClient, parameters: EnsureAccountParameters): Plan<AccountId> => {
  const from = senderOf(client, parameters.from, 'ensureAccount');
  const data = encodeFunctionData({
    abi: iVaultRegistryAbi,
    functionName: 'ensureAccount',
    args: [ownerKeyOf(from), parameters.salt ?? zeroHash],
  });
  return createPlan(client, {
    name: 'ensureAccount',
    from,
    steps: [
      { description: `register the account of ${from}`, from, to: parameters.addresses.vaultRegistry, data, value: 0n },
    ],
    decode: ([returned = '0x']) =>
      accountId(decodeFunctionResult({ abi: iVaultRegistryAbi, functionName: 'ensureAccount', data: returned })),
  });
};
