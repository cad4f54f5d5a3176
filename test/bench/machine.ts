import { execFile } from 'node:child_process';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const root = join(import.meta.dirname, '..', '..');

/** What a number was measured on and with. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly anvil: string;
  readonly redis: string;
  readonly forge: string;
  /** Marked when the tree holds more than the commit. */
  readonly commit: string;
}

const execute = promisify(execFile);

/** First line of what a program says; what cannot be asked is said to be unknown, because a missing tool is no reason not to measure. */
const said = async (file: string, args: readonly string[]): Promise<string> => {
  try {
    const { stdout } = await execute(file, [...args], { cwd: root });
    return stdout.trim().split('\n')[0] ?? '';
  } catch {
    return 'unknown';
  }
};

const versionIn = (text: string): string => /\d+\.\d+\.\d+/.exec(text)?.[0] ?? 'unknown';

const commitOf = async (): Promise<string> => {
  const commit = await said('git', ['rev-parse', '--short=12', 'HEAD']);
  const changes = await said('git', ['status', '--porcelain', '--untracked-files=no']);
  return changes === '' || changes === 'unknown' ? commit : `${commit} with changes`;
};

export const describeMachine = async (): Promise<Machine> => {
  const [anvil, forge, redis, commit] = await Promise.all([
    said(join(root, 'scripts', 'bin', 'anvil'), ['--version']),
    said(join(root, 'scripts', 'bin', 'forge'), ['--version']),
    said('redis-server', ['--version']),
    commitOf(),
  ]);
  return Object.freeze({
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    anvil: versionIn(anvil),
    redis: versionIn(redis),
    forge: versionIn(forge),
    commit,
  });
};
