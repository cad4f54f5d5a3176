/** The page about deploying: its commands are run as they stand, on its own file, with the addresses of a practice chain in it. */
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localClient } from '@bulkhead/localnet';
import { addressesOn } from '@bulkhead/sdk';
import { parseAddressBook } from '@bulkhead/shared/config';
import * as Keystore from 'ox/Keystore';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Anvil, startAnvil } from '../support/anvil.ts';
import { people, prepareForDeployment } from '../support/deploymentFile.ts';

const root = join(import.meta.dirname, '..', '..');
let anvil: Anvil;
let directory: string;
let page: string;

const blocksOf = (language: string): readonly string[] =>
  [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, found, text = '']) =>
    found === language ? text.trim() : [],
  );

/** Runs a command of the page in the folder, and answers its stdout; its stderr when it fails. */
const shell = (command: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', command], { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.once('error', reject);
    child.once('close', code => (code === 0 ? resolve(stdout.trim()) : reject(new Error(stderr))));
  });

beforeAll(async () => {
  page = await readFile(join(root, 'docs', 'how-to', 'deploy-and-verify.md'), 'utf8');
  directory = await mkdtemp(join(tmpdir(), 'bulkhead-how-to-'));
  anvil = await startAnvil(['--hardfork', 'prague']);
  const quoteToken = await prepareForDeployment(localClient(anvil.httpUrl), 0);
  const [file = ''] = blocksOf('yaml');
  const filled = file
    .replace('http://127.0.0.1:8545', anvil.httpUrl)
    .replace(`0x${'1'.repeat(40)}`, quoteToken)
    .replace(`0x${'3'.repeat(40)}`, people.deployer.address);
  await writeFile(join(directory, 'deployment.yaml'), filled);
  const [key, options] = Keystore.pbkdf2({ password: 'practice', iterations: 1_000 });
  const keystore = Keystore.encrypt(people.deployer.privateKey, key, options);
  await writeFile(join(directory, 'deployer.json'), JSON.stringify(keystore));
  await writeFile(join(directory, 'deployer.password'), 'practice\n');
  // In the page it is the checkout's; a folder of one's own has none.
  await writeFile(join(directory, 'bulkhead'), `#!/bin/sh\nexec "${join(root, 'bulkhead')}" "$@"\n`);
  await chmod(join(directory, 'bulkhead'), 0o755);
});

afterAll(async () => {
  await anvil?.stop();
  await rm(directory, { recursive: true, force: true });
});

test('every command of the page prints what the page says, and what it leaves is what the SDK reads', async () => {
  const commands = blocksOf('sh');
  expect(commands).toHaveLength(3);
  const printed: string[] = [];
  for (const command of commands) printed.push(await shell(command));
  expect(printed).toEqual(blocksOf('text'));
  const book = parseAddressBook(JSON.parse(await readFile(join(directory, 'address-book.json'), 'utf8')));
  if (!book.ok) throw new Error('the address book does not parse');
  const { clearingHouse } = addressesOn(31_337, book.value);
  expect(await localClient(anvil.httpUrl).getCode({ address: clearingHouse })).toBeDefined();
  expect(() => addressesOn(1, book.value)).toThrow('no deployment on eip155:1');
});
