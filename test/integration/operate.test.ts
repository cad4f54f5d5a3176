/** A keeper that only observes, and the verbs with which an operator looks into it and changes its course. Real processes throughout. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  firstVaultOf,
  freePort,
  type Localnet,
  type SeededMarket,
  seedMarket,
  startLocalnet,
} from '@bulkhead/localnet';
import { accountIdOf } from '@bulkhead/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli, type RunningCli, startCli } from '../support/bulkheadCli.ts';

let localnet: Localnet;
let market: SeededMarket;
let directory: string;
let config: string;
let url: string;
let running: RunningCli;
let publishing: NodeJS.Timeout;

const writeConfig = async (): Promise<void> => {
  const [chain] = localnet.chains;
  const [keeper] = localnet.keys.keepers;
  if (!chain || !keeper) throw new Error('the local network has a chain and a keeper');
  const {
    vaultRegistry,
    marginEngine,
    clearingHouse,
    liquidationEngine,
    oracleHub,
    marginGroups,
    portfolioRequirements,
    vaultLens,
    multicall3,
  } = chain.addresses;
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  await writeFile(join(directory, 'token'), 'open-sesame\n');
  config = join(directory, 'bulkhead.yaml');
  await writeFile(
    config,
    JSON.stringify({
      name: 'watcher',
      chains: [
        {
          id: chain.id,
          endpoints: [{ http: chain.http, ws: chain.ws }],
          contracts: {
            vaultRegistry,
            marginEngine,
            clearingHouse,
            liquidationEngine,
            oracleHub,
            marginGroups,
            portfolioRequirements,
            vaultLens,
            multicall3,
          },
          bidderVault: firstVaultOf(keeper),
        },
      ],
      redis: { url: localnet.redis?.url },
      oracle: { url: localnet.feed.url },
      http: { port, tokenFile: 'token' },
    }),
  );
};

const keepPublishing = (): void => {
  const newest = () =>
    Object.fromEntries(
      [...localnet.feed.newest().values()].map(report => [localnet.feed.nameOf(report.feed) ?? '', report.price]),
    );
  publishing = setInterval(() => void localnet.feed.publish(newest()), 1_000);
};

const untilReady = async (): Promise<void> => {
  let over = false;
  void running.ended.then(() => {
    over = true;
  });
  while (!over) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  throw new Error(`the keeper ended: ${(await running.ended).stderr}`);
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bulkhead-operate-'));
  localnet = await startLocalnet({ mining: { everySeconds: 1 } });
  market = await seedMarket(localnet, { vaultsPerChain: 10, owners: 2 });
  await writeConfig();
  keepPublishing();
  running = startCli(['run', '--config', config]);
  await untilReady();
}, 90_000);

afterAll(async () => {
  clearInterval(publishing);
  running?.signal('SIGINT');
  await running?.ended;
  await localnet?.stop();
  await rm(directory, { recursive: true, force: true });
});

const verb = (...args: readonly string[]) => cli([...args, '--config', config]);

interface Status {
  readonly name: string;
  readonly mode: string;
  readonly chains: readonly { readonly vaults: number; readonly paused: boolean; readonly ready: boolean }[];
}
const status = async (): Promise<Status> => JSON.parse((await verb('status', '--json')).stdout) as Status;

describe('a keeper that observes', () => {
  test('is alive and ready, counts its vaults and exposes metrics', async () => {
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    // Ten clients, a keeper or more, market makers.
    expect(await status()).toMatchObject({ name: 'watcher', mode: 'observe', chains: [{ ready: true }] });
    expect((await status()).chains[0]?.vaults).toBeGreaterThanOrEqual(10);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('bulkhead_process_cpu_user_seconds_total');
  });

  test('explains a vault: its health, its distance and what was decided', async () => {
    const [vault] = market.vaults[0] ?? [];
    if (!vault) throw new Error('the market has a vault');
    const name = `${localnet.chains[0]?.id}/${accountIdOf(vault.owner.address)}/${vault.bucket}`;
    const explained = await verb('explain', name);
    expect(explained.stdout).toMatch(/^E [0-9.−]+ [≥<] MM [0-9.]+ USDC/);
    expect(explained.stdout).toContain('distance to the threshold');
    expect((await verb('explain', 'nonsense')).stderr).toContain('Write it as <caip2>/<accountId>/<bucket>');
  });

  test('pauses and resumes on request, which takes the token', async () => {
    expect((await fetch(`${url}/pause`, { method: 'POST' })).status).toBe(401);
    expect((await verb('pause')).stdout).toContain('paused every chain');
    expect((await status()).chains[0]?.paused).toBe(true);
    expect((await verb('resume', String(localnet.chains[0]?.id))).code).toBe(0);
    expect((await status()).chains[0]?.paused).toBe(false);
  });

  test('says that an effect is unknown rather than pretending to cancel it', async () => {
    const outcome = await verb('cancel', `0x${'0'.repeat(64)}`);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain('unknown or has ended');
  });

  test('has sent nothing', async () => {
    const [keeper] = localnet.keys.keepers;
    const [chain] = localnet.chains;
    const pending = await chain?.client.request({ method: 'txpool_status' } as never);
    expect(keeper && chain).toBeTruthy();
    expect(pending).toMatchObject({ pending: '0x0' });
  });

  test('drains at once when nothing is in flight, and ends on Ctrl-C with 130', async () => {
    expect((await verb('drain')).stdout).toContain('nothing is in flight any more');
    running.signal('SIGINT');
    expect((await running.ended).code).toBe(130);
    // Nobody answers any more: what is durable is changed in the ledger itself.
    const outcome = await verb('pause');
    expect(outcome.stdout).toContain('written in the ledger');
    expect(outcome.code).toBe(0);
    expect((await verb('status')).stderr).toContain('No process answers at');
  });
});

describe('help', () => {
  test.each(['up', 'run', 'config validate', 'doctor', 'status', 'explain', 'pause', 'resume', 'cancel', 'drain'])(
    '%s --help shows how it is used, with examples',
    async name => {
      const outcome = await cli([...name.split(' '), '--help']);
      expect(outcome.code).toBe(0);
      expect(outcome.stdout).toContain('Usage: bulkhead');
      expect(outcome.stdout).toContain('Examples:');
    },
  );
});
