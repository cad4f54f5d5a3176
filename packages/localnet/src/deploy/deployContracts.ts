import {
  clearingHouseAbi,
  clearingHouseBytecode,
  closeOutAbi,
  closeOutBytecode,
  create3FactoryAbi,
  defaultWaterfallAbi,
  defaultWaterfallBytecode,
  guardianAbi,
  guardianBytecode,
  liquidationEngineAbi,
  liquidationEngineBytecode,
  marginEngineAbi,
  marginEngineBytecode,
  marginGroupsAbi,
  marginGroupsBytecode,
  multicall3DeployedBytecode,
  oracleHubAbi,
  oracleHubBytecode,
  portfolioRequirementsAbi,
  portfolioRequirementsBytecode,
  riskConfigAbi,
  riskConfigBytecode,
  testTokenAbi,
  testTokenBytecode,
  tradingAbi,
  tradingBytecode,
  vaultLensBytecode,
  vaultRegistryAbi,
  vaultRegistryBytecode,
} from '@bulkhead/contracts';
import { type Address, encodeDeployData, encodeFunctionData, type Hex, zeroAddress } from 'viem';
import type { LocalKey } from '../keys.ts';
import { LocalnetError } from '../localnetError.ts';
import type { ParameterSet } from '../parameterSets.ts';
import type { LocalClient } from '../process/anvil.ts';
import { createOutbox } from '../scenario/outbox.ts';
import { contractNames, type LocalAddresses } from './addresses.ts';
import { create2Proxy, create3FactoryDeployment, saltOf } from './create3.ts';

export interface Deployment {
  readonly client: LocalClient;
  readonly chainId: number;
  readonly set: ParameterSet;
  readonly addresses: LocalAddresses;
  readonly admin: LocalKey;
  readonly guardian: Address;
  readonly feedSetId: Hex;
  readonly priceSigners: readonly Address[];
  readonly threshold: number;
}

/** Enough for the largest contract that a chain accepts (200 gas a byte, and its constructor). */
const deploymentGas = 12_000_000n;

/** By how much one push of signers may raise a haircut or a rate: 2 %. */
const maxParameterStep = 20_000_000_000_000_000n;

const auctionTermsOf = (set: ParameterSet) => ({
  bufferWad: set.auction.buffer,
  startDiscountWad: set.auction.startDiscount,
  kneeDiscountWad: set.auction.kneeDiscount,
  floorDiscountWad: set.auction.floorDiscount,
  kneeSeconds: set.auction.knee,
  floorSeconds: set.auction.floor,
  rewardSeconds: set.auction.reward,
  gapSeconds: set.auction.gap,
  dustQuote: set.auction.dust,
});

/** A local chain has no sequencer. */
const oracleTermsOf = ({ priceAges: ages, prices }: ParameterSet, feedSetId: Hex) => ({
  feedSetId,
  maxAges: [ages.riskIncrease, ages.liquidation, ages.settlement] as const,
  maxStepWad: prices.maxStep,
  confirmBandWad: prices.confirmBand,
  maxConfWad: prices.maxConfidence,
  sequencerFeed: zeroAddress,
  graceSeconds: 0,
});

/** What every constructor takes first: the whole deployment. */
const modulesOf = (at: LocalAddresses, admin: Address) => ({
  registry: at.vaultRegistry,
  marginEngine: at.marginEngine,
  groups: at.marginGroups,
  requirements: at.portfolioRequirements,
  oracle: at.oracleHub,
  liquidationEngine: at.liquidationEngine,
  clearingHouse: at.clearingHouse,
  riskConfig: at.riskConfig,
  guardian: at.guardian,
  admin,
});

