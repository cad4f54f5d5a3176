import { type Address, type Caip2, type Milliseconds, milliseconds } from '@bulkhead/shared';
import type { Clock, Log, Metrics } from '@bulkhead/shared/ports';
import type { EvmAddresses } from './addresses.ts';
import type { EndpointUrls } from './endpoints/endpoint.ts';
import type { FinalityPolicy } from './read/finality.ts';

export interface EvmChainOptions {
  /** `eip155:…`. */
  readonly id: Caip2;
  /** In order of preference. */
  readonly endpoints: readonly EndpointUrls[];
  readonly addresses: EvmAddresses;
  /**
   * Venues beside the clearing house whose vaults are read and may be bid on. Naming one is trusting it: what a simulated bid changes in its storage
   * counts as the acted group's, because nobody but the venue can say whose it is.
   */
  readonly venues?: readonly Address[];
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Oldest head that anything is decided on, against the Clock (F11). */
  readonly headMaxAge: Milliseconds;
  readonly finality: FinalityPolicy;
  /** First block that can hold anything of this deployment. Default 0. */
  readonly fromBlock?: bigint;
  /** Blocks that an endpoint may be behind the best of the others. Default 3. */
  readonly headMaxLag?: bigint;
  /** How often all endpoints are asked for their heads, where there are several. Default 2 s. */
  readonly probeInterval?: Milliseconds;
  /** Time limit of one request. Default 5 s. */
  readonly requestTimeout?: Milliseconds;
  /** How long to wait for a socket's announcement before looking for new blocks. Default 1 s. */
  readonly pollLive?: Milliseconds;
  /** The same when no socket stands. Default 250 ms. */
  readonly pollAlone?: Milliseconds;
  /** Groups per read call. Default 50. */
  readonly groupsPerCall?: number;
  /** Blocks per query of old logs. Default 2,000. */
  readonly blocksPerQuery?: bigint;
  /** Least rise of both fee fields that a pool takes as a replacement, percent. Default 10, as geth. */
  readonly replacementStepPercent?: number;
}

export const defaults = {
  requestTimeout: milliseconds(5_000),
  pollLive: milliseconds(1_000),
  pollAlone: milliseconds(250),
  headMaxLag: 3n,
  probeInterval: milliseconds(2_000),
  groupsPerCall: 50,
  blocksPerQuery: 2_000n,
  replacementStepPercent: 10,
} as const;

/** Why a chain could not be opened, or what doctor found: each names where it is and how to mend it. */
export interface EvmFinding {
  readonly kind:
    | 'wrongChain'
    | 'noCode'
    | 'cannotSimulate'
    | 'socketDead'
    | 'unreachable'
    | 'staleHead'
    | 'notAnEvmChain'
    | 'wrongContract';
  /** Endpoint, as `endpoints[0] (host:port)`; undefined when it concerns them all. */
  readonly endpoint?: string;
  /** Contract's field under its chain in the configuration (`contracts.oracleHub`), and its address. */
  readonly contract?: { readonly name: string; readonly address: Address };
  readonly message: string;
  readonly remedy: string;
  /** Whether a process may start although this was found: a dead websocket is made up for by polling, a missing diff by only observing. */
  readonly severity: 'fatal' | 'observeOnly' | 'warning';
}
