/** What the fault proxy knows of JSON-RPC 2.0. */
export interface RpcRequest {
  readonly id: unknown;
  readonly method: string;
  readonly params: readonly unknown[];
}

export type RpcAnswer =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } };

/** A request that reached the proxy. @property nth 1, 2, … per method, over both transports. */
export interface SeenRequest {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly nth: number;
  readonly transport: 'http' | 'ws';
}

export type RpcFault =
  /** Refused: the node never sees it. */
  | { readonly kind: 'error'; readonly code: number; readonly message: string; readonly data?: unknown }
  /** Answered in the node's place: the node never sees it. */
  | { readonly kind: 'result'; readonly result: unknown }
  /** Answered with exactly these bytes: the node never sees it. */
  | { readonly kind: 'raw'; readonly body: string }
  /** The connection dies before the node sees it. */
  | { readonly kind: 'loseRequest' }
  /** The node does it, and the connection dies before the reply. */
  | { readonly kind: 'loseReply' }
  /** The node does it, and the caller waits until its own time limit. */
  | { readonly kind: 'neverReply' }
  /** The node does it, and its result is changed on the way. */
  | { readonly kind: 'alter'; readonly change: (result: unknown) => unknown };

/** Decides what happens to a request; undefined: nothing to say about it. */
export type RpcRule = (request: SeenRequest) => RpcFault | undefined;

export type Ask = (request: RpcRequest) => Promise<RpcAnswer>;

export const asReply = (id: unknown, answer: RpcAnswer): string =>
  'result' in answer
    ? JSON.stringify({ jsonrpc: '2.0', id, result: answer.result })
    : JSON.stringify({ jsonrpc: '2.0', id, error: answer.error });
