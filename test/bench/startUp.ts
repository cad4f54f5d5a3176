import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from './machine.ts';
import { type Bench, row } from './row.ts';
import { median } from './statistics.ts';

const runs = 3;
const patience = 120_000;

const isPriceTick = (line: string): boolean => {
  try {
    return (JSON.parse(line) as { readonly kind?: unknown }).kind === 'prices';
  } catch {
    return false;
  }
};

/** Seconds from the command to the first price of the path on stdout; then it is asked to stop, and has stopped when this resolves. */
const startOnce = async (): Promise<number> => {
  const stateDir = await mkdtemp(join(tmpdir(), 'bulkhead-bench-'));
  const started = performance.now();
  const child = spawn(join(root, 'bulkhead'), ['up', '--json', '--days', '1', '--state-dir', stateDir], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const overdue = setTimeout(() => child.kill('SIGTERM'), patience);
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()));
  let complaint = '';
  let seconds: number | undefined;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2_000);
  });
  createInterface({ input: child.stdout }).on('line', line => {
    if (seconds !== undefined || !isPriceTick(line)) return;
    seconds = (performance.now() - started) / 1000;
    child.kill('SIGINT');
  });
  await ended;
  clearTimeout(overdue);
  await rm(stateDir, { recursive: true, force: true });
  if (seconds === undefined) throw new Error(`./bulkhead up ended without a price tick; it said:\n${complaint}`);
  return seconds;
};

export const startUp: Bench = {
  name: 'up',
  about: './bulkhead up, from the command to the first price tick on stdout, with everything installed',
  async run(say) {
    const times: number[] = [];
    for (let run = 1; run <= runs; run++) {
      times.push(await startOnce());
      say(`start ${run} of ${runs}: ${times.at(-1)?.toFixed(1)} s`);
    }
    return [row('`up`, command to first price tick', median(times), 's', 'lower')];
  },
};
