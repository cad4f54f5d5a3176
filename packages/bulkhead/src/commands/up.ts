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

/** `5`: the first five; `18-20`: from the eighteenth to the twentieth. */
const dayRange = (text: string): { from: number; to: number } => {
  const match = /^(?:(\d{1,2})-)?(\d{1,2})$/.exec(text);
  const [from, to] = [Number(match?.[1] ?? 1), Number(match?.[2] ?? 0)];
  if (match && from >= 1 && to >= from && to <= 63 && from <= 30) return { from, to };
  throw new InvalidArgumentError('It is a number of days such as 5, or a range such as 18-20, up to 63.');
};

const help = `
Examples:
  $ bulkhead up                   # the whole job, about four minutes
  $ bulkhead up --json > run.jsonl
  $ bulkhead up --days 5          # the first five days of each crash
  $ bulkhead up --days 18-20      # three days with the weekend of 13–16 March 2020 in them
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
    .option('--days <n|a-b>', 'only the first n days of each crash, or those from a to b', dayRange)
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
