import type { DeploymentStep, Examined } from '@bulkhead/deployment';
import type { Command } from 'commander';
import type { OnChain, Surveyed } from '../deploy/onChain.ts';
import type { ChainOutcome, DeploymentWatcher } from '../deploy/runDeployment.ts';
import { exitCodes, stopSignal, type Terminal } from './context.ts';

export interface DeployOptions {
  readonly file: string;
  readonly dryRun?: boolean;
  readonly verifyOnly?: boolean;
  readonly json?: boolean;
}

type Mode = 'deploy' | 'dryRun' | 'verify';

const modeOf = ({ dryRun, verifyOnly }: DeployOptions): Mode => {
  if (verifyOnly) return 'verify';
  return dryRun ? 'dryRun' : 'deploy';
};

const bound = (steps: readonly DeploymentStep[]): string =>
  `${Number(steps.reduce((sum, step) => sum + step.gasBound, 0n) / 100_000n) / 10} M gas at most`;

/** What goes on, on stderr; the answer comes at the end. */
const watcherFor = (terminal: Terminal, mode: Mode): DeploymentWatcher => ({
  surveyed: ({ chain, survey, steps }: Surveyed) => {
    const left = steps.length === 0 ? 'nothing is left to deploy' : `${steps.length} to deploy, ${bound(steps)}`;
    terminal.note(`${chain.id}: ${survey.present.length} contracts stand, ${left}`);
    for (const warning of survey.warnings) terminal.note(`warning: ${chain.id}: ${warning}`);
    if (mode === 'dryRun') for (const { name, address } of steps) terminal.note(`  would deploy ${name} at ${address}`);
  },
  sent: ({ chain }: OnChain, { name, address }, hash) =>
    terminal.note(`${chain.id}: ${name} goes to ${address} with ${hash}`),
  verified: ({ chain }: OnChain, examined: readonly Examined[]) =>
    terminal.note(`${chain.id}: ${examined.length} things verified`),
});

const showFindings = (terminal: Terminal, { chain, examined }: ChainOutcome): void => {
  for (const { what, findings } of examined) {
    if (findings.length === 0) continue;
    terminal.print(`${terminal.paint('red', 'wrong')} ${chain}: not so: ${what}`);
    for (const { contract, address, message } of findings) terminal.print(`      ${contract} ${address} ${message}`);
  }
};

const lastWords = (mode: Mode, outcome: ChainOutcome): string => {
  const { chain, deployed, examined, ok } = outcome;
  if (mode === 'dryRun') return `${chain}: ${deployed.length} contracts would be deployed. Nothing was sent.`;
  const wrong = examined.filter(({ findings }) => findings.length > 0).length;
  if (examined.length === 0) return `${chain}: interrupted. Run the same command again: it goes on from here.`;
  const done = mode === 'deploy' ? `${deployed.length} contracts deployed, ` : '';
  const book = mode === 'deploy' ? ' The address book was not changed.' : '';
  if (!ok) return `${chain}: ${done}${wrong} of ${examined.length} checks failed.${book}`;
  return `${chain}: ${done}all ${examined.length} checks passed.`;
};

const answer = (
  terminal: Terminal,
  options: DeployOptions,
  mode: Mode,
  outcomes: readonly ChainOutcome[],
  ok: boolean,
): void => {
  if (options.json) {
    terminal.json({ kind: 'deployment', mode, ok, chains: outcomes });
    return;
  }
  for (const outcome of outcomes) {
    showFindings(terminal, outcome);
    terminal.print(lastWords(mode, outcome));
  }
};

/** Deploys, or only looks. Answers whether all is as the file says. */
export const deploy = async (options: DeployOptions, terminal: Terminal): Promise<number> => {
  const { loadDeployment } = await import('../deploy/loadDeployment.ts');
  const file = await loadDeployment(options.file);
  const mode = modeOf(options);
  const watcher = watcherFor(terminal, mode);
  const stop = stopSignal(() => terminal.note('stopping after the transaction in flight'));
  const run = await import('../deploy/runDeployment.ts');
  const outcomes = await {
    deploy: () => run.deployEverywhere(file, watcher, stop.signal),
    dryRun: () => run.dryRun(file, watcher),
    verify: () => run.verifyOnly(file, watcher),
  }[mode]();
  const ok = outcomes.length === file.chains.length && outcomes.every(outcome => outcome.ok);
  answer(terminal, options, mode, outcomes, ok);
  if (stop.interrupted()) return exitCodes.interrupted;
  return ok ? exitCodes.ok : exitCodes.failed;
};

const help = `
Examples:
  $ bulkhead deploy --file deployment.yaml --dry-run       # what would be sent, and where to; needs no key
  $ bulkhead deploy --file deployment.yaml                 # deploy what is missing, verify, write the address book
  $ bulkhead deploy --file deployment.yaml --verify-only   # is what stands there what the file says? Needs no key
  $ bulkhead deploy --file deployment.yaml --verify-only --json

The same addresses on every chain: they depend on the deployer and the label alone. A run that was stopped goes on where it was.
Exit code 0: everything is as the file says (a dry run: everything could be deployed).`;

export const addDeploy = (program: Command, terminal: Terminal): void => {
  program
    .command('deploy')
    .description('put the contracts on the chains of a deployment file, and verify every byte and every role of them')
    .requiredOption('-f, --file <file>', 'deployment file, for example deployment.yaml')
    .option('--dry-run', 'look at the chains and say what would be sent; send nothing')
    .option('--verify-only', 'verify what stands there; send nothing')
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', help)
    .action(async (options: DeployOptions) => {
      process.exitCode = await deploy(options, terminal);
    });
};
