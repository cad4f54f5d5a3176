import { iVaultRegistryAbi } from '@bulkhead/contracts';
import { type Address, decodeFunctionResult, encodeFunctionData, type Hex, keccak256, stringToHex } from 'viem';
import { readContract } from 'viem/actions';
import { createPlan, type Plan, type ReadClient } from '../plan/plan.ts';
import { orDecoded, senderRequirement } from '../plan/requirements.ts';
import { senderOf } from '../plan/senderOf.ts';
import type { PlanParameters } from './parameters.ts';

/** Id of a member by its name: keccak256 of the name's UTF-8 bytes. */
export const memberIdOf = (name: string): Hex => keccak256(stringToHex(name));

export interface AdmitMemberParameters extends PlanParameters {
  /** Name of the protocol; its id follows from it. */
  readonly name: string;
  /** The address that will trade in the member's name. */
  readonly operator: Address;
}

/**
 * Plan of the deployment's admin that admits a protocol as a member of the clearing house.
 *
 * @example
 * import { admitMember, sendPlan } from '@bulkhead/sdk'
 *
 * await sendPlan(adminWallet, await admitMember(adminWallet, { addresses, name: 'Example Protocol', operator }))
 */
export const admitMember = async (client: ReadClient, parameters: AdmitMemberParameters): Promise<Plan<Hex>> => {
  const from = senderOf(client, parameters.from, 'admitMember');
  const { name, operator } = parameters;
  const { vaultRegistry } = parameters.addresses;
  const admin = await orDecoded(
    readContract(client, { address: vaultRegistry, abi: iVaultRegistryAbi, functionName: 'admin' }),
  );
  const data = encodeFunctionData({ abi: iVaultRegistryAbi, functionName: 'admitMember', args: [name, operator] });
  return createPlan(client, {
    name: 'admitMember',
    from,
    requirements: [senderRequirement(from, [admin], 'the admin')],
    steps: [{ description: `admit ${name}, operated by ${operator}`, from, to: vaultRegistry, data, value: 0n }],
    decode: ([returned = '0x']) =>
      decodeFunctionResult({ abi: iVaultRegistryAbi, functionName: 'admitMember', data: returned }),
  });
};
