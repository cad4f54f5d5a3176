/** Who holds the timelock's roles: counted from its events, because OpenZeppelin's access control lists nobody. */
import { timelockControllerAbi } from '@bulkhead/contracts';
import { type Address, type Hex, keccak256, parseEventLogs, stringToHex, zeroHash } from 'viem';
import type { DeploymentPlan } from '../planDeployment.ts';
import type { ReadClient } from '../readClient.ts';
import { type Examined, type Finding, wordsOf } from './finding.ts';

const roleIds = {
  admin: zeroHash,
  proposer: keccak256(stringToHex('PROPOSER_ROLE')),
  executor: keccak256(stringToHex('EXECUTOR_ROLE')),
  canceller: keccak256(stringToHex('CANCELLER_ROLE')),
} as const;

type Role = keyof typeof roleIds;

const wantedHolders = ({ addresses, terms }: DeploymentPlan): Readonly<Record<Role, readonly Address[]>> => ({
  // Itself alone: whoever was admin for the construction has renounced, or never was.
  admin: [addresses.timelock],
  proposer: terms.timelock.proposers,
  executor: terms.timelock.executors,
  canceller: terms.timelock.proposers,
});

const lower = (address: string): string => address.toLowerCase();

/** Holders by role, from every grant and revocation in order. */
const holdersOf = async (
  client: ReadClient,
  timelock: Address,
  fromBlock: bigint,
): Promise<ReadonlyMap<Hex, ReadonlySet<string>>> => {
  const logs = await client.getLogs({ address: timelock, fromBlock, toBlock: 'latest' });
  const holders = new Map<Hex, Set<string>>();
  for (const { eventName, args } of parseEventLogs({ abi: timelockControllerAbi, logs })) {
    if (eventName !== 'RoleGranted' && eventName !== 'RoleRevoked') continue;
    const held = holders.get(args.role) ?? new Set();
    if (eventName === 'RoleGranted') held.add(lower(args.account));
    else held.delete(lower(args.account));
    holders.set(args.role, held);
  }
  return holders;
};

/** What the contract itself says of those who should hold a role: events of an endpoint that keeps none would show nobody. */
const heldNow = async (client: ReadClient, timelock: Address, role: Role, account: Address): Promise<boolean> =>
  client.readContract({
    address: timelock,
    abi: timelockControllerAbi,
    functionName: 'hasRole',
    args: [roleIds[role], account],
  });

const findingsOf = async (
  client: ReadClient,
  plan: DeploymentPlan,
  role: Role,
  holders: ReadonlySet<string>,
): Promise<readonly Finding[]> => {
  const address = plan.addresses.timelock;
  const wanted = wantedHolders(plan)[role];
  const about = { kind: 'wrongRole', contract: 'TimelockController', address } as const;
  const held = await Promise.all(wanted.map(account => heldNow(client, address, role, account)));
  const lacking = wanted.filter((_, index) => !held[index]);
  const surplus = [...holders].filter(account => !wanted.map(lower).includes(account));
  return [
    ...lacking.map(account => ({
      ...about,
      message: `${account} has not the role of ${role}, which the file gives it.`,
    })),
    ...surplus.map(account => ({
      ...about,
      message: `${account} has the role of ${role}; the file does not give it.`,
    })),
  ];
};

const nobodySeen = (plan: DeploymentPlan, why: string): Examined => ({
  what: 'the timelock’s roles are held by whom the deployment file says, and by nobody else',
  findings: [
    {
      kind: 'cannotLook',
      contract: 'TimelockController',
      address: plan.addresses.timelock,
      message: `who holds its roles cannot be seen: ${why} An endpoint must serve its events since the deployment.`,
    },
  ],
});

/** @param fromBlock nothing of the deployment is older. */
export const examineRoles = async (client: ReadClient, plan: DeploymentPlan, fromBlock: bigint): Promise<Examined> => {
  try {
    const holders = await holdersOf(client, plan.addresses.timelock, fromBlock);
    // The constructor gives the timelock its own admin role: without that event the others are missing too.
    if (!holders.get(roleIds.admin)?.size) return nobodySeen(plan, 'the endpoint shows none of its events.');
    const roles = Object.keys(roleIds) as Role[];
    const findings = await Promise.all(
      roles.map(role => findingsOf(client, plan, role, holders.get(roleIds[role]) ?? new Set())),
    );
    return { what: nobodySeen(plan, '').what, findings: findings.flat() };
  } catch (error) {
    return nobodySeen(plan, wordsOf(error));
  }
};
