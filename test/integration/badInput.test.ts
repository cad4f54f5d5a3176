/** Whatever is wrong with a configuration stops a process with one clear message, before anything is sent. Real anvil, real Redis, real processes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstVaultOf, type Localnet, startLocalnet } from '@bulkhead/localnet';
import type { ConfigInput } from '@bulkhead/shared/config';
import { Redis } from 'ioredis';
import * as Keystore from 'ox/Keystore';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli } from '../support/bulkheadCli.ts';
import { startRpcProxy } from '../support/rpcProxy.ts';

let localnet: Localnet;
let directory: string;
let admin: Redis;
/** What the keeper had sent when its vault was set up. */
let sentBefore: number;

const write = async (name: string, content: string): Promise<string> => {
  const file = join(directory, name);
  await writeFile(file, content);
  return file;
};

/** A configuration that acts and is right, for one chain. */
const rightConfig = (): ConfigInput & Record<string, unknown> => {
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
  return {
    name: 'test-keeper',
    mode: 'act',
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
    redis: { url: localnet.redis?.url ?? '' },
    oracle: { url: localnet.feed.url },
    signer: { address: keeper.address, keystore: 'keystore.json', passwordFile: 'password' },
    http: { port: 0 },
  };
};

type Change = (config: ReturnType<typeof rightConfig>) => unknown;

/** Runs a verb on a changed configuration. */
const ask = async (verb: readonly string[], change: Change = config => config) => {
  const config = change(structuredClone(rightConfig()));
  return cli([...verb, '--config', await write('bulkhead.yaml', JSON.stringify(config))]);
};
const validate = (change?: Change) => ask(['config', 'validate'], change);

const chainOf = (config: ReturnType<typeof rightConfig>) => {
  const [chain] = config.chains;
  if (!chain) throw new Error('the configuration has a chain');
  return chain;
};

const keeperNonce = async (): Promise<number> => {
  const [chain] = localnet.chains;
  const [keeper] = localnet.keys.keepers;
  return chain && keeper ? chain.client.getTransactionCount({ address: keeper.address }) : -1;
};

beforeAll(async () => {
  localnet = await startLocalnet({ keepers: 2, mining: { everySeconds: 1 } });
  sentBefore = await keeperNonce();
  directory = await mkdtemp(join(tmpdir(), 'bulkhead-bad-input-'));
  admin = new Redis(localnet.redis?.url ?? '');
  const [keeper] = localnet.keys.keepers;
  if (!keeper) throw new Error('the local network has a keeper');
  const [key, options] = Keystore.pbkdf2({ password: 'open sesame', iterations: 1_000 });
  await write('keystore.json', JSON.stringify(Keystore.encrypt(keeper.privateKey, key, options)));
  await write('password', 'open sesame\n');
}, 60_000);

afterAll(async () => {
  admin?.disconnect();
  await localnet?.stop();
  await rm(directory, { recursive: true, force: true });
});

describe('a configuration that is right', () => {
  test('passes, and nothing was sent', async () => {
    const outcome = await validate();
    expect(outcome.stderr).toBe('');
    expect(outcome.stdout).toContain('is valid');
    expect(outcome.code).toBe(0);
    expect(await keeperNonce()).toBe(sentBefore);
  });
});

