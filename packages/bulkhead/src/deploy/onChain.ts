/** One chain of a deployment file: reached, planned, looked at. */
import {
  DeploymentError,
  type DeploymentPlan,
  type DeploymentStep,
  planDeployment,
  type ReadClient,
  readClient,
  type Survey,
  stepsOf,
  surveyDeployment,
  termsOf,
} from '@bulkhead/deployment';
import { evmChainIdOf } from '@bulkhead/shared';
import type { DeploymentChain, DeploymentFile } from '@bulkhead/shared/config';
import { StartupError, wordsOf } from '../startup/startupError.ts';

export interface OnChain {
  readonly chain: DeploymentChain;
  readonly chainId: number;
  readonly client: ReadClient;
  readonly plan: DeploymentPlan;
}

export interface Surveyed extends OnChain {
  readonly survey: Survey;
  /** What is left to send. */
  readonly steps: readonly DeploymentStep[];
}

const docs = 'docs/reference/deployment.md';

/**
 * The chain behind an endpoint, and what the file wants on it. Errors name its field and not its URL, which may hold a key.
 * @throws StartupError when it does not answer, or is another chain.
 */
export const reachChain = async (file: DeploymentFile, index: number): Promise<OnChain> => {
  const chain = file.chains[index];
  if (chain === undefined) throw new RangeError(`the file has no chain ${index}`);
  const client = readClient(chain.endpoint);
  const found = await client.getChainId().catch((error: unknown) => {
    throw new StartupError({
      code: 'endpointUnreachable',
      field: `chains[${index}].endpoint`,
      problem: `the endpoint of ${chain.id} does not answer.`,
      remedy: 'Start it, or correct its URL.',
      details: wordsOf(error),
      docs,
    });
  });
  const chainId = evmChainIdOf(chain.id);
  if (found !== chainId) {
    throw new StartupError({
      code: 'wrongChainId',
      field: `chains[${index}].id`,
      problem: `the endpoint is chain ${found}, and the file says ${chain.id}.`,
      remedy: 'Correct the id or the endpoint.',
      docs,
    });
  }
  const origin = { deployer: file.signer.address, label: file.label };
  return { chain, chainId, client, plan: planDeployment(origin, termsOf(file, chain)) };
};

/**
 * What stands on the chain, and what is left to send.
 * @throws DeploymentError that names the chain.
 */
export const surveyChain = async (on: OnChain): Promise<Surveyed> => {
  try {
    const survey = await surveyDeployment(on.client, on.plan);
    return { ...on, survey, steps: stepsOf(on.plan, survey) };
  } catch (error) {
    if (!(error instanceof DeploymentError)) throw error;
    throw new DeploymentError({ ...error.fields, field: `${on.chain.id} ${error.fields.field}` });
  }
};
