import type {
  Address,
  Call,
  FeedId,
  Hex32,
  PriceReport,
  SignedTransaction,
  UnsignedTransaction,
  VaultId,
} from '@bulkhead/shared';
import type { Chain } from '@bulkhead/shared/ports';

/** Somebody who can sign, with a vault that it may act with. */
export interface Actor {
  readonly address: Address;
  readonly vault: VaultId;
  sign(transaction: UnsignedTransaction): Promise<SignedTransaction>;
}

/** What a chain cannot be made to do in a test, and why; the tests that need it are skipped with these words. */
export interface Abilities {
  /** `replaceAllSince`. */
  readonly reorganise: string | true;
  /** `holdBlocks`. */
  readonly holdBlocks: string | true;
  /** `passTime`: its clock can be moved. */
  readonly passTime: string | true;
}

/**
 * One chain with a Bulkhead deployment, and everything that a conformance test makes happen to it from outside the implementation under
 * test. Families of chains implement this; the suite knows no more of them.
 */
export interface ChainFixture {
  /** Under test. It reaches the chain through two endpoints, the first one preferred. */
  readonly chain: Chain;
  /** Vaults of the clearing house in order of opening, at least eight, some with positions. */
  readonly vaults: readonly VaultId[];
  /** The clearing house's own vaults: settlement escrows and house capital. */
  readonly venueVaults: readonly VaultId[];
  /** Bids. */
  readonly keeper: Actor;
  /** Operator of the member that most vaults belong to. */
  readonly member: Actor;
  /** Holds no native currency. */
  readonly pauper: Actor;
  readonly feeds: readonly FeedId[];

  /** Posts a price anew, signed now. */
  postPrice(): Promise<FeedId>;
  /** Somebody else deposits one unit of the quote token. Returns once it is mined. */
  deposit(vault: VaultId): Promise<void>;
  /** Moves prices so that this call's vault fails, and says how the keeper bids on it. */
  failingVault(): Promise<{ readonly vault: VaultId; bid(effectKey: Hex32): Call }>;
  /** Back to the prices from the start. */
  restorePrices(): Promise<void>;
  /** A call of the keeper that succeeds at any time and changes its own vault alone. */
  depositCall(): Call;
  /** A trade between the member's vault and the keeper's, with fresh prices. */
  novateCall(tradeId: Hex32): Promise<Call>;
  /** Touches a healthy vault's auction, with fresh prices. */
  touchHealthyCall(): Promise<Call>;

  /** Lets a round of instrument 0 run out, with fresh prices: then it can be closed. Needs `passTime`. */
  endRound(): Promise<{ readonly instrument: number; readonly reports: readonly PriceReport[] }>;

  /** Lets `count` blocks pass. */
  mine(count: number): Promise<void>;
  /** Stops blocks until the returned function is called, which mines one. */
  holdBlocks(): Promise<() => Promise<void>>;
  /** Marks a moment. The returned function replaces every block since by at least one more block without any transaction. */
  replaceAllSince(): Promise<() => Promise<void>>;
  /** Moves the chain's clock and the implementation's Clock together. */
  passTime(seconds: number): Promise<void>;

  /** The first endpoint, or all, keep answering with the head that they have now, until the returned function is called. */
  freezeHeads(which: 'first' | 'all'): Promise<() => void>;
  /** Ends every subscription at once. While held, none can be made again, until the returned function is called. */
  cutSubscriptions(options: { readonly held: boolean }): () => void;
  /** Endpoints are down until the returned function is called. */
  goDark(which: 'first' | 'all'): () => void;
  /** The next send is answered like this by whichever endpoint gets it, and reaches no pool. */
  refuseNextSend(code: number, message: string): void;
  /** The next send is done, and its reply lost. */
  loseNextReply(): void;
  /** Whether a request has reached each endpoint lately: [first, second]. */
  requestCounts(): readonly [first: number, second: number];

  close(): Promise<void>;
}
