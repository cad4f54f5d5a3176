import { create3Factory } from '@bulkhead/addresses';
import { create3FactoryAbi } from '@bulkhead/contracts';
import { getAbiItem } from 'viem';
import type { DeploymentPlan } from './planDeployment.ts';
import type { ReadClient } from './readClient.ts';

const deployed = getAbiItem({ abi: create3FactoryAbi, name: 'Deployed' });

/** The block of the first contract of a deployment, from the factory's events. Undefined when the endpoint serves none. */
export const firstBlockOf = async (client: ReadClient, plan: DeploymentPlan): Promise<bigint | undefined> => {
  const args = { deployer: plan.origin.deployer };
  const wanted = new Set(plan.contracts.map(({ address }) => address.toLowerCase()));
  const logs = await client
    .getLogs({ address: create3Factory, event: deployed, args, fromBlock: 'earliest', toBlock: 'latest', strict: true })
    .catch(() => []);
  const blocks = logs.flatMap(({ args: { deployed: at }, blockNumber }) =>
    wanted.has(at.toLowerCase()) ? [blockNumber] : [],
  );
  return blocks.sort((left, right) => (left < right ? -1 : 1))[0];
};
