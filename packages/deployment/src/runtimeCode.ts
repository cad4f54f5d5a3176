/** What must stand at an address: the compiler's runtime code, with the immutables that the constructor fills in. */
import { type ContractName, contractKeys, escrowImplementationOf } from '@bulkhead/addresses';
import { runtimeCodes } from '@bulkhead/contracts';
import { type Address, type Hex, numberToHex, slice } from 'viem';
import type { DeploymentPlan, PlannedContract } from './planDeployment.ts';
import type { ReadClient } from './readClient.ts';

export interface Runtime {
  readonly offset: number;
  readonly length: number;
  readonly immutables: readonly (readonly [start: number, length: number])[];
}

export const runtimeOf = (name: ContractName): Runtime => runtimeCodes[name];

/** The runtime code inside a creation code, with zeros where the immutables will be. */
const templateOf = (creationCode: Hex, { offset, length }: Runtime): Hex =>
  slice(creationCode, offset, offset + length);

/** Code with zeros where its immutables are. */
const masked = (code: Hex, { immutables }: Runtime): Hex =>
  immutables.reduce<string>(
    (text, [start, length]) =>
      `${text.slice(0, 2 + 2 * start)}${'0'.repeat(2 * length)}${text.slice(2 + 2 * (start + length))}`,
    code,
  ) as Hex;

/** The first byte in which two codes differ; undefined when none does. */
export const firstDifference = (left: Hex, right: Hex): number | undefined => {
  if (left === right) return undefined;
  const shared = Math.min(left.length, right.length);
  for (let at = 2; at < shared; at += 1) if (left[at] !== right[at]) return Math.floor((at - 2) / 2);
  return Math.floor((shared - 2) / 2);
};

/**
 * Compares code found on a chain with what the compiler wrote, immutables left out: nothing is asked of the chain.
 * @returns the first byte that differs; undefined when none does.
 */
export const differsFromCompiled = (code: Hex, contract: PlannedContract): number | undefined => {
  const runtime = runtimeOf(contract.name);
  return firstDifference(masked(code, runtime), templateOf(contract.creationCode, runtime));
};

type Overrides = Readonly<Record<Address, { code?: Hex; nonce?: Hex; state?: Readonly<Record<Hex, Hex>> }>>;

/**
 * The state before the constructor ran. Its code stands at the address itself, so that `address(this)` is what it was; a constructor answers with the
 * runtime code that it leaves.
 */
const beforeCreation = ({ addresses }: DeploymentPlan, { name, address, creationCode }: PlannedContract): Overrides => {
  const itself = { [address]: { code: creationCode, nonce: numberToHex(1), state: {} } };
  if (name === 'MarginEngine')
    return { ...itself, [escrowImplementationOf(address)]: { code: '0x', nonce: numberToHex(0) } };
  // It opens an account and a vault of its own, which can be done once.
  if (name === 'ClearingHouse') return { ...itself, [addresses[contractKeys.VaultRegistry]]: { state: {} } };
  return itself;
};

/**
 * Runs a constructor with our arguments where the contract stands, in a call that changes nothing, and answers the runtime code that it gives, immutables
 * filled in. The contracts that it asks must be there.
 * @throws when the endpoint takes no state overrides, or passes over them, or the constructor reverts.
 */
export const constructedCode = async (
  client: ReadClient,
  plan: DeploymentPlan,
  contract: PlannedContract,
): Promise<Hex> => {
  const code: Hex = await client.request({
    method: 'eth_call',
    params: [{ to: contract.address, data: '0x' }, 'latest', beforeCreation(plan, contract)],
  } as never);
  if (differsFromCompiled(code, contract) === undefined) return code;
  throw new Error('What the endpoint answered is no code that the constructor could leave.');
};

/** A value in the code of a contract that is not what its constructor would have put there. */
export interface WrongImmutable {
  readonly at: number;
  readonly found: Hex;
  readonly wanted: Hex;
}

/** Immutables in which two codes of the same contract differ, each value once. */
export const wrongImmutables = (name: ContractName, found: Hex, wanted: Hex): readonly WrongImmutable[] => {
  const seen = new Set<Hex>();
  return runtimeOf(name).immutables.flatMap(([start, length]) => {
    const [is, should] = [slice(found, start, start + length), slice(wanted, start, start + length)];
    if (is === should || seen.has(is)) return [];
    seen.add(is);
    return [{ at: start, found: is, wanted: should }];
  });
};
