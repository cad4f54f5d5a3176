/**
 * Puts one small fault at a time into the margin and liquidation code and runs the tests that should notice. Works on a copy of the sources, one process,
 * until it is through or out of time; which mutants a short run takes is a fixed sample over all of them. What a fault costs is compiling: so the optimiser
 * is off (foundry.toml, profile mutate), the copy holds nothing but what the target's tests need, and each target has few tests.
 *
 *   ./bulkhead mutate --minutes 20                    every target
 *   ./bulkhead mutate --minutes 20 --only CloseOut    one of them
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { parseArgs } from 'node:util';
import { contracts, forge, root } from '../test/command.ts';
import { type Mutant, mutantsOf, withMutant } from './operators.ts';

interface Target {
  readonly source: string;
  /** Globs of the tests that should notice. */
  readonly tests: readonly string[];
}

const library = (name: string): Target => ({
  source: `src/libraries/${name}.sol`,
  tests: [`test/libraries/${name}.t.sol`],
});
const margin = (...names: readonly string[]) => names.map(name => `test/margin/${name}.t.sol`);
const clearing = ['test/clearing/*.t.sol'];
const targets: Readonly<Record<string, Target>> = {
  LiquidationMath: library('LiquidationMath'),
  SettlementMath: library('SettlementMath'),
  OptionMargin: library('OptionMargin'),
  WaterfallMath: library('WaterfallMath'),
  RequirementMath: { source: 'src/libraries/RequirementMath.sol', tests: margin('PortfolioRequirements') },
  ValueMath: { source: 'src/libraries/ValueMath.sol', tests: margin('Health') },
  AssetValuation: { source: 'src/margin/AssetValuation.sol', tests: margin('Health', 'Liquidation') },
  LiquidationEngine: { source: 'src/margin/LiquidationEngine.sol', tests: margin('Liquidation', 'Groups') },
  MarginGroups: { source: 'src/margin/MarginGroups.sol', tests: margin('Groups', 'Groups.invariant') },
  MarginEngine: {
    source: 'src/margin/MarginEngine.sol',
    tests: margin('Deposit', 'Withdraw', 'Venues', 'Health', 'Groups'),
  },
  Settlement: { source: 'src/clearing/Settlement.sol', tests: clearing },
  CloseOut: { source: 'src/clearing/CloseOut.sol', tests: clearing },
};

type Verdict = 'killed' | 'survived' | 'does not compile';
const secondsForOne = 600;

/** The file and all that it imports or deploys by its artefact's name, but for packages. */
function closure(file: string, seen: Set<string>): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(join(contracts, file), 'utf8');
  for (const [, path = ''] of text.matchAll(/from "(\.[^"]+)"/g)) closure(normalize(join(dirname(file), path)), seen);
  for (const [, name = ''] of text.matchAll(/getCode\("([^":]+)/g)) {
    for (const path of globSync(`src/**/${name}`, { cwd: contracts })) closure(path, seen);
  }
  return seen;
}

/** A project of its own with nothing in it but the target, its tests and what they need: forge compiles as little as possible. */
function copyFor(name: string, target: Target): string {
  const home = join(root, '.bulkhead', 'mutants', name);
  const copy = join(home, 'contracts');
  rmSync(home, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  symlinkSync(join(root, 'scripts'), join(home, 'scripts'));
  symlinkSync(join(contracts, 'node_modules'), join(copy, 'node_modules'));
  cpSync(join(contracts, 'foundry.toml'), join(copy, 'foundry.toml'));
  const files = new Set<string>();
  for (const file of [target.source, ...globSync([...target.tests], { cwd: contracts })]) closure(file, files);
  for (const file of files) cpSync(join(contracts, file), join(copy, file));
  return copy;
}

function judge(copy: string): Verdict {
  const { status, stdout, stderr } = spawnSync(forge, ['test', '--fail-fast'], {
    cwd: copy,
    env: { ...process.env, FOUNDRY_PROFILE: 'mutate' },
    encoding: 'utf8',
    timeout: secondsForOne * 1000,
    maxBuffer: 2 ** 28,
  });
  if (status === 0) return 'survived';
  return /Compiler run failed/.test(stdout + stderr) ? 'does not compile' : 'killed';
}

/** The same order every time, and no part of a file before another. */
const shuffled = (mutants: readonly Mutant[]): readonly Mutant[] => {
  const key = (mutant: Mutant) => createHash('sha256').update(JSON.stringify(mutant)).digest('hex');
  return mutants.toSorted((left, right) => (key(left) < key(right) ? -1 : 1));
};

function runTarget(name: string, target: Target, until: number): void {
  const copy = copyFor(name, target);
  const file = join(copy, target.source);
  const source = readFileSync(file, 'utf8');
  // Without a fault every test must pass, or all mutants would look killed.
  if (judge(copy) !== 'survived') throw new Error(`the tests of ${name} fail, or do not compile, without any fault.`);
  const mutants = shuffled(mutantsOf(source));
  const counts: Record<Verdict, number> = { killed: 0, survived: 0, 'does not compile': 0 };
  let tried = 0;
  for (const mutant of mutants) {
    if (Date.now() >= until) break;
    writeFileSync(file, withMutant(source, mutant));
    const verdict = judge(copy);
    tried += 1;
    counts[verdict] += 1;
    if (verdict === 'survived') {
      console.log(`survived: ${target.source}:${mutant.line} (${mutant.operator})`);
      console.log(`  - ${mutant.before.trim()}\n  + ${mutant.after.trim()}`);
    }
  }
  console.log(
    `${name}: ${tried} of ${mutants.length} mutants tried; ${counts.killed} killed, ${counts.survived} survived, ${counts['does not compile']} do not compile`,
  );
}

function main(): void {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '20' }, only: { type: 'string' } } });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error(`--minutes must be a number above 0, not ${values.minutes}.`);
  const names = values.only === undefined ? Object.keys(targets) : [values.only];
  const end = Date.now() + minutes * 60_000;
  for (const [index, name] of names.entries()) {
    const target = targets[name];
    if (target === undefined || !existsSync(join(contracts, target.source))) {
      throw new Error(`no target is called ${name}; there are ${Object.keys(targets).join(', ')}.`);
    }
    // What one target leaves of its share is the next ones'.
    runTarget(name, target, Date.now() + (end - Date.now()) / (names.length - index));
  }
}

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
