import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Client,
  createTestClient,
  type HttpTransport,
  http,
  type PublicActions,
  publicActions,
  type TestActions,
  type WalletActions,
  walletActions,
} from 'viem';
import { LocalnetError } from '../localnetError.ts';
import { findAnvil } from './binaries.ts';
import { freePort } from './freePort.ts';
import type { Child, Supervisor } from './supervisor.ts';

export interface AnvilOptions {
  readonly chainId: number;
  /** Where it may write. A new folder inside is made for each anvil. */
  readonly directory: string;
  /** Loaded when it exists, written when anvil ends and every 15 s. */
  readonly stateFile?: string;
  /** Fork the chain behind this URL. */
  readonly forkUrl?: string;
  readonly forkBlock?: bigint;
  /** The `safe` block is this many behind the head, `finalized` twice as many. */
  readonly slotsInAnEpoch?: number;
}

export interface Anvil {
  readonly pid: number;
  readonly chainId: number;
  readonly http: string;
  readonly ws: string;
  readonly child: Child;
}

const host = '127.0.0.1';
const attempts = 5;

const argumentsOf = (options: AnvilOptions, port: number): string[] => [
  '--quiet',
  ...['--host', host, '--port', `${port}`],
  ...['--accounts', '0'],
  // What the contracts are compiled for.
  ...['--hardfork', 'prague'],
  // Room to open hundreds of vaults in one block.
  ...['--gas-limit', '1000000000'],
  ...['--slots-in-an-epoch', `${options.slotsInAnEpoch ?? 2}`],
  ...['--cache-path', options.directory],
  ...(options.stateFile === undefined ? [] : ['--state', options.stateFile, '--state-interval', '15']),
  ...(options.forkUrl === undefined
    ? ['--chain-id', `${options.chainId}`]
    : ['--fork-url', options.forkUrl, '--chain-id', `${options.chainId}`, '--no-storage-caching', '--retries', '1']),
  ...(options.forkBlock === undefined ? [] : ['--fork-block-number', `${options.forkBlock}`]),
];

/** Asks until it answers with its chain id, or until the child has ended. */
const untilReady = async (child: Child, url: string, chainId: number): Promise<boolean> => {
  const client = createTestClient({ mode: 'anvil', transport: http(url, { retryCount: 0, timeout: 2000 }) });
  const deadline = Date.now() + 20_000;
  while (!child.hasEnded() && Date.now() < deadline) {
    const answer = await client.request({ method: 'eth_chainId' } as never).catch(() => undefined);
    if (answer !== undefined) return Number(answer) === chainId && !child.hasEnded();
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  return false;
};

/** Starts one anvil on a free port; it is ready when this resolves. It mines at once until told otherwise. */
export const startAnvil = async (supervisor: Supervisor, options: AnvilOptions): Promise<Anvil> => {
  const binary = findAnvil();
  let output = '';
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = await freePort();
    const directory = await mkdtemp(join(options.directory, 'anvil-'));
    const child = supervisor.start(`anvil ${options.chainId}`, binary, argumentsOf({ ...options, directory }, port), {
      directory,
      keepsState: options.stateFile !== undefined,
    });
    const url = `http://${host}:${port}`;
    if (await untilReady(child, url, options.chainId)) {
      return Object.freeze({ pid: child.pid, chainId: options.chainId, http: url, ws: `ws://${host}:${port}`, child });
    }
    await child.stop();
    output = child.output();
    // Somebody took the port in between: another one will do. Anything else would fail again.
    if (!/in use|os error 98|os error 48/i.test(output)) break;
  }
  throw new LocalnetError(`anvil for chain ${options.chainId} did not start.`, {
    details: output || 'it wrote nothing',
  });
};

export type LocalClient = Client<
  HttpTransport,
  undefined,
  undefined,
  undefined,
  TestActions & PublicActions<HttpTransport> & WalletActions
>;

/** A client for one local chain: reads, and anvil's own methods. Calls of one tick travel in one HTTP request. */
export const localClient = (url: string): LocalClient =>
  createTestClient({
    mode: 'anvil',
    transport: http(url, { batch: { batchSize: 200 }, timeout: 60_000, retryCount: 0 }),
    pollingInterval: 50,
  })
    .extend(publicActions)
    .extend(walletActions);
