import { type EIP1193RequestFn, fallback, http, type Transport, type Chain as ViemChain, webSocket } from 'viem';
import { getWebSocketRpcClient, socketClientCache } from 'viem/utils';

/**
 * Where one RPC endpoint of a chain is. New blocks are told over the websocket; requests go over HTTP, and over the websocket while HTTP fails.
 * Side by side on one socket they would wait for one another: anvil does not set TCP_NODELAY on its sockets, and its small answers then stand
 * still for the 40 ms of a delayed acknowledgement.
 */
export interface EndpointUrls {
  readonly http: string;
  readonly ws?: string;
}

type SocketClient = Awaited<ReturnType<typeof getWebSocketRpcClient>>;

export interface Endpoint {
  /** For people: host and place in the list, because a URL may carry a key. */
  readonly name: string;
  readonly urls: EndpointUrls;
  /** Throws viem's errors. Never retries. */
  readonly request: (method: string, params: readonly unknown[]) => Promise<unknown>;
  /** Over HTTP alone: a lost socket must not send the same bytes a second time by itself. */
  readonly requestOnce: (method: string, params: readonly unknown[]) => Promise<unknown>;
  /** The websocket, opened when it is not; undefined where there is none. */
  readonly socket: (() => Promise<SocketClient>) | undefined;
  close(): void;
}

/** Host and port of a URL, and nothing that could be a secret. */
export const endpointName = (urls: EndpointUrls, index: number): string =>
  `${URL.canParse(urls.http) ? new URL(urls.http).host : 'endpoint'}#${index}`;

const open = (transport: Transport, chain: ViemChain): EIP1193RequestFn => transport({ chain, retryCount: 0 }).request;

const pingInterval = 10_000;
let opened = 0;

/** viem shares sockets by URL and options over the whole process. Each endpoint needs its own, or one chain's close would cut another's. */
const ownSocketOptions = () => {
  opened += 1;
  return { keepAlive: { interval: pingInterval + opened }, reconnect: false } as const;
};

/** @param timeout of one request, milliseconds. */
export const createEndpoint = (urls: EndpointUrls, index: number, chain: ViemChain, timeout: number): Endpoint => {
  const { ws } = urls;
  const socketOptions = ownSocketOptions();
  const plain = http(urls.http, { retryCount: 0, timeout });
  const both =
    ws === undefined
      ? plain
      : fallback([plain, webSocket(ws, { ...socketOptions, retryCount: 0, timeout })], { retryCount: 0 });
  const request = open(both, chain);
  const requestOnce = open(plain, chain);
  const cached = (): SocketClient | undefined =>
    [...socketClientCache].find(([key]) => key.includes(`"interval":${socketOptions.keepAlive.interval}}`))?.[1] as
      | SocketClient
      | undefined;
  return {
    name: endpointName(urls, index),
    urls,
    request: (method, params) => request({ method, params } as never),
    requestOnce: (method, params) => requestOnce({ method, params } as never),
    socket: ws === undefined ? undefined : () => getWebSocketRpcClient(ws, socketOptions),
    close: () => cached()?.close(),
  };
};
