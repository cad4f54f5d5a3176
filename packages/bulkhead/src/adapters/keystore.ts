import { readFile } from 'node:fs/promises';
import type { SignerConfig } from '@bulkhead/shared/config';
import * as Keystore from 'ox/Keystore';
import { type Hex, isHex } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import { StartupError, wordsOf } from '../startup/startupError.ts';

/** Chains whose keys are worth nothing: anvil's and hardhat's default and the ones `up` starts. */
export const isLocalTestChain = (chainId: number): boolean =>
  chainId === 1337 || (chainId >= 31_337 && chainId <= 31_399);

const readSecretFile = async (field: string, file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new StartupError({
      code: 'missingFile',
      field,
      problem: `${file} cannot be read.`,
      remedy: 'Name an existing file that this process may read.',
      details: wordsOf(error),
    });
  }
};

const parseKeystore = (file: string, text: string): Keystore.Keystore => {
  try {
    const parsed = JSON.parse(text) as Keystore.Keystore;
    if (parsed.version === 3 && typeof parsed.crypto?.ciphertext === 'string') return parsed;
  } catch {
    // Falls through: not JSON is refused like JSON that is no keystore.
  }
  throw new StartupError({
    code: 'missingFile',
    field: 'signer.keystore',
    problem: `${file} is not a Web3 v3 keystore.`,
    remedy: 'Make one with: cast wallet import --keystore-dir . NAME',
  });
};

const decrypt = (keystore: Keystore.Keystore, password: string, config: { readonly passwordFile: string }): Hex => {
  try {
    // Not toKeyAsync: that of this version takes scrypt's r and p from nowhere, and cast's and geth's keystores then do not open.
    const key = Keystore.toKey(keystore, { password });
    return Keystore.decrypt(keystore, key);
  } catch (error) {
    throw new StartupError({
      code: 'wrongPassword',
      field: 'signer.passwordFile',
      problem: `the password in ${config.passwordFile} does not open the keystore.`,
      remedy: 'Put the right password on the first line of that file.',
      details: wordsOf(error),
    });
  }
};

const plainKey = (
  name: string,
  chainIds: readonly number[],
  environment: Readonly<Record<string, string | undefined>>,
): Hex => {
  const real = chainIds.find(id => !isLocalTestChain(id));
  if (real !== undefined) {
    throw new StartupError({
      code: 'plainKeyOnRealChain',
      field: 'signer.privateKeyEnv',
      problem: `a plain key is for local test chains only, and eip155:${real} is none.`,
      remedy: 'Use signer.keystore with signer.passwordFile.',
    });
  }
  const value = environment[name]?.trim();
  if (value && isHex(value) && value.length === 66) return value;
  throw new StartupError({
    code: 'missingFile',
    field: 'signer.privateKeyEnv',
    problem: `the environment variable ${name} holds no private key.`,
    remedy: `Set ${name} to 0x and 64 hexadecimal digits.`,
  });
};

/**
 * The private key that a configuration names.
 * @throws StartupError when a file is missing, the password is wrong, or the key is not that of `signer.address`.
 */
export const unlockKey = async (
  config: SignerConfig,
  chainIds: readonly number[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Hex> => {
  const unlock = async (): Promise<Hex> => {
    if (!('keystore' in config)) return plainKey(config.privateKeyEnv, chainIds, environment);
    const keystore = parseKeystore(config.keystore, await readSecretFile('signer.keystore', config.keystore));
    const password = (await readSecretFile('signer.passwordFile', config.passwordFile)).split(/\r?\n/)[0] ?? '';
    return decrypt(keystore, password, config);
  };
  const key = await unlock();
  const actual = privateKeyToAddress(key).toLowerCase();
  if (actual === config.address) return key;
  throw new StartupError({
    code: 'keyMismatch',
    field: 'signer.address',
    problem: `says ${config.address}, but the key is that of ${actual}.`,
    remedy: `Set signer.address to ${actual}, or name the other keystore.`,
  });
};
