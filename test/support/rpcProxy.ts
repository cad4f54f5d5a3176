import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocket as WebSocketClient, WebSocketServer } from 'ws';
import { type FrozenHead, freezeHeadOf } from './rpcProxy/frozenHead.ts';
import {
  asReply,
  type RpcAnswer,
  type RpcFault,
  type RpcRequest,
  type RpcRule,
  type SeenRequest,
} from './rpcProxy/protocol.ts';
import { createReplacementRule, type ReplacementRule } from './rpcProxy/replacementRule.ts';

export type { RpcFault, RpcRule, SeenRequest } from './rpcProxy/protocol.ts';

/**
 * Stands between a client and one real node, understands JSON-RPC, and misbehaves on request. HTTP and websocket share one port, and one
 * count of requests per method, so that "the second eth_sendRawTransaction" means the same whichever way it comes.
 */
export interface RpcProxy {
  readonly httpUrl: string;
  readonly wsUrl: string;
  /** Every request so far, oldest first. */
  readonly seen: readonly SeenRequest[];
  /** How many requests of a method came so far. */
  count(method: string): number;
  /** Adds a rule in front of the others; the returned function takes it away. */
  addRule(rule: RpcRule): () => void;
  /** Applies a fault to the k-th eth_sendRawTransaction from now on (k = 1: the next one), once. */
  onSend(k: number, fault: RpcFault): void;
  /** From now on the newest block stays the newest, while everything is still answered (F11). Sent transactions do go through. */
  freezeHead(): Promise<void>;
  thawHead(): void;
  /** Ends every open websocket at once; new ones are accepted (F22). */
  cutSockets(): void;
  /** While true, new websockets are refused. */
  refuseSockets(refuse: boolean): void;
  /** While true, every connection is dropped without an answer: the endpoint is down. */
  goDark(dark: boolean): void;
  /** Applies a real pool's rules, which anvil lacks: a replacement must raise both fee fields by at least `percent`. Undefined: off. */
  enforceReplacement(percent: number | undefined): void;
  close(): Promise<void>;
}

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

