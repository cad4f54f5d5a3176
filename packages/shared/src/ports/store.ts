import type { Attempt, EffectEnd, EffectId, EffectPlan, EffectRecord, Urgency } from '../domain/effect.ts';
import type { BlockRef } from '../domain/event.ts';
import type { Address, Hex32 } from '../hex.ts';
import type { Caip2 } from '../ids/caip2.ts';
import type { Result } from '../result.ts';
import type { Milliseconds, Wei } from '../units.ts';

/** What can be leased: the leadership of a range of accounts, or the use of a signer's lane. */
export type LeaseName = `shard:${string}` | `lane:${string}`;

/** A right that was granted until it lapses or is granted again. Its fence is larger than every earlier one of that name. */
export interface Lease {
  readonly chain: Caip2;
  readonly name: LeaseName;
  readonly holder: string;
  readonly fence: number;
}

export type LeaseOutcome =
  | { readonly kind: 'held'; readonly lease: Lease; readonly ttl: Milliseconds }
  | { readonly kind: 'taken'; readonly holder: string; readonly lapsesIn: Milliseconds };

/** With what right a lane writes into the ledger. Every writing step checks both fences (EFF-3). */
export interface Authority {
  readonly shard: Lease;
  readonly lane: Lease;
  readonly signer: Address;
}

/** The right to work on one effect. A newer claim, or a newer fence, voids it (F19). */
export interface Claim {
  readonly chain: Caip2;
  readonly effect: EffectId;
  readonly number: number;
  readonly authority: Authority;
}

/** Why the ledger refused a step. Nothing was written. */
export type LedgerRefusal =
  /** The shard lease or the lane lease is not ours any more, or has lapsed. */
  | { readonly kind: 'fenced'; readonly lease: 'shard' | 'lane' }
  /** A newer claim exists, or this one lapsed before anything was recorded. */
  | { readonly kind: 'claimLost' }
  /** Somebody's claim on it is current. */
  | { readonly kind: 'claimed' }
  | { readonly kind: 'unknownEffect' }
  | { readonly kind: 'ended' }
  /** The nonce is neither the lane's next one nor a slot that this effect may fill. */
  | { readonly kind: 'nonceTaken'; readonly nextNonce: bigint }
  | { readonly kind: 'laneFull' }
  /** Over the effect's budget, or over the gap-fill budget (EFF-5). */
  | { readonly kind: 'overBudget' }
  | { readonly kind: 'overDailyCap'; readonly spent: Wei };

/** One nonce of a lane that is not consumed for good. `foreign`: not recorded by us; adopted and watched, never overwritten blindly. */
export interface LaneSlot {
  readonly nonce: bigint;
  readonly occupant: { readonly kind: 'effect'; readonly effect: EffectRecord } | { readonly kind: 'foreign' };
  /** Whether it was last seen in a block. Slots that were not count as unconfirmed. */
  readonly included: boolean;
  readonly since: Milliseconds;
}

export interface LaneState {
  /** First nonce that was never given away; undefined before the first adoption. */
  readonly nextNonce: bigint | undefined;
  /** In order of nonce. */
  readonly slots: readonly LaneSlot[];
  readonly paused: boolean;
}

/** Limits that the recording step enforces. */
export interface RecordTerms {
  readonly maxUnconfirmed: number;
  readonly dailySpendCap: Wei;
  /** Most that a gap fill at one nonce may cost. It is exempt from the effect's budget and the daily cap, though it counts. */
  readonly gapFillBudget: Wei;
}

/** What is left of an effect's claim on a nonce when that nonce is settled. */
export interface Consumed {
  readonly nonce: bigint;
  /** Undefined when a transaction that is not ours consumed it. */
  readonly feePaid: Wei | undefined;
  /** Gas was paid and nothing came of it. */
  readonly wasted: boolean;
}

export interface LedgerCounters {
  /** Transactions of ours that were included and did nothing. */
  readonly wastedTransactions: number;
  /** Reserved or paid on the given day (UTC, `YYYY-MM-DD` of Clock), rounded up to gwei. */
  readonly spentToday: Wei;
  readonly ended: Readonly<Record<EffectEnd['kind'], number>>;
}

export interface Overdue {
  readonly effect: EffectId;
  readonly urgency: Urgency;
  readonly dueAt: Milliseconds;
}

/**
 * The ledger and what else must outlive a process. Each method is one atomic step; when it rejects (the store is unreachable or its reply was
 * lost) the step may or may not have happened, and the caller reads again. Leases and claims lapse by the store's own clock; `now` and
 * `dueAt` are the Clock's. Keys of one chain may be touched by one step; no step touches two chains.
 *
 * What it promises: EFF-2 (an effect leaves the open set only by `conclude`), EFF-3 (the fence and claim checks), EFF-4 (a recorded nonce
 * has a slot until `conclude` or `releaseForeign`), EFF-5 (budget and cap in `record`).
 */
export interface Store {
  /** Grants when free, lapsed, or held by the same holder (with a new fence). fence = max(previous + 1, the store's time in ms). */
  acquireLease(chain: Caip2, name: LeaseName, holder: string, ttl: Milliseconds): Promise<LeaseOutcome>;
  /** False when somebody else was granted it. A lapsed lease that nobody took is renewed. */
  renewLease(lease: Lease, ttl: Milliseconds): Promise<boolean>;
  releaseLease(lease: Lease): Promise<void>;

