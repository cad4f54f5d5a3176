import type { Ask, RpcAnswer, RpcRequest } from './protocol.ts';

/** Answers as a node would whose head stopped at one block while it goes on answering (F11). */
export interface FrozenHead {
  answer(request: RpcRequest, ask: Ask): Promise<RpcAnswer>;
}

const movingTags = new Set(['latest', 'pending', 'safe', 'finalized']);

const blockNumberOf = (result: unknown): bigint | undefined => {
  const number = (result as { blockNumber?: unknown } | null)?.blockNumber;
  return typeof number === 'string' ? BigInt(number) : undefined;
};

/** Stops at the node's newest block. */
export const freezeHeadOf = async (ask: Ask): Promise<FrozenHead> => {
  const answer = await ask({ id: 0, method: 'eth_blockNumber', params: [] });
  if (!('result' in answer)) throw new Error(`the node did not name its head: ${answer.error.message}`);
  const height = answer.result as string;
  const limit = BigInt(height);

  const clip = (value: unknown): unknown => {
    if (typeof value !== 'string') return value;
    if (movingTags.has(value)) return height;
    return value;
  };
  const clipFilter = (filter: Record<string, unknown>): Record<string, unknown> => {
    if ('blockHash' in filter) return filter;
    const toBlock = clip(filter['toBlock'] ?? 'latest') as string;
    const above = toBlock.startsWith('0x') && BigInt(toBlock) > limit;
    return { ...filter, fromBlock: clip(filter['fromBlock'] ?? 'latest'), toBlock: above ? height : toBlock };
  };

  return {
    answer: async (request, ask) => {
      if (request.method === 'eth_blockNumber') return { result: height };
      if (request.method === 'eth_getLogs') {
        return ask({ ...request, params: [clipFilter(request.params[0] as Record<string, unknown>)] });
      }
      if (request.method === 'eth_getBlockByNumber') {
        const wanted = clip(request.params[0]) as string;
        if (wanted.startsWith('0x') && BigInt(wanted) > limit) return { result: null };
        return ask({ ...request, params: [wanted, ...request.params.slice(1)] });
      }
      const passed = await ask({ ...request, params: request.params.map(clip) });
      if (request.method !== 'eth_getTransactionReceipt' || !('result' in passed)) return passed;
      const block = blockNumberOf(passed.result);
      return block !== undefined && block > limit ? { result: null } : passed;
    },
  };
};
