import type { Address, Hex32 } from '../hex.ts';
import type { VaultId } from '../ids/vault.ts';
import type { PriceWad, QuoteAmount, Seconds, SizeWad, TokenAmount, Wad } from '../units.ts';
import type { PriceReport } from './price.ts';

/** Take a fraction of a failing group (RISK §5). Start and bid in one. */
export interface BidCall {
  readonly kind: 'bid';
  readonly vault: VaultId;
  readonly bidderVault: VaultId;
  readonly fraction: Wad;
  /** Highest discount accepted while V > 0; lowest reward rate while V ≤ 0. */
  readonly limit: Wad;
  readonly lastTrade: Hex32;
  readonly skip: readonly Address[];
  /** Most of its pay that the bidder does without when R and the waterfall cannot give it (V ≤ 0); absent: none. */
  readonly maxResidual?: QuoteAmount;
  readonly effectKey: Hex32;
  readonly deadline: Seconds;
  readonly reports: readonly PriceReport[];
}

/** Show that a group is unhealthy (or healthy again), without bidding. */
export interface TouchCall {
  readonly kind: 'touch';
  readonly vault: VaultId;
  readonly reports: readonly PriceReport[];
}

export interface CloseRoundCall {
  readonly kind: 'closeRound';
  readonly instrument: number;
  readonly reports: readonly PriceReport[];
}

/** Settle vaults for closed rounds, losers first. */
export interface SettleCall {
  readonly kind: 'settle';
  readonly instrument: number;
  readonly vaults: readonly VaultId[];
}

export interface PostPricesCall {
  readonly kind: 'postPrices';
  readonly reports: readonly PriceReport[];
}

/** A member's trade between two vaults. Also how a keeper sheds inventory. */
export interface NovateCall {
  readonly kind: 'novate';
  readonly instrument: number;
  readonly buyer: VaultId;
  readonly seller: VaultId;
  readonly size: SizeWad;
  readonly price: PriceWad;
  readonly tradeId: Hex32;
  readonly reports: readonly PriceReport[];
}

export interface DepositCall {
  readonly kind: 'deposit';
  readonly vault: VaultId;
  readonly token: Address;
  readonly amount: TokenAmount;
}

/** Fills a nonce gap or cancels: a transfer of nothing to oneself. */
export interface NoopCall {
  readonly kind: 'noop';
}

/** What can be done to a chain, in the domain's words; an adapter encodes it. Plain data: it is stored in the ledger. */
export type Call =
  | BidCall
  | TouchCall
  | CloseRoundCall
  | SettleCall
  | PostPricesCall
  | NovateCall
  | DepositCall
  | NoopCall;
