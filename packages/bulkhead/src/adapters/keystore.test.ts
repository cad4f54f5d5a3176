import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '@bulkhead/shared/config';
import * as Keystore from 'ox/Keystore';
import { keccak256, stringToHex } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import { afterAll, expect, test } from 'vitest';
import { unlockKey } from './keystore.ts';

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-keystore-'));
afterAll(() => rmSync(folder, { recursive: true }));

const privateKey = keccak256(stringToHex('worth nothing anywhere'));

/** Parameters of well-known tools: `cast wallet import`, geth's light mode, and what ox itself chooses. */
const derivations = {
  'scrypt, r 8, p 1 (cast, geth)': () => Keystore.scrypt({ password: 'secret', n: 8_192, r: 8, p: 1 }),
  'scrypt, r 1, p 8': () => Keystore.scrypt({ password: 'secret', n: 4_096, r: 1, p: 8 }),
  pbkdf2: () => Keystore.pbkdf2({ password: 'secret', iterations: 1_000 }),
} as const;

const signerFor = (derive: keyof typeof derivations, password: string) => {
  const [key, options] = derivations[derive]();
  const keystore = join(folder, 'keystore.json');
  const passwordFile = join(folder, 'password');
  writeFileSync(keystore, JSON.stringify(Keystore.encrypt(privateKey, key, options)));
  writeFileSync(passwordFile, `${password}\n`);
  const address = '0x00000000000000000000000000000000000000aa';
  const names = [
    'vaultRegistry',
    'marginEngine',
    'clearingHouse',
    'liquidationEngine',
    'oracleHub',
    'marginGroups',
    'portfolioRequirements',
    'vaultLens',
  ];
  const parsed = parseConfig({
    chains: [
      {
        id: 'eip155:1',
        endpoints: [{ http: 'http://127.0.0.1:1' }],
        contracts: Object.fromEntries([...names, 'multicall3'].map(name => [name, address])),
      },
    ],
    redis: { url: 'redis://127.0.0.1:1' },
    oracle: { url: 'http://127.0.0.1:1' },
    signer: { address: privateKeyToAddress(privateKey), keystore, passwordFile },
  });
  if (!parsed.ok || !parsed.value.signer) throw new Error('the configuration is wrong');
  return parsed.value.signer;
};

test.each(Object.keys(derivations) as (keyof typeof derivations)[])('opens a keystore made with %s', async derive => {
  expect(await unlockKey(signerFor(derive, 'secret'), [1])).toBe(privateKey);
});

test('a wrong password is refused by its own name, before anything is sent', async () => {
  await expect(unlockKey(signerFor('scrypt, r 8, p 1 (cast, geth)', 'wrong'), [1])).rejects.toMatchObject({
    code: 'wrongPassword',
    field: 'signer.passwordFile',
  });
});
