/** What is asked of each chain before anything is sent: it is the chain it should be, everything is where the configuration says, and it can simulate. */
import { type EvmFinding, inspectChain } from '@bulkhead/chains/evm';
import { oracleHubAbi, vaultRegistryAbi } from '@bulkhead/contracts';
import { rights } from '@bulkhead/sdk';
import { type Address, milliseconds } from '@bulkhead/shared';
import type { ChainConfig, Config } from '@bulkhead/shared/config';
import type { Clock } from '@bulkhead/shared/ports';
import { createPublicClient, formatEther, http, type PublicClient } from 'viem';
import { endpointUrls } from '../adapters/evmChains.ts';
import { type Check, passed } from './check.ts';
import { StartupError, type StartupErrorCode, wordsOf } from './startupError.ts';

const patience = 5_000;

const first = (chain: ChainConfig): PublicClient =>
  createPublicClient({ transport: http(chain.endpoints[0]?.http, { retryCount: 0, timeout: patience }), cacheTime: 0 });

const codes: Readonly<Record<EvmFinding['kind'], StartupErrorCode>> = {
  wrongChain: 'wrongChainId',
  noCode: 'noCode',
  cannotSimulate: 'cannotSimulate',
  socketDead: 'endpointUnreachable',
  unreachable: 'endpointUnreachable',
  staleHead: 'endpointUnreachable',
  notAnEvmChain: 'wrongChainId',
  wrongContract: 'wrongContract',
};

/** Where in the configuration a finding has its cause. */
const fieldOf = (finding: EvmFinding, at: string): string => {
  if (finding.kind === 'wrongChain' || finding.kind === 'notAnEvmChain') return `${at}.id`;
  if (finding.kind === 'noCode') return `${at}.${finding.contract?.name ?? 'contracts'}`;
  if (finding.kind === 'wrongContract') return `${at}.contracts`;
  return `${at}.${finding.endpoint?.split(' ')[0] ?? 'endpoints'}`;
};

const errorOf = (finding: EvmFinding, at: string): StartupError =>
  new StartupError({
    code: codes[finding.kind],
    field: fieldOf(finding, at),
    problem: finding.message,
    remedy: finding.remedy,
  });

/** Chain id, code, one deployment, state diffs, sockets: the adapter's own inspection, in the words of the configuration. */
const deploymentCheck = (config: Config, chain: ChainConfig, at: string, clock: Clock): Check => ({
  field: `${at}.endpoints`,
  what: `every endpoint of ${chain.id} is that chain and has the contracts`,
  run: async () => {
    const { findings } = await inspectChain({
      id: chain.id,
      endpoints: endpointUrls(chain),
      addresses: chain.contracts,
      venues: chain.venues,
      headMaxAge: milliseconds(chain.headMaxAge * 1000),
      clock,
      sockets: true,
    });
    // One endpoint with state diffs is enough: the pool finds it.
    const blind = findings.filter(finding => finding.kind === 'cannotSimulate').length === chain.endpoints.length;
    const stops = ({ severity }: EvmFinding): boolean =>
      severity === 'fatal' || (severity === 'observeOnly' && config.mode === 'act' && blind);
    return {
      detail: `${chain.endpoints.length} endpoints`,
      problems: findings.filter(stops).map(finding => errorOf(finding, at)),
      warnings: findings
        .filter(finding => !stops(finding))
        .map(finding => `${at}: ${finding.message} ${finding.remedy}`),
    };
  },
});

const balanceCheck = (config: Config, chain: ChainConfig, at: string, address: Address): Check => ({
  field: 'signer.address',
  what: `${address} can pay for gas on ${chain.id}`,
  run: async () => {
    const balance = await first(chain).getBalance({ address });
    const needed = chain.fees.liquidationBudget;
    if (balance >= needed) return passed(`${formatEther(balance)} in native currency`);
    throw new StartupError({
      code: 'insufficientBalance',
      field: 'signer.address',
      problem: `${address} has ${formatEther(balance)} on ${chain.id}; one liquidation may cost ${formatEther(needed)}.`,
      remedy: `Send native currency to ${address}, or lower ${at}.fees.liquidationBudget${config.mode === 'act' ? '' : ', or set mode: observe'}.`,
    });
  },
});

const bidderCheck = (chain: ChainConfig, at: string, vault: `0x${string}`, signer: Address): Check => ({
  field: `${at}.bidderVault`,
  what: 'the signer may bid with the vault',
  run: async () => {
    const registry = { address: chain.contracts.vaultRegistry, abi: vaultRegistryAbi } as const;
    const refuse = (problem: string, remedy: string, error?: unknown): StartupError =>
      new StartupError({
        code: 'bidderVaultUnknown',
        field: `${at}.bidderVault`,
        problem,
        remedy,
        ...(error === undefined ? {} : { details: wordsOf(error) }),
      });
    const { venue, accountId } = await first(chain)
      .readContract({ ...registry, functionName: 'vaultOf', args: [vault] })
      .catch((error: unknown) => {
        throw refuse(`${vault} is not a vault on ${chain.id}.`, 'Open one, and put its id there.', error);
      });
    const allowed = await first(chain).readContract({
      ...registry,
      functionName: 'hasRights',
      args: [accountId, signer, rights.trade],
    });
    const known = [chain.contracts.clearingHouse, ...chain.venues].map(each => each.toLowerCase());
    if (!known.includes(venue.toLowerCase())) {
      throw refuse(
        `${vault} has another venue: ${venue}.`,
        'Name a vault whose venue is the clearing house, or one that is listed under `venues`.',
      );
    }
    if (!allowed)
      throw refuse(
        `${signer} has no trade right on ${vault}.`,
        'Let its owner grant the right, or name a vault of the signer.',
      );
    return passed(vault);
  },
});

const oracleCheck = (config: Config, chain: ChainConfig): Check => ({
  field: 'oracle.url',
  what: `the feed is the one that ${chain.id} trusts`,
  run: async () => {
    const { url } = config.oracle;
    const answer = await fetch(new URL('/prices', url), { signal: AbortSignal.timeout(patience) })
      .then(response => response.json() as Promise<{ readonly feedSetId?: string }>)
      .catch((error: unknown) => {
        throw new StartupError({
          code: 'oracleUnreachable',
          field: 'oracle.url',
          problem: `${url}/prices does not answer.`,
          remedy: 'Check the address and that the price feed runs.',
          details: wordsOf(error),
        });
      });
    const hub = { address: chain.contracts.oracleHub, abi: oracleHubAbi } as const;
    const wanted = await first(chain).readContract({ ...hub, functionName: 'feedSetId' });
    if (answer.feedSetId?.toLowerCase() === wanted.toLowerCase()) return passed(`feed set ${wanted.slice(0, 10)}…`);
    throw new StartupError({
      code: 'wrongContract',
      field: 'oracle.url',
      problem: `${url} serves feed set ${answer.feedSetId ?? '(none)'}, but the OracleHub of ${chain.id} accepts ${wanted}.`,
      remedy: 'Name the feed that belongs to this deployment.',
    });
  },
});

export const chainChecks = (config: Config, chain: ChainConfig, index: number, clock: Clock): readonly Check[] => {
  const at = `chains[${index}]`;
  const acting = config.mode === 'act';
  const signer = config.signer?.address;
  return [
    deploymentCheck(config, chain, at, clock),
    ...(acting && signer && chain.bidderVault ? [bidderCheck(chain, at, chain.bidderVault, signer)] : []),
    ...(acting && signer ? [balanceCheck(config, chain, at, signer)] : []),
    oracleCheck(config, chain),
  ];
};
