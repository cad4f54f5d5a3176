import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

/** A real redis-server of the test's own, on a socket file: no port to collide with. */
export interface TestRedis {
  readonly path: string;
  /** Opens a connection that is closed with the server. */
  connect(): Redis;
  stop(): Promise<void>;
}

const durable = { appendonly: 'yes', appendfsync: 'always', 'maxmemory-policy': 'noeviction' };

/** @param settings override or add to the settings that the ledger needs. */
export const startRedis = async (settings: Readonly<Record<string, string>> = {}): Promise<TestRedis> => {
  const directory = mkdtempSync(join(tmpdir(), 'bulkhead-redis-'));
  const path = join(directory, 'socket');
  const flags = Object.entries({ ...durable, ...settings }).flatMap(([name, value]) => [
    `--${name}`,
    ...value.split(' '),
  ]);
  const child = spawn(
    'redis-server',
    ['--port', '0', '--unixsocket', path, '--dir', directory, '--save', '', ...flags],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', code => reject(new Error(`redis-server ended with ${code}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      if (/ready to accept connections/i.test(chunk.toString())) resolve();
    });
  });
  const connections: Redis[] = [];
  return Object.freeze<TestRedis>({
    path,
    connect() {
      const connection = new Redis({ path, maxRetriesPerRequest: null, lazyConnect: false });
      connection.on('error', () => undefined);
      connections.push(connection);
      return connection;
    },
    async stop() {
      for (const connection of connections) connection.disconnect();
      process.removeListener('exit', kill);
      child.kill('SIGKILL');
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  });
};
