import {
  type Attempt,
  type Caip2,
  type EffectEnd,
  type EffectId,
  type EffectPlan,
  type EffectRecord,
  failure,
  milliseconds,
  ok,
  patienceOf,
  type Result,
  urgencies,
  type Wei,
  wei,
} from '@bulkhead/shared';
import type { Authority, Claim, Lease, LeaseName, LedgerRefusal, Store } from '@bulkhead/shared/ports';

interface LeaseState {
  holder: string;
  fence: number;
  until: number;
}

interface EffectState {
  plan: EffectPlan;
  phase: EffectRecord['phase'];
  end: EffectEnd | undefined;
  claim: number;
  claimUntil: number;
  claimFence: number;
  slot: { signer: Attempt['signer']; nonce: bigint } | undefined;
  included: EffectRecord['includedIn'];
  cancel: boolean;
  plannedAt: number;
  updatedAt: number;
  dueAt: number;
  note: string;
  attempts: Attempt[];
  /** Whole gwei reserved per nonce, and the day they count for. */
  costs: Map<bigint, { cost: bigint; day: string }>;
  committed: bigint;
}

interface SlotState {
  occupant: EffectId | 'foreign';
  included: boolean;
  since: number;
}

interface ChainState {
  leases: Map<LeaseName, LeaseState>;
  effects: Map<EffectId, EffectState>;
  lanes: Map<string, { next: bigint | undefined; slots: Map<bigint, SlotState> }>;
  spend: Map<string, bigint>;
  counters: Map<string, number>;
  paused: boolean;
  watermarks: Map<string, bigint>;
  decisions: Map<string, { decision: string; at: number }>;
}

const emptyChain = (): ChainState => ({
  leases: new Map(),
  effects: new Map(),
  lanes: new Map(),
  spend: new Map(),
  counters: new Map(),
  paused: false,
  watermarks: new Map(),
  decisions: new Map(),
});

const gwei = 10n ** 9n;
const up = (amount: Wei): bigint => (amount + gwei - 1n) / gwei;
const dayOf = (now: number): string => `day ${Math.floor(now / 86_400_000)}`;
const endKinds = ['final', 'superseded', 'obsolete', 'failed'] as const;

/** A test double of the Store port: the same steps as the Redis scripts, in memory. It passes the same contract suite. */
export interface MemoryStore extends Store {
  /** What a disk would hold now. */
  image(): unknown;
  /** Goes back to an image: everything written since is the lost tail. */
  restore(image: unknown): void;
}

