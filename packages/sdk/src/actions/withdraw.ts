import { iMarginEngineAbi, iVaultRegistryAbi } from '@bulkhead/contracts';
import type { PriceReport } from '@bulkhead/shared';
import { type Address, encodeFunctionData, type Hex } from 'viem';
import { readContract } from 'viem/actions';
import { createPlan, type Plan, type ReadClient } from '../plan/plan.ts';
import { orDecoded, rightsRequirement } from '../plan/requirements.ts';
import { senderOf } from '../plan/senderOf.ts';
import { onChainReport } from '../price/onChainReport.ts';
import { rights } from '../rights.ts';
import type { PlanParameters } from './parameters.ts';

export interface WithdrawParameters extends PlanParameters {
  readonly vaultId: Hex;
  readonly token: Address;
  /** In the token's own decimals. */
  readonly amount: bigint;
  /** Who receives; the sender by default. */
  readonly to?: Address;
  /** Signed prices to be posted first. A vault with obligations needs fresh ones; without, none are read. */
  readonly reports?: readonly PriceReport[];
}

/**
 * Plan that withdraws free assets. A vault without obligations can always be emptied; one with obligations must keep its initial margin.
 *
 * @example
 * import { sendPlan, withdraw } from '@bulkhead/sdk'
 *
 * const plan = await withdraw(wallet, { addresses, vaultId, token: usdc, amount: 500_000n, reports })
 * await plan.simulate() // throws UnhealthyError when too much is asked for
 * await sendPlan(wallet, plan)
 */
export const withdraw = async (client: ReadClient, parameters: WithdrawParameters): Promise<Plan<void>> => {
  const from = senderOf(client, parameters.from, 'withdraw');
  const { addresses, vaultId, token, amount, to = from, reports = [] } = parameters;
  const vault = await orDecoded(
    readContract(client, {
      address: addresses.vaultRegistry,
      abi: iVaultRegistryAbi,
      functionName: 'vaultOf',
      args: [vaultId],
    }),
  );
  const data = encodeFunctionData({
    abi: iMarginEngineAbi,
    functionName: 'withdraw',
    args: [vaultId, token, amount, to, reports.map(onChainReport)],
  });
  return createPlan(client, {
    name: 'withdraw',
    from,
    requirements: [
      await rightsRequirement(client, addresses.vaultRegistry, {
        accountId: vault.accountId,
        operator: from,
        rights: rights.withdraw,
      }),
    ],
    steps: [
      {
        description: `withdraw ${amount} of ${token} from ${vaultId}`,
        from,
        to: addresses.marginEngine,
        data,
        value: 0n,
      },
    ],
    decode: () => undefined,
  });
};
