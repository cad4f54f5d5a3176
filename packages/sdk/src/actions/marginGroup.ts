import { iMarginGroupsAbi } from '@bulkhead/contracts';
import type { MarginMode, PriceReport } from '@bulkhead/shared';
import { encodeFunctionData, type Hex } from 'viem';
import { readContract } from 'viem/actions';
import { createPlan, type Plan, type ReadClient } from '../plan/plan.ts';
import { orDecoded } from '../plan/requirements.ts';
import { senderOf } from '../plan/senderOf.ts';
import { onChainReport } from '../price/onChainReport.ts';
import type { ActionParameters, PlanParameters } from './parameters.ts';

/** How the vaults of a group are margined; a vault alone is segregated. */
export type GroupMode = Exclude<MarginMode, 'segregated'>;

const modes = ['segregated', 'cross', 'portfolio'] as const satisfies readonly MarginMode[];

interface GroupPlanParameters extends PlanParameters {
  /** Signed prices to be posted first: every change needs fresh ones where anything is held. */
  readonly reports?: readonly PriceReport[];
}

export interface FormGroupParameters extends GroupPlanParameters {
  /** Two to eight of one account, with one venue and one member. In the order in which their quote is drawn on; the first leads. */
  readonly vaults: readonly Hex[];
  readonly mode: GroupMode;
}

export interface JoinGroupParameters extends GroupPlanParameters {
  readonly lead: Hex;
  readonly vaultId: Hex;
}

export interface LeaveGroupParameters extends GroupPlanParameters {
  readonly vaultId: Hex;
}

export interface SetGroupModeParameters extends GroupPlanParameters {
  readonly lead: Hex;
  readonly mode: GroupMode;
}

const planOf = (
  client: ReadClient,
  name: string,
  parameters: PlanParameters,
  data: Hex,
  description: string,
): Plan<void> => {
  const from = senderOf(client, parameters.from, name);
  return createPlan(client, {
    name,
    from,
    steps: [{ description, from, to: parameters.addresses.marginGroups, data, value: 0n }],
    decode: () => undefined,
  });
};

const reportsOf = ({ reports = [] }: GroupPlanParameters) => reports.map(onChainReport);

/**
 * Plan that margins vaults together. Sent by their owner; each must meet its initial margin alone, and all of them together (MRG-5).
 *
 * @example
 * import { formGroup, sendPlan } from '@bulkhead/sdk'
 *
 * await sendPlan(wallet, formGroup(wallet, { addresses, vaults: [trading, hedges], mode: 'cross', reports }))
 */
export const formGroup = (client: ReadClient, parameters: FormGroupParameters): Plan<void> => {
  const { vaults, mode } = parameters;
  const args = [vaults, modes.indexOf(mode), reportsOf(parameters)] as const;
  const data = encodeFunctionData({ abi: iMarginGroupsAbi, functionName: 'form', args });
  return planOf(client, 'formGroup', parameters, data, `margin ${vaults.length} vaults together, ${mode} mode`);
};

/** Plan that adds a vault at the end of a group's order. Conditions as for formGroup. */
export const joinGroup = (client: ReadClient, parameters: JoinGroupParameters): Plan<void> => {
  const { lead, vaultId } = parameters;
  const args = [lead, vaultId, reportsOf(parameters)] as const;
  const data = encodeFunctionData({ abi: iMarginGroupsAbi, functionName: 'join', args });
  return planOf(client, 'joinGroup', parameters, data, `margin ${vaultId} with ${lead}`);
};

/**
 * Plan that takes a vault out of its group. Nothing may be owed between it and its siblings, and both sides must meet their initial margin (MRG-5).
 *
 * @example
 * import { leaveGroup, sendPlan } from '@bulkhead/sdk'
 *
 * await leaveGroup(wallet, { addresses, vaultId }).simulate() // throws DebtOutstandingError while something is owed
 */
export const leaveGroup = (client: ReadClient, parameters: LeaveGroupParameters): Plan<void> => {
  const { vaultId } = parameters;
  const args = [vaultId, reportsOf(parameters)] as const;
  const data = encodeFunctionData({ abi: iMarginGroupsAbi, functionName: 'leave', args });
  return planOf(client, 'leaveGroup', parameters, data, `margin ${vaultId} alone`);
};

/** Plan that changes how a group is margined. It must meet its initial margin in both modes (MRG-5). */
export const setGroupMode = (client: ReadClient, parameters: SetGroupModeParameters): Plan<void> => {
  const { lead, mode } = parameters;
  const args = [lead, modes.indexOf(mode), reportsOf(parameters)] as const;
  const data = encodeFunctionData({ abi: iMarginGroupsAbi, functionName: 'setMode', args });
  return planOf(client, 'setGroupMode', parameters, data, `margin the group of ${lead} in ${mode} mode`);
};

export interface MarginGroupParameters extends ActionParameters {
  readonly vaultId: Hex;
}

/** What a vault is margined with. */
export interface MarginGroup {
  readonly mode: MarginMode;
  /** In the owner's order, the lead first; the vault itself alone when segregated. */
  readonly vaults: readonly Hex[];
  /** What the vault owes to siblings that paid for it, quote base units. */
  readonly owes: readonly { readonly payer: Hex; readonly amount: bigint }[];
}

/**
 * Reads what a vault is margined with, and what it owes its siblings.
 *
 * @example
 * import { marginGroup } from '@bulkhead/sdk'
 *
 * const { mode, vaults, owes } = await marginGroup(client, { addresses, vaultId })
 */
export const marginGroup = async (client: ReadClient, parameters: MarginGroupParameters): Promise<MarginGroup> => {
  const { addresses, vaultId } = parameters;
  const read = { address: addresses.marginGroups, abi: iMarginGroupsAbi, args: [vaultId] } as const;
  const [[mode, vaults], [payers, amounts]] = await Promise.all([
    orDecoded(readContract(client, { ...read, functionName: 'groupOf' })),
    orDecoded(readContract(client, { ...read, functionName: 'debtsOf' })),
  ]);
  return {
    mode: modes[mode] ?? 'segregated',
    vaults,
    owes: payers.map((payer, index) => ({ payer, amount: amounts[index] ?? 0n })),
  };
};
