import type {
  Address,
  Caip2,
  FeedId,
  Milliseconds,
  PriceWad,
  QuoteAmount,
  Seconds,
  SizeWad,
  VaultId,
  Wad,
} from '@bulkhead/shared';

/** What one unit of native gas currency is worth, so that gas can be weighed against profit. */
export type NativePrice =
  | { readonly kind: 'fixed'; readonly price: PriceWad }
  /** `fallback` counts while the feed has no price. */
  | { readonly kind: 'feed'; readonly feed: FeedId; readonly fallback: PriceWad };

/** When a bid that costs money is made all the same, because the group endangers its counterparties. */
export interface SolvencyLoss {
  /** Most that one bid may lose, quote decimals. */
  readonly maximum: QuoteAmount;
  /** Only for groups with E < this share of MM. */
  readonly belowHealth: Wad;
}

/** How this keeper bids on one chain. */
export interface BidSettings {
  /** The keeper's own vault: receives what is bid for, pays, and must end E ≥ IM. */
  readonly bidderVault: VaultId;
  /** Distance kept from IM: E ≥ IM · (1 + this) after a bid. */
  readonly marginReserve: Wad;
  /** Largest |position| to hold, by instrument; an instrument that is not named is not bounded by it. */
  readonly inventoryLimit: ReadonlyMap<number, SizeWad>;
  /** Collaterals not wanted: left with the group, and not paid for. The quote token cannot be skipped. */
  readonly skip: readonly Address[];
  /** A bid for a smaller fraction than this is not worth a transaction. */
  readonly minimumFraction: Wad;
  /** Least profit of a bid after gas and slippage, quote decimals. */
  readonly minimumProfit: QuoteAmount;
  readonly solvencyLoss: SolvencyLoss | undefined;
  /** Expected cost of getting rid of what a bid brings, as a share of its value without quote. */
  readonly slippage: Wad;
  /** Gas that a bid is expected to use. */
  readonly gas: bigint;
  readonly native: NativePrice;
  /** Leaves a failing group to others for so long from its own first sight of the failure. Zero for the first keeper. */
  readonly patience: Milliseconds;
  /** The contract refuses a bid so long after it was prepared. */
  readonly lifetime: Seconds;
}

/** What counts as too old to act on (EFF-6). */
export interface FreshnessSettings {
  /** Oldest head, by the Clock, in milliseconds. */
  readonly headAge: Milliseconds;
  /** A price must stay under the contract's age limit for so long yet, because inclusion takes time. */
  readonly priceReserve: Seconds;
  /** When to look again after a refusal. */
  readonly retry: Milliseconds;
}

/** Closing rounds and settling vaults in the public interest. Undefined: this keeper leaves it to others. */
export interface SettlementSettings {
  /** Vaults a transaction. */
  readonly batch: number;
  /** Leaves a due round to others for so long. */
  readonly patience: Milliseconds;
}

/** Where inventory goes. */
export interface SheddingSettings {
  /** Takes the other side of the novation, for example a market maker's vault; undefined: inventory is only reported. */
  readonly counterparty: VaultId | undefined;
  /** A position above it is reduced to nothing. WAD of the underlying, by instrument; default: any position. */
  readonly above: ReadonlyMap<number, SizeWad>;
  /** Shortest time between two attempts for one instrument. */
  readonly interval: Milliseconds;
}

export interface ChainSettings {
  readonly chain: Caip2;
  readonly bid: BidSettings;
  readonly settlement: SettlementSettings | undefined;
  readonly shedding: SheddingSettings | undefined;
  /** Posts the newest reports when a stored price is older than this; undefined: prices travel with the actions that need them. */
  readonly postPricesAfter: Milliseconds | undefined;
  /** Most that all attempts of one effect together may cost, wei. */
  readonly budget: { readonly liquidation: bigint; readonly settlement: bigint; readonly maintenance: bigint };
}

/** One tier of scheduled checks: groups up to this distance are read again this often. */
export interface CheckTier {
  readonly name: string;
  /** Relative price move to the threshold, as MarginBook.distance says it. */
  readonly upTo: number;
  readonly every: Milliseconds;
}

export interface KeeperSettings {
  /** Names this keeper in decision records. */
  readonly name: string;
  readonly chains: readonly ChainSettings[];
  readonly freshness: FreshnessSettings;
  /** By rising distance; the last one has `upTo: Infinity`. */
  readonly tiers: readonly CheckTier[];
  /** Full re-read of every vault. */
  readonly resyncEvery: Milliseconds;
  /** Vaults a read. */
  readonly readBatch: number;
}

/** Intervals that suit a chain with seconds between blocks. */
export const defaultTiers: readonly CheckTier[] = [
  { name: 'failing', upTo: 0, every: 1_000 as Milliseconds },
  { name: 'near', upTo: 0.02, every: 5_000 as Milliseconds },
  { name: 'watched', upTo: 0.1, every: 30_000 as Milliseconds },
  { name: 'safe', upTo: Number.POSITIVE_INFINITY, every: 300_000 as Milliseconds },
];