/** Creation codes by name, in an order in which each constructor finds what it calls. */
const creationCodes = (deployment: Deployment): readonly (readonly [name: string, code: Hex])[] => {
  const { set, addresses: at, admin } = deployment;
  const modules = modulesOf(at, admin.address);
  const tokens = set.collaterals.map(
    token =>
      [
        `token/${token.symbol}`,
        encodeDeployData({
          abi: testTokenAbi,
          bytecode: testTokenBytecode,
          args: [token.name, token.symbol, token.decimals],
        }),
      ] as const,
  );
  return [
    ...tokens,
    [
      'OracleHub',
      encodeDeployData({
        abi: oracleHubAbi,
        bytecode: oracleHubBytecode,
        args: [
          modules,
          oracleTermsOf(set, deployment.feedSetId),
          deployment.priceSigners,
          BigInt(deployment.threshold),
        ],
      }),
    ],
    [
      'Guardian',
      encodeDeployData({ abi: guardianAbi, bytecode: guardianBytecode, args: [modules, deployment.guardian] }),
    ],
    [
      'VaultRegistry',
      encodeDeployData({
        abi: vaultRegistryAbi,
        bytecode: vaultRegistryBytecode,
        args: [modules],
      }),
    ],
    [
      'MarginEngine',
      encodeDeployData({
        abi: marginEngineAbi,
        bytecode: marginEngineBytecode,
        args: [modules, at.quoteToken],
      }),
    ],
    ['MarginGroups', encodeDeployData({ abi: marginGroupsAbi, bytecode: marginGroupsBytecode, args: [modules] })],
    [
      'PortfolioRequirements',
      encodeDeployData({
        abi: portfolioRequirementsAbi,
        bytecode: portfolioRequirementsBytecode,
        // Whoever signs prices here attests requirements too.
        args: [
          modules,
          deployment.priceSigners,
          BigInt(deployment.threshold),
          set.portfolio.floorInitial,
          set.portfolio.floorMaintenance,
        ],
      }),
    ],
    [
      'RiskConfig',
      encodeDeployData({
        abi: riskConfigAbi,
        bytecode: riskConfigBytecode,
        // Whoever signs prices here pushes parameters too.
        args: [modules, deployment.priceSigners, BigInt(deployment.threshold), maxParameterStep],
      }),
    ],
    [
      'LiquidationEngine',
      encodeDeployData({
        abi: liquidationEngineAbi,
        bytecode: liquidationEngineBytecode,
        args: [modules, auctionTermsOf(set)],
      }),
    ],
    ['Trading', encodeDeployData({ abi: tradingAbi, bytecode: tradingBytecode, args: [modules] })],
    ['CloseOut', encodeDeployData({ abi: closeOutAbi, bytecode: closeOutBytecode, args: [modules] })],
    [
      'DefaultWaterfall',
      encodeDeployData({ abi: defaultWaterfallAbi, bytecode: defaultWaterfallBytecode, args: [modules] }),
    ],
    [
      'ClearingHouse',
      encodeDeployData({
        abi: clearingHouseAbi,
        bytecode: clearingHouseBytecode,
        args: [modules, { trading: at.trading, closeOut: at.closeOut, waterfall: at.defaultWaterfall }],
      }),
    ],
    ['VaultLens', vaultLensBytecode],
  ];
};

/** Every address that must have code, by name. */
export const requireCode = async (client: LocalClient, chainId: number, addresses: LocalAddresses): Promise<void> => {
  const wanted: readonly (readonly [string, Address])[] = [
    ['create3Factory', addresses.create3Factory],
    ['multicall3', addresses.multicall3],
    ...Object.entries(addresses.tokens),
    ...contractNames.map(name => {
      const key = `${name.charAt(0).toLowerCase()}${name.slice(1)}` as Exclude<keyof LocalAddresses, 'tokens'>;
      return [name, addresses[key]] as const;
    }),
  ];
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

/** Puts everything at its address, and looks whether it is there. */
export const deployContracts = async (deployment: Deployment): Promise<void> => {
  const { client, chainId, addresses, admin } = deployment;
  await client.setBalance({ address: admin.address, value: 10n ** 24n });
  await client.setCode({ address: addresses.multicall3, bytecode: multicall3DeployedBytecode });
  const outbox = createOutbox(client, chainId);
  outbox.add({
    from: admin,
    to: create2Proxy,
    data: create3FactoryDeployment,
    gas: deploymentGas,
    what: 'deploying Create3Factory',
  });
  for (const [name, code] of creationCodes(deployment)) {
    const data = encodeFunctionData({ abi: create3FactoryAbi, functionName: 'deploy', args: [saltOf(name), code] });
    outbox.add({ from: admin, to: addresses.create3Factory, data, gas: deploymentGas, what: `deploying ${name}` });
  }
  await outbox.flush();
  await requireCode(client, chainId, addresses);
};
