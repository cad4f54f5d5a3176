/** A deployment file for chains of a test, and what a chain must hold before it: somebody with gas, and a quote token. */
import { testTokenAbi, testTokenBytecode } from '@bulkhead/contracts';
import { type LocalClient, type LocalKey, localKey } from '@bulkhead/localnet';
import type { DeploymentFileInput } from '@bulkhead/shared/config';
import { type Address, encodeDeployData } from 'viem';

export const people = {
  deployer: localKey('deployment', 'deployer'),
  proposer: localKey('deployment', 'proposer'),
  guardian: localKey('deployment', 'guardian'),
  stranger: localKey('deployment', 'stranger'),
  signers: Array.from({ length: 3 }, (_, index) => localKey('deployment', 'signer', index)),
} as const;

/** Gas for the deployer, and a token of a stranger's. `skip`: how many contracts the stranger made before, so that chains differ in its address. */
export const prepareForDeployment = async (client: LocalClient, skip: number): Promise<Address> => {
  const { deployer, stranger } = people;
  for (const { address } of [deployer, stranger]) await client.setBalance({ address, value: 10n ** 20n });
  await client.setNonce({ address: stranger.address, nonce: skip });
  const data = encodeDeployData({ abi: testTokenAbi, bytecode: testTokenBytecode, args: ['Quote', 'QTE', 6] });
  const hash = await client.sendTransaction({ account: stranger.account, chain: null, data });
  const { contractAddress } = await client.waitForTransactionReceipt({ hash });
  if (!contractAddress) throw new Error('the quote token was not deployed');
  return contractAddress;
};

const addressesOf = (keys: readonly LocalKey[]): Address[] => keys.map(({ address }) => address);

/** A file that is right in everything. */
export const deploymentFile = (chains: DeploymentFileInput['chains']): DeploymentFileInput => {
  const quorum = { signers: addressesOf(people.signers), threshold: 2 };
  return {
    chains,
    signer: { address: people.deployer.address, privateKeyEnv: 'DEPLOYER_KEY' },
    timelock: {
      minDelay: 172_800,
      proposers: [people.proposer.address],
      executors: ['0x0000000000000000000000000000000000000000'],
    },
    guardian: people.guardian.address,
    oracle: {
      feedSetId: `0x${'fe'.repeat(32)}`,
      ...quorum,
      maxAge: { riskIncrease: 10, liquidation: 30, settlement: 60 },
      maxStep: 0.1,
      confirmBand: 0.02,
      maxConfidence: 0.01,
      stableRate: 0.00003,
    },
    risk: { ...quorum, maxStep: 0.02 },
    portfolio: { ...quorum, floorInitial: 0.02, floorMaintenance: 0.01 },
    auction: {
      buffer: 0.15,
      startDiscount: 0.98,
      kneeDiscount: 0.8,
      floorDiscount: 0.5,
      knee: 1200,
      floor: 43_200,
      reward: 3600,
      gap: 900,
      dust: '10000000',
    },
  };
};
