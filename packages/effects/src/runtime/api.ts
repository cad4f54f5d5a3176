import type {
  Address,
  BlockRef,
  Caip2,
  EffectEnd,
  EffectId,
  EffectPhase,
  EffectPlan,
  Milliseconds,
  Urgency,
  Wei,
} from '@bulkhead/shared';
import type { Chain, Clock, Ids, Log, Metrics, Queue, Random, Signer, Store } from '@bulkhead/shared/ports';
import type { EffectHandler, PlanOutcome } from '../handler.ts';

/** How effects behave on one chain. `defaultPolicy` gives sensible values for everything but what only an operator can know. */
export interface ChainPolicy {
  /** observe: everything up to the signature; what would have been sent is written into the effect's note. */
  readonly mode: 'observe' | 'act';
  /** Slots of a lane that may wait for inclusion at once, 1 to 4. */
  readonly maxUnconfirmed: number;
  /** A pending attempt may be replaced when both have passed since it was recorded (F18). */
  readonly replacement: { readonly afterBlocks: number; readonly minimumInterval: Milliseconds };
  /** Highest maxFeePerGas ever signed. */
  readonly feeCap: Wei;
  /** Most that a no-op may cost which consumes a nonce that nothing else will consume. */
  readonly gapFillBudget: Wei;
  /** Most that may be reserved or spent per UTC day. */
  readonly dailySpendCap: Wei;
  /** How settled an inclusion must be before its effect is done. */
  readonly finality: 'confirmed' | 'final';
  /** Percent of the simulated gas that an attempt may use, for example 130. */
  readonly gasLimitPercent: number;
  readonly leaseTtl: Milliseconds;
  readonly claimTtl: Milliseconds;
  /** How often the sweeper looks, and how overdue something must be before it is woken again. */
  readonly sweepEvery: Milliseconds;
  /** Pause before a refused or unsettled thing is looked at again, where no new block does it earlier. */
  readonly retryAfter: Milliseconds;
  /** How long a pending transaction that is not ours is left alone although an endpoint claims to hold it. */
  readonly foreignPatience: Milliseconds;
  /** Range of accounts this process leads. One active process per range. */
  readonly shard: string;
}

export interface EffectsDependencies {
  readonly chains: ReadonlyMap<Caip2, Chain>;
  /** The one signer this process uses on each chain. */
  readonly signers: ReadonlyMap<Caip2, Signer>;
  readonly store: Store;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly log: Log;
  readonly metrics: Metrics;
  /** By the name that `EffectPlan.handler` gives. */
  readonly handlers: Readonly<Record<string, EffectHandler>>;
  readonly policy: ReadonlyMap<Caip2, ChainPolicy>;
}

export interface OpenEffect {
  readonly id: EffectId;
  readonly urgency: Urgency;
  readonly subject: string;
  readonly phase: EffectPhase;
  readonly note: string;
  readonly dueAt: Milliseconds;
}

/** One chain's part of `status`. */
export interface ChainSnapshot {
  readonly chain: Caip2;
  readonly mode: 'observe' | 'act';
  readonly paused: boolean;
  readonly draining: boolean;
  /** Whether this process leads the shard and its lane is open. */
  readonly leading: boolean;
  readonly signer: Address;
  readonly nextNonce: bigint | undefined;
  /** Nonces not consumed for good; `included` ones wait for finality only. */
  readonly slots: readonly {
    readonly nonce: bigint;
    readonly occupant: EffectId | 'foreign';
    readonly included: boolean;
  }[];
  readonly open: readonly OpenEffect[];
  readonly wastedTransactions: number;
  readonly spentToday: Wei;
  readonly ended: Readonly<Record<EffectEnd['kind'], number>>;
  /** When the lane last finished a pass: liveness follows it (F21). */
  readonly lastPassAt: Milliseconds | undefined;
}

export interface Effects {
  /** `refused` while this process does not lead the shard, drains, or cannot reach the store. The caller plans again when it still thinks so. */
  plan(plan: EffectPlan): Promise<PlanOutcome>;
  /** Takes the leases, reconciles the lanes with their chains, works until the signal aborts. Resolves when everything has stopped and the leases are given back. */
  start(signal: AbortSignal): Promise<void>;
  /** A new head: what is pending is looked at again. Blocks drive replacement. */
  headSeen(chain: Caip2, block: BlockRef): void;
  /** Accepts nothing new and resolves when no slot is open any more. What was planned and not sent stays in the ledger. */
  drain(): Promise<void>;
  /** Gives an effect up. What was sent may still land; its nonce is filled. False when unknown or ended. */
  cancel(chain: Caip2, effect: EffectId): Promise<boolean>;
  /** Takes nothing new on this chain, or on all. Slots in flight are finished. Survives restarts. */
  pause(chain?: Caip2): Promise<void>;
  resume(chain?: Caip2): Promise<void>;
  snapshot(): Promise<readonly ChainSnapshot[]>;
}
