import { type Address, evmChainIdOf, milliseconds } from '@bulkhead/shared';
import { encodeFunctionData, numberToHex, zeroAddress } from 'viem';
import { vaultLensAbi } from './abis.ts';
import { listAddresses, normaliseAddresses } from './addresses.ts';
import { header, isHex, quantity } from './endpoints/answers.ts';
import { createEndpoint, type Endpoint } from './endpoints/endpoint.ts';
import { viemChain } from './endpoints/registry.ts';
import { classifyChainError } from './errors/classify.ts';
import type { EvmChainOptions, EvmFinding } from './options.ts';
import { parseStateDiff } from './simulate/stateDiff.ts';

/** What an inspection looks at; everything but `clock`, `log` and the like of a chain's options. */
export type InspectionOptions = Pick<
  EvmChainOptions,
  'id' | 'endpoints' | 'addresses' | 'venues' | 'headMaxAge' | 'clock' | 'requestTimeout'
> & {
  /** Also opens each websocket and subscribes. */
  readonly sockets: boolean;
};

export interface Inspection {
  readonly findings: readonly EvmFinding[];
  /** At least one endpoint gives state diffs. */
  readonly stateDiff: boolean;
  readonly feeStyle: 'eip1559' | 'legacy';
}

interface EndpointReport {
  readonly findings: readonly EvmFinding[];
  readonly reachable: boolean;
  readonly stateDiff: boolean;
  readonly legacy: boolean;
}

const defaultTimeout = milliseconds(5_000);
const socketTimeout = milliseconds(3_000);

const words = (error: unknown): string => {
  const known = classifyChainError(error);
  return known === undefined ? String(error) : (known.details ?? known.message);
};

const nothing: EndpointReport = { findings: [], reachable: false, stateDiff: false, legacy: false };

const chainIdFinding = async (endpoint: Endpoint, where: string, expected: number): Promise<EvmFinding | undefined> => {
  try {
    const found = quantity('eth_chainId', await endpoint.requestOnce('eth_chainId', []));
    if (found === BigInt(expected)) return undefined;
    return {
      kind: 'wrongChain',
      endpoint: where,
      severity: 'fatal',
      message: `${where} is chain ${found}, and the configuration says eip155:${expected}.`,
      remedy: 'Correct the id of the chain, or give an endpoint of that chain.',
    };
  } catch (error) {
    return {
      kind: 'unreachable',
      endpoint: where,
      severity: 'warning',
      message: `${where} does not answer: ${words(error)}.`,
      remedy: 'Start it, correct its URL, or take it out of the configuration.',
    };
  }
};

const noCodeFindings = async (
  endpoint: Endpoint,
  where: string,
  { addresses, venues = [] }: InspectionOptions,
): Promise<readonly EvmFinding[]> => {
  const all = [
    ...listAddresses(normaliseAddresses(addresses)).map(([name, address]) => [`contracts.${name}`, address] as const),
    ...venues.map((address, index) => [`venues[${index}]`, address] as const),
  ];
  const codes = await Promise.all(all.map(([, address]) => endpoint.requestOnce('eth_getCode', [address, 'latest'])));
  return all.flatMap(([name, address], index): readonly EvmFinding[] =>
    isHex(codes[index]) && codes[index] !== '0x'
      ? []
      : [
          {
            kind: 'noCode',
            endpoint: where,
            contract: { name, address },
            severity: 'fatal',
            message: `There is no contract at ${address} (${name}) on ${where}.`,
            remedy: `Correct ${name}, or deploy it there.`,
          },
        ],
  );
};

const belongTogether = async (
  endpoint: Endpoint,
  where: string,
  given: InspectionOptions['addresses'],
): Promise<readonly EvmFinding[]> => {
  const addresses = normaliseAddresses(given);
  const core = {
    ...addresses,
    registry: addresses.vaultRegistry,
    groups: addresses.marginGroups,
    requirements: addresses.portfolioRequirements,
  };
  const data = encodeFunctionData({ abi: vaultLensAbi, functionName: 'market', args: [core, []] });
  try {
    await endpoint.requestOnce('eth_call', [{ to: addresses.vaultLens, data }, 'latest']);
    return [];
  } catch (error) {
    return [
      {
        kind: 'wrongContract',
        endpoint: where,
        contract: { name: 'contracts.vaultLens', address: addresses.vaultLens as Address },
        severity: 'fatal',
        message: `The contracts on ${where} do not answer as a Bulkhead deployment does: ${words(error)}.`,
        remedy: 'Check that all addresses under contracts are of one deployment, each under its own name.',
      },
    ];
  }
};

const tracing = { tracer: 'prestateTracer', tracerConfig: { diffMode: true } };

const diffFinding = async (endpoint: Endpoint, where: string): Promise<EvmFinding | undefined> => {
  const noop = { from: zeroAddress, to: zeroAddress, data: '0x' };
  try {
    parseStateDiff(await endpoint.requestOnce('debug_traceCall', [noop, 'latest', tracing]));
    return undefined;
  } catch (error) {
    return {
      kind: 'cannotSimulate',
      endpoint: where,
      severity: 'observeOnly',
      message: `${where} gives no state diff (debug_traceCall with the prestate tracer in diff mode): ${words(error)}.`,
      remedy: 'Enable the debug API there, give an endpoint that has it, or set mode: observe.',
    };
  }
};

