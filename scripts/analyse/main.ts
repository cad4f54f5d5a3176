/**
 * `./bulkhead analyse`: static analysis of contracts/src and contracts/examples by slither. Every finding must be listed, with its reason, in
 * docs/reference/static-analysis.md, and everything listed there must still be found; anything else fails.
 */
import { readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pythonTool } from '../python/venv.ts';
import { contracts, forge, root, run } from '../test/command.ts';
import { type Accepted, acceptedIn } from './accepted.ts';
import { type Finding, findingsIn } from './findings.ts';

const page = join(root, 'docs', 'reference', 'static-analysis.md');
const outFolder = 'out-analyse';
const env = {
  FOUNDRY_PROFILE: 'analyse',
  PATH: `${join(root, 'scripts', 'bin')}${delimiter}${process.env.PATH ?? ''}`,
};

/** What slither reads is compiled here: by itself it would compile every test too, and take its time. */
async function compile(): Promise<void> {
  // Earlier builds leave theirs beside the new one, and slither reads them all.
  for (const folder of [outFolder, 'cache-analyse']) rmSync(join(contracts, folder), { recursive: true, force: true });
  const { code, output } = await run({ file: forge, args: ['build'], cwd: contracts, env }, false);
  if (code !== 0) throw new Error(`the contracts do not compile\n${output}`);
}

async function analyse(): Promise<readonly Finding[]> {
  const report = join(contracts, outFolder, 'slither.json');
  const args = [
    ...['.', '--config-file', 'slither.config.json', '--ignore-compile', '--foundry-out-directory', outFolder],
    ...['--fail-none', '--json', report],
  ];
  const { code, output } = await run(
    { file: join(pythonTool('slither'), 'slither'), args, cwd: contracts, env },
    false,
  );
  if (code !== 0) throw new Error(`slither did not get through\n${output}`);
  return findingsIn(readFileSync(report, 'utf8'));
}

const covers = (accepted: Accepted, finding: Finding): boolean =>
  accepted.detector === finding.detector && (accepted.place === '*' || accepted.place === finding.place);

async function main(): Promise<boolean> {
  const started = performance.now();
  const accepted = acceptedIn(readFileSync(page, 'utf8'));
  await compile();
  const findings = await analyse();
  const unlisted = findings.filter(finding => !accepted.some(each => covers(each, finding)));
  const stale = accepted.filter(each => !findings.some(finding => covers(each, finding)));
  for (const { detector, impact, place, text } of unlisted) {
    console.log(`not listed: ${detector} (${impact.toLowerCase()}) in ${place}\n  ${text}`);
  }
  for (const { detector, place } of stale) console.log(`listed, and no longer found: ${detector} in ${place}`);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(
    `${findings.length} findings of ${new Set(findings.map(({ detector }) => detector)).size} detectors in ${seconds} s; ` +
      `${unlisted.length} not listed in docs/reference/static-analysis.md, ${stale.length} listed and no longer found`,
  );
  return findings.length > 0 && unlisted.length === 0 && stale.length === 0;
}

process.exitCode = (await main()) ? 0 : 1;
