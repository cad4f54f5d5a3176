import { iVaultRegistryAbi } from '@bulkhead/contracts';
import { type VaultId, vaultId } from '@bulkhead/shared';
import { type Address, decodeFunctionResult, encodeFunctionData, type Hex, zeroHash } from 'viem';
import { accountIdOf } from '../derive/accountIdOf.ts';
import { createPlan, type Plan, type ReadClient } from '../plan/plan.ts';
import { senderOf } from '../plan/senderOf.ts';
import type { PlanParameters } from './parameters.ts';

export interface OpenVaultsParameters extends PlanParameters {
  /** The sender's own account by default. */
  readonly accountId?: Hex;
  /** Consecutive buckets from here on; 0 by default. */
  readonly firstBucket?: number;
  /** How many; 1 by default. */
  readonly count?: number;
  /** The one contract that may hold obligations for them; the clearing house by default. */
  readonly venue?: Address;
  /** For the clearing house: the member that speaks for them. */
  readonly memberId?: Hex;
}

/**
 * Plan that opens vaults in bulk, with consecutive buckets. No escrow is deployed: its address is known before (`escrowAddressOf`).
 *
 * @example
 * import { memberIdOf, openVaults, sendPlan } from '@bulkhead/sdk'
 *
 * const plan = await openVaults(wallet, { addresses, count: 10, memberId: memberIdOf('Example Protocol') })
 * const { result: vaultIds } = await plan.simulate()
 * await sendPlan(wallet, plan)
 */
export const openVaults = async (
  client: ReadClient,
  parameters: OpenVaultsParameters,
): Promise<Plan<readonly VaultId[]>> => {
  const from = senderOf(client, parameters.from, 'openVaults');
  const { addresses, firstBucket = 0, count = 1 } = parameters;
  const accountId = parameters.accountId ?? accountIdOf(from);
  const data = encodeFunctionData({
    abi: iVaultRegistryAbi,
    functionName: 'openVaults',
    args: [accountId, firstBucket, count, parameters.venue ?? addresses.clearingHouse, parameters.memberId ?? zeroHash],
  });
  return createPlan(client, {
    name: 'openVaults',
    from,
    steps: [
      { description: `open ${count} vaults of ${accountId}`, from, to: addresses.vaultRegistry, data, value: 0n },
    ],
    decode: ([returned = '0x']) =>
      decodeFunctionResult({ abi: iVaultRegistryAbi, functionName: 'openVaults', data: returned }).map(vaultId),
  });
};
