import { mkdir } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { LocalnetError } from '../localnetError.ts';
import { findRedis } from './binaries.ts';
import { freePort } from './freePort.ts';
import type { Child, Supervisor } from './supervisor.ts';

export interface LocalRedis {
  readonly url: string;
  readonly pid: number;
  readonly child: Child;
}

const host = '127.0.0.1';
const attempts = 5;

/** The settings that the ledger's promises rest on (DESIGN §7): nothing is evicted, every write is on disk before it is answered. */
const argumentsOf = (port: number, directory: string): string[] => [
  ...['--port', `${port}`, '--bind', host, '--protected-mode', 'yes'],
  ...['--dir', directory, '--appendonly', 'yes', '--appendfsync', 'always', '--save', ''],
  ...['--maxmemory-policy', 'noeviction', '--daemonize', 'no', '--loglevel', 'warning'],
];

/** One PING over a socket of its own: true when a server answered PONG. */
const answersPing = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = createConnection({ host, port });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('data', data => finish(data.toString().startsWith('+PONG')));
    socket.once('connect', () => socket.write('PING\r\n'));
  });

const untilReady = async (child: Child, port: number): Promise<boolean> => {
  const deadline = Date.now() + 20_000;
  while (!child.hasEnded() && Date.now() < deadline) {
    if (await answersPing(port)) return !child.hasEnded();
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  return false;
};

/** Starts a Redis of our own on a free port, with its files in `directory`. One that is already running is never touched. */
export const startRedis = async (supervisor: Supervisor, directory: string): Promise<LocalRedis> => {
  const binary = findRedis();
  await mkdir(directory, { recursive: true });
  let output = '';
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = await freePort();
    const child = supervisor.start('redis-server', binary, argumentsOf(port, directory), { directory });
    if (await untilReady(child, port)) return Object.freeze({ url: `redis://${host}:${port}`, pid: child.pid, child });
    await child.stop();
    output = child.output();
    if (!/in use|could not create server/i.test(output)) break;
  }
  throw new LocalnetError('redis-server did not start.', { details: output || 'it wrote nothing' });
};