const headFindings = (
  found: ReturnType<typeof header>,
  where: string,
  { clock, headMaxAge }: InspectionOptions,
): readonly EvmFinding[] => {
  const age = clock.now() - found.time * 1000;
  if (age <= headMaxAge) return [];
  return [
    {
      kind: 'staleHead',
      endpoint: where,
      severity: 'warning',
      message: `The newest block of ${where} (${found.number}) is ${Math.round(age / 1000)} s old, above ${headMaxAge / 1000} s.`,
      remedy: 'Look whether it still syncs, raise headMaxAge if the chain is that slow, or add another endpoint.',
    },
  ];
};

/** A subscription, not only a connection: some endpoints take the socket and refuse `eth_subscribe`. */
const subscribe = async (endpoint: Endpoint): Promise<void> => {
  const client = await endpoint.socket?.();
  const answer = await client?.requestAsync({
    body: { method: 'eth_subscribe', params: ['newHeads'] },
    timeout: socketTimeout,
  });
  if (answer !== undefined && answer.error !== undefined) throw new Error(JSON.stringify(answer.error));
};

const socketFinding = async (
  endpoint: Endpoint,
  where: string,
  { clock }: InspectionOptions,
): Promise<EvmFinding | undefined> => {
  const enough = new AbortController();
  try {
    const late = clock.sleep(socketTimeout, enough.signal).then(() => {
      throw new Error(`no subscription within ${socketTimeout} ms`);
    });
    await Promise.race([subscribe(endpoint), late]);
    late.catch(() => undefined);
    return undefined;
  } catch (error) {
    return {
      kind: 'socketDead',
      endpoint: where,
      severity: 'warning',
      message: `The websocket of ${where} gives no new blocks: ${error instanceof Error ? error.message : words(error)}.`,
      remedy: 'Correct its ws URL or remove it; until then the chain is polled, which is slower.',
    };
  } finally {
    enough.abort();
  }
};

const inspectEndpoint = async (
  endpoint: Endpoint,
  where: string,
  chainId: number,
  options: InspectionOptions,
): Promise<EndpointReport> => {
  const first = await chainIdFinding(endpoint, where, chainId);
  if (first) return { ...nothing, findings: [first], reachable: first.kind === 'wrongChain' };
  try {
    const latest = header(
      'eth_getBlockByNumber',
      await endpoint.requestOnce('eth_getBlockByNumber', ['latest', false]),
    );
    const missing = await noCodeFindings(endpoint, where, options);
    const strangers = missing.length > 0 ? [] : await belongTogether(endpoint, where, options.addresses);
    const noDiff = await diffFinding(endpoint, where);
    const deadSocket = options.sockets && endpoint.socket ? await socketFinding(endpoint, where, options) : undefined;
    const optional = [noDiff, deadSocket].flatMap(finding => (finding === undefined ? [] : [finding]));
    return {
      findings: [...missing, ...strangers, ...headFindings(latest, where, options), ...optional],
      reachable: true,
      stateDiff: noDiff === undefined,
      legacy: latest.baseFeePerGas === undefined,
    };
  } catch (error) {
    const finding: EvmFinding = {
      kind: 'unreachable',
      endpoint: where,
      severity: 'warning',
      message: `${where} stopped answering while it was looked at: ${words(error)}.`,
      remedy: 'Look at the endpoint, or take it out of the configuration.',
    };
    return { ...nothing, findings: [finding] };
  }
};

const noneReachable = (findings: readonly EvmFinding[]): readonly EvmFinding[] =>
  findings.map(finding => (finding.kind === 'unreachable' ? { ...finding, severity: 'fatal' } : finding));

/**
 * Looks at every endpoint of a chain by itself: chain id, code at every address, whether they are one deployment, age of the head, state diff,
 * websocket. Sends nothing. Used by `config validate`, `doctor`, and before a chain is opened.
 */
export const inspectChain = async (options: InspectionOptions): Promise<Inspection> => {
  const chainId = evmChainIdOf(options.id);
  if (chainId === undefined) {
    const finding: EvmFinding = {
      kind: 'notAnEvmChain',
      severity: 'fatal',
      message: `${options.id} is not the id of an EVM chain.`,
      remedy: `Write it as eip155: and the chain's number, for example eip155:1 (${numberToHex(1)} in its hexadecimal form is not taken).`,
    };
    return { findings: [finding], stateDiff: false, feeStyle: 'eip1559' };
  }
  const chain = viemChain(chainId, options.endpoints);
  const reports = await Promise.all(
    options.endpoints.map(async (urls, index) => {
      const endpoint = createEndpoint(urls, index, chain, options.requestTimeout ?? defaultTimeout);
      const where = `endpoints[${index}] (${endpoint.name.split('#')[0]})`;
      const report = await inspectEndpoint(endpoint, where, chainId, options);
      endpoint.close();
      return report;
    }),
  );
  const findings = reports.flatMap(report => report.findings);
  return {
    findings: reports.some(report => report.reachable) ? findings : noneReachable(findings),
    stateDiff: reports.some(report => report.stateDiff),
    feeStyle: reports.some(report => report.legacy) ? 'legacy' : 'eip1559',
  };
};
