/** Everything that the live screen shows, as plain data. Whoever fills it decides nothing about looks; whoever draws it reads no chain. */

/** One price with where it is on its path. */
export interface PriceLine {
  readonly name: string;
  /** For people: "2008-10-13 high", or empty. */
  readonly place: string;
  readonly price: number;
  /** Since the path began, 0.1 = +10 %. */
  readonly change: number;
  /** Recent prices, oldest first. */
  readonly history: readonly number[];
}

/** How many vaults have a health (E / MM) in [from, to). */
export interface HealthBucket {
  readonly label: string;
  readonly count: number;
  readonly tone: 'bad' | 'warn' | 'fine' | 'quiet';
}

export interface LiquidationLine {
  /** Seconds since the start. */
  readonly at: number;
  readonly chain: string;
  readonly vault: string;
  /** 0 to 1. */
  readonly fraction: number;
  /** Who bid. */
  readonly by: string;
  readonly latencyMs: number | undefined;
  /** Quote units the bidder paid (above zero) or was paid (below). */
  readonly paid: number;
  /** Quote units that nobody's collateral covered. */
  readonly shortfall: number;
}

export interface KeeperLine {
  readonly name: string;
  readonly state: string;
  readonly bids: number;
  readonly wasted: number;
  /** Quote units of free quote over all its vaults. */
  readonly capital: number | undefined;
  /** Notional held, quote units. */
  readonly inventory: number | undefined;
}

/** One account in one margin mode, quote units. */
export interface ModeLine {
  readonly mode: string;
  /** MM of its holdings in this mode. */
  readonly required: number;
  /** V: what it is worth. */
  readonly value: number;
}

export interface ChainLine {
  readonly name: string;
  readonly block: bigint | undefined;
  readonly vaults: number;
  /** What sits in the house's escrow, quote units. */
  readonly houseCapital: number | undefined;
}

export interface ScreenModel {
  readonly title: string;
  /** Seconds since the start. */
  readonly elapsed: number;
  /** Steps done and to do; `of` is absent when it goes on for ever. */
  readonly ticks: { readonly done: number; readonly of?: number };
  readonly phase: string;
  readonly prices: readonly PriceLine[];
  readonly chains: readonly ChainLine[];
  readonly health: readonly HealthBucket[];
  readonly liquidations: readonly LiquidationLine[];
  readonly keepers: readonly KeeperLine[];
  /** The same holdings side by side, in each mode. */
  readonly modes: readonly ModeLine[];
  readonly totals: {
    readonly vaults: number;
    readonly liquidations: number;
    readonly closed: number;
    readonly wallsCrossed: number;
    readonly duplicateEffects: number;
    readonly wastedTransactions: number;
    readonly escrowsChecked: number;
    readonly escrowsShort: number;
    readonly shortfall: number;
    readonly p50: number | null;
    readonly p95: number | null;
  };
}
