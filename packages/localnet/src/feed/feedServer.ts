import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  type FeedHealthWire,
  type PriceReport,
  type PriceReportWire,
  type PricesWire,
  priceReportEventName,
  priceReportToWire,
} from '@bulkhead/shared';
import type { PriceFeed } from './priceFeed.ts';

/** `GET /prices`, `GET /events` (server-sent events) and `GET /healthz`, on the loopback interface. */
export interface FeedServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** A comment line this often keeps proxies and readers from giving up on a quiet stream. */
const heartbeatMilliseconds = 5000;

const wireOf = (feed: PriceFeed, quote: string, report: PriceReport): PriceReportWire => {
  const name = feed.nameOf(report.feed);
  return priceReportToWire(report, { quote, ...(name === undefined ? {} : { name }) });
};

const answer = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
};

const prices = (feed: PriceFeed, quote: string): PricesWire => ({
  feedSetId: feed.feedSetId.toLowerCase() as PricesWire['feedSetId'],
  threshold: feed.threshold,
  signers: feed.signers.map(signer => signer.toLowerCase() as PricesWire['feedSetId']),
  reports: [...feed.newest().values()].map(report => wireOf(feed, quote, report)),
});

const health = (feed: PriceFeed, subscribers: number): FeedHealthWire => {
  const times = [...feed.newest().values()].map(report => report.time as number);
  return {
    status: 'ok',
    feeds: times.length,
    subscribers,
    ...(times.length > 0 ? { newestTime: Math.max(...times) } : {}),
  };
};

/** Sends the newest report of every feed first, then each as it comes: a reader that reconnects has missed nothing that still counts. */
const streamEvents = (feed: PriceFeed, quote: string, response: ServerResponse): void => {
  const send = (report: PriceReport): void => {
    response.write(`event: ${priceReportEventName}\ndata: ${JSON.stringify(wireOf(feed, quote, report))}\n\n`);
  };
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    connection: 'keep-alive',
  });
  response.write(': bulkhead price feed\n\n');
  for (const report of feed.newest().values()) send(report);
  const unsubscribe = feed.subscribe(send);
  const heartbeat = setInterval(() => response.write(': still here\n\n'), heartbeatMilliseconds);
  heartbeat.unref();
  response.once('close', () => {
    clearInterval(heartbeat);
    unsubscribe();
  });
};

export const startFeedServer = async (
  feed: PriceFeed,
  options: { readonly quote: string; readonly port?: number },
): Promise<FeedServer> => {
  const streams = new Set<ServerResponse>();
  const route = (request: IncomingMessage, response: ServerResponse): void => {
    const path = (request.url ?? '/').split('?')[0];
    if (request.method !== 'GET') answer(response, 405, { error: 'Only GET is served here.' });
    else if (path === '/prices') answer(response, 200, prices(feed, options.quote));
    else if (path === '/healthz') answer(response, 200, health(feed, streams.size));
    else if (path === '/events') {
      streams.add(response);
      response.once('close', () => streams.delete(response));
      streamEvents(feed, options.quote, response);
    } else answer(response, 404, { error: 'Ask for /prices, /events or /healthz.' });
  };
  const server = createServer(route);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const stop = (): Promise<void> =>
    new Promise(resolve => {
      for (const stream of streams) stream.end();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return Object.freeze({ url: `http://127.0.0.1:${port}`, stop });
};
