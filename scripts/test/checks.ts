import { bin, type Command, contracts, forge } from './command.ts';

/** A check counts as one test: it passes when its command exits with 0. */
export interface Check {
  readonly name: string;
  readonly command: Command;
}

const node = process.execPath;
const biome = (...args: string[]): Command => ({ file: bin('biome'), args: [...args, '--max-diagnostics=200', '.'] });

/** Cheapest first, so that a typing mistake is reported within a second. */
export const workspaceChecks: readonly Check[] = [
  { name: 'format', command: biome('format') },
  { name: 'lint', command: biome('check', '--formatter-enabled=false', '--error-on-warnings') },
  {
    name: 'import rule',
    command: {
      file: bin('depcruise'),
      args: [
        '--config',
        '.dependency-cruiser.cjs',
        'packages',
        'contracts/generated',
        'contracts/scripts',
        'test',
        'scripts',
      ],
    },
  },
  { name: 'contract pages', command: { file: node, args: ['contracts/scripts/generate-pages.ts', '--check'] } },
  { name: 'units of contracts', command: { file: node, args: ['contracts/scripts/generate-units.ts', '--check'] } },
  {
    name: 'types',
    command: {
      file: bin('turbo'),
      args: [
        'run',
        'types',
        'types:scripts',
        '--output-logs=errors-only',
        '--continue=dependencies-successful',
        '--concurrency=2',
        '--no-update-notifier',
      ],
      env: { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
    },
  },
];

export const contractChecks: readonly Check[] = [
  { name: 'forge fmt', command: { file: forge, args: ['fmt', '--check'], cwd: contracts } },
  {
    // With an output of its own: lint writes artefacts without bytecode, which later runs would take for compiled.
    name: 'forge lint',
    command: {
      file: forge,
      args: ['lint', '--deny', 'warnings', 'src', 'examples', '--out', 'cache/lint-out', '--cache-path', 'cache/lint'],
      cwd: contracts,
    },
  },
  { name: 'ABI drift', command: { file: node, args: ['contracts/scripts/generate-abis.ts', '--check'] } },
];

/** After the forge tests, whose build it uses. Tolerance 0: gas is compared to the unit. */
export const gasCheck: Check = {
  name: 'gas snapshot',
  command: { file: forge, args: ['snapshot', '--check', '--match-path', 'test/gas/*.t.sol'], cwd: contracts },
};
