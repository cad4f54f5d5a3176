import { iClearingHouseAbi, iVaultRegistryAbi } from '@bulkhead/contracts';
import type { PriceReport } from '@bulkhead/shared';
import { type Address, encodeFunctionData, type Hex } from 'viem';
import { readContract } from 'viem/actions';
import { createPlan, type Plan, type ReadClient } from '../plan/plan.ts';
import { orDecoded, rightsRequirement, senderRequirement } from '../plan/requirements.ts';
import { senderOf } from '../plan/senderOf.ts';
import { onChainReport } from '../price/onChainReport.ts';
import { rights } from '../rights.ts';
import type { PlanParameters } from './parameters.ts';

export interface NovateParameters extends PlanParameters {
  readonly instrument: number;
  readonly buyer: Hex;
  readonly seller: Hex;
  /** Whole units of the underlying, WAD, above zero. */
  readonly size: bigint;
  /** Quote per whole unit, WAD; within the instrument's band of a fresh mark. */
  readonly price: bigint;
  /** Consumed once: a trade that is sent twice is done once. */
  readonly tradeId: Hex;
  readonly reports?: readonly PriceReport[];
}

/** A side's account, and who operates its member. */
const sideOf = async (client: ReadClient, registry: Address, vaultId: Hex) => {
  const read = { address: registry, abi: iVaultRegistryAbi } as const;
  const vault = await orDecoded(readContract(client, { ...read, functionName: 'vaultOf', args: [vaultId] }));
  const operator = await orDecoded(
    readContract(client, { ...read, functionName: 'memberOperator', args: [vault.memberId] }),
  );
  return { accountId: vault.accountId, operator };
};

/**
 * Plan that makes the clearing house both sides' counterparty. Sent by the operator of either side's member; each side's account must have let its
 * own member's operator trade.
 *
 * @example
 * import { novate, sendPlan } from '@bulkhead/sdk'
 *
 * const plan = await novate(memberWallet, {
 *   addresses, instrument: 0, buyer, seller, size: 2n * 10n ** 18n, price: 3_000n * 10n ** 18n, tradeId, reports,
 * })
 * await sendPlan(memberWallet, plan)
 */
export const novate = async (client: ReadClient, parameters: NovateParameters): Promise<Plan<void>> => {
  const from = senderOf(client, parameters.from, 'novate');
  const { addresses, instrument, buyer, seller, size, price, tradeId, reports = [] } = parameters;
  const sides = await Promise.all([buyer, seller].map(vaultId => sideOf(client, addresses.vaultRegistry, vaultId)));
  const consents = await Promise.all(
    sides.map(({ accountId, operator }) =>
      rightsRequirement(client, addresses.vaultRegistry, { accountId, operator, rights: rights.trade }),
    ),
  );
  const operators = sides.map(side => side.operator);
  const data = encodeFunctionData({
    abi: iClearingHouseAbi,
    functionName: 'novate',
    args: [instrument, buyer, seller, size, price, tradeId, reports.map(onChainReport)],
  });
  return createPlan(client, {
    name: 'novate',
    from,
    requirements: [senderRequirement(from, operators, 'the operator of a side’s member'), ...consents],
    steps: [
      { description: `novate ${size} of instrument ${instrument}`, from, to: addresses.clearingHouse, data, value: 0n },
    ],
    decode: () => undefined,
  });
};
