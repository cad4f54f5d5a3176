import type { Address, Hex32 } from '../hex.ts';
import type { AccountId } from '../ids/account.ts';
import type { VaultId } from '../ids/vault.ts';
import type { PriceWad, QuoteAmount, Seconds, SizeWad, TokenAmount } from '../units.ts';

/** What the book holds of one asset, in the token's decimals. Only `free` counts for margin. */
export interface BookedAsset {
  readonly token: Address;
  readonly free: TokenAmount;
  readonly locked: TokenAmount;
  readonly credit: TokenAmount;
}

/** A position, carried at the price of the last round it was settled for. */
export interface PositionState {
  readonly instrument: number;
  readonly size: SizeWad;
  readonly carriedAt: PriceWad;
  /** Fixed by trades since the carrying round, quote decimals, both ≥ 0. */
  readonly tradeGain: QuoteAmount;
  readonly tradeLoss: QuoteAmount;
}

/** A running auction. `discount clock` fields are proven unhealthy seconds (RISK §5). */
export interface AuctionState {
  readonly startedAt: Seconds;
  readonly shownAt: Seconds;
  readonly solventSeconds: Seconds;
  readonly insolventSeconds: Seconds;
  /** R: set aside, no bid can take it. Quote decimals. */
  readonly reserved: QuoteAmount;
}

/** Everything that decides one margin group, all of it read at one block. Here a group is one vault (segregated). */
export interface GroupState {
  readonly vault: VaultId;
  readonly account: AccountId;
  readonly bucket: number;
  readonly owner: Address;
  readonly venue: Address;
  readonly member: Hex32;
  readonly assets: readonly BookedAsset[];
  readonly positions: readonly PositionState[];
  /**
   * Instruments with closed rounds that the vault was not settled for when it was read. What those rounds bill is in `owed` and `due`
   * already; but they stay incomplete until somebody settles the vault.
   */
  readonly unsettled: readonly number[];
  readonly owed: QuoteAmount;
  readonly due: QuoteAmount;
  readonly auction: AuctionState | undefined;
  /** Id of the last trade or bid that changed the positions: a bid names the one it saw. */
  readonly lastTrade: Hex32;
}
