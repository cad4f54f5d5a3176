import { iMarginEngineAbi } from '@bulkhead/contracts';
import { type Address, decodeFunctionResult, encodeFunctionData, type Hex } from 'viem';
import { createPlan, type Plan, type ReadClient } from '../plan/plan.ts';
import { approvalRequirement, balanceRequirement } from '../plan/requirements.ts';
import { senderOf } from '../plan/senderOf.ts';
import type { PlanParameters } from './parameters.ts';

export interface DepositParameters extends PlanParameters {
  readonly vaultId: Hex;
  readonly token: Address;
  /** In the token's own decimals. */
  readonly amount: bigint;
}

/**
 * Plan that deposits into a vault, with the approval that it needs. Anyone may add quote or an asset that the vault already holds; a new asset
 * needs the deposit right. The plan's result is what is booked: what arrived, measured.
 *
 * @example
 * import { deposit, sendPlan } from '@bulkhead/sdk'
 *
 * const plan = await deposit(wallet, { addresses, vaultId, token: usdc, amount: 1_000_000n })
 * await sendPlan(wallet, plan)
 */
export const deposit = async (client: ReadClient, parameters: DepositParameters): Promise<Plan<bigint>> => {
  const owner = senderOf(client, parameters.from, 'deposit');
  const { token, amount, vaultId } = parameters;
  const { marginEngine } = parameters.addresses;
  const requirements = await Promise.all([
    balanceRequirement(client, { token, owner, needed: amount }),
    approvalRequirement(client, { token, owner, spender: marginEngine, needed: amount }),
  ]);
  const data = encodeFunctionData({ abi: iMarginEngineAbi, functionName: 'deposit', args: [vaultId, token, amount] });
  return createPlan(client, {
    name: 'deposit',
    from: owner,
    requirements,
    steps: [
      { description: `deposit ${amount} of ${token} into ${vaultId}`, from: owner, to: marginEngine, data, value: 0n },
    ],
    decode: ([returned = '0x']) =>
      decodeFunctionResult({ abi: iMarginEngineAbi, functionName: 'deposit', data: returned }),
  });
};
