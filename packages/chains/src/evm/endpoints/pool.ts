import type { BlockRef, Caip2, ChainError, Milliseconds } from '@bulkhead/shared';
import type { Clock, Log, Metrics } from '@bulkhead/shared/ports';
import { ChainFault, fault } from '../errors/chainFault.ts';
import { classifyChainError } from '../errors/classify.ts';
import { type Header, header } from './answers.ts';
import type { Endpoint } from './endpoint.ts';

export interface PoolOptions {
  readonly chain: Caip2;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Oldest newest block that an endpoint may have, against the Clock, before it counts as frozen (F11). */
  readonly headMaxAge: Milliseconds;
  /** Most blocks that an endpoint may be behind the best of the others. */
  readonly headMaxLag: bigint;
  /** How often all endpoints are asked for their heads, where there are several. */
  readonly probeInterval: Milliseconds;
}

/** How one endpoint stands, for metrics, `status` and `doctor`. */
export interface EndpointStanding {
  readonly name: string;
  readonly usable: boolean;
  readonly head: BlockRef | undefined;
  /** Why it is not used; undefined when it is. */
  readonly reason: string | undefined;
}

/**
 * All endpoints of one chain as one. Ejects an endpoint for a while when it fails to answer, and for as long as its head is old or behind;
 * asks the next. It judges endpoints only by what is theirs: a refused transaction or a revert is an answer (F5).
 */
export interface EndpointPool {
  /** Result of the first endpoint that answers. @throws ChainFault. */
  request(method: string, params: readonly unknown[]): Promise<unknown>;
  /** The same, for sending: over HTTP, and never twice to one endpoint. @throws ChainFault. */
  send(method: string, params: readonly unknown[]): Promise<unknown>;
  /** Newest block of an endpoint whose head is fresh. @throws ChainFault `staleHead`. */
  head(): Promise<Header>;
  /** Asks every endpoint for its head once and ejects the frozen and the slow. */
  probe(): Promise<void>;
  readonly endpoints: readonly Endpoint[];
  standing(): readonly EndpointStanding[];
  close(): void;
}

interface Standing {
  readonly endpoint: Endpoint;
  strikes: number;
  ejectedUntil: number;
  reason: string | undefined;
  head: Header | undefined;
  stale: boolean;
}

const firstEjection = 250;
const longestEjection = 30_000;

/** Failures that say something about the endpoint and nothing about the question. */
const endpointsOwn = new Set<ChainError['code']>(['timeout', 'unreachable', 'rateLimited', 'malformedAnswer']);
/** Answers that another endpoint may give better. */
const worthAsking = new Set<ChainError['code']>(['blockGone', 'cannotSimulate']);

/** Where "there is none" may only mean that this endpoint is behind: the others are asked before it is believed. */
const mayBeElsewhere = new Set([
  'eth_getBlockByNumber',
  'eth_getBlockByHash',
  'eth_getTransactionReceipt',
  'eth_getTransactionByHash',
]);

const known = (error: unknown): ChainError => {
  const classified = classifyChainError(error);
  if (classified === undefined) throw error;
  return classified;
};