export const createMemoryStore = (time: () => number, keepDecisions = 20_000): MemoryStore => {
  let chains = new Map<Caip2, ChainState>();
  const chainOf = (id: Caip2): ChainState => {
    const known = chains.get(id) ?? emptyChain();
    chains.set(id, known);
    return known;
  };
  const laneOf = (chain: ChainState, signer: string) => {
    const known = chain.lanes.get(signer.toLowerCase()) ?? { next: undefined, slots: new Map<bigint, SlotState>() };
    chain.lanes.set(signer.toLowerCase(), known);
    return known;
  };

  const recordOf = (state: EffectState): EffectRecord => ({
    ...state.plan,
    phase: state.phase,
    end: state.end,
    claim: state.claim,
    attempts: [...state.attempts],
    slot: state.slot && { ...state.slot },
    includedIn: state.included,
    committed: wei(state.committed * gwei),
    cancelRequested: state.cancel,
    plannedAt: milliseconds(state.plannedAt),
    updatedAt: milliseconds(state.updatedAt),
    dueAt: milliseconds(state.dueAt),
    note: state.note,
  });

  const isCurrent = (lease: Lease): boolean => {
    const state = chainOf(lease.chain).leases.get(lease.name);
    return state !== undefined && state.fence === lease.fence && state.until > time();
  };

  const fencedBy = (authority: Authority): LedgerRefusal | undefined => {
    if (!isCurrent(authority.shard)) return { kind: 'fenced', lease: 'shard' };
    if (!isCurrent(authority.lane)) return { kind: 'fenced', lease: 'lane' };
    return undefined;
  };

  const held = (claim: Claim): Result<EffectState, LedgerRefusal> => {
    const fenced = fencedBy(claim.authority);
    if (fenced) return failure(fenced);
    const state = chainOf(claim.chain).effects.get(claim.effect);
    if (!state) return failure({ kind: 'unknownEffect' });
    if (state.end) return failure({ kind: 'ended' });
    if (state.claim !== claim.number || state.phase === 'planned') return failure({ kind: 'claimLost' });
    return ok(state);
  };

  const underClaim = <Word extends string>(
    claim: Claim,
    word: Word,
    change: (state: EffectState) => LedgerRefusal | undefined,
  ): Promise<Result<Word, LedgerRefusal>> => {
    const state = held(claim);
    const refusal = state.ok ? change(state.value) : state.error;
    return Promise.resolve(refusal ? failure(refusal) : ok(word));
  };

  const isBeingPrepared = (state: EffectState, authority: Authority): boolean =>
    state.phase === 'claimed' && state.claimUntil > time() && state.claimFence >= authority.lane.fence;

  const raise = (state: EffectState, authority: Authority, now: number, ttl: number) => {
    state.claim += 1;
    state.claimUntil = time() + ttl;
    state.claimFence = authority.lane.fence;
    state.updatedAt = now;
    if (state.phase === 'planned' || state.phase === 'claimed') {
      state.phase = 'claimed';
      state.dueAt = now + ttl;
    }
    const claim: Claim = { chain: authority.lane.chain, effect: state.plan.id, number: state.claim, authority };
    return { claim, effect: recordOf(state) };
  };

  const open = (chain: ChainState): EffectState[] =>
    [...chain.effects.values()].filter(state => !state.end).sort((left, right) => left.dueAt - right.dueAt);

  const setIncluded = (chain: ChainState, signer: string, nonce: bigint, included: boolean): void => {
    const slot = laneOf(chain, signer).slots.get(nonce);
    if (slot) slot.included = included;
  };

  const addSpend = (chain: ChainState, day: string, amount: bigint): void => {
    chain.spend.set(day, (chain.spend.get(day) ?? 0n) + amount);
  };
  const bump = (chain: ChainState, name: string): void => {
    chain.counters.set(name, (chain.counters.get(name) ?? 0) + 1);
  };

  const slotRefusal = (
    state: EffectState,
    attempt: Attempt,
    authority: Authority,
    max: number,
  ): LedgerRefusal | undefined => {
    const lane = laneOf(chainOf(authority.lane.chain), authority.signer);
    const refused: LedgerRefusal = { kind: 'nonceTaken', nextNonce: lane.next ?? 0n };
    if (state.phase === 'included') return refused;
    if (state.attempts.length + 1 !== attempt.number) return { kind: 'claimLost' };
    const slot = lane.slots.get(attempt.nonce);
    if (slot) {
      const own = state.slot?.nonce === attempt.nonce && slot.occupant === attempt.effect;
      const fill = !state.slot && slot.occupant === 'foreign' && attempt.purpose === 'gapFill';
      return own || fill ? undefined : refused;
    }
    if (state.slot || lane.next !== attempt.nonce) return refused;
    const pending = [...lane.slots.values()].filter(other => !other.included).length;
    return pending >= max ? { kind: 'laneFull' } : undefined;
  };

  return Object.freeze<MemoryStore>({
    image: () => structuredClone(chains),
    restore(image) {
      chains = structuredClone(image) as Map<Caip2, ChainState>;
    },

    async acquireLease(chain, name, holder, ttl) {
      const known = chainOf(chain).leases.get(name);
      if (known && known.holder !== holder && known.until > time())
        return { kind: 'taken', holder: known.holder, lapsesIn: milliseconds(known.until - time()) };
      const fence = Math.max((known?.fence ?? 0) + 1, time());
      chainOf(chain).leases.set(name, { holder, fence, until: time() + ttl });
      return { kind: 'held', lease: { chain, name, holder, fence }, ttl };
    },
    async renewLease(lease, ttl) {
      const known = chainOf(lease.chain).leases.get(lease.name);
      if (!known || known.holder !== lease.holder || known.fence !== lease.fence) return false;
      known.until = time() + ttl;
      return true;
    },
    async releaseLease(lease) {
      const known = chainOf(lease.chain).leases.get(lease.name);
      if (known?.holder === lease.holder && known.fence === lease.fence) known.until = 0;
    },

    async plan(plan, shard, now) {
      if (!isCurrent(shard)) return failure({ kind: 'fenced', lease: 'shard' });
      const chain = chainOf(plan.chain);
      if (chain.effects.has(plan.id)) return ok('known');
      chain.effects.set(plan.id, {
        plan,
        phase: 'planned',
        end: undefined,
        claim: 0,
        claimUntil: 0,
        claimFence: 0,
        slot: undefined,
        included: undefined,
        cancel: false,
        plannedAt: now,
        updatedAt: now,
        dueAt: plan.notBefore,
        note: '',
        attempts: [],
        costs: new Map(),
        committed: 0n,
      });
      return ok('planned');
    },
    async effect(chain, id) {
      const state = chainOf(chain).effects.get(id);
      return state && recordOf(state);
    },
    openEffects: async (chain, limit) => open(chainOf(chain)).slice(0, limit).map(recordOf),
    async requestCancel(chain, id, now) {
      const state = chainOf(chain).effects.get(id);
      if (!state || state.end) return false;
      state.cancel = true;
      state.updatedAt = now;
      if (state.phase !== 'claimed') state.dueAt = now;
      return true;
    },

    async claimNext(authority, now, ttl, limit) {
      const fenced = fencedBy(authority);
      if (fenced) return failure(fenced);
      const due = open(chainOf(authority.lane.chain)).filter(
        state => !state.slot && state.dueAt <= now && !isBeingPrepared(state, authority),
      );
      const turnOf = ({ dueAt, plan }: EffectState): number => dueAt + patienceOf[plan.urgency];
      const byUrgency = urgencies.flatMap(urgency => due.filter(state => state.plan.urgency === urgency));
      const ordered = byUrgency.toSorted((one, other) => turnOf(one) - turnOf(other));
      return ok(ordered.slice(0, limit).map(state => raise(state, authority, now, ttl)));
    },
    async claim(authority, id, now, ttl) {
      const fenced = fencedBy(authority);
      if (fenced) return failure(fenced);
      const state = chainOf(authority.lane.chain).effects.get(id);
      if (!state) return failure({ kind: 'unknownEffect' });
      if (state.end) return failure({ kind: 'ended' });
      if (isBeingPrepared(state, authority)) return failure({ kind: 'claimed' });
      return ok(raise(state, authority, now, ttl));
    },

    record: (claim, attempt, terms, now) =>
      underClaim(claim, 'recorded', state => {
        if (state.phase === 'claimed' && state.claimUntil <= time()) return { kind: 'claimLost' };
        const refusal = slotRefusal(state, attempt, claim.authority, terms.maxUnconfirmed);
        if (refusal) return refusal;
        const chain = chainOf(claim.chain);
        const known = state.costs.get(attempt.nonce) ?? { cost: 0n, day: dayOf(now) };
        const cost = up(attempt.maxCost);
        const more = cost > known.cost ? cost - known.cost : 0n;
        const spent = chain.spend.get(dayOf(now)) ?? 0n;
        if (attempt.purpose === 'gapFill') {
          if (cost > terms.gapFillBudget / gwei) return { kind: 'overBudget' };
        } else {
          if (state.committed + more > state.plan.budget / gwei) return { kind: 'overBudget' };
          if (more > 0n && spent + more > terms.dailySpendCap / gwei)
            return { kind: 'overDailyCap', spent: wei(spent * gwei) };
        }
        const lane = laneOf(chain, claim.authority.signer);
        if (!lane.slots.has(attempt.nonce)) lane.next = attempt.nonce + 1n;
        lane.slots.set(attempt.nonce, { occupant: attempt.effect, included: false, since: now });
        state.attempts.push(attempt);
        state.slot = { signer: attempt.signer, nonce: attempt.nonce };
        state.costs.set(attempt.nonce, { cost: known.cost + more, day: known.day });
        state.committed += more;
        addSpend(chain, known.day, more);
        state.phase = 'signed';
        state.dueAt = now;
        state.updatedAt = now;
        state.note = '';
        return undefined;
      }),
    markBroadcast: (claim, now, dueAt, note) =>
      underClaim(claim, 'marked', state => {
        if (state.phase === 'signed') state.phase = 'broadcast';
        Object.assign(state, { dueAt, note, updatedAt: now });
        return undefined;
      }),
    markIncluded: (claim, inclusion, now, dueAt) =>
      underClaim(claim, 'marked', state => {
        if (!state.slot) return { kind: 'claimLost' };
        Object.assign(state, { phase: 'included', included: inclusion, dueAt, updatedAt: now, note: '' });
        setIncluded(chainOf(claim.chain), state.slot.signer, state.slot.nonce, true);
        return undefined;
      }),
    markRetracted: (claim, now, dueAt) =>
      underClaim(claim, 'marked', state => {
        if (state.phase !== 'included' || !state.slot) return undefined;
        const note = 'a reorganisation took its block back';
        Object.assign(state, { phase: 'broadcast', included: undefined, dueAt, updatedAt: now, note });
        setIncluded(chainOf(claim.chain), state.slot.signer, state.slot.nonce, false);
        return undefined;
      }),
    postpone: (claim, now, dueAt, note) =>
      underClaim(claim, 'postponed', state => {
        if (state.phase === 'claimed') state.phase = 'planned';
        Object.assign(state, { claimUntil: 0, dueAt, note, updatedAt: now });
        return undefined;
      }),
    conclude: (claim, outcome, consumed, now) =>
      underClaim(claim, 'concluded', state => {
        const chain = chainOf(claim.chain);
        if (state.slot && consumed?.nonce !== state.slot.nonce)
          return { kind: 'nonceTaken', nextNonce: state.slot.nonce };
        if (state.slot && consumed) {
          laneOf(chain, state.slot.signer).slots.delete(state.slot.nonce);
          const reserved = state.costs.get(state.slot.nonce);
          const correction = up(consumed.feePaid ?? wei(0n)) - (reserved?.cost ?? 0n);
          state.committed += correction;
          if (reserved) addSpend(chain, reserved.day, correction);
          state.costs.delete(state.slot.nonce);
          if (consumed.wasted) bump(chain, 'wasted');
        }
        Object.assign(state, { slot: undefined, included: undefined, claimUntil: 0, updatedAt: now });
        if (outcome.kind === 'again') {
          Object.assign(state, { phase: 'planned', dueAt: outcome.dueAt, note: outcome.note });
          return undefined;
        }
        const note = outcome.kind === 'final' ? '' : outcome.reason;
        Object.assign(state, { phase: outcome.kind, end: outcome, note });
        bump(chain, outcome.kind);
        return undefined;
      }),

    async lane(id, signer) {
      const chain = chainOf(id);
      const lane = laneOf(chain, signer);
      const slots = [...lane.slots].map(([nonce, { occupant, included, since }]) => {
        const state = occupant === 'foreign' ? undefined : chain.effects.get(occupant);
        return {
          nonce,
          occupant: state ? ({ kind: 'effect', effect: recordOf(state) } as const) : ({ kind: 'foreign' } as const),
          included,
          since: milliseconds(since),
        };
      });
      return {
        nextNonce: lane.next,
        paused: chain.paused,
        slots: slots.sort((left, right) => (left.nonce < right.nonce ? -1 : 1)),
      };
    },
    async adopt(authority, nextNonce, foreign, now) {
      const fenced = fencedBy(authority);
      if (fenced) return failure(fenced);
      const lane = laneOf(chainOf(authority.lane.chain), authority.signer);
      if (lane.next === undefined || nextNonce > lane.next) lane.next = nextNonce;
      for (const nonce of foreign)
        if (!lane.slots.has(nonce)) lane.slots.set(nonce, { occupant: 'foreign', included: false, since: now });
      return ok('adopted');
    },
    async markForeign(authority, nonce, included) {
      const fenced = fencedBy(authority);
      if (fenced) return failure(fenced);
      setIncluded(chainOf(authority.lane.chain), authority.signer, nonce, included);
      return ok('marked');
    },
    async releaseForeign(authority, nonce) {
      const fenced = fencedBy(authority);
      if (fenced) return failure(fenced);
      const lane = laneOf(chainOf(authority.lane.chain), authority.signer);
      const slot = lane.slots.get(nonce);
      if (slot && slot.occupant !== 'foreign') return failure({ kind: 'nonceTaken', nextNonce: lane.next ?? 0n });
      lane.slots.delete(nonce);
      return ok('released');
    },

    async overdue(id, before, limit) {
      const due = open(chainOf(id))
        .filter(state => state.dueAt < before)
        .slice(0, limit);
      for (const state of due) if (state.phase === 'claimed' && state.claimUntil <= time()) state.phase = 'planned';
      return due.map(({ plan, dueAt }) => ({ effect: plan.id, urgency: plan.urgency, dueAt: milliseconds(dueAt) }));
    },

    async setPaused(chain, paused) {
      chainOf(chain).paused = paused;
    },
    paused: async chain => chainOf(chain).paused,
    watermark: async (chain, name) => chainOf(chain).watermarks.get(name),
    async advanceWatermark(chain, name, block) {
      const known = chainOf(chain).watermarks.get(name);
      if (known === undefined || block > known) chainOf(chain).watermarks.set(name, block);
    },
    async putDecision(id, subject, decision, now) {
      const { decisions } = chainOf(id);
      decisions.delete(subject);
      decisions.set(subject, { decision, at: now });
      const [oldest] = decisions.keys();
      if (decisions.size > keepDecisions && oldest !== undefined) decisions.delete(oldest);
    },
    async decision(chain, subject) {
      const found = chainOf(chain).decisions.get(subject);
      return found && { decision: found.decision, at: milliseconds(found.at) };
    },
    async counters(id, now) {
      const chain = chainOf(id);
      return {
        wastedTransactions: chain.counters.get('wasted') ?? 0,
        spentToday: wei((chain.spend.get(dayOf(now)) ?? 0n) * gwei),
        ended: Object.fromEntries(endKinds.map(kind => [kind, chain.counters.get(kind) ?? 0])) as Record<
          (typeof endKinds)[number],
          number
        >,
      };
    },
  });
};
