import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Log } from '@bulkhead/shared/ports';
import type { Operations } from './operations.ts';
import { answer, type Request, type SameSecret } from './routes.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const sameSecret: SameSecret = (given, expected) => timingSafeEqual(digest(given), digest(expected));

const read = (message: IncomingMessage): Request => {
  const url = new URL(message.url ?? '/', 'http://localhost');
  const [scheme, token] = (message.headers.authorization ?? '').split(' ');
  return {
    method: message.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    token: scheme?.toLowerCase() === 'bearer' ? token : undefined,
  };
};

export interface HttpServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves a process's operations. @param port 0 for any free one. */
export const startHttpServer = async (
  operations: Operations,
  options: { readonly host: string; readonly port: number; readonly token: string | undefined; readonly log: Log },
): Promise<HttpServer> => {
  const handle = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const result = await answer(read(message), operations, options.token, sameSecret);
      response.writeHead(result.status, { 'content-type': result.contentType, 'cache-control': 'no-store' });
      response.end(result.body);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      options.log.error('request failed', { path: message.url ?? '', reason });
      response.writeHead(500, { 'content-type': 'application/json' });
      response.end(`${JSON.stringify({ error: reason })}\n`);
    }
  };
  const server = createServer((message, response) => void handle(message, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : options.port;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return Object.freeze<HttpServer>({
    url: `http://${host}:${port}`,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
};
