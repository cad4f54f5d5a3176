import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Localnet } from '@bulkhead/localnet';
import { type EvmNode, rpcOf } from './evmNode.ts';
import { some } from './support.ts';

/** Whether a geth is on the PATH. */
export const gethIsThere = (): boolean => spawnSync('geth', ['version'], { stdio: 'ignore' }).status === 0;

const zero = `0x${'00'.repeat(32)}`;
const rich = `0x${(10n ** 26n).toString(16)}`;
const gasLimit = 1_000_000_000;
const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

/** geth's own developer genesis, which has the system contracts, at the local network's chain id and fork, with its keys made rich. */
const genesisOf = (localnet: Localnet): object => {
  const { keys } = localnet;
  const genesis = JSON.parse(
    execFileSync('geth', ['--dev', 'dumpgenesis'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  );
  const { osakaTime: _o, bogotaTime: _b, ...config } = genesis.config;
  const owners = Array.from({ length: 8 }, (_, index) => keys.owner(index));
  const everybody = [keys.proposer, keys.house, ...keys.members, ...keys.keepers, ...keys.priceSigners, ...owners];
  const balances = everybody.map(({ address }) => [address.slice(2).toLowerCase(), { balance: rich }] as const);
  return {
    ...genesis,
    config: { ...config, chainId: some(localnet.chains[0]).chainId },
    gasLimit: hex(gasLimit),
    alloc: { ...genesis.alloc, ...Object.fromEntries(balances) },
  };
};

const base64url = (text: string | Buffer): string => Buffer.from(text).toString('base64url');

const bearer = (secret: Buffer): string => {
  const head = base64url('{"alg":"HS256","typ":"JWT"}');
  const claims = base64url(JSON.stringify({ iat: Math.floor(Date.now() / 1000) }));
  const signature = createHmac('sha256', secret).update(`${head}.${claims}`).digest();
  return `${head}.${claims}.${base64url(signature)}`;
};

/** The engine API: how a consensus client tells an execution client what to build on and what counts. */
const engineOf = (url: string, secret: Buffer) => async (method: string, params: readonly unknown[]) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer(secret)}` },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const answer = (await response.json()) as { result?: Record<string, unknown>; error?: { message: string } };
  if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
  return answer.result ?? {};
};

type Engine = ReturnType<typeof engineOf>;
type Request = EvmNode['request'];
type Block = { readonly hash: string; readonly number: string; readonly timestamp: string };

/** We are the consensus client: blocks come when we say, on the branch that we say, with the time that we say. */
const createProposer = (request: Request, engine: Engine) => {
  let skew = 0;
  let busy: Promise<unknown> = Promise.resolve();

  const stateAt = (hash: string) => ({ headBlockHash: hash, safeBlockHash: zero, finalizedBlockHash: zero });
  const blockAt = async (tag: string): Promise<Block> => (await request('eth_getBlockByNumber', [tag, false])) as Block;
  const waiting = async (): Promise<number> => {
    const status = (await request('txpool_status')) as { pending: string };
    return Number(status.pending);
  };

  /** Builds on `parent`; an empty block when no transaction is wanted. geth fills a payload in the background, so it is asked until it is full. */
  const build = async (parent: Block, wanted: number) => {
    const time = Math.max(Number(parent.timestamp) + 1, Math.floor(Date.now() / 1000) + skew);
    for (let patience = 10; ; patience *= 2) {
      const attributes = {
        timestamp: hex(time),
        prevRandao: `0x${randomBytes(32).toString('hex')}`,
        suggestedFeeRecipient: `0x${'00'.repeat(20)}`,
        withdrawals: [],
        parentBeaconBlockRoot: zero,
      };
      const { payloadId } = await engine('engine_forkchoiceUpdatedV3', [stateAt(parent.hash), attributes]);
      if (wanted > 0) await new Promise(resolve => setTimeout(resolve, patience));
      const built = await engine('engine_getPayloadV4', [payloadId]);
      const payload = built['executionPayload'] as { blockHash: string; transactions: readonly unknown[] };
      const enough = payload.transactions.length >= wanted || patience > 500;
      if (enough) return { payload, requests: built['executionRequests'] };
    }
  };

  const adopt = async (parent: Block, wanted: number): Promise<void> => {
    const { payload, requests } = await build(parent, wanted);
    const { status } = await engine('engine_newPayloadV4', [payload, [], zero, requests]);
    if (status !== 'VALID') throw new Error(`geth calls its own block ${String(status)}`);
    await engine('engine_forkchoiceUpdatedV3', [stateAt(payload.blockHash), null]);
  };

  /** One thing at a time: two proposals on one parent would be two branches. */
  const alone = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const result = busy.then(work);
    busy = result.catch(() => undefined);
    return result;
  };

  return {
    skip: (seconds: number) => {
      skew += seconds;
    },
    blockAt,
    waiting,
    mine: (count: number) =>
      alone(async () => {
        for (let made = 0; made < count; made += 1) await adopt(await blockAt('latest'), await waiting());
      }),
    /** Replaces all blocks after `from` by `count` new ones on top of it. */
    branch: (from: Block, count: number) =>
      alone(async () => {
        let parent = from;
        for (let made = 0; made < count; made += 1) {
          await adopt(parent, 0);
          parent = await blockAt('latest');
        }
      }),
  };
};

type Proposer = ReturnType<typeof createProposer>;

/** Sends everything that happened on the local network's chain, block by block. */
const replay = async (from: Request, to: Request, proposer: Proposer): Promise<void> => {
  const height = Number((await from('eth_blockNumber')) as string);
  for (let number = 1; number <= height; number += 1) {
    const block = (await from('eth_getBlockByNumber', [hex(number), false])) as { transactions: readonly string[] };
    for (const hash of block.transactions) {
      await to('eth_sendRawTransaction', [await from('eth_getRawTransactionByHash', [hash])]);
    }
    while ((await proposer.waiting()) > 0) await proposer.mine(1);
  }
};

const untilAnswering = async (request: Request, ended: () => string | undefined): Promise<void> => {
  for (;;) {
    const why = ended();
    if (why !== undefined) throw new Error(`geth did not start: ${why}`);
    if (
      await request('eth_chainId').then(
        () => true,
        () => false,
      )
    )
      return;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
};

/** A real geth, with a real transaction pool, that holds the market of the local network and makes a block for every transaction. */
export const startGethNode = async (localnet: Localnet): Promise<EvmNode> => {
  const directory = mkdtempSync(join(tmpdir(), 'bulkhead-geth-'));
  const secret = randomBytes(32);
  const file = (name: string): string => join(directory, name);
  writeFileSync(file('jwt'), secret.toString('hex'));
  writeFileSync(file('genesis.json'), JSON.stringify(genesisOf(localnet)));
  execFileSync('geth', ['init', '--datadir', file('data'), file('genesis.json')], { stdio: 'ignore' });
  const [http, ws, auth] = await Promise.all([freePort(), freePort(), freePort()]);
  const child = spawn(
    'geth',
    [
      ...[
        '--datadir',
        file('data'),
        '--ipcdisable',
        '--port',
        '0',
        '--nodiscover',
        '--maxpeers',
        '0',
        '--syncmode',
        'full',
      ],
      ...[
        '--gcmode',
        'archive',
        '--networkid',
        String(some(localnet.chains[0]).chainId),
        '--miner.gaslimit',
        String(gasLimit),
      ],
      ...['--http', '--http.port', String(http), '--http.api', 'eth,debug,net,web3,txpool'],
      ...['--ws', '--ws.port', String(ws), '--ws.api', 'eth,debug,net,web3'],
      ...[
        '--authrpc.port',
        String(auth),
        '--authrpc.jwtsecret',
        file('jwt'),
        '--verbosity',
        '2',
        '--log.file',
        file('log'),
      ],
    ],
    { stdio: 'ignore' },
  );
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const url = `http://127.0.0.1:${http}`;
  const request = rpcOf(url);
  await untilAnswering(request, () =>
    child.exitCode === null ? undefined : readFileSync(file('log'), 'utf8').slice(-500),
  );
  const proposer = createProposer(request, engineOf(`http://127.0.0.1:${auth}`, secret));
  await proposer.mine(1);
  await replay(rpcOf(some(localnet.chains[0]).http), request, proposer);

  const closing = new AbortController();
  let held = false;
  const automine = (async () => {
    while (!closing.signal.aborted) {
      if (!held && (await proposer.waiting().catch(() => 0)) > 0) await proposer.mine(1).catch(() => undefined);
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  })();

  return {
    http: url,
    ws: `ws://127.0.0.1:${ws}`,
    abilities: { reorganise: true, holdBlocks: true, passTime: true },
    request,
    mine: proposer.mine,
    holdBlocks: async () => {
      held = true;
      return async () => {
        await proposer.mine(1);
        held = false;
      };
    },
    replaceAllSince: async () => {
      const from = await proposer.blockAt('latest');
      return async () => {
        held = true;
        const replaced = Number((await proposer.blockAt('latest')).number) - Number(from.number);
        await proposer.branch(from, replaced + 1);
        held = false;
      };
    },
    passTime: async seconds => proposer.skip(seconds),
    close: async () => {
      closing.abort();
      await automine;
      process.removeListener('exit', kill);
      const ended = new Promise<void>(resolve => child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      await ended;
      rmSync(directory, { recursive: true, force: true });
      await localnet.stop();
    },
  };
};
