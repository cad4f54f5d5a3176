import type { Call } from '../domain/call.ts';
import type { ChainError } from '../domain/chainError.ts';
import type { BlockRef, WatchItem } from '../domain/event.ts';
import type { GroupState } from '../domain/group.ts';
import type { MarketState } from '../domain/market.ts';
import type { FeedId, StoredPrice } from '../domain/price.ts';
import type {
  FeeQuote,
  Fees,
  Finality,
  Simulation,
  TransactionStatus,
  UnsignedTransaction,
  Validity,
} from '../domain/transaction.ts';
import type { Address, Hex, Hex32 } from '../hex.ts';
import type { Caip2 } from '../ids/caip2.ts';
import type { VaultId } from '../ids/vault.ts';
import type { Result } from '../result.ts';

/** What the lane and the decisions need to know about a chain's ways. Read by code and by the conformance suite; nobody asks "is it EVM?". */
export interface ChainCapabilities {
  /** Transactions of a signer are ordered by nonce; otherwise each is bounded by its validity alone. */
  readonly nonces: boolean;
  /** A pending transaction can be replaced at the same nonce by one that pays at least `replacementStepPercent` more in both fee fields. */
  readonly replaceable: boolean;
  readonly replacementStepPercent: number;
  /** `simulate` returns touches. Without it a process may only observe. */
  readonly stateDiff: boolean;
  readonly positions: 'perps' | 'perpsAndOptions';
}

/** A moment to read at: the newest block, or one named by number and hash (the adapter refuses when that block is gone). */
export type At = 'head' | BlockRef;

/** Every read of one call is pinned to one block, which it names. */
export interface Read<Value> {
  readonly at: BlockRef;
  readonly value: Value;
}

export type ChainResult<Value> = Promise<Result<Value, ChainError>>;

/**
 * One chain (DESIGN §6). The adapter keeps no state about lanes: it never picks a nonce, retries a send, replaces, or sees a fence.
 * Nothing here throws for what a chain or endpoint can do; a rejected promise is a defect.
 */
export interface Chain {
  readonly id: Caip2;
  readonly capabilities: ChainCapabilities;

  /** Newest block of an endpoint whose head is fresh; `staleHead` when none is (F11). */
  head(): ChainResult<BlockRef>;

  /**
   * History from the block number `cursor` on (inclusive), then live, until the signal aborts. Replays what it can by height after a
   * lost subscription (F22) and says `gap` for what it cannot. Never ends by itself.
   */
  watch(cursor: bigint, signal: AbortSignal): AsyncIterable<WatchItem>;

  /** Terms that all groups share. */
  readMarket(at: At): ChainResult<Read<MarketState>>;
  /** Ids of all vaults that chose the clearing house, in order of opening; a page of at most `limit` from `offset`. */
  readVaults(
    at: At,
    offset: number,
    limit: number,
  ): ChainResult<Read<{ readonly vaults: readonly VaultId[]; readonly total: number }>>;
  /** States of groups, in the order asked. Unknown vaults are absent. */
  readGroups(vaults: readonly VaultId[], at: At): ChainResult<Read<readonly GroupState[]>>;
  /** Prices stored on chain; feeds without one are absent. */
  readPrices(feeds: readonly FeedId[], at: At): ChainResult<Read<readonly StoredPrice[]>>;

  /** Whether the contract has consumed this effect key for this bidder vault, or this trade id. */
  effectDone(
    key: { readonly bidderVault: VaultId; readonly effectKey: Hex32 } | { readonly tradeId: Hex32 },
    at: At,
  ): ChainResult<Read<boolean>>;

  /** Runs the call as `from` on top of `at`, and says what it would change. A revert is an error of its decoded kind. */
  simulate(call: Call, from: Address, at: At): ChainResult<Simulation>;

  /** Next nonce of a signer: after mined transactions (`latest`), or after those the endpoint holds too (`pending`). */
  nonce(signer: Address, tag: 'latest' | 'pending' | 'final'): ChainResult<bigint>;
  balance(signer: Address): ChainResult<bigint>;
  feeQuote(): ChainResult<FeeQuote>;

  /** Encodes a call. `gasLimit` comes from a simulation. Pure but for the encoding. */
  build(
    call: Call,
    options: {
      readonly from: Address;
      readonly nonce: bigint;
      readonly gasLimit: bigint;
      readonly fees: Fees;
      readonly validity: Validity;
    },
  ): Result<UnsignedTransaction, ChainError>;

  /** Hands signed bytes to an endpoint. `alreadyKnown` is success for the caller. Accepted does not mean included. */
  broadcast(bytes: Hex): ChainResult<Hex32>;
  /** Where each hash stands; looks at every hash given, in order. */
  status(hashes: readonly Hex32[]): ChainResult<readonly TransactionStatus[]>;
  /** How settled a block is that was seen before. */
  finality(block: BlockRef): ChainResult<Finality>;
}
