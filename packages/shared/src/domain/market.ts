import type { Address } from '../hex.ts';
import type { PriceWad, QuoteAmount, Seconds, SizeWad, Wad } from '../units.ts';
import type { FeedId } from './price.ts';

/** A listed collateral. The quote token has no feed: its price is one and it has no haircut. */
export interface CollateralTerms {
  readonly token: Address;
  readonly symbol: string;
  readonly decimals: number;
  readonly feed: FeedId | undefined;
  readonly haircutMaintenance: Wad;
  readonly haircutInitial: Wad;
}

/** A listed perp and its running round. */
export interface InstrumentTerms {
  readonly instrument: number;
  readonly name: string;
  readonly feed: FeedId;
  readonly initialRate: Wad;
  readonly maintenanceRate: Wad;
  readonly tradeBand: Wad;
  readonly roundLength: Seconds;
  /** Number of the open round; closed rounds are those below it. */
  readonly round: number;
  readonly roundStart: Seconds;
  readonly lastPrice: PriceWad;
  readonly openInterest: SizeWad;
}

/** Auction shape (RISK §5), fixed at deployment. */
export interface AuctionTerms {
  readonly buffer: Wad;
  readonly startDiscount: Wad;
  readonly kneeDiscount: Wad;
  readonly floorDiscount: Wad;
  readonly knee: Seconds;
  readonly floor: Seconds;
  readonly reward: Seconds;
  readonly gap: Seconds;
  /** Groups whose maintenance is below it are closed whole. Quote decimals. */
  readonly dust: QuoteAmount;
}

/** Oldest price that each kind of action accepts. */
export interface PriceAges {
  readonly riskIncrease: Seconds;
  readonly liquidation: Seconds;
  readonly settlement: Seconds;
}

/** Terms that every group of one chain shares, all read at one block. */
export interface MarketState {
  readonly quote: CollateralTerms;
  /** Quote token included. */
  readonly collaterals: readonly CollateralTerms[];
  readonly instruments: readonly InstrumentTerms[];
  readonly auction: AuctionTerms;
  readonly priceAges: PriceAges;
  /** Free quote of the venue's house capital. */
  readonly houseCapital: QuoteAmount;
}
