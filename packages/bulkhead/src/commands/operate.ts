/** Verbs that look into, or change the course of, a running process. */
import { type Caip2, isCaip2, milliseconds, parseVaultName } from '@bulkhead/shared';
import type { Store } from '@bulkhead/shared/ports';
import type { Command } from 'commander';
import type { Terminal } from './context.ts';
import { explainLines } from './explainLines.ts';
import { RemoteError, type RemoteOptions, reach, type Target } from './remote.ts';
import { statusLines } from './statusLines.ts';

type Options = RemoteOptions & { readonly json?: boolean };

const withTarget = (command: Command): Command =>
  command
    .option('-c, --config <file>', 'configuration of the process (its address, token and Redis)')
    .option('--url <url>', 'address of the process (default: from the configuration, else http://127.0.0.1:9464)')
    .option('--token-file <file>', 'file with the token for state-changing requests')
    .option('--json', 'one JSON document on stdout');

/** What is durable can be changed in the ledger itself when no process answers. */
const orInLedger = async (
  target: Target,
  ask: () => Promise<unknown>,
  inLedger: (store: Store, chains: readonly Caip2[]) => Promise<void>,
): Promise<'process' | 'ledger'> => {
  try {
    await ask();
    return 'process';
  } catch (error) {
    const { config } = target;
    if (!(error instanceof RemoteError) || error.reached || !config) throw error;
    const { createRedisStore } = await import('@bulkhead/effects/redis');
    const { probeConnection } = await import('../startup/redisCheck.ts');
    const redis = probeConnection(config.redis.url);
    try {
      await inLedger(
        createRedisStore(redis),
        config.chains.map(chain => chain.id),
      );
      return 'ledger';
    } finally {
      redis.disconnect();
    }
  }
};

const chainArgument = (text: string | undefined): Caip2 | undefined => {
  if (text === undefined) return undefined;
  if (isCaip2(text)) return text;
  throw new RemoteError(`"${text}" is not a chain id.`, 'Write it as in eip155:1.', true);
};

const report = (terminal: Terminal, options: Options, answer: object, text: string): void => {
  if (options.json) terminal.json(answer);
  else terminal.print(text);
};

const via = {
  process: '',
  ledger: ' (no process answered: written in the ledger, where the next one finds it)',
} as const;

const addPausing = (program: Command, terminal: Terminal, verb: 'pause' | 'resume'): void => {
  const paused = verb === 'pause';
  const text = paused
    ? 'take up nothing new on a chain, or on all; what was sent is finished. Survives restarts'
    : 'take work up again after pause';
  withTarget(program.command(verb).description(text).argument('[chain]', 'chain id such as eip155:1; all when absent'))
    .addHelpText(
      'after',
      `\nExamples:\n  $ bulkhead ${verb} --config bulkhead.yaml\n  $ bulkhead ${verb} eip155:1 --config bulkhead.yaml`,
    )
    .action(async (chainText: string | undefined, options: Options) => {
      const chain = chainArgument(chainText);
      const target = await reach(options);
      const where = await orInLedger(
        target,
        () => target.remote.post(`/${verb}${chain ? `?chain=${encodeURIComponent(chain)}` : ''}`),
        async (store, chains) => {
          await Promise.all(chains.filter(each => !chain || each === chain).map(each => store.setPaused(each, paused)));
        },
      );
      report(
        terminal,
        options,
        { kind: verb, chain: chain ?? 'all', where },
        `${verb}d ${chain ?? 'every chain'}${via[where]}.`,
      );
    });
};

const addCancel = (program: Command, terminal: Terminal): void => {
  withTarget(
    program
      .command('cancel')
      .description('give an effect up; what was sent may still land')
      .argument('<effect>', 'effect id: 0x and 64 hexadecimal digits'),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  $ bulkhead cancel 0x3f… --config bulkhead.yaml\n\nbulkhead status lists open effects.',
    )
    .action(async (effect: string, options: Options) => {
      if (!/^0x[0-9a-fA-F]{64}$/.test(effect)) {
        throw new RemoteError(
          `"${effect}" is not an effect id.`,
          'It is 0x and 64 hexadecimal digits; bulkhead status lists them.',
          true,
        );
      }
      const id = effect.toLowerCase() as `0x${string}`;
      const target = await reach(options);
      const where = await orInLedger(
        target,
        () => target.remote.post(`/cancel?effect=${id}`),
        async (store, chains) => {
          const asked = await Promise.all(
            chains.map(chain => store.requestCancel(chain, id, milliseconds(Date.now()))),
          );
          if (!asked.includes(true))
            throw new RemoteError('This effect is unknown or has ended.', 'bulkhead status lists open effects.', true);
        },
      );
      report(terminal, options, { kind: 'cancel', effect: id, where }, `asked to give ${id} up${via[where]}.`);
    });
};

const addReading = (program: Command, terminal: Terminal): void => {
  withTarget(program.command('status').description('what a running process sees and does'))
    .addHelpText(
      'after',
      '\nExamples:\n  $ bulkhead status --config bulkhead.yaml\n  $ bulkhead status --url http://127.0.0.1:9464 --json',
    )
    .action(async (options: Options) => {
      const { remote } = await reach(options);
      const status = await remote.get('/status');
      if (options.json) terminal.json(status);
      else for (const line of statusLines(status, terminal.paint)) terminal.print(line);
    });
  withTarget(
    program
      .command('explain')
      .description('why a vault was liquidated, or not: last inputs, thresholds and reason')
      .argument('<vault>', 'vault as <caip2>/<accountId>/<bucket>'),
  )
    .addHelpText('after', '\nExamples:\n  $ bulkhead explain eip155:31337/0x5f…/3 --config bulkhead.yaml')
    .action(async (vault: string, options: Options) => {
      if (!parseVaultName(vault)) {
        throw new RemoteError(`"${vault}" is not a vault name.`, 'Write it as <caip2>/<accountId>/<bucket>.', true);
      }
      const { remote } = await reach(options);
      const explanation = await remote.get(`/explain?vault=${encodeURIComponent(vault)}`);
      if (options.json) terminal.json(explanation);
      else for (const line of explainLines(explanation, terminal.paint)) terminal.print(line);
    });
};

const addDrain = (program: Command, terminal: Terminal): void => {
  withTarget(
    program
      .command('drain')
      .description(
        'accept nothing new and wait until nothing is in flight; the process then can be stopped or updated',
      ),
  )
    .addHelpText('after', '\nExamples:\n  $ bulkhead drain --config bulkhead.yaml')
    .action(async (options: Options) => {
      const { remote } = await reach(options);
      terminal.note(`draining ${remote.url} …`);
      await remote.post('/drain');
      report(terminal, options, { kind: 'drain', url: remote.url, done: true }, 'nothing is in flight any more.');
    });
};

export const addOperating = (program: Command, terminal: Terminal): void => {
  addReading(program, terminal);
  addPausing(program, terminal, 'pause');
  addPausing(program, terminal, 'resume');
  addCancel(program, terminal);
  addDrain(program, terminal);
};
