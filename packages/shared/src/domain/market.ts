import type { Address, Hex32 } from '../hex.ts';
import type { VaultId } from '../ids/vault.ts';
import { type PriceWad, type QuoteAmount, type Seconds, type SizeWad, seconds, type Wad } from '../units.ts';
import type { FeedId } from './price.ts';

/** A listed collateral. The quote token has no feed: its price is one and it has no haircut. */
export interface CollateralTerms {
  readonly token: Address;
  readonly symbol: string;
  readonly decimals: number;
  readonly feed: FeedId | undefined;
  /** The newest. What counts now is on the way to it from `haircutMaintenanceFrom` (RISK §7). */
  readonly haircutMaintenance: Wad;
  readonly haircutInitial: Wad;
  /** What was in force when the ramp began. */
  readonly haircutMaintenanceFrom: Wad;
  /** When the ramp began; 0: there was none. */
  readonly rampStart: Seconds;
}

export type InstrumentKind = 'perp' | 'future' | 'call' | 'put';

/** A listed instrument and its running round. */
export interface InstrumentTerms {
  readonly instrument: number;
  readonly name: string;
  readonly kind: InstrumentKind;
  /** Mark per unit. */
  readonly feed: FeedId;
  /** The underlying; the mark itself for a perp without funding. */
  readonly indexFeed: FeedId;
  /** Options only; else 0. */
  readonly strike: PriceWad;
  /** Nothing is traded from then on, and the last round settles at the index. 0: never. */
  readonly expiry: Seconds;
  readonly initialRate: Wad;
  /** The newest. What counts now is on the way to it from `maintenanceFrom` (RISK §7). */
  readonly maintenanceRate: Wad;
  readonly maintenanceFrom: Wad;
  /** When the ramp began; 0: there was none. */
  readonly rampStart: Seconds;
  readonly tradeBand: Wad;
  /** Largest |funding rate| per 8 hours. 0: no funding. */
  readonly fundingCap: Wad;
  /** No trade raises the open interest above it. */
  readonly openInterestCap: SizeWad;
  readonly roundLength: Seconds;
  /** Number of the open round; closed rounds are those below it. */
  readonly round: number;
  readonly roundStart: Seconds;
  readonly lastPrice: PriceWad;
  readonly openInterest: SizeWad;
  /** Its last round is closed: positions only wait to be settled. */
  readonly expired: boolean;
}

/** How long a tightened parameter takes to come into force (MRG-7). */
export const parameterRamp = seconds(86_400);

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

export type PriceUse = keyof PriceAges;

/** How far a price may move, as shares of it. */
export interface PriceBounds {
  /** In one report, and be believed at once. */
  readonly maxStep: Wad;
  /** From a held report to the one that confirms it. */
  readonly confirmBand: Wad;
  /** A stable price, in a second, of itself. */
  readonly stableRate: Wad;
  /** Quote per unit that a feed may move by in any case; none: nothing but the step. */
  readonly stepFloors: ReadonlyMap<FeedId, PriceWad>;
}

/** How an attested requirement is bounded and how it lapses (RISK §4). */
export interface PortfolioTerms {
  /** Least initial and maintenance requirement, as shares of the gross notional. */
  readonly floorInitial: Wad;
  readonly floorMaintenance: Wad;
  /** How long the maintenance requirement takes from the attested to the cross one after the expiry. */
  readonly lapse: Seconds;
}

/** A member's contribution to the default fund, in the escrow of its own. */
export interface MemberFund {
  readonly member: Hex32;
  readonly vault: VaultId;
  readonly free: QuoteAmount;
}

/** A use of a feed that the guardian has paused. */
export interface PausedUse {
  readonly feed: FeedId;
  readonly use: PriceUse;
  readonly until: Seconds;
}

/** Terms that every group of one chain shares, all read at one block. */
export interface MarketState {
  readonly quote: CollateralTerms;
  /** Quote token included. */
  readonly collaterals: readonly CollateralTerms[];
  readonly instruments: readonly InstrumentTerms[];
  readonly auction: AuctionTerms;
  readonly priceAges: PriceAges;
  readonly priceBounds: PriceBounds;
  /** Free quote of the venue's house capital. */
  readonly houseCapital: QuoteAmount;
  /** In the order in which they are asked. */
  readonly memberFunds: readonly MemberFund[];
  readonly portfolio: PortfolioTerms;
  readonly paused: readonly PausedUse[];
}
