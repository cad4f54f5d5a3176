import {
  type Caip2,
  type EffectRecord,
  failure,
  milliseconds,
  ok,
  patienceOf,
  type Result,
  type Urgency,
  urgencies,
  wei,
} from '@bulkhead/shared';
import type { Authority, Claim, LeaseOutcome, LedgerRefusal, Store } from '@bulkhead/shared/ports';
import type { Redis } from 'ioredis';
import {
  dayOf,
  effectOf,
  effectsOf,
  encode,
  fromGwei,
  gweiDown,
  gweiUp,
  laneOf,
  lowerCase,
  refusalOf,
  rightOf,
} from './codec.ts';
import { chainPrefix } from './keys.ts';
import { type Reply, type ScriptName, scriptsOn } from './scripts.ts';

export interface RedisStoreOptions {
  /** How long an ended effect is remembered. Longer than any call's deadline, or a repeated plan would be taken for a new one. */
  readonly keepEnded?: number;
  /** How many subjects have their newest decision kept, per chain. */
  readonly keepDecisions?: number;
}

const week = 7 * 86_400_000;
/** What `claimNext` orders by. */
const waitingTurns = urgencies.map(name => ({ name, patience: patienceOf[name] }));
const endKinds = ['final', 'superseded', 'obsolete', 'failed'] as const;

