import type {
  Address,
  BlockRef,
  Call,
  DomainEvent,
  EffectRecord,
  Milliseconds,
  Seconds,
  VaultId,
} from '@bulkhead/shared';

/** One thing that an effect may change behind one wall, with direction and bound (DESIGN §7, the wall guard). Changes outside are refused. */
export interface FootprintEntry {
  readonly vault: VaultId;
  /** Which aspects may change. */
  readonly aspects: readonly (
    | 'escrow'
    | 'free'
    | 'locked'
    | 'credit'
    | 'owed'
    | 'due'
    | 'position'
    | 'auction'
    | 'intraDebt'
    | 'requirement'
  )[];
  /** Tokens, instruments or siblings allowed, as in Touch.item; undefined: any. */
  readonly items?: readonly string[];
  /** Largest fall and largest rise of escrow or free, per item, in its own unit; undefined: unbounded in that direction; 0n: none. */
  readonly maxFall?: bigint;
  readonly maxRise?: bigint;
}

export type Footprint = readonly FootprintEntry[];

/** What a handler says when a lane has a free slot for its effect and asks "what exactly, now?" at the newest block. */
export type Prepared =
  | {
      readonly kind: 'send';
      readonly call: Call;
      readonly footprint: Footprint;
      readonly deadline: Seconds;
      readonly at: BlockRef;
    }
  | { readonly kind: 'obsolete'; readonly reason: string }
  | { readonly kind: 'superseded'; readonly by: 'us' | 'other'; readonly reason: string }
  /** Not now: stale head, stale price, disagreeing inputs (EFF-6), no limit acceptable. */
  | { readonly kind: 'later'; readonly notBefore: Milliseconds; readonly reason: string };

/** Whether an inclusion did what was wanted: events and balances, not only the status bit (F10). */
export type Verdict =
  | { readonly kind: 'done' }
  /** Included without the wanted effect: may be tried again in another transaction while it is due. */
  | { readonly kind: 'again'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

/** The part of an effect that belongs to whoever planned it. Pure but for reads through the Chain port. */
export interface EffectHandler {
  prepare(effect: EffectRecord, signer: Address): Promise<Prepared>;
  verify(
    effect: EffectRecord,
    inclusion: { readonly block: BlockRef; readonly events: readonly DomainEvent[] },
  ): Promise<Verdict>;
}

/** `refused`: this process does not lead the shard, drains, or cannot reach the store. Plan again: what was taken all the same is then `known`. */
export type PlanOutcome = 'planned' | 'known' | 'refused';
