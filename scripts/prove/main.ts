/**
 * `./bulkhead prove [NAME]`: symbolic proofs of contracts/test/proofs on the real contracts, by halmos. With NAME only the checks whose name begins with it.
 * `./bulkhead prove --broken [NAME]`: the same on copies of the contracts that breaks.ts has broken, where each check named there must fail.
 * Minutes of both cores: not a part of `./bulkhead test`. What came of it, and within what bounds: docs/reference/proofs.md.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { pythonTool } from '../python/venv.ts';
import { contracts, forge, root, run } from '../test/command.ts';
import { type Break, breaks } from './breaks.ts';

/** Of one query to the solver. A check that the solver gives up on counts as failed. */
const solverTimeout = '300s';

interface Verdict {
  readonly check: string;
  readonly passed: boolean;
}

/** Halmos puts `check_` before whatever it is asked to match. */
const withoutPrefix = (name: string): string => name.replace(/^check_/, '');

/** Compiles what the proofs import, in `folder`, and runs the checks whose name begins with one of `names`. */
async function prove(folder: string, names: readonly string[], live: boolean): Promise<readonly Verdict[]> {
  const bin = pythonTool('halmos');
  const env = {
    FOUNDRY_PROFILE: 'prove',
    PATH: `${join(root, 'scripts', 'bin')}${delimiter}${process.env.PATH ?? ''}`,
  };
  const built = await run({ file: forge, args: ['build', '--ast'], cwd: folder, env }, live);
  if (built.code !== 0) throw new Error(`the proofs do not compile\n${built.output}`);
  const args = [
    ...['--forge-build-out', 'out-prove', '--match-test', `(${names.map(withoutPrefix).join('|')})`, '--no-status'],
    ...['--solver', 'yices', '--solver-timeout-assertion', solverTimeout],
  ];
  const finished = await run({ file: join(bin, 'halmos'), args, cwd: folder, env }, live);
  const output = stripVTControlCharacters(finished.output);
  const lines = output.matchAll(/^\[(PASS|FAIL|TIMEOUT|ERROR)\] (\w+)/gm);
  const partial = cutShort(output);
  return [...lines].map(([, verdict, check = '']) => ({ check, passed: verdict === 'PASS' && !partial.has(check) }));
}

/** The checks of which halmos says that it left a loop before its end: what it saw passed, and that is not all. It breaks its lines anywhere. */
const cutShort = (output: string): ReadonlySet<string> =>
  new Set(
    [...output.replaceAll(/\s/g, '').matchAll(/WARNING(check_\w+)\([^)]*\):pathshavenotbeenfullyexplored/g)].map(
      ([, check = '']) => check,
    ),
  );

/** A copy of the contracts with all breaks applied; each is in a function of its own, so that none hides another. */
function brokenCopy(): string {
  const folder = join(root, '.bulkhead', 'prove', 'broken', 'contracts');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const part of ['src', 'test/proofs', 'foundry.toml'])
    cpSync(join(contracts, part), join(folder, part), { recursive: true });
  symlinkSync(join(contracts, 'node_modules'), join(folder, 'node_modules'));
  const tools = join(folder, '..', 'scripts');
  rmSync(tools, { force: true });
  symlinkSync(join(root, 'scripts'), tools);
  for (const each of breaks) apply(folder, each);
  return folder;
}

function apply(folder: string, { file, from, to }: Break): void {
  const path = join(folder, 'src', file);
  const source = readFileSync(path, 'utf8');
  if (source.split(from).length !== 2) throw new Error(`${file} no longer has exactly one: ${from}`);
  writeFileSync(path, source.replace(from, to));
}

function report(verdicts: readonly Verdict[], wanted: boolean): boolean {
  const wrong = verdicts.filter(({ passed }) => passed !== wanted);
  for (const { check } of wrong) console.log(wanted ? `not proved: ${check}` : `not noticed: ${check}`);
  console.log(
    `${verdicts.length - wrong.length} of ${verdicts.length} checks ${wanted ? 'proved' : 'failed, as they should'}`,
  );
  return verdicts.length > 0 && wrong.length === 0;
}

async function main(argument: string | undefined, only: string): Promise<boolean> {
  if (argument !== '--broken') return report(await prove(contracts, [argument ?? 'check_'], true), true);
  const names = [...new Set(breaks.flatMap(({ noticedBy }) => noticedBy))].filter(name =>
    withoutPrefix(name).startsWith(only),
  );
  const verdicts = await prove(brokenCopy(), names, true);
  return report(verdicts, false) && verdicts.length === names.length;
}

process.exitCode = (await main(process.argv[2], process.argv[3] ?? '')) ? 0 : 1;
