import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configSchema, deploymentSchema, parseConfig } from '@bulkhead/shared/config';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { z } from 'zod';
import { loadDeployment } from '../deploy/loadDeployment.ts';
import { loadConfig } from './loadConfig.ts';

const folder = join(import.meta.dirname, '..', '..', '..', '..', 'docs', 'reference');
const page = readFileSync(join(folder, 'configuration.md'), 'utf8');
const example = join(folder, 'bulkhead.example.yaml');

/** What of a schema's definition leads to the schemas inside it. */
interface Definition {
  readonly type: string;
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly options?: readonly z.core.$ZodType[];
}

/** Every key that may be written, as the page writes it: `chains[].fees.cap`. */
const keysOf = (schema: z.core.$ZodType, path: string): readonly string[] => {
  const definition = schema._zod.def as unknown as Definition;
  const { innerType, element, options, shape } = definition;
  if (innerType) return keysOf(innerType, path);
  if (definition.type === 'pipe' && definition.in) return keysOf(definition.in, path);
  if (options) return options.flatMap(option => keysOf(option, path));
  if (element) return keysOf(element, `${path}[]`);
  return Object.entries(shape ?? {}).flatMap(([key, child]) => {
    const here = path === '' ? key : `${path}.${key}`;
    return [here, ...keysOf(child, here)];
  });
};
const keys = [...new Set(keysOf(configSchema, ''))];

/** Rows of a page that begin with a key, by that key. */
const rowsOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    [...text.matchAll(/^\| `([^`]+)` \|([^|]*)\|([^|]*)\|/gm)].map(([, key = '', , preset = '']) => [
      key,
      preset.trim(),
    ]),
  );
const rows = rowsOf(page);

/** Blocks that only hold other keys need no row of their own. */
const isBlockOf =
  (all: readonly string[]) =>
  (key: string): boolean =>
    all.some(other => other.startsWith(`${key}.`) || other.startsWith(`${key}[].`));
const isBlock = isBlockOf(keys);

const minimal = () => {
  const block = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const parsed = parseConfig(parse(block));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
};

const at = (root: unknown, key: string): unknown =>
  key
    .replaceAll('[]', '.0')
    .split('.')
    .reduce<unknown>(
      (value, part) => (typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined),
      root,
    );

describe('the configuration page', () => {
  test('explains every key that the schema knows', () => {
    expect(keys.filter(key => !rows.has(key) && !isBlock(key))).toEqual([]);
  });

  test('explains no key that the schema does not know', () => {
    const configured = [...rows.keys()].filter(key => /^[a-z][a-zA-Z[\].]*$/.test(key) && key.includes('.'));
    expect(configured.filter(key => !keys.includes(key))).toEqual([]);
  });

  test('says the default that the schema gives', () => {
    const config = minimal();
    const stated = [...rows].filter(([key, preset]) => keys.includes(key) && preset.startsWith('`'));
    expect(stated.length).toBeGreaterThan(25);
    for (const [key, preset] of stated) {
      // Defaults of blocks that are absent themselves cannot be seen in a minimal file.
      const found = at(config, key);
      if (found !== undefined) expect(`\`${String(found)}\``, key).toBe(preset);
    }
  });

  test('has an example file that loads, and in which every key is used', async () => {
    const config = await loadConfig(example, { BULKHEAD_SECRETS: '/run/secrets' });
    expect(config.mode).toBe('act');
    const raw: unknown = parse(readFileSync(example, 'utf8'));
    const unused = keys.filter(key => at(raw, key) === undefined && key !== 'signer.privateKeyEnv');
    expect(unused).toEqual([]);
  });
});

describe('the page about the deployment file', () => {
  const known = [...new Set(keysOf(deploymentSchema, ''))];
  const explained = rowsOf(readFileSync(join(folder, 'deployment.md'), 'utf8'));
  const file = join(folder, 'deployment.example.yaml');

  test('explains every key that the schema knows, and no other', () => {
    expect(known.filter(key => !explained.has(key) && !isBlockOf(known)(key))).toEqual([]);
    expect([...explained.keys()].filter(key => /^[a-z]\w*(\[\])?\./.test(key) && !known.includes(key))).toEqual([]);
  });

  test('has an example file that loads, and in which every key is used', async () => {
    const secrets = { BULKHEAD_SECRETS: '/run/secrets' };
    const loaded = await loadDeployment(file, secrets);
    expect(loaded.signer).toMatchObject({ keystore: '/run/secrets/deployer.json' });
    const raw: unknown = parse(readFileSync(file, 'utf8'));
    expect(known.filter(key => at(raw, key) === undefined && key !== 'signer.privateKeyEnv')).toEqual([]);
  });
});
