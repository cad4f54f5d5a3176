import type { Hex32 } from '../hex.ts';
import type { VaultId } from '../ids/vault.ts';
import type { QuoteAmount, Seconds, Wad } from '../units.ts';
import type { FeedId, HeldPrice, StoredPrice } from './price.ts';

/** A block or slot. */
export interface BlockRef {
  readonly number: bigint;
  readonly hash: Hex32;
  readonly time: Seconds;
}

/** Where in the chain an event stands. (transaction, index) is unique on one chain history. */
export interface EventPlace {
  readonly block: BlockRef;
  readonly transaction: Hex32;
  readonly index: number;
}

export interface BidFilled {
  readonly kind: 'bidFilled';
  readonly vault: VaultId;
  readonly bidderVault: VaultId;
  readonly effectKey: Hex32;
  readonly fraction: Wad;
  /** d while V > 0, x while V ≤ 0. */
  readonly rate: Wad;
  readonly paid: QuoteAmount;
  readonly received: QuoteAmount;
  readonly forgiven: QuoteAmount;
  readonly residual: QuoteAmount;
  readonly equityBefore: QuoteAmount;
  readonly equityAfter: QuoteAmount;
}

/** Something on chain changed these vaults: their state must be read again. */
export interface VaultsChanged {
  readonly kind: 'vaultsChanged';
  readonly vaults: readonly VaultId[];
  readonly cause:
    | 'opened'
    | 'deposit'
    | 'withdrawal'
    | 'trade'
    | 'settlement'
    | 'bid'
    | 'auction'
    | 'credit'
    | 'venue'
    | 'group'
    | 'attestation';
  /** Of an attestation: hash of the positions that it is for. */
  readonly positions?: Hex32;
}

export interface RoundClosed {
  readonly kind: 'roundClosed';
  readonly instrument: number;
  readonly round: number;
}

/** Terms that groups share have changed (a listing, a pushed parameter, a pause, a layer of the waterfall): the market must be read again. */
export interface MarketChanged {
  readonly kind: 'marketChanged';
}

export interface PricePosted {
  readonly kind: 'pricePosted';
  readonly price: StoredPrice;
  readonly feed: FeedId;
}

/** A report waits to be confirmed. */
export interface PriceHeld {
  readonly kind: 'priceHeld';
  readonly feed: FeedId;
  readonly held: HeldPrice;
}

/** A trade id was consumed (novation). */
export interface TradeDone {
  readonly kind: 'tradeDone';
  readonly tradeId: Hex32;
}

export type DomainEvent = BidFilled | VaultsChanged | RoundClosed | MarketChanged | PricePosted | PriceHeld | TradeDone;

/** One step of a chain's history, in order. */
export type WatchItem =
  | { readonly kind: 'event'; readonly place: EventPlace; readonly event: DomainEvent }
  | { readonly kind: 'head'; readonly block: BlockRef }
  /** All events up to and including `block` have been delivered from the cursor on. */
  | { readonly kind: 'caughtUp'; readonly block: BlockRef }
  /** Blocks from this number on were replaced: what they said is void. */
  | { readonly kind: 'retraction'; readonly from: bigint }
  /** The live stream lost something in this range and could not replay it: read again. */
  | { readonly kind: 'gap'; readonly from: bigint; readonly to: bigint };
