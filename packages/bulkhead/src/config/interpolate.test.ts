import { describe, expect, test } from 'vitest';
import { interpolate } from './interpolate.ts';

const reference = (name: string, rest = ''): string => `$\{${name}}${rest}`;

describe('the environment in a configuration', () => {
  test('fills paths of files with secrets', () => {
    const filled = interpolate({ signer: { passwordFile: reference('DIR', '/password') } }, { DIR: '/run/secrets' });
    expect(filled).toEqual({ ok: true, value: { signer: { passwordFile: '/run/secrets/password' } } });
  });

  test('fills nothing else: the field and the remedy are named', () => {
    const filled = interpolate({ chains: [{ id: reference('CHAIN') }] }, { CHAIN: 'eip155:1' });
    expect(filled).toMatchObject({ ok: false, error: [{ path: 'chains[0].id', allowed: 'a plain value' }] });
  });

  test('says which variable is missing', () => {
    const filled = interpolate({ http: { tokenFile: reference('TOKEN_FILE') } }, {});
    expect(filled).toMatchObject({
      ok: false,
      error: [{ path: 'http.tokenFile', remedy: 'Set TOKEN_FILE, or write the path itself.' }],
    });
  });
});
