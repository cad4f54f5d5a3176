import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../packages/bulkhead/src/main.ts', import.meta.url));

export interface CliOutcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly pid: number;
  /** What it has written to stdout so far. */
  stdout(): string;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<CliOutcome>;
}

/** Starts the command line as a user would, from its sources. */
export const startCli = (
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): RunningCli => {
  const child = spawn(process.execPath, ['--conditions=@bulkhead/source', main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const kill = (): void => void child.kill('SIGTERM');
  process.once('exit', kill);
  const ended = new Promise<CliOutcome>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => {
      process.removeListener('exit', kill);
      resolve({ code, stdout, stderr });
    });
  });
  return { pid: child.pid ?? 0, stdout: () => stdout, signal: name => void child.kill(name), ended };
};

/** Runs it to its end. */
export const cli = (...[args, options]: Parameters<typeof startCli>): Promise<CliOutcome> =>
  startCli(args, options).ended;
