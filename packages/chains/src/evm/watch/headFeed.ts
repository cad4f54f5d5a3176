import { type Caip2, milliseconds } from '@bulkhead/shared';
import type { Clock, Log } from '@bulkhead/shared/ports';
import type { getWebSocketRpcClient } from 'viem/utils';
import { type Header, header, isHex, record } from '../endpoints/answers.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';

/**
 * News of new blocks from every endpoint that has a websocket, whichever is first. It only wakes: it may lose, repeat or reorder, and nothing
 * rests on it (F22).
 */
export interface HeadFeed {
  /** Calls back for each announced block until the returned function is called. Sockets are open only while somebody listens. */
  listen(onHeader: (announced: Header) => void): () => void;
  /** Whether any socket stands: without one, whoever waits has to look by itself more often. */
  live(): boolean;
  close(): void;
}

type SocketClient = Awaited<ReturnType<typeof getWebSocketRpcClient>>;

const firstPause = 250;
const longestPause = 5_000;

const announcementIn = (message: unknown): Header | undefined => {
  const params = (message as { readonly params?: { readonly result?: unknown } }).params;
  return params?.result === undefined ? undefined : header('eth_subscription', params.result);
};

/** Subscribes and resolves when the subscription or its socket is gone, or the signal aborts. Rejects when it never came about. */
const follow = (
  client: SocketClient,
  signal: AbortSignal,
  onUp: () => void,
  onHeader: (announced: Header) => void,
): Promise<void> =>
  new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    client.request({
      body: { method: 'eth_subscribe', params: ['newHeads'] },
      onError: error => reject(error),
      onResponse: message => {
        try {
          const { result, error } = record('eth_subscribe', message) as { result?: unknown; error?: unknown };
          if (error !== undefined) return reject(error);
          if (isHex(result)) return onUp();
          const announced = announcementIn(message);
          if (announced !== undefined) onHeader(announced);
        } catch (error) {
          reject(error);
        }
      },
    });
  });

export const createHeadFeed = (chain: Caip2, endpoints: readonly Endpoint[], clock: Clock, log: Log): HeadFeed => {
  const listeners = new Set<(announced: Header) => void>();
  const up = new Set<string>();
  let running: AbortController | undefined;

  const keep = async (endpoint: Endpoint, signal: AbortSignal): Promise<void> => {
    let pause = firstPause;
    while (!signal.aborted) {
      let client: SocketClient | undefined;
      try {
        client = await endpoint.socket?.();
        if (client === undefined) return;
        const onUp = (): void => {
          up.add(endpoint.name);
          pause = firstPause;
        };
        await follow(client, signal, onUp, announced => {
          for (const listener of listeners) listener(announced);
        });
      } catch (error) {
        if (!signal.aborted)
          log.warn('websocket lost', { chain, endpoint: endpoint.name, details: String(error).slice(0, 120) });
      }
      up.delete(endpoint.name);
      // Also takes the dead socket out of viem's cache: requests would go on finding it there.
      client?.close();
      await clock.sleep(milliseconds(pause), signal);
      pause = Math.min(longestPause, pause * 2);
    }
  };

  const stop = (): void => {
    running?.abort();
    running = undefined;
  };

  return {
    listen: onHeader => {
      listeners.add(onHeader);
      if (running === undefined) {
        running = new AbortController();
        for (const endpoint of endpoints) void keep(endpoint, running.signal);
      }
      return () => {
        listeners.delete(onHeader);
        if (listeners.size === 0) stop();
      };
    },
    live: () => up.size > 0,
    close: stop,
  };
};
