/**
 * Writes docs/reference/units.md: what every number is that goes into an external function or comes out of it, and which test holds it to that.
 * Reads the generated ABIs, the rules beside this file and the doc lines of contracts/test/units. Fails on a number that no rule knows, on a rule or
 * a doc line that fits nothing, on a function with an amount, price, size or share that no test covers, and on
 * such a field of what it returns that its tests never read.
 *
 *   ./bulkhead exec node contracts/scripts/generate-units.ts            write
 *   ./bulkhead exec node contracts/scripts/generate-units.ts --check    compare, exit 1 on drift
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { roundings } from './unitRounding.ts';
import { meanings } from './unitRules.ts';
import { type AbiFunction, inputsOf, isScaled, kindOf, type Leaf, outputsOf, unused } from './units.ts';
import { type UnitTest, unitTestsIn, unread, untrue } from './unitTests.ts';

const contracts = join(import.meta.dirname, '..');
const page = join(contracts, '..', 'docs', 'reference', 'units.md');
const command = './bulkhead exec node contracts/scripts/generate-units.ts';

/** In the order of the page: name there, and the ABI that has the functions. */
const subjects = {
  MarginEngine: 'IMarginEngine',
  MarginGroups: 'IMarginGroups',
  PortfolioRequirements: 'IPortfolioRequirements',
  LiquidationEngine: 'ILiquidationEngine',
  Venue: 'IVenue',
  ClearingHouse: 'IClearingHouse',
  DefaultWaterfall: 'IDefaultWaterfall',
  OracleHub: 'IOracleHub',
  RiskConfig: 'IRiskConfig',
  Guardian: 'IGuardian',
  VaultRegistry: 'IVaultRegistry',
  Escrow: 'IEscrow',
  VaultLens: 'VaultLens',
} as const;

interface Row {
  readonly subject: string;
  /** `MarginEngine.deposit` */
  readonly owner: string;
  readonly inputs: readonly Leaf[];
  readonly outputs: readonly Leaf[];
}

async function abiOf(name: string): Promise<readonly AbiFunction[]> {
  const module = (await import(join(contracts, 'generated', `${name}.ts`))) as Record<string, readonly AbiFunction[]>;
  const abi = module[`${name.charAt(0).toLowerCase()}${name.slice(1)}Abi`];
  if (abi === undefined) throw new Error(`contracts/generated/${name}.ts has no ABI of ${name}`);
  return abi.filter(({ type }) => type === 'function');
}

/** What a contract has because it is a venue is said once, under Venue. */
async function rowsOf(): Promise<readonly Row[]> {
  const ofVenues = new Set((await abiOf('IVenue')).map(({ name }) => name));
  const rows: Row[] = [];
  for (const [subject, source] of Object.entries(subjects)) {
    for (const each of await abiOf(source)) {
      if (subject === 'ClearingHouse' && ofVenues.has(each.name)) continue;
      const owner = `${subject}.${each.name}`;
      rows.push({ subject, owner, inputs: inputsOf(owner, each), outputs: outputsOf(owner, each) });
    }
  }
  return rows;
}

/* WHAT IS WRONG */

/** A value that is not a field is what the call itself gives, and cannot be overlooked so easily. */
const fieldOf = ({ member }: Leaf): string[] => (member === undefined ? [] : [member.split('.')[1] ?? '']);

const unknown = ({ owner, path, type }: Leaf): string =>
  `${owner}.${path} (${type}): no rule says what it is. Name it as others of its kind are named, or say so in contracts/scripts/unitRules.ts`;

function problems(rows: readonly Row[], tests: readonly UnitTest[]): readonly string[] {
  const leaves = rows.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]);
  const owners = new Set(rows.map(({ owner }) => owner));
  const covered = new Set(tests.flatMap(({ covers }) => covers));
  const untold = rows
    .filter(({ owner }) => covered.has(owner))
    .flatMap(({ owner, outputs }) =>
      unread(owner, outputs.filter(isScaled).flatMap(fieldOf), tests, contracts).map(field => `${owner}: ${field}`),
    );
  const bare = rows
    .filter(({ inputs, outputs }) => [...inputs, ...outputs].some(isScaled))
    .map(({ owner }) => owner)
    .filter(owner => !covered.has(owner));
  return [
    ...leaves.filter(leaf => kindOf(leaf) === undefined).map(unknown),
    ...unused(leaves).map(key => `contracts/scripts/unitRules.ts: ${key} is the name of no number`),
    ...Object.keys(roundings)
      .filter(key => !owners.has(key))
      .map(key => `contracts/scripts/unitRounding.ts: there is no function ${key}`),
    ...untrue(tests, contracts, owners),
    ...untold.map(each => `${each} is compared by no test that names the function in contracts/test/units`),
    ...bare.map(
      owner => `${owner}: no test checks its units. Add one to contracts/test/units, with /// @custom:units ${owner}`,
    ),
  ];
}

