import { create2Proxy, create3Factory, create3FactoryDeployment, saltOf } from '@bulkhead/addresses';
import { create3FactoryAbi } from '@bulkhead/contracts';
import { type Address, encodeFunctionData, type Hex } from 'viem';
import type { DeploymentPlan, PlannedContract } from './planDeployment.ts';
import { runtimeOf } from './runtimeCode.ts';
import type { Survey } from './survey.ts';

/** One transaction of a deployment. */
export interface DeploymentStep {
  readonly name: string;
  /** Where the code will stand. */
  readonly address: Address;
  readonly to: Address;
  readonly data: Hex;
  /** More gas than it takes, for the cost of a whole deployment before any of it can be simulated. */
  readonly gasBound: bigint;
}

/** Storage, events and calls of the costliest constructor, with room to spare. */
const constructorGas = 1_500_000n;

const gasBoundOf = (data: Hex, runtimeBytes: number): bigint => {
  const bytes = BigInt(data.length / 2 - 1);
  // Calldata at most 40 gas a byte (EIP-7623), initcode 2 a word, code deposit 200 a byte.
  return 100_000n + constructorGas + bytes * 42n + BigInt(runtimeBytes) * 200n;
};

const factoryStep: DeploymentStep = {
  name: 'Create3Factory',
  address: create3Factory,
  to: create2Proxy,
  data: create3FactoryDeployment,
  gasBound: gasBoundOf(create3FactoryDeployment, 2_000),
};

const stepOf = (label: string, { name, address, creationCode }: PlannedContract): DeploymentStep => {
  const args = [saltOf(label, name), creationCode] as const;
  const data = encodeFunctionData({ abi: create3FactoryAbi, functionName: 'deploy', args });
  return { name, address, to: create3Factory, data, gasBound: gasBoundOf(data, runtimeOf(name).length) };
};

/** What is left to send, in order. A half-done deployment goes on; a whole one has nothing left. */
export const stepsOf = (plan: DeploymentPlan, survey: Survey): readonly DeploymentStep[] => [
  ...(survey.factory ? [] : [factoryStep]),
  ...survey.missing.map(contract => stepOf(plan.origin.label, contract)),
];