/** Starts a proxy on a free port of 127.0.0.1. @param upstream the node's http URL; its websocket is at the same place, as with anvil, unless given. */
export const startRpcProxy = async (
  upstream: string,
  upstreamWs = upstream.replace(/^http/, 'ws'),
): Promise<RpcProxy> => {
  const seen: SeenRequest[] = [];
  const counts = new Map<string, number>();
  const rules: RpcRule[] = [];
  const sockets = new Set<Socket>();
  const clients = new Set<WebSocket>();
  let frozen: FrozenHead | undefined;
  let replacement: ReplacementRule | undefined;
  let dark = false;
  let socketsRefused = false;

  const ask = async (request: RpcRequest): Promise<RpcAnswer> => {
    const response = await fetch(upstream, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: request.method, params: request.params }),
    });
    return (await response.json()) as RpcAnswer;
  };

  const pass = async (request: RpcRequest): Promise<RpcAnswer> => {
    if (request.method === 'eth_sendRawTransaction' && replacement) return replacement.send(request, ask);
    return frozen ? frozen.answer(request, ask) : ask(request);
  };

  const note = (request: RpcRequest, transport: 'http' | 'ws'): SeenRequest => {
    const nth = (counts.get(request.method) ?? 0) + 1;
    counts.set(request.method, nth);
    const entry = { method: request.method, params: request.params, nth, transport };
    seen.push(entry);
    return entry;
  };

  /** Undefined: the connection is to be dropped. "silence": it stays open and nothing is ever said. */
  const handle = async (request: RpcRequest, transport: 'http' | 'ws'): Promise<string | undefined | 'silence'> => {
    const entry = note(request, transport);
    let fault: RpcFault | undefined;
    for (const rule of rules) {
      fault = rule(entry);
      if (fault) break;
    }
    switch (fault?.kind) {
      case undefined:
        return asReply(request.id, await pass(request));
      case 'error':
        return asReply(request.id, {
          error: { code: fault.code, message: fault.message, ...(fault.data !== undefined && { data: fault.data }) },
        });
      case 'result':
        return asReply(request.id, { result: fault.result });
      case 'raw':
        return fault.body;
      case 'loseRequest':
        return undefined;
      case 'loseReply':
        await pass(request);
        return undefined;
      case 'neverReply':
        await pass(request);
        return 'silence';
      case 'alter': {
        const answer = await pass(request);
        return asReply(request.id, 'result' in answer ? { result: fault.change(answer.result) } : answer);
      }
    }
  };

  const serveHttp = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (dark) return void request.socket.destroy();
    const body = JSON.parse(await readBody(request)) as RpcRequest | RpcRequest[];
    const batch = Array.isArray(body);
    const replies: string[] = [];
    for (const entry of batch ? body : [body]) {
      const reply = await handle(entry, 'http');
      if (reply === 'silence') return;
      if (reply === undefined || dark) return void request.socket.destroy();
      replies.push(reply);
    }
    response.setHeader('content-type', 'application/json');
    response.end(batch ? `[${replies.join(',')}]` : replies[0]);
  };

  const server = createServer((request, response) => {
    serveHttp(request, response).catch(() => request.socket.destroy());
  });
  server.on('connection', socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });

  const hub = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    if (dark || socketsRefused) return void socket.destroy();
    hub.handleUpgrade(request, socket, head, client => serveSocket(client));
  });

  const serveSocket = (client: WebSocket): void => {
    clients.add(client);
    const up = new WebSocketClient(upstreamWs);
    const opened = new Promise<void>(resolve => up.once('open', () => resolve()));
    up.on('error', () => client.terminate());
    up.on('close', () => client.terminate());
    client.on('error', () => client.terminate());
    client.on('close', () => {
      clients.delete(client);
      up.terminate();
    });
    up.on('message', data => {
      const text = data.toString();
      if (frozen && text.includes('eth_subscription')) return;
      if (!dark) client.send(text);
    });
    client.on('message', data => {
      const request = JSON.parse(data.toString()) as RpcRequest;
      // Subscriptions belong to a connection, so they go through the node's own websocket; everything else takes the same path as over http.
      if (request.method === 'eth_subscribe' || request.method === 'eth_unsubscribe') {
        note(request, 'ws');
        void opened.then(() => up.send(data.toString()));
        return;
      }
      handle(request, 'ws').then(
        reply => {
          if (reply === 'silence') return;
          if (reply === undefined || dark) client.terminate();
          else client.send(reply);
        },
        () => client.terminate(),
      );
    });
  };

  const cutSockets = (): void => {
    for (const client of clients) client.terminate();
  };

  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const addRule = (rule: RpcRule): (() => void) => {
    rules.unshift(rule);
    return () => {
      const at = rules.indexOf(rule);
      if (at >= 0) rules.splice(at, 1);
    };
  };

  return {
    httpUrl: `http://127.0.0.1:${port}`,
    wsUrl: `ws://127.0.0.1:${port}`,
    seen,
    count: method => counts.get(method) ?? 0,
    addRule,
    onSend: (k, fault) => {
      const target = (counts.get('eth_sendRawTransaction') ?? 0) + k;
      const remove = addRule(({ method, nth }) => {
        if (method !== 'eth_sendRawTransaction' || nth !== target) return undefined;
        remove();
        return fault;
      });
    },
    freezeHead: async () => {
      frozen = await freezeHeadOf(ask);
    },
    thawHead: () => {
      frozen = undefined;
    },
    cutSockets,
    refuseSockets: refuse => {
      socketsRefused = refuse;
    },
    goDark: value => {
      dark = value;
      if (dark) for (const socket of sockets) socket.destroy();
    },
    enforceReplacement: percent => {
      replacement = percent === undefined ? undefined : createReplacementRule(percent);
    },
    close: async () => {
      cutSockets();
      hub.close();
      for (const socket of sockets) socket.destroy();
      await new Promise<void>(resolve => server.close(() => resolve()));
    },
  };
};
