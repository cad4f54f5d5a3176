import type { Address, Hex, Hex32 } from '../hex.ts';
import type { Caip2 } from '../ids/caip2.ts';
import { type Milliseconds, milliseconds, type Wei } from '../units.ts';
import type { BlockRef } from './event.ts';
import type { Fees } from './transaction.ts';

/** From most to least urgent. */
export const urgencies = ['liquidation', 'rescue', 'relay', 'settlement', 'maintenance'] as const;
export type Urgency = (typeof urgencies)[number];

/**
 * How long what is due may wait for the most urgent. A free slot of a lane goes to what is due first when these are added to the times at which
 * effects became due; at the same time, to the more urgent one. So nothing urgent waits for less urgent work that came with it, and a storm of bids
 * never stops the rounds and auctions that later bids depend on (docs/decisions/0019).
 */
export const patienceOf: Readonly<Record<Urgency, Milliseconds>> = {
  liquidation: milliseconds(0),
  rescue: milliseconds(1_000),
  relay: milliseconds(2_000),
  settlement: milliseconds(3_000),
  maintenance: milliseconds(10_000),
};

/** The effect key: what the contract consumes, or a hash of what makes the effect one and the same. */
export type EffectId = Hex32;

/** How an effect ended. `obsolete`: no longer due. `superseded`: somebody else, or another effect of ours, did it. */
export type EffectEnd =
  | { readonly kind: 'final'; readonly transaction: Hex32; readonly block: BlockRef }
  | { readonly kind: 'superseded'; readonly by: 'us' | 'other'; readonly reason: string }
  | { readonly kind: 'obsolete'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

/** Life of an effect (DESIGN §7). */
export type EffectPhase =
  | 'planned'
  | 'claimed'
  | 'signed'
  | 'broadcast'
  | 'included'
  | 'final'
  | 'superseded'
  | 'obsolete'
  | 'failed';

/** Signed bytes that were recorded, and may therefore have been sent, late, twice, or by a successor. */
export interface Attempt {
  /** 1, 2, … within the effect. */
  readonly number: number;
  readonly effect: EffectId;
  readonly signer: Address;
  readonly nonce: bigint;
  readonly hash: Hex32;
  readonly bytes: Hex;
  readonly fees: Fees;
  readonly gasLimit: bigint;
  readonly recordedAt: Milliseconds;
  /** Head when it was recorded: replacement counts blocks from here. */
  readonly recordedAtBlock: bigint;
  /** What it may cost at most. */
  readonly maxCost: Wei;
  /** effect: does the effect. gapFill: a no-op that only consumes the nonce. */
  readonly purpose: 'effect' | 'gapFill';
}

/** What somebody wants done, before anybody has claimed it. */
export interface EffectPlan {
  readonly id: EffectId;
  readonly chain: Caip2;
  readonly urgency: Urgency;
  /** Name of the handler that prepares and verifies it, for example "bid". */
  readonly handler: string;
  /** What it is about, for people and for `explain`: a vault name, or "instrument 0". */
  readonly subject: string;
  /** The handler's own data, JSON. */
  readonly payload: string;
  readonly notBefore: Milliseconds;
  /** After it nothing new is sent and the effect ends obsolete. */
  readonly deadline: Milliseconds;
  /** Most that all attempts of it together may cost (EFF-5). */
  readonly budget: Wei;
  /** Follows it through every log line. */
  readonly trace: string;
}

export interface EffectRecord extends EffectPlan {
  readonly phase: EffectPhase;
  readonly end: EffectEnd | undefined;
  /** Raised by every claim: an older claim cannot record (F19). */
  readonly claim: number;
  readonly attempts: readonly Attempt[];
  /** The lane's nonce that it occupies until that nonce is consumed for good; undefined while nothing of it can still land. */
  readonly slot: { readonly signer: Address; readonly nonce: bigint } | undefined;
  readonly includedIn: { readonly hash: Hex32; readonly block: BlockRef } | undefined;
  /** What its attempts cost or may still cost, all together: of one nonce only one can land. Rounded up to gwei. */
  readonly committed: Wei;
  /** Somebody asked that it be given up. What was sent already may still land. */
  readonly cancelRequested: boolean;
  readonly plannedAt: Milliseconds;
  readonly updatedAt: Milliseconds;
  /** When the lane should look at it again. */
  readonly dueAt: Milliseconds;
  /** Last thing that kept it from going on, for people. */
  readonly note: string;
}
