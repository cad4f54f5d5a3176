import type { MemberPayment } from '@bulkhead/risk';
import type { Address, Milliseconds, PriceReport, QuoteAmount, Wad } from '@bulkhead/shared';

/** Why nothing is sent yet. Looked at again at `until`. */
export type WaitCode =
  | 'staleHead'
  | 'booksDisagree'
  | 'missingPrice'
  | 'stalePrice'
  | 'suspectPrice'
  | 'pausedPrice'
  | 'patience'
  | 'unprofitable'
  | 'roundPending'
  | 'bidderFull'
  | 'bidderUndermargined';

/** Why nothing will be sent for this state of the group. */
export type NothingCode =
  | 'healthy'
  | 'ownAccount'
  | 'otherVenue'
  | 'bidderGrouped'
  | 'notListed'
  | 'tooLittle'
  | 'unwanted';

export interface BidTerms {
  readonly fraction: Wad;
  /** Highest d accepted while V > 0, lowest x while V ≤ 0. */
  readonly limit: Wad;
  readonly skip: readonly Address[];
  /** Most of its pay that the bid does without while V ≤ 0, so that it stays worth it. */
  readonly maxResidual: QuoteAmount;
  readonly reports: readonly PriceReport[];
  readonly expected: BidForecast;
}

/** What the bid is expected to bring, quote decimals. The contract has the last word. */
export interface BidForecast {
  /** V without R and without skipped collaterals. */
  readonly takeable: QuoteAmount;
  /** d while V > 0, x while V ≤ 0. */
  readonly rate: Wad;
  readonly paid: QuoteAmount;
  readonly received: QuoteAmount;
  /** What of it house capital pays. */
  readonly fromHouse: QuoteAmount;
  /** What of it members' contributions pay, by their vaults. */
  readonly fromMembers: readonly MemberPayment[];
  readonly forgiven: QuoteAmount;
  /** Pay that nobody can give. */
  readonly residual: QuoteAmount;
  readonly costs: QuoteAmount;
  /** After gas and slippage; may be negative within the solvency loss. */
  readonly profit: QuoteAmount;
}

export type Decision =
  | { readonly act: 'bid'; readonly bid: BidTerms; readonly reason: string }
  /** Shows the group unhealthy, so that the discount goes on falling; or healthy again, so that its auction ends. */
  | {
      readonly act: 'touch';
      readonly reports: readonly PriceReport[];
      readonly reason: string;
      readonly until: Milliseconds;
    }
  | { readonly act: 'wait'; readonly code: WaitCode; readonly reason: string; readonly until: Milliseconds }
  | { readonly act: 'nothing'; readonly code: NothingCode; readonly reason: string };
