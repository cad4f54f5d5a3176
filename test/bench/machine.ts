import { execFile } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { availableParallelism, cpus, release, tmpdir, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median } from './statistics.ts';

export const root = join(import.meta.dirname, '..', '..');

/** What a number was measured on and with. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  /** Median time to get a few bytes onto the disk: Redis with `appendfsync always` waits for it, and so does whoever waits for Redis. */
  readonly diskSyncMs: number;
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

const syncs = 100;

/** In the folder where the measurements' Redis keep their files. */
const measureDiskSync = async (): Promise<number> => {
  const directory = await mkdtemp(join(tmpdir(), 'bulkhead-bench-'));
  const file = await open(join(directory, 'sync'), 'a');
  const times: number[] = [];
  for (let n = 0; n < syncs; n++) {
    await file.write(Buffer.alloc(200));
    const started = performance.now();
    await file.datasync();
    times.push(performance.now() - started);
  }
  await file.close();
  await rm(directory, { recursive: true });
  return Number(median(times).toPrecision(2));
};

export const describeMachine = async (): Promise<Machine> => {
  const diskSyncMs = await measureDiskSync();
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
    diskSyncMs,
    node: process.versions.node,
    anvil: versionIn(anvil),
    redis: versionIn(redis),
    forge: versionIn(forge),
    commit,
  });
};
