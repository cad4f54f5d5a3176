import { create2Proxy, create3Factory, multicall3Address } from '@bulkhead/addresses';
import { testTokenAbi } from '@bulkhead/contracts';
import type { Address } from 'viem';
import { DeploymentError } from './deploymentError.ts';
import type { DeploymentPlan, PlannedContract } from './planDeployment.ts';
import type { ReadClient } from './readClient.ts';
import { differsFromCompiled } from './runtimeCode.ts';
import { examineCodes } from './verify/code.ts';
import { examineValues } from './verify/values.ts';

/** What a chain holds of a plan. */
export interface Survey {
  readonly factory: boolean;
  readonly present: readonly PlannedContract[];
  readonly missing: readonly PlannedContract[];
  /** Worth telling; nothing that stops. */
  readonly warnings: readonly string[];
}

const hasCode = async (client: ReadClient, address: Address): Promise<boolean> =>
  ((await client.getCode({ address })) ?? '0x') !== '0x';

const requireQuoteToken = async (client: ReadClient, token: Address): Promise<void> => {
  const decimals = await client
    .readContract({ address: token, abi: testTokenAbi, functionName: 'decimals' })
    .catch(() => undefined);
  if (decimals !== undefined && decimals <= 18) return;
  throw new DeploymentError({
    field: 'quoteToken',
    problem: decimals === undefined ? `${token} does not answer as a token.` : `${token} has ${decimals} decimals.`,
    remedy: 'Name an ERC-20 on this chain, with at most 18 decimals; the clearing house may ask for fewer.',
  });
};

const stateOf = async (client: ReadClient, contract: PlannedContract): Promise<'missing' | 'present'> => {
  const code = (await client.getCode({ address: contract.address })) ?? '0x';
  if (code === '0x') return 'missing';
  const difference = differsFromCompiled(code, contract);
  if (difference === undefined) return 'present';
  throw new DeploymentError({
    field: contract.name,
    problem: `${contract.address} holds other code than this version's ${contract.name}: byte ${difference} differs.`,
    remedy: 'An address takes one deployment. Choose another label, or go on with the version that began this one.',
  });
};

/** What stands must have been constructed with the plan's terms: otherwise the rest would be deployed beside another deployment. */
const requireSameTerms = async (
  client: ReadClient,
  plan: DeploymentPlan,
  present: readonly PlannedContract[],
): Promise<void> => {
  const standing = { ...plan, contracts: present };
  const examined = await Promise.all([...examineCodes(client, standing), ...examineValues(client, standing)]);
  // What cannot be looked at stops nothing here; it is a failure when all is verified.
  const [wrong] = examined.flatMap(({ findings }) => findings.filter(({ kind }) => kind !== 'cannotLook'));
  if (wrong === undefined) return;
  throw new DeploymentError({
    field: wrong.contract,
    problem: `stands on other terms: ${wrong.message}`,
    remedy:
      'Go on with the file that began this deployment, or choose another label. If the admin has changed it since, let the file say so.',
  });
};

/**
 * Looks at every address of a plan. Sends nothing.
 * @throws DeploymentError when nothing can be deployed here: another code at an address, other terms, no CREATE2 proxy, no quote token.
 */
export const surveyDeployment = async (client: ReadClient, plan: DeploymentPlan): Promise<Survey> => {
  await requireQuoteToken(client, plan.terms.quoteToken);
  const states = await Promise.all(plan.contracts.map(contract => stateOf(client, contract)));
  const [factory, proxy, multicall] = await Promise.all(
    [create3Factory, create2Proxy, multicall3Address].map(address => hasCode(client, address as Address)),
  );
  if (!factory && !proxy) {
    throw new DeploymentError({
      field: 'chains',
      problem: `the chain has no CREATE2 deployment proxy at ${create2Proxy}.`,
      remedy: 'Send its well-known signed transaction first; without it no address would be that of other chains.',
    });
  }
  const present = plan.contracts.filter((_, index) => states[index] === 'present');
  await requireSameTerms(client, plan, present);
  return {
    factory: factory === true,
    present,
    missing: plan.contracts.filter((_, index) => states[index] === 'missing'),
    warnings: multicall
      ? []
      : [
          `no Multicall3 at ${multicall3Address}: a keeper reads through one, and needs its address in its configuration`,
        ],
  };
};
