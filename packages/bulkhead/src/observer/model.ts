/**
 * What the observer sees, in its own words. It reads chains through clients of its own and shares no state with any keeper: its verdicts come from
 * calldata, events, books and balances alone.
 */
import type { Address, Caip2, Hex32, Milliseconds, VaultId } from '@bulkhead/shared';

/** One asset behind one wall at one block, in the token's decimals. `live` is the escrow's own balance, deployed or not. */
export interface AssetView {
  readonly live: bigint;
  readonly free: bigint;
  readonly locked: bigint;
  readonly credit: bigint;
}

/** One vault at one block. */
export interface VaultView {
  readonly vault: VaultId;
  readonly assets: ReadonlyMap<Address, AssetView>;
  readonly owed: bigint;
  readonly due: bigint;
  /** Sizes by instrument, WAD. */
  readonly positions: ReadonlyMap<number, bigint>;
}

/** A change that an event declares. */
export interface DeclaredChange {
  readonly vault: VaultId;
  readonly aspect: 'free' | 'credit' | 'position';
  /** Token address, lower case, or the instrument's number. */
  readonly item: string;
  readonly change: bigint;
}

/** A bid that was filled. */
export interface Fill {
  readonly chain: Caip2;
  readonly transaction: Hex32;
  readonly vault: VaultId;
  readonly bidderVault: VaultId;
  readonly effectKey: Hex32;
  /** From the calldata; undefined when the bid came through another contract. */
  readonly lastTrade: Hex32 | undefined;
  /** Signing time of the newest report that the bid carries, by its calldata. */
  readonly answers: Milliseconds | undefined;
  readonly fraction: bigint;
  readonly paid: bigint;
  readonly received: bigint;
  readonly forgiven: bigint;
  readonly residual: bigint;
}

/** Shortfalls by who bore them, quote base units: members' contributions, the house's capital, the unpaid gains of others, and nobody. */
export interface Losses {
  readonly members: bigint;
  readonly house: bigint;
  readonly gainers: bigint;
  readonly residual: bigint;
}

/** One transaction of one block. */
export interface TransactionView {
  readonly hash: Hex32;
  readonly from: Address;
  readonly succeeded: boolean;
  /** What was called, for example "bid"; undefined for contracts and calls that are not ours. */
  readonly call: string | undefined;
  /** Vaults that the call acts on or names (SEG-2). The clearing house's own escrows are added by the judge. */
  readonly parties: ReadonlySet<VaultId>;
  readonly declared: readonly DeclaredChange[];
  /** Names of our contracts' events that it emitted. */
  readonly events: readonly string[];
  readonly fills: readonly Fill[];
  /** Trade ids that it consumed. */
  readonly trades: readonly Hex32[];
  /** Instruments whose last round it closed: what everybody held of them has ended. */
  readonly expired: readonly number[];
  /** Vaults whose payments fall because gains were written off. */
  readonly writesOffGains: boolean;
  /** Who bore what no collateral covered, quote base units. */
  readonly losses: Losses;
}
