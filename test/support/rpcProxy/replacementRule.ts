import { type Hex, keccak256, parseTransaction, recoverTransactionAddress } from 'viem';
import type { Ask, RpcAnswer, RpcRequest } from './protocol.ts';

/** A transaction pool's admission rules, in geth's words. */
export interface ReplacementRule {
  send(request: RpcRequest, ask: Ask): Promise<RpcAnswer>;
}

interface Pooled {
  readonly hash: Hex;
  readonly maxFee: bigint;
  readonly tip: bigint;
}

const refusal = (message: string): RpcAnswer => ({ error: { code: -32000, message } });

/** @param percent least rise of both fee fields, 10 on geth. */
export const createReplacementRule = (percent: number): ReplacementRule => {
  const pool = new Map<string, Pooled>();
  const enough = (before: bigint, after: bigint): boolean => after * 100n >= before * BigInt(100 + percent);

  return {
    send: async (request, ask) => {
      const bytes = request.params[0] as Hex;
      const transaction = parseTransaction(bytes);
      const from = await recoverTransactionAddress({
        serializedTransaction: bytes as Parameters<typeof recoverTransactionAddress>[0]['serializedTransaction'],
      });
      const nonce = transaction.nonce ?? 0;
      const maxFee = transaction.maxFeePerGas ?? transaction.gasPrice ?? 0n;
      const candidate: Pooled = { hash: keccak256(bytes), maxFee, tip: transaction.maxPriorityFeePerGas ?? maxFee };

      const mined = await ask({ id: 0, method: 'eth_getTransactionCount', params: [from, 'latest'] });
      if ('result' in mined && BigInt(mined.result as string) > BigInt(nonce)) {
        return refusal(`nonce too low: next nonce ${BigInt(mined.result as string)}, tx nonce ${nonce}`);
      }
      const slot = `${from.toLowerCase()}:${nonce}`;
      const before = pool.get(slot);
      if (before?.hash === candidate.hash) return refusal('already known');
      if (before && !(enough(before.maxFee, candidate.maxFee) && enough(before.tip, candidate.tip))) {
        return refusal('replacement transaction underpriced');
      }
      const answer = await ask(request);
      if ('result' in answer) pool.set(slot, candidate);
      return answer;
    },
  };
};
