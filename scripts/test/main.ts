/**
 * `./bulkhead test [checks|unit|contracts|integration|chaos]`: without a part, everything.
 * The last line on stdout is `N passed, N failed, N skipped`; exit 1 if anything failed or a runner ran no test.
 */
import { type Check, contractChecks, gasCheck, workspaceChecks } from './checks.ts';
import { run } from './command.ts';
import { forgeTest } from './forge.ts';
import { add, line, none, oneFailed, onePassed, type Tally } from './tally.ts';
import { vitest } from './vitest.ts';

interface Step {
  readonly name: string;
  readonly part: string;
  readonly go: () => Promise<{ readonly tally: Tally; readonly complaint?: string }>;
}

const parts = ['checks', 'contracts', 'unit', 'integration', 'chaos'] as const;

async function check({ command }: Check) {
  const { code, output } = await run(command, false);
  if (code === 0) return { tally: onePassed };
  console.log(output.trimEnd());
  return { tally: oneFailed, complaint: `exit code ${code}` };
}

const checkStep =
  (part: string) =>
  (each: Check): Step => ({ name: each.name, part, go: () => check(each) });
const vitestStep = (project: string): Step => ({ name: `vitest ${project}`, part: project, go: () => vitest(project) });

/** One after the other: two cores are busy enough with one build, or with one test file and its chains. */
const steps: readonly Step[] = [
  ...workspaceChecks.map(checkStep('checks')),
  ...contractChecks.map(checkStep('contracts')),
  { name: 'forge test', part: 'contracts', go: forgeTest },
  checkStep('contracts')(gasCheck),
  vitestStep('unit'),
  vitestStep('integration'),
  vitestStep('chaos'),
];

async function runStep(step: Step): Promise<Tally> {
  const started = performance.now();
  console.log(`\n── ${step.name}`);
  const { tally, complaint } = await step.go();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const verdict = tally.failed === 0 ? '✓' : '✗';
  console.log(`${verdict} ${step.name} (${seconds} s): ${line(tally)}${complaint ? ` — ${complaint}` : ''}`);
  return tally;
}

async function main(part: string | undefined): Promise<void> {
  if (part !== undefined && !parts.some(known => known === part)) {
    console.error(`There is no part "${part}". Parts: ${parts.join(', ')}; without one, everything is run.`);
    process.exitCode = 1;
    return;
  }
  // The first signal goes to the running child; what follows it is not started.
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);

  let total = none;
  const failures: string[] = [];
  for (const step of steps.filter(each => part === undefined || each.part === part)) {
    if (interrupted) break;
    const tally = await runStep(step);
    if (tally.failed > 0) failures.push(step.name);
    total = add(total, tally);
  }
  if (interrupted) total = add(total, oneFailed);
  console.log(failures.length > 0 ? `\nfailed: ${failures.join(', ')}` : '');
  if (interrupted) console.log('interrupted: not everything was run');
  console.log(line(total));
  process.exitCode = total.failed > 0 ? 1 : 0;
}

await main(process.argv[2]);
