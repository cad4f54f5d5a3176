#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { addConfig } from './commands/config.ts';
import { exitCodes, processTerminal } from './commands/context.ts';
import { addDeploy } from './commands/deploy.ts';
import { addDoctor } from './commands/doctor.ts';
import { addOperating } from './commands/operate.ts';
import { addRun } from './commands/run.ts';
import { addUp } from './commands/up.ts';

const exitCodeHelp = `
Exit codes:
  0    done, and all is well
  1    something is wrong; the message says what and how to mend it
  130  interrupted by Ctrl-C`;

const examples = `
Examples:
  $ bulkhead up                                  # everything, on local chains
  $ bulkhead config validate -c bulkhead.yaml    # is my configuration right?
  $ bulkhead run -c bulkhead.yaml                # a keeper on my own endpoints
  $ bulkhead deploy --file deployment.yaml       # the contracts on chains of one's own
  $ bulkhead explain eip155:1/0x…/0              # why was this vault (not) liquidated?`;

const terminal = processTerminal();

const program = new Command('bulkhead')
  .description('Keeps each account’s collateral behind its own wall, and liquidates what fails, at most once.')
  .version('0.1.0', '-v, --version')
  .showHelpAfterError('(--help shows what is allowed)')
  .exitOverride()
  .addHelpText('after', `${examples}\n${exitCodeHelp}`);

addUp(program, terminal);
addRun(program, terminal);
addConfig(program, terminal);
addDoctor(program, terminal);
addDeploy(program, terminal);
addOperating(program, terminal);
// Commander hands settings down only to commands that are added later than they are made.
for (const command of program.commands) command.exitOverride().showHelpAfterError('(--help shows what is allowed)');

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong itself; help and version are no failures.
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.failed;
  } else {
    terminal.note(error instanceof Error ? error.message : String(error));
    if (process.env.BULKHEAD_DEBUG && error instanceof Error) terminal.note(error.stack ?? '');
    process.exitCode = exitCodes.failed;
  }
}
