import type { Command } from 'commander';
import { systemClock } from '../adapters/systemClock.ts';
import { loadConfig } from '../config/loadConfig.ts';
import type { Terminal } from './context.ts';

export interface ValidateOptions {
  readonly config: string;
  readonly json?: boolean;
}

/** Checks a configuration on paper and on chain, and stops at the first thing that is wrong. Sends nothing. */
export const validateConfig = async (options: ValidateOptions, terminal: Terminal): Promise<void> => {
  const config = await loadConfig(options.config);
  const { requireStartup } = await import('../startup/checks.ts');
  const passed: { readonly field: string; readonly what: string; readonly detail: string }[] = [];
  await requireStartup(config, systemClock(), ({ check, detail, warnings }) => {
    passed.push({ field: check.field, what: check.what, detail });
    if (!options.json)
      terminal.print(
        `${terminal.paint('green', 'ok')}  ${check.what}${detail ? terminal.paint('dim', ` (${detail})`) : ''}`,
      );
    for (const warning of warnings) terminal.note(`warning: ${warning}`);
  });
  if (options.json) terminal.json({ kind: 'valid', mode: config.mode, checks: passed });
  else terminal.print(`${options.config} is valid: ${passed.length} checks passed, mode ${config.mode}.`);
};

export const addConfig = (program: Command, terminal: Terminal): void => {
  const config = program.command('config').description('work with a configuration file');
  config
    .command('validate')
    .description('check a configuration on paper and on chain; sends nothing')
    .requiredOption('-c, --config <file>', 'configuration to check')
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', '\nExamples:\n  $ bulkhead config validate --config bulkhead.yaml')
    .action((options: ValidateOptions) => validateConfig(options, terminal));
};
