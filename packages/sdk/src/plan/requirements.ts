import { iVaultRegistryAbi } from '@bulkhead/contracts';
import { type Address, encodeFunctionData, erc20Abi, type Hex, isAddressEqual } from 'viem';
import { readContract } from 'viem/actions';
import { decodeError } from '../errors/decodeError.ts';
import type {
  ApprovalRequirement,
  BalanceRequirement,
  ReadClient,
  RightsRequirement,
  SenderRequirement,
} from './plan.ts';

/** Runs a read and turns what it throws into an error of this package. */
export const orDecoded = async <Value>(read: Promise<Value>): Promise<Value> => {
  try {
    return await read;
  } catch (error) {
    throw decodeError(error);
  }
};

/** Approves exactly what is needed, when it is not approved yet. */
export const approvalRequirement = async (
  client: ReadClient,
  { token, owner, spender, needed }: { token: Address; owner: Address; spender: Address; needed: bigint },
): Promise<ApprovalRequirement> => {
  const current = await orDecoded(
    readContract(client, { address: token, abi: erc20Abi, functionName: 'allowance', args: [owner, spender] }),
  );
  const description = `${spender} may take ${needed} of ${token}`;
  const data = encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [spender, needed] });
  return {
    kind: 'approval',
    description,
    met: current >= needed,
    step: { description: `approve ${needed} of ${token}`, from: owner, to: token, data, value: 0n },
    remedy: 'Approve the margin engine for the amount.',
    ...{ token, owner, spender, needed, current },
  };
};

export const balanceRequirement = async (
  client: ReadClient,
  { token, owner, needed }: { token: Address; owner: Address; needed: bigint },
): Promise<BalanceRequirement> => {
  const current = await orDecoded(
    readContract(client, { address: token, abi: erc20Abi, functionName: 'balanceOf', args: [owner] }),
  );
  return {
    kind: 'balance',
    description: `${owner} holds ${current} of ${token}; ${needed} is needed`,
    met: current >= needed,
    step: undefined,
    remedy: `Send ${owner} the missing amount first.`,
    ...{ token, owner, needed, current },
  };
};

export const rightsRequirement = async (
  client: ReadClient,
  registry: Address,
  { accountId, operator, rights }: { accountId: Hex; operator: Address; rights: bigint },
): Promise<RightsRequirement> => ({
  kind: 'rights',
  description: `${operator} owns account ${accountId} or holds the rights ${rights} on it`,
  met: await orDecoded(
    readContract(client, {
      address: registry,
      abi: iVaultRegistryAbi,
      functionName: 'hasRights',
      args: [accountId, operator, rights],
    }),
  ),
  step: undefined,
  remedy: 'Let the owner grant them with setRights.',
  ...{ accountId, operator, rights },
});

/** The plan's sender is one of the addresses that the call accepts. */
export const senderRequirement = (from: Address, expected: readonly Address[], role: string): SenderRequirement => ({
  kind: 'sender',
  description: `${from} is ${role} (${expected.join(' or ')})`,
  met: expected.some(each => isAddressEqual(each, from)),
  step: undefined,
  remedy: `Send it from ${expected.join(' or ')}.`,
  expected,
});
