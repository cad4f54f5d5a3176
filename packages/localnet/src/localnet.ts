import type { AddressBook } from '@bulkhead/addresses';
import type { DeploymentPlan } from '@bulkhead/deployment';
import type { Caip2, PriceReport } from '@bulkhead/shared';
import type { Hash, Hex } from 'viem';
import type { LocalAddresses } from './deploy/addresses.ts';
import type { PriceFeed } from './feed/priceFeed.ts';
import type { LocalKeys } from './keys.ts';
import type { ParameterSet, ParameterSetName } from './parameterSets.ts';
import type { LocalClient } from './process/anvil.ts';
import type { AdminCall } from './scenario/asAdmin.ts';
import type { OutgoingCall } from './scenario/outbox.ts';

/** How a chain makes blocks: one per transaction, at once; or one every so many seconds. */
export type Mining = 'auto' | { readonly everySeconds: number };

export interface LocalnetOptions {
  /** How many chains; 1 by default. Their ids count from `firstChainId`. */
  readonly chains?: number;
  /** 31337 by default. */
  readonly firstChainId?: number;
  /** A Redis of its own; true by default. */
  readonly redis?: boolean;
  /** `demo` by default: what takes time is short. */
  readonly parameterSet?: ParameterSetName | ParameterSet;
  /** All keys and therefore all addresses come from it. */
  readonly seed?: string;
  /** `auto` by default. */
  readonly mining?: Mining;
  /** M-of-N of the price feed; 2 of 3 by default. */
  readonly prices?: { readonly signers: number; readonly threshold: number };
  readonly keepers?: number;
  readonly members?: number;
  /** Keep chains and Redis in this directory, and go on from what is there. Without it everything is temporary. */
  readonly directory?: string;
  /** The `safe` block is this many blocks behind the head, `finalized` twice as many. */
  readonly slotsInAnEpoch?: number;
  /** Says what is being done. */
  readonly onProgress?: (line: string) => void;
}

/** One local chain with everything deployed. */
export interface LocalChain {
  readonly id: Caip2;
  readonly chainId: number;
  readonly http: string;
  readonly ws: string;
  /** Process id of its anvil. */
  readonly pid: number;
  readonly addresses: LocalAddresses;
  /** Reads, anvil's own methods, and sending with an account given per call. */
  readonly client: LocalClient;
  /** Posts reports on this chain's oracle, in a transaction of the house. */
  post(reports: readonly PriceReport[]): Promise<void>;
  /** Signs calls, those of one sender in order, and hands them to the chain, which mines them as it does. */
  send(calls: readonly OutgoingCall[]): Promise<readonly Hash[]>;
  /** Has the admin do these calls, in order, or none of them: announced on its timelock, executed after its delay of a second. */
  asAdmin(calls: readonly AdminCall[]): Promise<void>;
}

/** A fork of a running chain: the same contracts and state, changed without touching the original. */
export interface LocalFork extends LocalChain {
  stop(): Promise<void>;
}

export interface LocalFeed extends PriceFeed {
  /** Base URL of `/prices`, `/events` and `/healthz`. */
  readonly url: string;
}

/** A running local network. */
export interface Localnet {
  readonly chains: readonly LocalChain[];
  /** Undefined when started without. */
  readonly redis: { readonly url: string; readonly pid: number } | undefined;
  readonly feed: LocalFeed;
  readonly feedSetId: Hex;
  /** Everything that the constructors fixed, the same on every chain: what the verifier is asked about. */
  readonly deployment: DeploymentPlan;
  /** Where it is, by chain: what the SDK resolves a client's chain with. */
  readonly addressBook: AddressBook;
  readonly keys: LocalKeys;
  readonly parameterSet: ParameterSet;
  readonly seed: string;
  /** True when it went on from a directory that held a network. */
  readonly resumed: boolean;
  /** Forks a chain at its newest block, or at the one given. */
  fork(chainIndex: number, options?: { readonly block?: bigint }): Promise<LocalFork>;
  /** Signs and pushes prices, then posts them on every chain. */
  publishAndPost(...parameters: Parameters<PriceFeed['publish']>): Promise<readonly PriceReport[]>;
  /** Ends every process and removes every temporary file. Idempotent. */
  stop(): Promise<void>;
}