  /** Adds an effect that is not known yet. */
  plan(plan: EffectPlan, shard: Lease, now: Milliseconds): Promise<Result<'planned' | 'known', LedgerRefusal>>;
  effect(chain: Caip2, id: EffectId): Promise<EffectRecord | undefined>;
  /** Effects that have not ended, oldest due first. */
  openEffects(chain: Caip2, limit: number): Promise<readonly EffectRecord[]>;
  /** Needs no lease: anyone may ask. False when unknown or ended. */
  requestCancel(chain: Caip2, id: EffectId, now: Milliseconds): Promise<boolean>;

  /** Claims up to `limit` effects that are due and occupy no slot, in order of when they became due plus the patience of their urgency (`patienceOf`). */
  claimNext(
    authority: Authority,
    now: Milliseconds,
    ttl: Milliseconds,
    limit: number,
  ): Promise<Result<readonly { readonly claim: Claim; readonly effect: EffectRecord }[], LedgerRefusal>>;
  /** Claims this effect. Granted when nobody's claim is current: none, lapsed, or made under an older lane fence. Raises the claim number. */
  claim(
    authority: Authority,
    id: EffectId,
    now: Milliseconds,
    ttl: Milliseconds,
  ): Promise<Result<{ readonly claim: Claim; readonly effect: EffectRecord }, LedgerRefusal>>;

  /**
   * The step that guards the wire: checks shard fence, lane fence, claim number, and that the nonce is the lane's next (or the effect's own slot, or,
   * for a gap fill, a foreign slot), budget and cap; then stores the attempt and advances the lane. Only what it stored may be sent.
   */
  record(
    claim: Claim,
    attempt: Attempt,
    terms: RecordTerms,
    now: Milliseconds,
  ): Promise<Result<'recorded', LedgerRefusal>>;
  /** signed → broadcast. A later phase stays. */
  markBroadcast(
    claim: Claim,
    now: Milliseconds,
    dueAt: Milliseconds,
    note: string,
  ): Promise<Result<'marked', LedgerRefusal>>;
  /** → included, in this block; a newer place replaces an older one. */
  markIncluded(
    claim: Claim,
    inclusion: { readonly hash: Hex32; readonly block: BlockRef },
    now: Milliseconds,
    dueAt: Milliseconds,
  ): Promise<Result<'marked', LedgerRefusal>>;
  /** included → broadcast: a reorganisation took it back (F9). */
  markRetracted(claim: Claim, now: Milliseconds, dueAt: Milliseconds): Promise<Result<'marked', LedgerRefusal>>;
  /** Not now: look again at dueAt. claimed → planned; an effect with a slot keeps its phase. Gives the claim back. */
  postpone(
    claim: Claim,
    now: Milliseconds,
    dueAt: Milliseconds,
    note: string,
  ): Promise<Result<'postponed', LedgerRefusal>>;
  /**
   * Ends an effect, or plans it again (`again`), and settles the nonce it occupied. Refused with `nonceTaken` when the effect has a slot and
   * `consumed` does not name it: a nonce must not be stranded.
   */
  conclude(
    claim: Claim,
    outcome: EffectEnd | { readonly kind: 'again'; readonly dueAt: Milliseconds; readonly note: string },
    consumed: Consumed | undefined,
    now: Milliseconds,
  ): Promise<Result<'concluded', LedgerRefusal>>;

  lane(chain: Caip2, signer: Address): Promise<LaneState>;
  /** Raises nextNonce to at least `nextNonce` and makes foreign slots of those nonces that have none. */
  adopt(
    authority: Authority,
    nextNonce: bigint,
    foreign: readonly bigint[],
    now: Milliseconds,
  ): Promise<Result<'adopted', LedgerRefusal>>;
  /** A foreign nonce was seen in a block (included) or not any more. */
  markForeign(authority: Authority, nonce: bigint, included: boolean): Promise<Result<'marked', LedgerRefusal>>;
  /** A foreign nonce is consumed for good. */
  releaseForeign(authority: Authority, nonce: bigint): Promise<Result<'released', LedgerRefusal>>;

  /** Open effects whose dueAt is before `before`. Takes lapsed claims without an attempt back to planned on the way. */
  overdue(chain: Caip2, before: Milliseconds, limit: number): Promise<readonly Overdue[]>;

  setPaused(chain: Caip2, paused: boolean): Promise<void>;
  paused(chain: Caip2): Promise<boolean>;

  /** Durable watermark of a named reader: everything up to that block was taken in. Never goes back. */
  watermark(chain: Caip2, name: string): Promise<bigint | undefined>;
  advanceWatermark(chain: Caip2, name: string, block: bigint): Promise<void>;

  /** Latest decision about a subject, for `explain`: JSON. Bounded: subjects longest unchanged are forgotten first. */
  putDecision(chain: Caip2, subject: string, decision: string, now: Milliseconds): Promise<void>;
  decision(
    chain: Caip2,
    subject: string,
  ): Promise<{ readonly decision: string; readonly at: Milliseconds } | undefined>;

  counters(chain: Caip2, now: Milliseconds): Promise<LedgerCounters>;
}
