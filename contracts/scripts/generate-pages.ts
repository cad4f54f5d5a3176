/**
 * Writes docs/reference/contracts: a page for every contract that has an interface, from the interface's NatSpec, and an index.
 * Reads the sources only, so that it needs no build; what the compiled interfaces declare (contracts/generated) must all be on the page.
 *
 *   ./bulkhead exec node contracts/scripts/generate-pages.ts            write
 *   ./bulkhead exec node contracts/scripts/generate-pages.ts --check    compare, exit 1 on drift
 */
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { header, type Implementation, pageOf, type Subject, titleOf } from './contractPage.ts';
import { type Declaration, declarationsOf } from './natspec.ts';

const contracts = join(import.meta.dirname, '..');
const folder = join(contracts, '..', 'docs', 'reference', 'contracts');
const command = './bulkhead exec node contracts/scripts/generate-pages.ts';

interface Contract {
  readonly name: string;
  readonly source: string;
  readonly parents: readonly string[];
  readonly tags: Declaration['tags'];
  readonly isAbstract: boolean;
}

const read = (source: string): string => readFileSync(join(contracts, source), 'utf8');

/** Every contract of the sources, abstract ones included, by name. */
function contractsOf(sources: readonly string[]): ReadonlyMap<string, Contract> {
  const all = new Map<string, Contract>();
  for (const source of sources) {
    const text = read(source);
    const declaration = declarationsOf(text).find(({ kind }) => kind === 'contract');
    if (declaration === undefined) continue;
    const { name, tags } = declaration;
    const parents = (declaration.text.split(' is ')[1] ?? '').split(', ').filter(parent => parent !== '');
    all.set(name, {
      name,
      source,
      parents,
      tags,
      isAbstract: new RegExp(`^abstract contract ${name}\\b`, 'm').test(text),
    });
  }
  return all;
}

/** The contracts between `contract` and one of `wanted`, or undefined when it does not get there. */
function pathTo(
  contract: Contract,
  wanted: readonly string[],
  all: ReadonlyMap<string, Contract>,
): string[] | undefined {
  if (contract.parents.some(parent => wanted.includes(parent))) return [];
  for (const parent of contract.parents) {
    const next = all.get(parent);
    const rest = next && pathTo(next, wanted, all);
    if (rest !== undefined) return [parent, ...rest];
  }
  return undefined;
}

function subjects(): readonly Subject[] {
  const all = contractsOf(globSync('{src,examples}/**/*.sol', { cwd: contracts }).sort());
  const files = globSync('src/interfaces/*.sol', { cwd: contracts }).sort();
  const declared = new Map(files.map(file => [file, declarationsOf(read(file))]));
  const interfacesIn = (file: string) => (declared.get(file) ?? []).filter(({ kind }) => kind === 'interface');
  /** An interface that extends another implements it too. */
  const extending = (names: readonly string[]): readonly string[] => {
    const children = files
      .flatMap(interfacesIn)
      .filter(({ text }) => (text.split(' is ')[1] ?? '').split(', ').some(parent => names.includes(parent)))
      .map(({ name }) => name)
      .filter(name => !names.includes(name));
    return children.length > 0 ? extending([...names, ...children]) : names;
  };
  return files.map(source => {
    const main = basename(source, '.sol');
    const wanted = extending([main]);
    const implementations = [...all.values()]
      .filter(({ isAbstract }) => !isAbstract)
      .flatMap((contract): Implementation[] => {
        const through = pathTo(contract, wanted, all);
        return through ? [{ name: contract.name, source: contract.source, through, tags: contract.tags }] : [];
      });
    const page = all.has(main.slice(1)) ? main.slice(1) : main;
    return { page, source, declarations: declared.get(source) ?? [], implementations };
  });
}

/** What the compiler found in an interface and the page lacks: the reader of the sources has then missed something. */
function missing({ source, declarations }: Subject): string[] {
  return declarations
    .filter(({ kind }) => kind === 'interface')
    .flatMap(({ name: owner, text }) => {
      const file = join(contracts, 'generated', `${owner}.ts`);
      if (text.includes(' is ') || !existsSync(file)) return [];
      const compiled = [...readFileSync(file, 'utf8').matchAll(/^ {4}"type": "(\w+)",\n {4}"name": "(\w+)"/gm)];
      const own = new Set(declarations.filter(each => each.owner === owner).map(({ kind, name }) => `${kind} ${name}`));
      return compiled
        .map(([, kind, name]) => `${kind} ${name}`)
        .filter(each => !own.has(each))
        .map(each => `${source}: ${each} did not reach the page`);
    });
}

function index(all: readonly Subject[]): string {
  const row = (subject: Subject): string => {
    const by = subject.implementations.map(({ name }) => `\`${name}\``).join(', ');
    return `| [${subject.page}](${subject.page}.md) | ${titleOf(subject) ?? 'Types only.'} | ${by} |\n`;
  };
  return [
    '# The contracts\n\n',
    header,
    '\nOne page for each interface: what it offers, what it refuses, what it tells. The words are the NatSpec of the sources.\n\n',
    '| page | what it is | implemented by |\n|---|---|---|\n',
    ...all.map(row),
    '\n## How to read amounts\n\n',
    '- A name that ends in `Wad` is a fraction or a price times 10^18; sizes of positions are WAD too.\n',
    '- Amounts of an asset are in its own decimals; amounts said to be quote are in the decimals of the quote token.\n',
    '- Times are seconds since 1970. A vault is named by its `bytes32` id, a group by the id of its lead vault.\n',
    '- Rounding is against whoever moves (ADM-4); ids such as SEG-2 are those of [What must always hold](../invariants.md).\n',
    '- The unit of each number of each function: [Units](../units.md).\n\n',
    'Typed ABIs are the package `@bulkhead/contracts`; what an error means and how to mend it is in [Errors](../errors.md).\n',
  ].join('');
}

function render(): ReadonlyMap<string, string> {
  const all = subjects();
  const gaps = all.flatMap(missing);
  if (gaps.length > 0) throw new Error(gaps.join('\n'));
  const named = (kinds: readonly string[]) =>
    new Map(
      all.flatMap(({ page, declarations }) =>
        declarations.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => [name, page] as const),
      ),
    );
  const pages = named(['interface']);
  const homes = named(['struct', 'enum']);
  const files = all.map(subject => [`${subject.page}.md`, pageOf(subject, pages, homes)] as const);
  return new Map([['README.md', index(all)], ...files]);
}

function main(checkOnly: boolean): boolean {
  const wanted = render();
  const present = existsSync(folder) ? readdirSync(folder) : [];
  const stale = present.filter(file => !wanted.has(file));
  const changed = [...wanted].filter(
    ([file, text]) => !present.includes(file) || readFileSync(join(folder, file), 'utf8') !== text,
  );
  if (checkOnly) {
    for (const file of [...stale, ...changed.map(([name]) => name)]) {
      console.log(`docs/reference/contracts/${file} differs from what the interfaces say`);
    }
    if (stale.length + changed.length > 0) console.log(`Write it anew: ${command}`);
    return stale.length + changed.length === 0;
  }
  mkdirSync(folder, { recursive: true });
  for (const file of stale) rmSync(join(folder, file));
  for (const [file, text] of changed) writeFileSync(join(folder, file), text);
  console.log(`${wanted.size} pages, ${changed.length + stale.length} changed`);
  return true;
}

try {
  process.exitCode = main(process.argv.includes('--check')) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
