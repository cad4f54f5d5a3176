import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const pages = [
  ...readdirSync(root).filter(name => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md'))
    .map(name => join('docs', name)),
];
const read = (page: string): string => readFileSync(join(root, page), 'utf8');

/** A heading's anchor as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
const anchorsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));

const isBroken = (page: string, target: string): boolean => {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, file))) return true;
  return anchor !== undefined && file.endsWith('.md') && !anchorsOf(read(file)).includes(anchor);
};

describe('the documentation', () => {
  test.each(pages)('%s links only to what exists', page => {
    const targets = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const local = targets.filter(target => !/^[a-z]+:/.test(target));
    expect(local.filter(target => isBroken(page, target))).toEqual([]);
  });

  test('proves each failure that it says we do not have by a test that exists', () => {
    const rows = read('docs/reference/failures.md').match(/^\| F\d+ \|.*\|$/gm) ?? [];
    const guarded = rows.filter(row => row.includes('`test/') || row.includes('`packages/'));
    expect(guarded.length).toBeGreaterThan(18);
    for (const row of guarded) {
      for (const [, file = '', names = ''] of row.matchAll(/`([^`]+\.ts)`: ("[^`|]*)/g)) {
        const source = read(file);
        for (const [, name = ''] of names.matchAll(/"([^"]+)"/g)) expect(source, `${file}: ${name}`).toContain(name);
      }
    }
  });

  test('names for each loss of others a line that stops it and a test, and both are there', () => {
    const rows = read('docs/explanation/threat-model.md').match(/^\|.*` [A-Z]+-\d+ \|.*\|$/gm) ?? [];
    expect(rows.length).toBeGreaterThan(12);
    for (const row of rows) {
      const [, file = '', tag = ''] = /\| `([^`]+)` ([A-Z]+-\d+) \|/.exec(row) ?? [];
      expect(read(file), `${file}: ${tag}`).toMatch(new RegExp(`(//|\\*).*\\b${tag}\\b`));
      const [, tests = '', name = ''] = /`([^`]+)`: `([^`]+)` \|$/.exec(row) ?? [];
      expect(read(tests), `${tests}: ${name}`).toContain(name);
    }
  });

  /** The words of a union of texts, out of its source. */
  const wordsOf = (file: string, name: string): readonly string[] => {
    const body = new RegExp(`type ${name} =([^;]*);`).exec(read(file))?.[1] ?? '';
    return [...body.matchAll(/'([a-zA-Z]+)'/g)].map(([, word = '']) => word);
  };

  test.each(['WaitCode', 'NothingCode'])('tells an operator what each %s of a decision means', name => {
    const words = wordsOf('packages/keeper/src/decide/decision.ts', name);
    expect(words.length).toBeGreaterThan(4);
    const page = read('docs/how-to/operate-a-keeper.md');
    expect(words.filter(word => !page.includes(`\`${word}\``))).toEqual([]);
  });

  test('lists every reason for which a process refuses to start', () => {
    const words = wordsOf('packages/bulkhead/src/startup/startupError.ts', 'StartupErrorCode');
    expect(words.length).toBeGreaterThan(10);
    const page = read('docs/reference/configuration.md');
    expect(words.filter(word => !page.includes(`\`${word}\``))).toEqual([]);
  });
});
