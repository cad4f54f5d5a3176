import type { Hex, Hex32 } from '../hex.ts';
import type { PriceWad, Seconds } from '../units.ts';

/** keccak256 of the feed's name, for example of "ETH/USD". */
export type FeedId = Hex32;

/** One signed price (WIRE: signed prices). One signature serves every chain. */
export interface PriceReport {
  readonly feed: FeedId;
  /** Quote per whole unit of the base. */
  readonly price: PriceWad;
  /** Half-width of the publisher's confidence interval, same unit. */
  readonly confidence: PriceWad;
  /** When the price was seen and signed, by the publisher's clock. */
  readonly time: Seconds;
  /** Epoch of the signer set. */
  readonly epoch: bigint;
  /** 65-byte signatures, signer addresses strictly increasing. */
  readonly signatures: readonly Hex[];
}

/** A report that moved a price too far to be believed before another confirms it. */
export interface HeldPrice {
  readonly price: PriceWad;
  readonly time: Seconds;
}

/** A price as a chain has stored it. */
export interface StoredPrice {
  readonly feed: FeedId;
  readonly price: PriceWad;
  /** Half-width of the confidence interval. */
  readonly confidence: PriceWad;
  /** The slower price, which the initial requirement uses where it is the worse one. */
  readonly stable: PriceWad;
  readonly time: Seconds;
  /** While there is one, the chain uses the price for nothing. */
  readonly held: HeldPrice | undefined;
}