describe('one clear message names the field and the remedy', () => {
  const stops = async (change: Change, field: string | RegExp, problem: string | RegExp, remedy: string | RegExp) => {
    const outcome = await validate(change);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(field);
    expect(outcome.stderr).toMatch(problem);
    expect(outcome.stderr).toMatch(remedy);
    // One message: one remedy.
    expect(outcome.stderr.match(/Remedy:/g)).toHaveLength(1);
    expect(await keeperNonce()).toBe(sentBefore);
  };

  test('unknown key', () =>
    stops(config => ({ ...config, rediss: {} }), /^rediss:/, /not known here/, /Did you mean "redis"/));

  test('wrong type', () =>
    stops(config => ({ ...config, http: { port: 'http' } }), /^http\.port:/, /found the text "http"/, /Correct it in/));

  test('wrong chain id', () =>
    stops(
      config => ({ ...config, chains: [{ ...chainOf(config), id: 'eip155:1' }] }),
      /^chains\[0\]\.id:/,
      /is chain 31337, and the configuration says eip155:1/,
      /Correct the id/,
    ));

  test('no code at an address', () =>
    stops(
      config => {
        const chain = chainOf(config);
        const contracts = { ...chain.contracts, clearingHouse: `0x${'12'.repeat(20)}` };
        return { ...config, chains: [{ ...chain, contracts }] };
      },
      /^chains\[0\]\.contracts\.clearingHouse:/,
      /no contract at 0x1212/,
      /Correct contracts\.clearingHouse/,
    ));

  test('addresses that are of no one deployment', () =>
    stops(
      config => {
        const chain = chainOf(config);
        const contracts = { ...chain.contracts, marginEngine: chain.contracts.oracleHub };
        return { ...config, chains: [{ ...chain, contracts }] };
      },
      /^chains\[0\]\.contracts:/,
      /do not answer as a Bulkhead deployment/,
      /Check that all addresses/,
    ));

  test('a key that is not that of the address', () => {
    const other = localnet.keys.keepers[1]?.address ?? '0x';
    return stops(
      config => ({ ...config, signer: { ...config.signer, address: other } }),
      /^signer\.address:/,
      /but the key is that of 0x/,
      /Set signer\.address to/,
    );
  });

  test('a password that does not open the keystore', async () => {
    await write('wrong-password', 'open barley\n');
    await stops(
      config => ({ ...config, signer: { ...config.signer, passwordFile: 'wrong-password' } }),
      /^signer\.passwordFile:/,
      /does not open the keystore/,
      /right password/,
    );
  });

  test('a file that is not there', () =>
    stops(
      config => ({ ...config, signer: { ...config.signer, keystore: 'nowhere.json' } }),
      /^signer\.keystore:/,
      /cannot be read/,
      /Name an existing file/,
    ));

  test('Redis that does not answer', () =>
    stops(
      config => ({ ...config, redis: { url: 'redis://127.0.0.1:1' } }),
      /^redis\.url:/,
      /does not answer/,
      /Check redis\.url/,
    ));

  test('Redis that may evict', async () => {
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    try {
      await stops(config => config, /^redis\.url:/, /may evict the ledger/, /noeviction/);
    } finally {
      await admin.config('SET', 'maxmemory-policy', 'noeviction');
    }
  });

  test('Redis without an append-only file', async () => {
    await admin.config('SET', 'appendonly', 'no');
    try {
      await stops(config => config, /^redis\.url:/, /keeps no append-only file/, /appendonly yes/);
    } finally {
      await admin.config('SET', 'appendonly', 'yes');
    }
  });

  test('an endpoint that cannot simulate, when the process is to act', async () => {
    const [chain] = localnet.chains;
    const proxy = await startRpcProxy(chain?.http ?? '');
    proxy.addRule(({ method }) =>
      method === 'debug_traceCall' ? { kind: 'error', code: -32601, message: 'there is no debug API here' } : undefined,
    );
    const through: Change = config => ({
      ...config,
      chains: [{ ...chainOf(config), endpoints: [{ http: proxy.httpUrl }] }],
    });
    try {
      await stops(through, /^chains\[0\]\.endpoints\[0\]:/, /gives no state diff/, /set mode: observe/);
      const observing = await validate(config => ({ ...(through(config) as object), mode: 'observe' }));
      expect(observing.code).toBe(0);
      expect(observing.stderr).toContain('gives no state diff');
    } finally {
      await proxy.close();
    }
  });

  test('an endpoint that does not answer', () =>
    stops(
      config => ({ ...config, chains: [{ ...chainOf(config), endpoints: [{ http: 'http://127.0.0.1:1' }] }] }),
      /^chains\[0\]\.endpoints\[0\]:/,
      /does not answer/,
      /Start it, correct its URL/,
    ));

  test('a signer that cannot pay', async () => {
    const [chain] = localnet.chains;
    const [keeper] = localnet.keys.keepers;
    if (!chain || !keeper) throw new Error('the local network has a chain and a keeper');
    const balance = await chain.client.getBalance({ address: keeper.address });
    await chain.client.setBalance({ address: keeper.address, value: 1n });
    try {
      await stops(
        config => config,
        /^signer\.address:/,
        new RegExp(`${keeper.address}.*has 0\\.0`, 'i'),
        /Send native currency to/,
      );
    } finally {
      await chain.client.setBalance({ address: keeper.address, value: balance });
    }
  });

  test('a bidder vault of somebody else', async () => {
    const other = localnet.keys.keepers[1];
    if (!other) throw new Error('the local network has a second keeper');
    await stops(
      config => ({ ...config, chains: [{ ...chainOf(config), bidderVault: firstVaultOf(other) }] }),
      /^chains\[0\]\.bidderVault:/,
      /has no trade right/,
      /grant the right/,
    );
  });

  test('a price feed that is not there', () =>
    stops(
      config => ({ ...config, oracle: { url: 'http://127.0.0.1:1' } }),
      /^oracle\.url:/,
      /does not answer/,
      /price feed runs/,
    ));
});

describe('run', () => {
  test('asks the same questions first, and sends nothing when one fails', async () => {
    const outcome = await ask(['run'], config => ({ ...config, chains: [{ ...chainOf(config), id: 'eip155:1' }] }));
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(/^chains\[0\]\.id:/);
    expect(await keeperNonce()).toBe(sentBefore);
  });
});

describe('doctor', () => {
  test('goes on after a failure and says all that is wrong', async () => {
    const outcome = await ask(['doctor', '--json'], config => ({
      ...config,
      redis: { url: 'redis://127.0.0.1:1' },
      oracle: { url: 'http://127.0.0.1:1' },
    }));
    const answer = JSON.parse(outcome.stdout) as { ok: boolean; checks: { field: string; ok: boolean }[] };
    expect(outcome.code).toBe(1);
    expect(answer.ok).toBe(false);
    expect(answer.checks.filter(check => !check.ok).map(check => check.field)).toEqual(['redis.url', 'oracle.url']);
  });
});
