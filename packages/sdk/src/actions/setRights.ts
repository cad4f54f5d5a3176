import { iVaultRegistryAbi } from '@bulkhead/contracts';
import { type Address, encodeFunctionData, type Hex } from 'viem';
import { accountIdOf } from '../derive/accountIdOf.ts';
import { createPlan, type Plan, type ReadClient } from '../plan/plan.ts';
import { senderOf } from '../plan/senderOf.ts';
import type { PlanParameters } from './parameters.ts';

export interface SetRightsParameters extends PlanParameters {
  /** The sender's own account by default. */
  readonly accountId?: Hex;
  readonly operator: Address;
  /** Sum of `rights`; replaces what the operator had. Zero takes everything back. */
  readonly rights: bigint;
}

/**
 * Plan that lets an operator act for the account: one bit per right, never all-or-nothing.
 *
 * @example
 * import { rights, sendPlan, setRights } from '@bulkhead/sdk'
 *
 * await sendPlan(wallet, setRights(wallet, { addresses, operator, rights: rights.trade }))
 */
export const setRights = (client: ReadClient, parameters: SetRightsParameters): Plan<void> => {
  const from = senderOf(client, parameters.from, 'setRights');
  const { operator, rights } = parameters;
  const data = encodeFunctionData({
    abi: iVaultRegistryAbi,
    functionName: 'setRights',
    args: [parameters.accountId ?? accountIdOf(from), operator, rights],
  });
  return createPlan(client, {
    name: 'setRights',
    from,
    steps: [
      {
        description: `grant ${operator} the rights ${rights}`,
        from,
        to: parameters.addresses.vaultRegistry,
        data,
        value: 0n,
      },
    ],
    decode: () => undefined,
  });
};
