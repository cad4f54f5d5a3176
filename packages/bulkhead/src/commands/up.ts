import { type Command, InvalidArgumentError } from 'commander';
import type { UpOptions } from '../up/options.ts';
import type { Terminal } from './context.ts';

const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
  };

const help = `
Examples:
  $ bulkhead up                   # the whole job, about four minutes
  $ bulkhead up --json > run.jsonl
  $ bulkhead up --days 5          # the first five days of each crash
  $ bulkhead up --serve           # go on with random prices until Ctrl-C
  $ bulkhead up --keep            # keep the chains, and go on from them next time

It ends by itself. With --json, stdout carries JSON lines only; the last one has kind "summary".
Exit code 0: the path ended, no wall was crossed, no effect doubled, no escrow short.`;

export const addUp = (program: Command, terminal: Terminal): void => {
  program
    .command('up')
    .description('the main job on local chains: vaults, keepers, a real market crash, and a summary of who bore what')
    .option('--json', 'JSON lines on stdout, everything else on stderr')
    .option('--seed <text>', 'same seed, same market and same steps', '1')
    .option('--days <n>', 'only the first n days of each crash', wholeNumber(1, 63))
    .option('--vaults <n>', 'how many vaults, over both chains', wholeNumber(4, 2_000), 200)
    .option('--serve', 'go on with seeded random prices after the crash until Ctrl-C')
    .option('--keep', 'keep chains and ledger, and go on from where they were')
    .option('--state-dir <dir>', 'where configurations, keystores and kept chains are (default: .bulkhead/up)')
    .addHelpText('after', help)
    .action(async (options: UpOptions) => {
      const { up } = await import('../up/up.ts');
      process.exitCode = await up(options, terminal);
    });
};
