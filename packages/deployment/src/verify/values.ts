/** What the contracts say of themselves, beside what the deployment file says. */
import { contractKeys, escrowImplementationOf } from '@bulkhead/addresses';
import {
  guardianAbi,
  liquidationEngineAbi,
  marginEngineAbi,
  oracleHubAbi,
  portfolioRequirementsAbi,
  riskConfigAbi,
  timelockControllerAbi,
  vaultRegistryAbi,
} from '@bulkhead/contracts';
import type { Abi, Address } from 'viem';
import type { DeploymentPlan } from '../planDeployment.ts';
import type { ReadClient } from '../readClient.ts';
import { ascending, auctionTermsOf, oracleTermsOf } from '../terms.ts';
import { type Examined, type Finding, wordsOf } from './finding.ts';

interface Expectation {
  readonly contract: keyof typeof contractKeys;
  readonly abi: Abi;
  readonly getter: string;
  readonly wanted: unknown;
}

/** Values of any getter as text: the same for numbers of either kind, for addresses in any case. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, each) => (typeof each === 'bigint' || typeof each === 'number' ? `${each}` : each))
    .toLowerCase()
    .replaceAll('"', '');

const expectationsOf = ({ addresses: at, terms }: DeploymentPlan): readonly Expectation[] => {
  const { timelock, oracle, risk, portfolio } = terms;
  return [
    { contract: 'TimelockController', abi: timelockControllerAbi, getter: 'getMinDelay', wanted: timelock.minDelay },
    { contract: 'VaultRegistry', abi: vaultRegistryAbi, getter: 'admin', wanted: at.timelock },
    { contract: 'MarginEngine', abi: marginEngineAbi, getter: 'quoteToken', wanted: terms.quoteToken },
    {
      contract: 'MarginEngine',
      abi: marginEngineAbi,
      getter: 'escrowImplementation',
      wanted: escrowImplementationOf(at.marginEngine),
    },
    { contract: 'Guardian', abi: guardianAbi, getter: 'guardian', wanted: terms.guardian },
    { contract: 'OracleHub', abi: oracleHubAbi, getter: 'terms', wanted: oracleTermsOf(terms) },
    { contract: 'OracleHub', abi: oracleHubAbi, getter: 'signers', wanted: ascending(oracle.signers) },
    { contract: 'OracleHub', abi: oracleHubAbi, getter: 'threshold', wanted: oracle.threshold },
    { contract: 'LiquidationEngine', abi: liquidationEngineAbi, getter: 'terms', wanted: auctionTermsOf(terms) },
    {
      contract: 'PortfolioRequirements',
      abi: portfolioRequirementsAbi,
      getter: 'attesters',
      wanted: ascending(portfolio.signers),
    },
    {
      contract: 'PortfolioRequirements',
      abi: portfolioRequirementsAbi,
      getter: 'threshold',
      wanted: portfolio.threshold,
    },
    {
      contract: 'PortfolioRequirements',
      abi: portfolioRequirementsAbi,
      getter: 'floors',
      wanted: [portfolio.floorInitial, portfolio.floorMaintenance],
    },
    { contract: 'RiskConfig', abi: riskConfigAbi, getter: 'signers', wanted: ascending(risk.signers) },
    { contract: 'RiskConfig', abi: riskConfigAbi, getter: 'threshold', wanted: risk.threshold },
    { contract: 'RiskConfig', abi: riskConfigAbi, getter: 'maxStep', wanted: risk.maxStep },
  ];
};

const isStruct = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A sentence for each value that differs; of a struct only its fields that do. */
const differences = (name: string, found: unknown, wanted: unknown): readonly string[] => {
  if (isStruct(found) && isStruct(wanted))
    return Object.keys(wanted).flatMap(field => differences(`${name}.${field}`, found[field], wanted[field]));
  if (textOf(found) === textOf(wanted)) return [];
  return [`${name} is ${textOf(found)}; the deployment file says ${textOf(wanted)}.`];
};

const examine = async (client: ReadClient, address: Address, expectation: Expectation): Promise<readonly Finding[]> => {
  const { contract, abi, getter, wanted } = expectation;
  try {
    const found = await client.readContract({ address, abi, functionName: getter });
    const differing = differences(getter, found, wanted);
    return differing.map(message => ({ kind: 'wrongValue', contract, address, message }));
  } catch (error) {
    return [{ kind: 'cannotLook', contract, address, message: `${getter} does not answer: ${wordsOf(error)}` }];
  }
};

/** Every getter of the plan's contracts that the file has an answer to. */
export const examineValues = (client: ReadClient, plan: DeploymentPlan): readonly Promise<Examined>[] =>
  expectationsOf(plan)
    .filter(({ contract }) => plan.contracts.some(({ name }) => name === contract))
    .map(async expectation => ({
      what: `${expectation.contract}.${expectation.getter} is what the deployment file says`,
      findings: await examine(client, plan.addresses[contractKeys[expectation.contract]], expectation),
    }));
