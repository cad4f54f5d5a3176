import { encodeErrorResult, HttpRequestError, RpcRequestError, TimeoutError } from 'viem';
import { describe, expect, test } from 'vitest';
import { contractErrors } from '../abis.ts';
import { fault } from './chainFault.ts';
import { classifyChainError } from './classify.ts';

const url = 'http://127.0.0.1:8545';
const body = { method: 'eth_sendRawTransaction', params: [] };

/** As viem's transports throw what a node answered. */
const answered = (code: number, message: string, data?: unknown) =>
  new RpcRequestError({ body, url, error: { code, message, ...(data === undefined ? {} : { data }) } });

const verdict = (error: unknown): string | undefined => {
  const known = classifyChainError(error);
  return known && `${known.kind}/${known.code}`;
};

const reverted = (errorName: string, args: readonly unknown[]) =>
  answered(3, 'execution reverted', encodeErrorResult({ abi: contractErrors, errorName, args } as never));

const id = `0x${'11'.repeat(32)}`;
const someone = `0x${'22'.repeat(20)}`;

describe('a refused transaction', () => {
  test.each([
    // geth 1.17
    [-32000, 'already known', 'doneByUs/alreadyKnown'],
    [-32000, 'nonce too low: next nonce 5, tx nonce 3', 'resyncNonce/nonceTooLow'],
    [-32000, 'replacement transaction underpriced', 'replace/underpriced'],
    [-32000, 'transaction underpriced: gas tip cap 0, minimum needed 1', 'replace/underpriced'],
    [
      -32000,
      'max fee per gas less than block base fee: address 0x…, maxFeePerGas: 1, baseFee: 7',
      'replace/underpriced',
    ],
    [
      -32000,
      'insufficient funds for gas * price + value: balance 0, tx cost 21000',
      'operatorFixable/insufficientFunds',
    ],
    [-32000, 'invalid chain id for signer: have 1 want 31337', 'operatorFixable/wrongChain'],
    [-32000, 'intrinsic gas too low: gas 20000, minimum needed 21000', 'permanent/invalidTransaction'],
    [-32000, 'exceeds block gas limit', 'permanent/invalidTransaction'],
    [-32000, 'tx fee (2.00 ether) exceeds the configured cap (1.00 ether)', 'operatorFixable/invalidTransaction'],
    // anvil 1.7
    [-32003, 'nonce too low', 'resyncNonce/nonceTooLow'],
    [-32003, 'nonce too high', 'resyncNonce/nonceTooHigh'],
    [-32003, 'Insufficient funds for gas * price + value', 'operatorFixable/insufficientFunds'],
    [-32003, 'replacement transaction underpriced', 'replace/underpriced'],
    // others, and the shape of F5
    [-32603, 'nonce too low', 'resyncNonce/nonceTooLow'],
    [-32603, 'Internal error: AlreadyKnown', 'doneByUs/alreadyKnown'],
    [-32010, 'Transaction nonce is too low. Try incrementing the nonce.', 'resyncNonce/nonceTooLow'],
    [-32000, 'OldNonce', 'resyncNonce/nonceTooLow'],
    [-32000, 'ALREADY_EXISTS: already known', 'doneByUs/alreadyKnown'],
  ])('%i %s is %s', (code, message, expected) => {
    expect(verdict(answered(code, message))).toBe(expected);
  });
});

