import type { ChainError, ChainErrorCode, ChainErrorKind } from '@bulkhead/shared';
import { ChainFault, chainError } from './chainFault.ts';
import { type ErrorFacts, factsOf } from './facts.ts';
import { classifyRevert } from './revert.ts';

type Rule = readonly [words: RegExp, kind: ChainErrorKind, code: ChainErrorCode, message: string];

const blockGone =
  'The endpoint does not have the block that was asked for: replaced, not there yet, or its state is no longer kept.';

/**
 * By the node's own words, because codes do not tell: the same refusals come as -32000, -32003 or -32603 (F5). First match wins, so that
 * the more telling words stand first. Words of geth, anvil, reth, erigon, nethermind and besu.
 */
const rules: readonly Rule[] = [
  [
    /already known|known transaction|already imported|already exists in (the )?(pool|mempool)|alreadyknown/i,
    'doneByUs',
    'alreadyKnown',
    'The endpoint holds this very transaction already.',
  ],
  [
    /nonce (is )?too low|oldnonce|nonce has already been used|invalid nonce.*expected.*higher/i,
    'resyncNonce',
    'nonceTooLow',
    'The nonce was consumed by another transaction. Read the nonce again.',
  ],
  [
    /nonce (is )?too high|nonce gap|future transaction.*limit|nonce too far/i,
    'resyncNonce',
    'nonceTooHigh',
    'The nonce is ahead of what the endpoint knows. Read the nonce again.',
  ],
  [
    /replacement|underpriced|fee too low|feetoolow|less than block base fee|below.*base ?fee|gas price too low|tip.*below|fee cap.*less than|max fee per gas less/i,
    'replace',
    'underpriced',
    'The transaction pays too little to be taken, or to replace the one before it. Raise both fee fields.',
  ],
  [
    /exceeds the configured cap/i,
    'operatorFixable',
    'invalidTransaction',
    "The transaction's fee is above the endpoint's own cap. Raise the endpoint's cap, or lower the fee budget.",
  ],
  [
    /insufficient funds|insufficientfunds|insufficient balance|doesn't have enough funds|sender.*balance.*insufficient/i,
    'operatorFixable',
    'insufficientFunds',
    'The signer cannot pay for the transaction. Send native currency to it.',
  ],
  [
    /invalid chain ?id|chain ?id mismatch|wrong chain ?id|invalid sender|incorrect chain/i,
    'operatorFixable',
    'wrongChain',
    'The endpoint is of another chain than the transaction. Check the chain id and the endpoint in the configuration.',
  ],
  [
    /intrinsic gas|exceeds block gas limit|gas limit (too|is) (high|low)|exceeds.*gas limit|max initcode|oversized data|transaction type not supported|tip.*(above|higher than).*fee|rlp|typed transaction too short|invalid signature|max priority fee per gas higher/i,
    'permanent',
    'invalidTransaction',
    'No node takes this transaction as it is. The reason is in the details.',
  ],
  [
    /resource not found|unknown block|header (for hash )?not found|block not found|blockoutofrange|block height is|not currently canonical|missing trie node|state .*not available|historical state|pruned|could not find block/i,
    'retryable',
    'blockGone',
    blockGone,
  ],
  [
    /rate.?limit|too many requests|request limit|compute units|capacity exceeded/i,
    'retryable',
    'rateLimited',
    'The endpoint asks for fewer requests. Another one is asked meanwhile; add endpoints or raise the plan.',
  ],
  [
    /method .*(not found|not supported|does not exist|unavailable|not available)|unsupported method|unknown method|not whitelisted/i,
    'operatorFixable',
    'cannotSimulate',
    'The endpoint does not offer a method that is needed. Use one that does, such as geth with the debug API.',
  ],
];

const transport = (facts: ErrorFacts): ChainError | undefined => {
  const named = (name: string): boolean => facts.names.includes(name);
  if (facts.status === 429 || facts.code === -32005 || facts.code === 429) {
    return chainError('retryable', 'rateLimited', 'The endpoint asks for fewer requests.', facts.said);
  }
  if (named('TimeoutError')) {
    return chainError('retryable', 'timeout', 'The endpoint did not answer in time.', facts.said);
  }
  // A body that is no JSON reaches us as a failed parse inside a request that otherwise went well.
  if (named('SyntaxError')) {
    return chainError('retryable', 'malformedAnswer', "The endpoint's answer is not JSON.", facts.said);
  }
  if (named('HttpRequestError') || named('WebSocketRequestError') || named('SocketClosedError')) {
    return chainError('retryable', 'unreachable', 'The endpoint could not be reached.', facts.said);
  }
  return undefined;
};

const isRpcError = (facts: ErrorFacts): boolean => facts.code !== undefined || facts.names.includes('RpcRequestError');

const isRevert = (facts: ErrorFacts): boolean =>
  /revert|out of gas|outofgas|invalid opcode/i.test(facts.said) || (facts.code === 3 && facts.data !== undefined);

/** viem wraps what our own transport throws. */
const faultIn = (error: unknown): ChainFault | undefined => {
  if (error instanceof ChainFault) return error;
  const cause = (error as { readonly cause?: unknown } | null | undefined)?.cause;
  return cause === undefined ? undefined : faultIn(cause);
};

/**
 * What went wrong, as one of the closed union, from anything that a transport or a node can say. Pure.
 * @returns undefined when it is none of a chain's doing: a defect of ours, to be thrown on.
 */
export const classifyChainError = (error: unknown): ChainError | undefined => {
  const ours = faultIn(error);
  if (ours) return ours.error;
  const facts = factsOf(error);
  if (isRpcError(facts) && isRevert(facts)) return classifyRevert(facts.data ?? '0x', facts.said);
  const spoken = isRpcError(facts) || facts.status !== undefined;
  const rule = spoken ? rules.find(([words]) => words.test(facts.said)) : undefined;
  if (rule) return chainError(rule[1], rule[2], rule[3], facts.said);
  const byTransport = transport(facts);
  if (byTransport) return byTransport;
  if (facts.code === -32601 || facts.code === -32004) {
    return chainError(
      'operatorFixable',
      'cannotSimulate',
      'The endpoint does not offer a method that is needed.',
      facts.said,
    );
  }
  if (facts.code === -32602 || facts.code === -32600) {
    return chainError(
      'permanent',
      'invalidTransaction',
      'The endpoint does not take the request as it is.',
      facts.said,
    );
  }
  if (!isRpcError(facts)) return undefined;
  return chainError('retryable', 'unreachable', 'The endpoint failed to answer, for a reason of its own.', facts.said);
};