export const createEndpointPool = (endpoints: readonly Endpoint[], options: PoolOptions): EndpointPool => {
  const { chain, clock, log, metrics, headMaxAge, headMaxLag } = options;
  const all: readonly Standing[] = endpoints.map(endpoint => ({
    endpoint,
    strikes: 0,
    ejectedUntil: 0,
    reason: undefined,
    head: undefined,
    stale: false,
  }));
  const closing = new AbortController();
  const labels = (one: Standing) => ({ chain, endpoint: one.endpoint.name });
  const usable = (one: Standing): boolean => !one.stale && one.ejectedUntil <= clock.now();

  /** Those in good standing in the order of the configuration, then the others: a last resort is better than none. */
  const inOrder = (): readonly Standing[] => [...all.filter(usable), ...all.filter(one => !usable(one))];

  const strike = (one: Standing, error: ChainError): void => {
    const pause = Math.min(longestEjection, firstEjection * 2 ** one.strikes);
    one.strikes += 1;
    one.ejectedUntil = clock.now() + pause;
    one.reason = `${error.code}: ${error.details ?? error.message}`;
    metrics.count('endpoint_errors_total', { ...labels(one), code: error.code });
    log.warn('endpoint ejected', { ...labels(one), code: error.code, details: error.details, forMs: pause });
  };

  const acquit = (one: Standing): void => {
    one.strikes = 0;
    one.ejectedUntil = 0;
    if (!one.stale) one.reason = undefined;
  };

  const ask = async (method: string, work: (endpoint: Endpoint) => Promise<unknown>): Promise<unknown> => {
    let last: ChainError | undefined;
    let nothing = false;
    for (const one of inOrder()) {
      try {
        const answer = await work(one.endpoint);
        acquit(one);
        if (answer !== null || !mayBeElsewhere.has(method)) return answer;
        nothing = true;
      } catch (error) {
        last = known(error);
        if (endpointsOwn.has(last.code)) strike(one, last);
        else if (!worthAsking.has(last.code)) throw new ChainFault(last);
      }
    }
    if (nothing) return null;
    throw last === undefined
      ? fault('operatorFixable', 'unreachable', 'No endpoint is configured. Add one under chains[].endpoints.')
      : new ChainFault(last);
  };

  const ageOf = (head: BlockRef): number => clock.now() - head.time * 1000;

  /** @param best number of the newest block that any endpoint has shown lately. */
  const judge = (one: Standing, best: bigint): void => {
    const head = one.head;
    if (head === undefined) return;
    const age = ageOf(head);
    const old = age > headMaxAge;
    const behind = best - head.number > headMaxLag;
    if ((old || behind) && !one.stale)
      log.warn('endpoint stale', { ...labels(one), head: head.number, ageMs: age, best });
    one.stale = old || behind;
    if (old) one.reason = `head ${head.number} is ${Math.round(age / 1000)} s old`;
    else if (behind) one.reason = `head ${head.number} is ${best - head.number} blocks behind`;
    else if (one.ejectedUntil <= clock.now()) one.reason = undefined;
    metrics.gauge('endpoint_head_age_seconds', age / 1000, labels(one));
    metrics.gauge('endpoint_usable', usable(one) ? 1 : 0, labels(one));
  };

  const look = async (one: Standing): Promise<Header | undefined> => {
    try {
      const answer = await one.endpoint.request('eth_getBlockByNumber', ['latest', false]);
      one.head = header('eth_getBlockByNumber', answer);
      acquit(one);
      return one.head;
    } catch (error) {
      const failed = known(error);
      strike(one, failed);
      return undefined;
    }
  };

  const bestOf = (those: readonly Standing[]): bigint =>
    those.reduce((best, { head }) => (head !== undefined && head.number > best ? head.number : best), 0n);

  const probe = async (): Promise<void> => {
    const seen = await Promise.all(all.map(look));
    const answering = all.filter((_, index) => seen[index] !== undefined);
    const best = bestOf(answering);
    for (const one of answering) judge(one, best);
  };

  /** Where another endpoint was last seen further on, it is asked too: one that has just frozen is not old yet. */
  const newest = async (from: Standing, found: Header): Promise<Header> => {
    const ahead = all.find(
      one => one !== from && usable(one) && one.head !== undefined && one.head.number > found.number,
    );
    const other = ahead === undefined ? undefined : await look(ahead);
    return other !== undefined && other.number > found.number && ageOf(other) <= headMaxAge ? other : found;
  };

  const head = async (): Promise<Header> => {
    for (const one of inOrder()) {
      const found = await look(one);
      if (found === undefined) continue;
      // Only age here: heads of others were seen at another moment. The probe compares them.
      const tooOld = ageOf(found) > headMaxAge;
      if (tooOld) judge(one, found.number);
      else if (!one.stale || all.length === 1 || bestOf(all) - found.number <= headMaxLag) {
        one.stale = false;
        return newest(one, found);
      }
    }
    const heads = all.map(one => `${one.endpoint.name}: ${one.reason ?? 'no head'}`).join('; ');
    const answered = all.some(one => one.head !== undefined && one.ejectedUntil <= clock.now());
    throw answered
      ? fault(
          'retryable',
          'staleHead',
          'No endpoint has a fresh head: nothing is decided on old state. Look at the endpoints.',
          heads,
        )
      : fault('retryable', 'unreachable', 'No endpoint answers. Look at the endpoints with doctor.', heads);
  };

  const keepProbing = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await probe();
      await clock.sleep(options.probeInterval, closing.signal);
    }
  };
  if (all.length > 1) void keepProbing();

  return {
    request: (method, params) => ask(method, endpoint => endpoint.request(method, params)),
    send: (method, params) => ask(method, endpoint => endpoint.requestOnce(method, params)),
    head,
    probe,
    endpoints,
    standing: () =>
      all.map(one => ({
        name: one.endpoint.name,
        usable: usable(one),
        head: one.head,
        reason: usable(one) ? undefined : one.reason,
      })),
    close: () => closing.abort(),
  };
};
