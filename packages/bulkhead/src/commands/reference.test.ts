import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import type { Operations } from '../http/operations.ts';
import { answer } from '../http/routes.ts';
import { addConfig } from './config.ts';
import type { Terminal } from './context.ts';
import { addDeploy } from './deploy.ts';
import { addDoctor } from './doctor.ts';
import { addOperating } from './operate.ts';
import { addRun } from './run.ts';
import { addUp } from './up.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const [cliPage, httpPage] = [read('docs/reference/cli.md'), read('docs/reference/http.md')];

const silent: Terminal = {
  print: () => {},
  json: () => {},
  note: () => {},
  paint: (_, text) => text,
  notePaint: (_, text) => text,
};

const program = new Command('bulkhead');
for (const add of [addUp, addRun, addConfig, addDoctor, addDeploy, addOperating]) add(program, silent);

/** Every verb with its full name. */
const verbs = program.commands.flatMap(command =>
  command.commands.length > 0
    ? command.commands.map(child => ({ name: `${command.name()} ${child.name()}`, command: child }))
    : [{ name: command.name(), command }],
);

/** The part of the page under the heading that names the verb. */
const sectionOf = (verb: string): string =>
  cliPage.split(/^## /m).find(section =>
    section
      .split('\n', 1)[0]
      ?.split(',')
      .some(title => title.trim() === verb),
  ) ?? '';

describe('the page about the command line', () => {
  test.each(verbs)('explains $name and each of its options', ({ name, command }) => {
    const section = sectionOf(name);
    expect(section).toContain(`./bulkhead ${name}`);
    const stated = section.replaceAll('\\|', '|');
    for (const option of command.options) {
      const long = option.flags.split(', ').at(-1) ?? '';
      expect(stated, long).toContain(`| \`${long}\` |`);
    }
  });
});

describe('the page about HTTP', () => {
  test('names every path that is answered', async () => {
    const request = { method: 'GET', path: '/nothing', query: new URLSearchParams(), token: undefined };
    const { body } = await answer(request, {} as Operations, undefined, () => false);
    const paths = body.match(/\/[a-z]+/g) ?? [];
    expect(paths.length).toBeGreaterThan(7);
    for (const path of paths) expect(httpPage).toMatch(new RegExp(`(GET|POST) \`${path}[\`?]`));
  });

  test('explains every metric that the code counts, and no other', () => {
    const sources = readdirSync(join(root, 'packages')).flatMap(name =>
      readdirSync(join(root, 'packages', name, 'src'), { recursive: true, encoding: 'utf8' })
        .filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts'))
        .map(file => join(name, 'src', file)),
    );
    const counted = sources.flatMap(file =>
      [...read(join('packages', file)).matchAll(/metrics\.(?:count|gauge|observe)\(\s*'([a-z_]+)'/g)].map(
        ([, name]) => `bulkhead_${name}`,
      ),
    );
    const explained = [...httpPage.matchAll(/^\| `(bulkhead_[a-z_]+)`/gm)].map(([, name]) => name);
    expect([...new Set(counted)].sort()).toEqual([...new Set(explained)].sort());
  });
});
