import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Anvil {
  readonly httpUrl: string;
  readonly wsUrl: string;
  /** Plain JSON-RPC to the node. */
  request(method: string, params?: readonly unknown[]): Promise<unknown>;
  stop(): Promise<void>;
}

const binary = fileURLToPath(new URL('../../scripts/bin/anvil', import.meta.url));

/** Starts an anvil of our own on a free port; `flags` are added to its command line. */
export const startAnvil = async (flags: readonly string[] = []): Promise<Anvil> => {
  const child = spawn(binary, ['--port', '0', '--host', '127.0.0.1', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const port = await new Promise<string>((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      const match = /Listening on 127\.0\.0\.1:(\d+)/.exec(said);
      if (match?.[1]) resolve(match[1]);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', code => reject(new Error(`anvil ended with ${code} before it listened: ${said}`)));
  });
  const httpUrl = `http://127.0.0.1:${port}`;

  const request = async (method: string, params: readonly unknown[] = []): Promise<unknown> => {
    const response = await fetch(httpUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
    const answer = (await response.json()) as { result?: unknown; error?: { message: string } };
    if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result;
  };

  return {
    httpUrl,
    wsUrl: `ws://127.0.0.1:${port}`,
    request,
    stop: async () => {
      process.removeListener('exit', kill);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise<void>(resolve => child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      await ended;
    },
  };
};
