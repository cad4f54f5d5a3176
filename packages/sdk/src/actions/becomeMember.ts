import { iVaultRegistryAbi } from '@bulkhead/contracts';
import { type AccountId, type VaultId, vaultIdOf } from '@bulkhead/shared';
import { type Hex, isAddressEqual } from 'viem';
import { readContract } from 'viem/actions';
import { accountIdOf } from '../derive/accountIdOf.ts';
import { createPlan, type Plan, type ReadClient } from '../plan/plan.ts';
import { orDecoded } from '../plan/requirements.ts';
import { senderOf } from '../plan/senderOf.ts';
import { admitMember, memberIdOf } from './admitMember.ts';
import { ensureAccount } from './ensureAccount.ts';
import { openVaults } from './openVaults.ts';
import type { PlanParameters } from './parameters.ts';

export interface BecomeMemberParameters extends PlanParameters {
  /** Name of the protocol; its member id follows from it. */
  readonly name: string;
  /** Vaults that the member opens for itself, to make markets or to bid; 1 by default. */
  readonly vaults?: number;
}

export interface Membership {
  readonly memberId: Hex;
  /** The operator's own account. */
  readonly accountId: AccountId;
  readonly vaultIds: readonly VaultId[];
}

/** Two plans of two senders, in this order. */
export interface MembershipPlans {
  /** The admin's. Undefined when the member is admitted already. */
  readonly admission: Plan<Hex> | undefined;
  /** The member's own: its account, and its first vaults. Succeeds once the admission has. */
  readonly joining: Plan<Membership>;
}

const operatorNow = (
  client: ReadClient,
  registry: BecomeMemberParameters['addresses']['vaultRegistry'],
  memberId: Hex,
) =>
  orDecoded(
    readContract(client, {
      address: registry,
      abi: iVaultRegistryAbi,
      functionName: 'memberOperator',
      args: [memberId],
    }),
  );

/**
 * What it takes to become a member: the admin admits the protocol, then the protocol's operator registers its account and opens its own vaults.
 *
 * @example
 * import { becomeMember, sendPlan } from '@bulkhead/sdk'
 *
 * const { admission, joining } = await becomeMember(operatorWallet, { addresses, name: 'Example Protocol' })
 * if (admission) await sendPlan(adminWallet, admission)
 * await sendPlan(operatorWallet, joining)
 */
export const becomeMember = async (
  client: ReadClient,
  parameters: BecomeMemberParameters,
): Promise<MembershipPlans> => {
  const operator = senderOf(client, parameters.from, 'becomeMember');
  const { addresses, name, vaults = 1 } = parameters;
  const memberId = memberIdOf(name);
  const admin = await orDecoded(
    readContract(client, { address: addresses.vaultRegistry, abi: iVaultRegistryAbi, functionName: 'admin' }),
  );
  const current = await operatorNow(client, addresses.vaultRegistry, memberId);
  const admitted = isAddressEqual(current, operator);
  const accountId = accountIdOf(operator);
  const vaultIds = Array.from({ length: vaults }, (_, bucket) => vaultIdOf(accountId, bucket));
  const account = ensureAccount(client, { addresses, from: operator });
  const opening = await openVaults(client, { addresses, from: operator, count: vaults, memberId });
  return Object.freeze({
    admission: admitted ? undefined : await admitMember(client, { addresses, from: admin, name, operator }),
    joining: createPlan(client, {
      name: 'becomeMember',
      from: operator,
      steps: [...account.steps, ...opening.steps],
      decode: () => ({ memberId, accountId, vaultIds }),
    }),
  });
};