describe('a revert of ours', () => {
  test.each([
    ['EffectKeyUsed', [id, id], 'doneByOther/effectKeyUsed'],
    ['TradeIdUsed', [id], 'doneByOther/tradeIdUsed'],
    ['Healthy', [id, 5n, 3n], 'doneByOther/healthy'],
    ['RoundNotOver', [0, 5n], 'doneByOther/alreadyClosed'],
    ['PositionChanged', [id, id, id], 'retryable/positionChanged'],
    ['LimitExceeded', [1n, 2n], 'retryable/limitExceeded'],
    ['StalePrice', [id, 1n, 2n], 'retryable/stalePrice'],
    ['PriceSuspect', [id, 1n, 2n], 'retryable/stalePrice'],
    ['SequencerNotReady', [1n], 'retryable/reverted'],
    ['PricePaused', [id, 1, 5n], 'retryable/reverted'],
    ['DeadlinePassed', [1n, 2n], 'permanent/deadlinePassed'],
    ['Unhealthy', [id, -1n, 2n], 'permanent/bidderUndermargined'],
    ['NotAMember', [someone], 'operatorFixable/notAuthorised'],
    ['ResidualTooLarge', [5n, 3n], 'retryable/limitExceeded'],
    ['SelfLiquidation', [id, id], 'permanent/reverted'],
  ])('%s is %s', (name, args, expected) => {
    expect(verdict(reverted(name as string, args as readonly unknown[]))).toBe(expected);
  });

  test('says the contract’s error with its arguments', () => {
    const known = classifyChainError(reverted('Healthy', [id, 5n, 3n]));
    expect(known?.details).toBe(`Healthy(${id}, 5, 3)`);
  });

  test('is found under one more layer, as some nodes give it', () => {
    const data = encodeErrorResult({ abi: contractErrors, errorName: 'TradeIdUsed', args: [id] } as never);
    expect(verdict(answered(-32603, 'execution reverted', { data }))).toBe('doneByOther/tradeIdUsed');
  });

  test('that nobody knows is permanent, and shows its selector', () => {
    const known = classifyChainError(answered(3, 'execution reverted', '0xdeadbeef'));
    expect([known?.kind, known?.code]).toEqual(['permanent', 'reverted']);
    expect(known?.details).toContain('0xdeadbeef');
  });
});

describe('an endpoint that fails', () => {
  test('times out', () => {
    expect(verdict(new TimeoutError({ body, url }))).toBe('retryable/timeout');
  });
  test('cannot be reached', () => {
    expect(verdict(new HttpRequestError({ url, cause: new Error('fetch failed') }))).toBe('retryable/unreachable');
    expect(verdict(new HttpRequestError({ url, status: 502, details: 'Bad Gateway' }))).toBe('retryable/unreachable');
  });
  test('asks for fewer requests', () => {
    expect(verdict(new HttpRequestError({ url, status: 429, details: 'Too Many Requests' }))).toBe(
      'retryable/rateLimited',
    );
    expect(verdict(answered(-32005, 'limit exceeded'))).toBe('retryable/rateLimited');
  });
  test('answers with something that is no JSON', () => {
    const cause = new SyntaxError('Unexpected token < in JSON');
    expect(verdict(new HttpRequestError({ url, cause }))).toBe('retryable/malformedAnswer');
  });
  test.each([
    [-32001, 'Resource not found'],
    [-32000, 'header for hash not found'],
    [-32000, 'hash 0x11 is not currently canonical'],
    [-32000, 'missing trie node 5e3f (path )'],
    [-32602, 'BlockOutOfRangeError: block height is 4 but requested was 2457'],
    [-32000, 'unknown block'],
  ])('lacks the block: %i %s', (code, message) => {
    expect(verdict(answered(code, message))).toBe('retryable/blockGone');
  });
  test('lacks a method', () => {
    expect(verdict(answered(-32601, 'the method debug_traceCall does not exist/is not available'))).toBe(
      'operatorFixable/cannotSimulate',
    );
  });
  test('has trouble of its own', () => {
    expect(verdict(answered(-32603, 'internal error'))).toBe('retryable/unreachable');
  });
});

describe('anything else', () => {
  test('is a defect and none of a chain’s doing', () => {
    expect(classifyChainError(new TypeError('undefined is not a function'))).toBeUndefined();
    expect(classifyChainError('a string')).toBeUndefined();
  });
  test('that was classified before keeps its class, also wrapped', () => {
    const ours = fault('retryable', 'staleHead', 'old');
    expect(verdict(ours)).toBe('retryable/staleHead');
    expect(verdict(new Error('wrapped', { cause: new Error('twice', { cause: ours }) }))).toBe('retryable/staleHead');
  });
});
