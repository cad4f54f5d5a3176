import type { Address, Hex32 } from '../hex.ts';
import type { AccountId } from '../ids/account.ts';
import type { VaultId } from '../ids/vault.ts';
import {
  type PriceWad,
  type QuoteAmount,
  quoteAmount,
  type Seconds,
  type SizeWad,
  type TokenAmount,
} from '../units.ts';

/**
 * How an account's vaults are margined (RISK §2). Segregated: each alone. Cross: sums over the group, no offset in the requirement. Portfolio: the same
 * pool, the requirement attested (RISK §4).
 */
export type MarginMode = 'segregated' | 'cross' | 'portfolio';

/** What the book of one vault holds of one asset, in the token's decimals. Only `free` counts for margin. */
export interface BookedAsset {
  /** The vault of the group that it lies in. */
  readonly vault: VaultId;
  readonly token: Address;
  readonly free: TokenAmount;
  readonly locked: TokenAmount;
  readonly credit: TokenAmount;
}

/** A position of one vault, carried at the price of the last round it was settled for. */
export interface PositionState {
  readonly vault: VaultId;
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

/** A position that closed rounds were not settled for yet. */
export interface UnsettledPosition {
  readonly vault: VaultId;
  readonly instrument: number;
}

/** What one vault owes to its venue and is due from it, quote decimals. */
export interface VaultClaims {
  readonly vault: VaultId;
  readonly owed: QuoteAmount;
  readonly due: QuoteAmount;
}

/** What a vault owes to a sibling that paid for it (RISK §2). It moves nothing over the sum of the group. Quote decimals. */
export interface IntraAccountDebt {
  readonly debtor: VaultId;
  readonly payer: VaultId;
  readonly outstanding: QuoteAmount;
}

/**
 * What a venue other than the clearing house says of a group's obligations, at the block and stored prices of the read (IVenue.margin). Nothing of it can
 * be worked out again here: it is read anew when a price changes. Quote decimals.
 */
export interface ReportedMargin {
  /** Of all obligations together, signed. */
  readonly value: QuoteAmount;
  /** What of the value does not count for the initial requirement (MRG-6). */
  readonly notInitial: QuoteAmount;
  readonly initial: QuoteAmount;
  readonly maintenance: QuoteAmount;
  /** Notional of all positions. */
  readonly gross: QuoteAmount;
}

/** A requirement that attesters signed for the group (RISK §4). Quote decimals. */
export interface AttestedRequirement {
  readonly initial: QuoteAmount;
  readonly maintenance: QuoteAmount;
  /** Time of the newest price that it was computed from. */
  readonly priceTime: Seconds;
  /** From then on it only ramps (MRG-9). */
  readonly expiry: Seconds;
  /** For exactly the positions held now. Otherwise it is the group's newest, which still bounds the requirement from below. */
  readonly here: boolean;
}

/**
 * Everything that decides one margin group, all of it read at one block. A group is named by its lead vault; a segregated vault is its own. Assets and
 * positions of all its vaults stand side by side, each naming its vault: nothing of two vaults is netted.
 */
export interface GroupState {
  /** The lead vault. */
  readonly vault: VaultId;
  readonly mode: MarginMode;
  /** All vaults of the group in the owner's order, the lead first: the order in which their quote is drawn on. */
  readonly vaults: readonly VaultId[];
  readonly account: AccountId;
  readonly bucket: number;
  readonly owner: Address;
  readonly venue: Address;
  readonly member: Hex32;
  readonly assets: readonly BookedAsset[];
  readonly positions: readonly PositionState[];
  /**
   * Positions with closed rounds that the vault was not settled for when it was read. What those rounds bill is in `owed` and `due`
   * already; but they stay incomplete until somebody settles the vault.
   */
  readonly unsettled: readonly UnsettledPosition[];
  /** Over all vaults of the group. */
  readonly owed: QuoteAmount;
  readonly due: QuoteAmount;
  /** The same by vault, where a group of several has any. Empty for a segregated vault: `claimsOf` reads both. */
  readonly claims: readonly VaultClaims[];
  /** Between the vaults of the group. */
  readonly intraDebts: readonly IntraAccountDebt[];
  /** Portfolio mode: what counts of what is stored. Undefined in other modes, and when there is none. */
  readonly attested: AttestedRequirement | undefined;
  /** Of a venue that is not the clearing house, in place of positions and claims. `silent`: it gave no answer, and nobody may act on the group. */
  readonly reported?: ReportedMargin | 'silent' | undefined;
  readonly auction: AuctionState | undefined;
  /** Id of the last trade or bid that changed the positions; of a group of several, the hash over its vaults' ids in order. A bid names the one it saw. */
  readonly lastTrade: Hex32;
}

/** What one vault of the group owes and is due. */
export const claimsOf = (group: GroupState, vault: VaultId): VaultClaims =>
  group.mode === 'segregated'
    ? { vault, owed: group.owed, due: group.due }
    : (group.claims.find(claims => claims.vault === vault) ?? { vault, owed: quoteAmount(0n), due: quoteAmount(0n) });
