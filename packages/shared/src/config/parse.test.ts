import { describe, expect, test } from 'vitest';
import type { ConfigInput } from './index.ts';
import { formatProblem, parseConfig } from './index.ts';

const address = '0x00000000000000000000000000000000000000aa';

const minimal = (): ConfigInput => ({
  chains: [
    {
      id: 'eip155:31337',
      endpoints: [{ http: 'http://127.0.0.1:8545' }],
      contracts: {
        vaultRegistry: address,
        marginEngine: address,
        clearingHouse: address,
        liquidationEngine: address,
        oracleHub: address,
        marginGroups: address,
        portfolioRequirements: address,
        vaultLens: address,
        multicall3: address,
      },
    },
  ],
  redis: { url: 'redis://127.0.0.1:6379' },
  oracle: { url: 'http://127.0.0.1:8000' },
});

const messagesOf = (raw: unknown): readonly string[] => {
  const parsed = parseConfig(raw);
  return parsed.ok ? [] : parsed.error.map(formatProblem);
};

describe('a configuration', () => {
  test('observes unless it says otherwise', () => {
    const parsed = parseConfig(minimal());
    expect(parsed.ok && parsed.value.mode).toBe('observe');
    expect(parsed.ok && parsed.value.http.host).toBe('127.0.0.1');
  });

  test('with an unknown key names its path, what is allowed there and what was probably meant', () => {
    const [message, ...rest] = messagesOf({ ...minimal(), redis: { ulr: 'redis://x', url: 'redis://127.0.0.1' } });
    expect(rest).toEqual([]);
    expect(message).toContain('redis.ulr: found a key that is not known here');
    expect(message).toContain('allowed: url');
    expect(message).toContain('Did you mean "url"?');
  });

  test('with a wrong type names the path inside a list, what was found and what is allowed', () => {
    const raw = minimal();
    const [chain] = raw.chains;
    const messages = messagesOf({ ...raw, chains: [{ ...chain, endpoints: [{ http: 8545 }], id: 'mainnet' }] });
    expect(messages).toEqual([
      'chains[0].id: found the text "mainnet"; allowed: a CAIP-2 chain id such as eip155:1.',
      'chains[0].endpoints[0].http: found the number 8545; allowed: an http:// or https:// URL.',
    ]);
  });

  test('that lacks a block says which keys belong there', () => {
    const { redis: _, ...rest } = minimal();
    expect(messagesOf(rest)).toEqual(['redis: found nothing; allowed: a block with the keys url. Add it.']);
  });

  test('with a mistake in its signer is told about that kind of signer only', () => {
    const messages = messagesOf({ ...minimal(), signer: { address, keystore: './key.json', pasword: 'x' } });
    expect(messages.some(message => message.startsWith('signer.pasword: found a key that is not known here'))).toBe(
      true,
    );
    expect(messages.some(message => message.startsWith('signer.passwordFile: found nothing'))).toBe(true);
    expect(messages.some(message => message.includes('privateKeyEnv: found'))).toBe(false);
  });

  test('that acts needs a signer and a vault to bid from', () => {
    expect(messagesOf({ ...minimal(), mode: 'act' })).toEqual([
      'signer: found nothing; allowed: a block with address, keystore, passwordFile. Add a signer, or set mode: observe.',
      "chains[0].bidderVault: found nothing; allowed: the id of the keeper's own vault on this chain. Add it, or set mode: observe.",
    ]);
  });

  test('names a chain once', () => {
    const raw = minimal();
    expect(messagesOf({ ...raw, chains: [...raw.chains, ...raw.chains] })).toEqual([
      'chains[1].id: found eip155:31337 a second time; allowed: each chain once. Put all endpoints of a chain into one entry.',
    ]);
  });

  test.each([undefined, null, 'text', 7, []])('that is %j is refused in words', raw => {
    expect(messagesOf(raw)[0]).toMatch(
      /^\(the whole file\): found .*allowed: a block with the keys name, mode, chains/,
    );
  });
});
