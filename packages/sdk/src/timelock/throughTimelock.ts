import { timelockControllerAbi } from '@bulkhead/contracts';
import { type Address, type Hex, keccak256, stringToHex } from 'viem';
import { readContract } from 'viem/actions';
import { createPlan, type Plan, type ReadClient, type SenderRequirement } from '../plan/plan.ts';
import { orDecoded } from '../plan/requirements.ts';
import { senderOf } from '../plan/senderOf.ts';
import { announcementData, executionData, operationIdOf, type TimelockOperation } from './operation.ts';

export interface ThroughTimelockParameters {
  /** A plan whose sender is the timelock, as those of the admin are. */
  readonly plan: Plan<unknown>;
  /** Who announces; the client's own account by default. */
  readonly from?: Address;
  /** Who executes; whoever announces by default. */
  readonly executor?: Address;
  /** Zero by default; another one when the same act is done a second time. */
  readonly salt?: Hex;
}

/** An act of the admin in two parts. */
export interface TimelockedPlans {
  /** Under which the timelock keeps it. */
  readonly id: Hex;
  /** Seconds from the announcement until it can be executed. */
  readonly delay: bigint;
  readonly announcement: Plan<void>;
  /** Succeeds once the delay is over. */
  readonly execution: Plan<void>;
}

const proposerRole = keccak256(stringToHex('PROPOSER_ROLE'));

const mayPropose = (from: Address, timelock: Address, met: boolean): SenderRequirement => ({
  kind: 'sender',
  description: `${from} is a proposer of the timelock ${timelock}`,
  met,
  step: undefined,
  remedy: 'Let one of its proposers announce it.',
  expected: met ? [from] : [],
});

/**
 * What an admin's plan becomes when the admin is a timelock: one plan that announces it, one that executes it after the delay.
 *
 * @example
 * import { admitMember, sendPlan, throughTimelock } from '@bulkhead/sdk'
 *
 * const plan = await admitMember(proposer, { addresses, from: timelock, name: 'Example Protocol', operator })
 * const { announcement, execution, delay } = await throughTimelock(proposer, { plan })
 * await sendPlan(proposer, announcement)
 * // … `delay` seconds later:
 * await sendPlan(proposer, execution)
 */
export const throughTimelock = async (
  client: ReadClient,
  parameters: ThroughTimelockParameters,
): Promise<TimelockedPlans> => {
  const from = senderOf(client, parameters.from, 'throughTimelock');
  const { plan, salt, executor = from } = parameters;
  const timelock = plan.from;
  const operation: TimelockOperation = { calls: plan.steps, ...(salt === undefined ? {} : { salt }) };
  const contract = { address: timelock, abi: timelockControllerAbi } as const;
  const [delay, isProposer] = await orDecoded(
    Promise.all([
      readContract(client, { ...contract, functionName: 'getMinDelay' }),
      readContract(client, { ...contract, functionName: 'hasRole', args: [proposerRole, from] }),
    ]),
  );
  const step = (sender: Address, description: string, data: Hex) => [
    { description, from: sender, to: timelock, data, value: 0n },
  ];
  const decode = (): void => {};
  return Object.freeze({
    id: operationIdOf(operation),
    delay,
    announcement: createPlan(client, {
      name: `announcing ${plan.name}`,
      from,
      requirements: [mayPropose(from, timelock, isProposer)],
      steps: step(from, `announce ${plan.name}, to be done in ${delay} s`, announcementData(operation, delay)),
      decode,
    }),
    execution: createPlan(client, {
      name: plan.name,
      from: executor,
      steps: step(executor, `execute what was announced: ${plan.name}`, executionData(operation)),
      decode,
    }),
  });
};
