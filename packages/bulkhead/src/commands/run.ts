import type { Command } from 'commander';
import { systemClock } from '../adapters/systemClock.ts';
import { loadConfig } from '../config/loadConfig.ts';
import { stopSignal, type Terminal } from './context.ts';

export interface RunOptions {
  readonly config: string;
}

/** Runs the keeper until it is told to stop. Nothing is sent before every check has passed. */
export const run = async (options: RunOptions, terminal: Terminal): Promise<void> => {
  const config = await loadConfig(options.config);
  const { requireStartup } = await import('../startup/checks.ts');
  await requireStartup(config, systemClock(), ({ warnings }) => {
    for (const warning of warnings) terminal.note(`warning: ${warning}`);
  });
  const stop = stopSignal(() => terminal.note('stopping: finishing what is in flight'));
  const { runKeeperProcess } = await import('../roles/keeperProcess.ts');
  await runKeeperProcess(config, stop.signal);
  if (stop.interrupted()) process.exitCode = 130;
};

export const addRun = (program: Command, terminal: Terminal): void => {
  program
    .command('run')
    .description('run a keeper against your own endpoints and Redis; observes until the configuration says mode: act')
    .requiredOption('-c, --config <file>', 'configuration, for example bulkhead.yaml')
    .addHelpText(
      'after',
      '\nExamples:\n  $ bulkhead run --config bulkhead.yaml\n  $ docker compose up\n\nLogs are JSON lines on stderr. Stop it with Ctrl-C: what is in flight is left in the ledger for the next start.',
    )
    .action((options: RunOptions) => run(options, terminal));
};