/* THE PAGE */

function unitOf(leaf: Leaf): string {
  const kind = kindOf(leaf);
  const signed = leaf.type.startsWith('int') && kind !== 'size';
  return signed ? `${kind}, signed` : `${kind}`;
}

/** Values of one kind together, in the order in which they first come. */
function cell(leaves: readonly Leaf[]): string {
  const kinds = Map.groupBy(leaves, unitOf);
  return [...kinds].map(([kind, each]) => `${each.map(({ path }) => `\`${path}\``).join(', ')}: ${kind}`).join('<br>');
}

function testsOf(owner: string, tests: readonly UnitTest[]): string {
  return tests
    .filter(({ covers }) => covers.includes(owner))
    .map(({ file, name }) => `[${name}](../../contracts/${file})`)
    .join('<br>');
}

function table(subject: string, rows: readonly Row[], tests: readonly UnitTest[]): string {
  const numeric = rows.filter(row => row.subject === subject && row.inputs.length + row.outputs.length > 0);
  const lines = numeric.map(({ owner, inputs, outputs }) => {
    const name = owner.split('.')[1];
    const cells = [`\`${name}\``, cell(inputs), cell(outputs), roundings[owner] ?? '', testsOf(owner, tests)];
    return `| ${cells.join(' | ')} |\n`;
  });
  return `## ${subject}\n\n| function | in | out | rounding | tested by |\n|---|---|---|---|---|\n${lines.join('')}\n`;
}

function render(rows: readonly Row[], tests: readonly UnitTest[]): string {
  const count = rows.reduce((sum, { inputs, outputs }) => sum + inputs.length + outputs.length, 0);
  return [
    '# Units\n\n',
    '<!-- Generated by contracts/scripts/generate-units.ts. Do not edit. -->\n',
    `\nWhat every number is that goes into an external function of the contracts or comes out of it: ${count} of them. The tests named beside the functions\n`,
    'run with quote and tokens of several decimals and compare each number with what was meant in dollars and coins.\n\n',
    '| unit | what it is |\n|---|---|\n',
    ...Object.entries(meanings).map(([kind, meaning]) => `| ${kind} | ${meaning} |\n`),
    '\nA function without an entry under rounding takes and gives its numbers as they are. Whatever rounds, rounds against who moves (ADM-4). `returns` is a\n',
    'value without a name. Functions without numbers are left out; what a function does is on its [page](contracts/README.md). In JSON and TypeScript amounts\n',
    'are integers in base units beside the token that they are of.\n\n',
    'An asset of many decimals fits into a book only in small amounts: it holds less than 2^120 base units for each vault and asset, which are 1.3 million whole\n',
    'tokens at 30 decimals, and 1.3 at 36.\n\n',
    Object.keys(subjects)
      .map(subject => table(subject, rows, tests))
      .join('')
      .trimEnd(),
    '\n',
  ].join('');
}

async function main(checkOnly: boolean): Promise<boolean> {
  const rows = await rowsOf();
  const tests = unitTestsIn(contracts, 'test/units/*.sol');
  const found = problems(rows, tests);
  if (found.length > 0) throw new Error(found.join('\n'));
  const text = render(rows, tests);
  const same = existsSync(page) && readFileSync(page, 'utf8') === text;
  if (checkOnly) {
    if (!same)
      console.log(`docs/reference/units.md differs from what the interfaces and tests say. Write it anew: ${command}`);
    return same;
  }
  if (!same) writeFileSync(page, text);
  console.log(`docs/reference/units.md: ${same ? 'unchanged' : 'written'}`);
  return true;
}

try {
  process.exitCode = (await main(process.argv.includes('--check'))) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
