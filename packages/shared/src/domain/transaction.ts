import type { Address, Hex, Hex32 } from '../hex.ts';
import type { Caip2 } from '../ids/caip2.ts';
import type { Seconds, Wei } from '../units.ts';
import type { BlockRef, DomainEvent } from './event.ts';

/** Fees of one attempt, per unit of gas. A legacy chain has equal fields. */
export interface Fees {
  readonly maxFeePerGas: Wei;
  readonly maxPriorityFeePerGas: Wei;
}

/** What the chain asks for now. */
export interface FeeQuote {
  readonly style: 'eip1559' | 'legacy';
  readonly baseFeePerGas: Wei;
  readonly suggestedPriorityFeePerGas: Wei;
  readonly at: BlockRef;
}

/** Ready to be signed. What it may cost at most is gasLimit × maxFeePerGas + value. */
export interface UnsignedTransaction {
  readonly chain: Caip2;
  readonly from: Address;
  readonly to: Address;
  /** First four bytes of the call, or 0x for a plain transfer: what an allow-list looks at. */
  readonly selector: Hex;
  readonly value: Wei;
  readonly nonce: bigint;
  readonly gasLimit: bigint;
  readonly fees: Fees;
  /** Serialised, to be signed as it is. */
  readonly bytes: Hex;
}

export interface SignedTransaction {
  readonly bytes: Hex;
  readonly hash: Hex32;
}

/** Where a transaction hash stands, as far as the chain can tell. */
export type TransactionStatus =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'pending' }
  | {
      readonly kind: 'included';
      readonly block: BlockRef;
      /** The status bit only: what it did is in `events`. */
      readonly succeeded: boolean;
      readonly feePaid: Wei;
      readonly events: readonly DomainEvent[];
    };

/** How settled a block is: detect at head, account at confirmed, final when it cannot come back. */
export type Finality = 'head' | 'confirmed' | 'final' | 'orphaned';

/** One thing that a transaction would change behind a wall, for the wall guard. */
export interface Touch {
  /** The vault whose wall it is; undefined when the changed state could not be attributed: the guard then refuses. */
  readonly vault: `0x${string}` | undefined;
  readonly aspect:
    | 'escrow'
    | 'free'
    | 'locked'
    | 'credit'
    | 'owed'
    | 'due'
    | 'position'
    | 'auction'
    /** What the vault owes to siblings that paid for it. */
    | 'intraDebt'
    /** The requirement that is attested for a group, under its lead. */
    | 'requirement'
    | 'rights'
    | 'unattributed';
  /** Token address, instrument index, sibling or slot, as text; empty where the aspect has only one. */
  readonly item: string;
  readonly before: bigint;
  readonly after: bigint;
}

export interface Simulation {
  readonly at: BlockRef;
  readonly gasUsed: bigint;
  /** Gas that must be left at some point of the call although it is not used there, for example a stipend of a token transfer; absent: none. */
  readonly gasReserve?: bigint;
  readonly events: readonly DomainEvent[];
  /** Undefined when the endpoint can give no state diff: acting is then refused. */
  readonly touches: readonly Touch[] | undefined;
}

/** Until when a transaction is worth having. EVM calls carry it inside; on Solana it bounds the blockhash. */
export interface Validity {
  readonly deadline: Seconds;
}