/** The Store port on one Redis: a Lua script for every step that must be atomic. The connection must have passed `checkRedis`. */
export const createRedisStore = (redis: Redis, options: RedisStoreOptions = {}): Store => {
  const run = scriptsOn(redis);
  const keepEnded = options.keepEnded ?? week;
  const keepDecisions = options.keepDecisions ?? 20_000;

  const step = async <Value>(
    name: ScriptName,
    chain: Caip2,
    args: Readonly<Record<string, unknown>>,
    read: (reply: Reply) => Value,
  ): Promise<Result<Value, LedgerRefusal>> => {
    const reply = await run(name, chainPrefix(chain), args);
    const refusal = refusalOf(reply);
    return refusal ? failure(refusal) : ok(read(reply));
  };

  /** A step made under a claim. */
  const claimed = <Word extends string>(
    name: ScriptName,
    claim: Claim,
    args: Readonly<Record<string, unknown>>,
    word: Word,
  ) =>
    step(
      name,
      claim.chain,
      { right: rightOf(claim.authority), effect: claim.effect, claim: claim.number, ...args },
      () => word,
    );

  const readClaim = (authority: Authority, reply: Reply): { claim: Claim; effect: EffectRecord } => {
    const [, number, found] = reply as readonly Reply[];
    const effect = effectOf(found);
    if (!effect) throw new Error('a claimed effect has no record');
    return {
      claim: { chain: authority.lane.chain, effect: effect.id, number: Number(number), authority },
      effect,
    };
  };

  return Object.freeze<Store>({
    async acquireLease(chain, name, holder, ttl): Promise<LeaseOutcome> {
      const [kind, first, second] = (await run('acquireLease', chainPrefix(chain), { name, holder, ttl })) as string[];
      return kind === 'held'
        ? { kind, lease: { chain, name, holder, fence: Number(first) }, ttl }
        : { kind: 'taken', holder: String(first), lapsesIn: milliseconds(Number(second)) };
    },
    async renewLease(lease, ttl) {
      const { name, holder, fence } = lease;
      return (await run('renewLease', chainPrefix(lease.chain), { name, holder, fence, ttl })) === 1;
    },
    async releaseLease(lease) {
      const { name, holder, fence } = lease;
      await run('releaseLease', chainPrefix(lease.chain), { name, holder, fence });
    },

    plan: (plan, shard, now) =>
      step(
        'planEffect',
        plan.chain,
        {
          shard: shard.name,
          shardFence: shard.fence,
          effect: plan.id,
          plan: encode(plan),
          urgency: plan.urgency,
          dueAt: plan.notBefore,
          budget: gweiDown(plan.budget),
          now,
        },
        reply => ((reply as readonly Reply[])[1] === 'known' ? 'known' : 'planned'),
      ),
    effect: async (chain, id) => effectOf(await run('readEffect', chainPrefix(chain), { effect: id })),
    openEffects: async (chain, limit) => effectsOf(await run('readOpen', chainPrefix(chain), { limit })),
    requestCancel: async (chain, id, now) =>
      (await run('requestCancel', chainPrefix(chain), { effect: id, now })) === 1,

    claimNext: (authority, now, ttl, limit) =>
      step(
        'claimNext',
        authority.lane.chain,
        { right: rightOf(authority), urgencies: waitingTurns, now, ttl, limit },
        reply => (reply as readonly Reply[]).slice(1).map(one => readClaim(authority, one)),
      ),
    claim: (authority, id, now, ttl) =>
      step('claimEffect', authority.lane.chain, { right: rightOf(authority), effect: id, now, ttl }, reply =>
        readClaim(authority, reply),
      ),

    record: (claim, attempt, terms, now) =>
      claimed(
        'recordAttempt',
        claim,
        {
          nonce: attempt.nonce.toString(),
          number: attempt.number,
          attempt: encode(attempt),
          gapFill: attempt.purpose === 'gapFill',
          cost: gweiUp(attempt.maxCost),
          maxUnconfirmed: terms.maxUnconfirmed,
          dailyCap: gweiDown(terms.dailySpendCap),
          gapFillBudget: gweiDown(terms.gapFillBudget),
          day: dayOf(now),
          now,
        },
        'recorded',
      ),
    markBroadcast: (claim, now, dueAt, note) => claimed('markBroadcast', claim, { now, dueAt, note }, 'marked'),
    markIncluded: (claim, inclusion, now, dueAt) =>
      claimed('markIncluded', claim, { included: encode(inclusion), now, dueAt }, 'marked'),
    markRetracted: (claim, now, dueAt) => claimed('markRetracted', claim, { now, dueAt }, 'marked'),
    postpone: (claim, now, dueAt, note) => claimed('postpone', claim, { now, dueAt, note }, 'postponed'),
    conclude: (claim, outcome, consumed, now) =>
      claimed(
        'conclude',
        claim,
        {
          now,
          kind: outcome.kind,
          again: outcome.kind === 'again',
          dueAt: outcome.kind === 'again' ? outcome.dueAt : 0,
          note: outcome.kind === 'again' ? outcome.note : outcome.kind === 'final' ? '' : outcome.reason,
          outcome: encode(outcome),
          keep: keepEnded,
          ...(consumed && {
            consumed: {
              nonce: consumed.nonce.toString(),
              fee: gweiUp(consumed.feePaid ?? wei(0n)),
              wasted: consumed.wasted,
            },
          }),
        },
        'concluded',
      ),

    lane: async (chain, signer) => laneOf(await run('readLane', chainPrefix(chain), { signer: lowerCase(signer) })),
    adopt: (authority, nextNonce, foreign, now) =>
      step(
        'adopt',
        authority.lane.chain,
        { right: rightOf(authority), nextNonce: nextNonce.toString(), foreign: foreign.map(String), now },
        () => 'adopted' as const,
      ),
    markForeign: (authority, nonce, included) =>
      step(
        'markForeign',
        authority.lane.chain,
        { right: rightOf(authority), nonce: nonce.toString(), included },
        () => 'marked' as const,
      ),
    releaseForeign: (authority, nonce) =>
      step(
        'releaseForeign',
        authority.lane.chain,
        { right: rightOf(authority), nonce: nonce.toString() },
        () => 'released' as const,
      ),

    overdue: async (chain, before, limit) =>
      ((await run('overdue', chainPrefix(chain), { before, limit })) as readonly (readonly string[])[]).map(
        ([effect, urgency, dueAt]) => ({
          effect: effect as EffectRecord['id'],
          urgency: urgency as Urgency,
          dueAt: milliseconds(Number(dueAt)),
        }),
      ),

    async setPaused(chain, paused) {
      const key = `${chainPrefix(chain)}paused`;
      await (paused ? redis.set(key, '1') : redis.del(key));
    },
    paused: async chain => (await redis.exists(`${chainPrefix(chain)}paused`)) === 1,

    async watermark(chain, name) {
      const found = await redis.hget(`${chainPrefix(chain)}watermarks`, name);
      return found === null ? undefined : BigInt(found);
    },
    async advanceWatermark(chain, name, block) {
      await run('advanceWatermark', chainPrefix(chain), { name, block: Number(block) });
    },

    async putDecision(chain, subject, decision, now) {
      await run('putDecision', chainPrefix(chain), { subject, decision, now, keep: keepDecisions });
    },
    async decision(chain, subject) {
      const found = await redis.hget(`${chainPrefix(chain)}decisions`, subject);
      if (found === null) return undefined;
      const bar = found.indexOf('|');
      return { at: milliseconds(Number(found.slice(0, bar))), decision: found.slice(bar + 1) };
    },

    async counters(chain, now) {
      const [counts, spent] = await Promise.all([
        redis.hgetall(`${chainPrefix(chain)}counters`),
        redis.hget(`${chainPrefix(chain)}spend`, dayOf(now)),
      ]);
      const ended = Object.fromEntries(endKinds.map(kind => [kind, Number(counts[`ended:${kind}`] ?? 0)]));
      return {
        wastedTransactions: Number(counts.wasted ?? 0),
        spentToday: fromGwei(spent ?? '0'),
        ended: ended as Record<(typeof endKinds)[number], number>,
      };
    },
  });
};
