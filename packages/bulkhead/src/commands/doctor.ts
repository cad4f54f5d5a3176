import type { Command } from 'commander';
import { systemClock } from '../adapters/systemClock.ts';
import { loadConfig } from '../config/loadConfig.ts';
import type { CheckOutcome } from '../startup/checks.ts';
import { exitCodes, type Terminal } from './context.ts';

export interface DoctorOptions {
  readonly config: string;
  readonly json?: boolean;
}

const show = ({ check, detail, problems, warnings }: CheckOutcome, terminal: Terminal): void => {
  const [mark, tone] = problems.length > 0 ? (['wrong', 'red'] as const) : (['ok   ', 'green'] as const);
  const aside = problems.length === 0 && detail ? terminal.paint('dim', ` (${detail})`) : '';
  terminal.print(`${terminal.paint(tone, mark)} ${check.what}${aside}`);
  for (const line of problems.flatMap(problem => problem.message.split('\n'))) terminal.print(`      ${line}`);
  for (const warning of warnings) terminal.print(`      ${terminal.paint('yellow', 'warning')} ${warning}`);
};

const rowOf = ({ check, detail, problems, warnings }: CheckOutcome) => ({
  field: check.field,
  what: check.what,
  ok: problems.length === 0,
  detail,
  problems: problems.map(({ code, field, problem, remedy }) => ({ code, field, problem, remedy })),
  warnings,
});

/** Probes everything that a process would use, and goes on after a failure. Answers whether all is well. */
export const examine = async (options: DoctorOptions, terminal: Terminal): Promise<boolean> => {
  const config = await loadConfig(options.config);
  // Only the verbs that need the adapters load them: --help answers at once.
  const { runCheck, startupChecks } = await import('../startup/checks.ts');
  const outcomes: CheckOutcome[] = [];
  for (const check of startupChecks(config, systemClock())) {
    const outcome = await runCheck(check);
    outcomes.push(outcome);
    if (!options.json) show(outcome, terminal);
  }
  const wrong = outcomes.filter(outcome => outcome.problems.length > 0).length;
  if (options.json) terminal.json({ kind: 'doctor', ok: wrong === 0, checks: outcomes.map(rowOf) });
  else
    terminal.print(
      wrong === 0 ? `All ${outcomes.length} probes passed.` : `${wrong} of ${outcomes.length} probes failed.`,
    );
  return wrong === 0;
};

export const addDoctor = (program: Command, terminal: Terminal): void => {
  program
    .command('doctor')
    .description('probe every endpoint, contract, key and Redis setting that would be used, and say all that is wrong')
    .requiredOption('-c, --config <file>', 'configuration to examine')
    .option('--json', 'one JSON document on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  $ bulkhead doctor --config bulkhead.yaml\n  $ bulkhead doctor --config bulkhead.yaml --json',
    )
    .action(async (options: DoctorOptions) => {
      if (!(await examine(options, terminal))) process.exitCode = exitCodes.failed;
    });
};
