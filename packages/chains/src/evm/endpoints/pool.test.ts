import { milliseconds } from '@bulkhead/shared';
import type { Clock, Log, Metrics } from '@bulkhead/shared/ports';
import { HttpRequestError, RpcRequestError } from 'viem';
import { beforeEach, describe, expect, test } from 'vitest';
import { classifyChainError } from '../errors/classify.ts';
import type { Endpoint } from './endpoint.ts';
import { createEndpointPool, type EndpointPool } from './pool.ts';

const url = 'http://endpoint';
const silent = (): void => undefined;
const log: Log = { debug: silent, info: silent, warn: silent, error: silent, with: () => log };
const metrics: Metrics = { count: silent, gauge: silent, observe: silent };

/** An endpoint of which a test says what it does. */
interface Script {
  asked: string[];
  head: { number: number; time: number };
  fails?: (method: string) => Error | undefined;
  answers?: (method: string) => unknown;
}

let now = 0;
const clock: Clock = { now: () => milliseconds(now), sleep: () => new Promise(silent) };
let first: Script;
let second: Script;

const hex = (value: number): string => `0x${value.toString(16)}`;
const hashOf = (number: number): string => `0x${number.toString(16).padStart(64, '0')}`;

const blockOf = ({ number, time }: Script['head']) => ({
  number: hex(number),
  hash: hashOf(number),
  parentHash: hashOf(number - 1),
  timestamp: hex(time),
  gasLimit: '0x10',
  gasUsed: '0x01',
  baseFeePerGas: '0x10',
});

const endpointOf = (name: string, script: () => Script): Endpoint => {
  const answered = (method: string): unknown => {
    const { answers } = script();
    return answers === undefined ? '0x1' : answers(method);
  };
  const request = async (method: string): Promise<unknown> => {
    script().asked.push(method);
    const failure = script().fails?.(method);
    if (failure) throw failure;
    return method === 'eth_getBlockByNumber' ? blockOf(script().head) : answered(method);
  };
  return { name, urls: { http: url }, request, requestOnce: request, socket: undefined, close: silent };
};

const down = (): Error => new HttpRequestError({ url, cause: new Error('connection refused') });
const answer = (code: number, message: string) => (): Error =>
  new RpcRequestError({ body: {}, url, error: { code, message } });

const create = (): EndpointPool =>
  createEndpointPool([endpointOf('first', () => first), endpointOf('second', () => second)], {
    chain: 'eip155:1',
    clock,
    log,
    metrics,
    headMaxAge: milliseconds(30_000),
    headMaxLag: 3n,
    probeInterval: milliseconds(1_000),
  });

const codeOf = async (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => 'ok',
    error => classifyChainError(error)?.code,
  );

beforeEach(() => {
  now = 1_000_000;
  first = { asked: [], head: { number: 100, time: 1_000 } };
  second = { asked: [], head: { number: 100, time: 1_000 } };
});

const chainId = 'eth_chainId';

describe('the endpoint pool', () => {
  test('prefers the first endpoint', async () => {
    const pool = create();
    await pool.request(chainId, []);
    await pool.request(chainId, []);
    expect(first.asked.filter(method => method === chainId)).toHaveLength(2);
    expect(second.asked).not.toContain(chainId);
    pool.close();
  });

  test('passes over one that is down, leaves it alone for a while, and returns to it', async () => {
    const pool = create();
    first.fails = down;
    await pool.request(chainId, []);
    first.asked = [];
    await pool.request(chainId, []);
    expect(first.asked).toEqual([]);
    now += 60_000;
    delete first.fails;
    await pool.request(chainId, []);
    expect(first.asked).toEqual([chainId]);
    pool.close();
  });

  test('holds a refused transaction against nobody, and asks nobody else (F5)', async () => {
    const pool = create();
    await pool.probe();
    first.fails = answer(-32603, 'nonce too low');
    second.asked = [];
    expect(await codeOf(pool.send('eth_sendRawTransaction', ['0x']))).toBe('nonceTooLow');
    expect(second.asked).toEqual([]);
    expect(pool.standing().map(one => one.usable)).toEqual([true, true]);
    pool.close();
  });

  test('asks another where the first lacks a block or a method', async () => {
    const pool = create();
    first.fails = answer(-32000, 'header for hash not found');
    expect(await codeOf(pool.request('eth_call', []))).toBe('ok');
    first.fails = answer(-32601, 'method not found');
    expect(await codeOf(pool.request('debug_traceCall', []))).toBe('ok');
    expect(pool.standing()[0]?.usable).toBe(true);
    pool.close();
  });

  test('believes that there is no receipt only when all say so', async () => {
    const pool = create();
    first.answers = () => null;
    second.answers = () => ({ status: '0x1' });
    expect(await pool.request('eth_getTransactionReceipt', [])).toEqual({ status: '0x1' });
    second.answers = () => null;
    expect(await pool.request('eth_getTransactionReceipt', [])).toBeNull();
    pool.close();
  });

  test('passes over a frozen endpoint by the age of its head, and comes back when it moves (F11)', async () => {
    const pool = create();
    now += 31_000;
    second.head = { number: 130, time: 1_030 };
    expect((await pool.head()).number).toBe(130n);
    first.asked = [];
    await pool.request(chainId, []);
    expect(first.asked).toEqual([]);
    expect(pool.standing()[0]?.reason).toContain('31 s old');
    first.head = { number: 131, time: 1_031 };
    await pool.probe();
    await pool.request(chainId, []);
    expect(first.asked).toContain(chainId);
    pool.close();
  });

  test('passes over one that is too far behind the others although its head is young', async () => {
    const pool = create();
    second.head = { number: 104, time: 1_000 };
    await pool.probe();
    expect(pool.standing().map(one => one.usable)).toEqual([false, true]);
    expect((await pool.head()).number).toBe(104n);
    pool.close();
  });

  test('takes the newer head of two that are both young', async () => {
    const pool = create();
    second.head = { number: 102, time: 1_000 };
    await pool.probe();
    expect((await pool.head()).number).toBe(102n);
    pool.close();
  });

  test('has no head when all are frozen: nothing is decided on old state (F11)', async () => {
    const pool = create();
    now += 31_000;
    expect(await codeOf(pool.head())).toBe('staleHead');
    pool.close();
  });

  test('says unreachable when all are down, and an answer that is none counts against an endpoint', async () => {
    const pool = create();
    first.fails = down;
    second.fails = down;
    expect(await codeOf(pool.head())).toBe('unreachable');
    expect(await codeOf(pool.request(chainId, []))).toBe('unreachable');
    now += 60_000;
    delete second.fails;
    first.fails = () => new HttpRequestError({ url, cause: new SyntaxError('Unexpected token') });
    expect(await codeOf(pool.request(chainId, []))).toBe('ok');
    expect(pool.standing()[0]?.usable).toBe(false);
    pool.close();
  });
});
