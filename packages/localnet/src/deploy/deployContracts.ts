import { create2Proxy, create3Factory, create3FactoryDeployment, saltOf } from '@bulkhead/addresses';
import { create3FactoryAbi, multicall3DeployedBytecode, testTokenAbi, testTokenBytecode } from '@bulkhead/contracts';
import { type DeploymentPlan, type DeploymentTerms, planDeployment } from '@bulkhead/deployment';
import type { Hex32 } from '@bulkhead/shared';
import { type Address, encodeDeployData, encodeFunctionData, type Hex, zeroAddress } from 'viem';
import type { LocalKey } from '../keys.ts';
import { LocalnetError } from '../localnetError.ts';
import type { ParameterSet } from '../parameterSets.ts';
import type { LocalClient } from '../process/anvil.ts';
import { adminDelay } from '../scenario/asAdmin.ts';
import { createOutbox } from '../scenario/outbox.ts';
import { type LocalAddresses, localOrigin, tokenName } from './addresses.ts';

/** What a local network's deployment depends on. */
export interface LocalDeploymentInput {
  readonly set: ParameterSet;
  readonly addresses: LocalAddresses;
  readonly proposer: LocalKey;
  readonly guardian: Address;
  readonly feedSetId: Hex;
  readonly priceSigners: readonly Address[];
  readonly threshold: number;
}

export interface LocalDeployment {
  readonly client: LocalClient;
  readonly chainId: number;
  readonly set: ParameterSet;
  readonly addresses: LocalAddresses;
  readonly proposer: LocalKey;
  readonly plan: DeploymentPlan;
}

/** Enough for the largest contract that a chain accepts (200 gas a byte, and its constructor). */
const deploymentGas = 12_000_000n;

/** By how much one push of signers may raise a haircut or a rate: 2 %. */
const maxParameterStep = 20_000_000_000_000_000n;

/** A local network's terms: whoever signs prices attests requirements and pushes parameters too. It has no sequencer. */
const localTerms = (deployment: LocalDeploymentInput): DeploymentTerms => {
  const { set, addresses, proposer, priceSigners, threshold } = deployment;
  const { priceAges: maxAge, prices, auction, portfolio } = set;
  const quorum = { signers: [...priceSigners], threshold };
  return {
    quoteToken: addresses.quoteToken,
    timelock: { minDelay: adminDelay, proposers: [proposer.address], executors: [zeroAddress] },
    guardian: deployment.guardian,
    oracle: {
      ...quorum,
      feedSetId: deployment.feedSetId as Hex32,
      maxAge,
      maxStep: prices.maxStep,
      confirmBand: prices.confirmBand,
      maxConfidence: prices.maxConfidence,
      stableRate: prices.stableRate,
    },
    risk: { ...quorum, maxStep: maxParameterStep },
    portfolio: { ...quorum, ...portfolio },
    auction,
  };
};

/** The same on every chain of a network: the test tokens are too. */
export const localPlan = (deployment: LocalDeploymentInput): DeploymentPlan =>
  planDeployment(localOrigin(deployment.proposer.address), localTerms(deployment));

const tokenCodes = (set: ParameterSet): readonly (readonly [name: string, code: Hex])[] =>
  set.collaterals.map(({ name, symbol, decimals }) => {
    const args = [name, symbol, decimals] as const;
    return [tokenName(symbol), encodeDeployData({ abi: testTokenAbi, bytecode: testTokenBytecode, args })];
  });

/** Every address that must have code, by name. */
export const requireCode = async (client: LocalClient, chainId: number, addresses: LocalAddresses): Promise<void> => {
  const { tokens, quoteToken: _, ...contracts } = addresses;
  const wanted: readonly (readonly [string, Address])[] = [...Object.entries(tokens), ...Object.entries(contracts)];
  const codes = await Promise.all(wanted.map(([, address]) => client.getCode({ address })));
  const missing = wanted.filter((_, index) => (codes[index] ?? '0x') === '0x');
  if (missing.length === 0) return;
  throw new LocalnetError(
    `Chain ${chainId} has no code at ${missing.map(([name, address]) => `${name} ${address}`).join(', ')}.`,
    {
      remedy: 'Start from an empty directory; this one holds another deployment.',
    },
  );
};

/** Puts everything at its address, in one block, and looks whether it is there. */
export const deployContracts = async (deployment: LocalDeployment): Promise<void> => {
  const { client, chainId, addresses, proposer, set, plan } = deployment;
  const { label } = plan.origin;
  await client.setBalance({ address: proposer.address, value: 10n ** 24n });
  await client.setCode({ address: addresses.multicall3, bytecode: multicall3DeployedBytecode });
  const outbox = createOutbox(client, chainId);
  outbox.add({
    from: proposer,
    to: create2Proxy,
    data: create3FactoryDeployment,
    gas: deploymentGas,
    what: 'deploying Create3Factory',
  });
  const contracts = plan.contracts.map(({ name, creationCode }) => [name, creationCode] as const);
  for (const [name, code] of [...tokenCodes(set), ...contracts]) {
    const args = [saltOf(label, name), code] as const;
    const data = encodeFunctionData({ abi: create3FactoryAbi, functionName: 'deploy', args });
    outbox.add({ from: proposer, to: create3Factory, data, gas: deploymentGas, what: `deploying ${name}` });
  }
  await outbox.flush();
  await requireCode(client, chainId, addresses);
};
