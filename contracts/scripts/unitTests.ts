import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A test and the functions whose units it says it checks. */
export interface UnitTest {
  readonly file: string;
  readonly name: string;
  readonly covers: readonly string[];
}

const tag = '@custom:units';
/** Lines of a doc comment, and the function that they stand before. */
const documented = /((?:^[ \t]*\/\/\/.*\n)+)[ \t]*function (\w+)\(/gm;

/** What the doc lines `/// @custom:units Contract.function …` of the tests say; `files` under `contracts`. */
export function unitTestsIn(contracts: string, files: string): readonly UnitTest[] {
  return globSync(files, { cwd: contracts })
    .sort()
    .flatMap(file => {
      const text = readFileSync(join(contracts, file), 'utf8');
      return [...text.matchAll(documented)].flatMap(([, comment = '', name = '']): UnitTest[] => {
        const lines = comment.split('\n').filter(line => line.includes(tag));
        const covers = lines.flatMap(line => (line.split(tag)[1] ?? '').trim().split(/\s+/));
        return covers.length > 0 ? [{ file, name, covers }] : [];
      });
    });
}

const named = (text: string, field: string): boolean => new RegExp(`\\.${field}\\b`).test(text);

/** Fields among `fields` that no file with a test of `owner` ever reads. */
export function unread(
  owner: string,
  fields: readonly string[],
  tests: readonly UnitTest[],
  contracts: string,
): readonly string[] {
  const files = new Set(tests.filter(({ covers }) => covers.includes(owner)).map(({ file }) => file));
  const text = [...files].map(file => readFileSync(join(contracts, file), 'utf8')).join('');
  return fields.filter(field => !named(text, field));
}

/** What is said and cannot be so: a function that does not exist, or one that the file never calls. */
export function untrue(tests: readonly UnitTest[], contracts: string, functions: ReadonlySet<string>): string[] {
  return tests.flatMap(({ file, name, covers }) => {
    const text = readFileSync(join(contracts, file), 'utf8');
    return covers.flatMap(each => {
      if (!functions.has(each)) return [`${file}: ${name} names ${each}, which no interface has`];
      const called = new RegExp(`\\.${each.split('.')[1]}\\(`).test(text);
      return called ? [] : [`${file}: ${name} names ${each}, and the file never calls it`];
    });
  });
}
