import {
  type Address,
  type Attempt,
  type BlockRef,
  type EffectEnd,
  type EffectPhase,
  type EffectPlan,
  type EffectRecord,
  milliseconds,
  type Wei,
  wei,
} from '@bulkhead/shared';
import type { Authority, LaneSlot, LaneState, LedgerRefusal } from '@bulkhead/shared/ports';
import type { Reply } from './scripts.ts';

const gwei = 10n ** 9n;

/** Scripts count in whole gwei. What may be spent is rounded up, so that limits err on the safe side. */
export const gweiUp = (amount: Wei): number => Number((amount + gwei - 1n) / gwei);
/** A limit, rounded down; beyond what a double holds exactly there is no limit worth the name. */
export const gweiDown = (amount: Wei): number =>
  Number(amount / gwei > 2n ** 53n - 1n ? 2n ** 53n - 1n : amount / gwei);
export const fromGwei = (text: string): Wei => wei(BigInt(text) * gwei);

/** JSON with bigints as `{"$n": "…"}`, so that nothing is lost on the way. */
export const encode = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? { $n: item.toString() } : item));

const revive = (_key: string, item: unknown): unknown =>
  typeof item === 'object' && item !== null && '$n' in item && typeof item.$n === 'string' ? BigInt(item.$n) : item;

export const decode = <Value>(text: string): Value => JSON.parse(text, revive) as Value;

export const rightOf = (authority: Authority) => ({
  shard: authority.shard.name,
  shardFence: authority.shard.fence,
  lane: authority.lane.name,
  laneFence: authority.lane.fence,
  signer: authority.signer.toLowerCase(),
});

const listOf = (reply: Reply | undefined): readonly Reply[] => (Array.isArray(reply) ? reply : []);
const textOf = (reply: Reply | undefined): string => (typeof reply === 'string' ? reply : String(reply ?? ''));

const fieldsOf = (reply: Reply | undefined): ReadonlyMap<string, string> => {
  const flat = listOf(reply);
  const fields = new Map<string, string>();
  for (let index = 0; index + 1 < flat.length; index += 2) fields.set(textOf(flat[index]), textOf(flat[index + 1]));
  return fields;
};

/** Reads `{fields, attempts}` as a script returns it; undefined when there is no such effect. */
export const effectOf = (reply: Reply | undefined): EffectRecord | undefined => {
  const [hash, attempts] = listOf(reply);
  const fields = fieldsOf(hash);
  const plan = fields.get('plan');
  if (plan === undefined) return undefined;
  const text = (name: string): string => fields.get(name) ?? '';
  const recorded = listOf(attempts).map(item => decode<Attempt>(textOf(item)));
  const slot = text('slot');
  const lastSigner = recorded.at(-1)?.signer;
  return {
    ...decode<EffectPlan>(plan),
    phase: text('phase') as EffectPhase,
    end: text('end') === '' ? undefined : decode<EffectEnd>(text('end')),
    claim: Number(text('claim')),
    attempts: recorded,
    slot: slot === '' || lastSigner === undefined ? undefined : { signer: lastSigner, nonce: BigInt(slot) },
    includedIn:
      text('included') === ''
        ? undefined
        : decode<{ readonly hash: Attempt['hash']; readonly block: BlockRef }>(text('included')),
    committed: fromGwei(text('committed') || '0'),
    cancelRequested: text('cancel') === '1',
    plannedAt: milliseconds(Number(text('plannedAt'))),
    updatedAt: milliseconds(Number(text('updatedAt'))),
    dueAt: milliseconds(Number(text('dueAt'))),
    note: text('note'),
  };
};

export const effectsOf = (reply: Reply): readonly EffectRecord[] => listOf(reply).flatMap(item => effectOf(item) ?? []);

const slotOf = (reply: Reply): LaneSlot => {
  const [nonce, value, effect] = listOf(reply);
  const [state, , since] = textOf(value).split('|');
  const record = effectOf(effect);
  return {
    nonce: BigInt(textOf(nonce)),
    occupant: record ? { kind: 'effect', effect: record } : { kind: 'foreign' },
    included: state === 'i',
    since: milliseconds(Number(since)),
  };
};

export const laneOf = (reply: Reply): LaneState => {
  const [next, paused, slots] = listOf(reply);
  return {
    nextNonce: textOf(next) === '' ? undefined : BigInt(textOf(next)),
    paused: paused === 1,
    slots: listOf(slots)
      .map(slotOf)
      .sort((left, right) => (left.nonce < right.nonce ? -1 : 1)),
  };
};

/** A script's refusal, or undefined when it went through. */
export const refusalOf = (reply: Reply): LedgerRefusal | undefined => {
  const [kind, detail] = listOf(reply);
  switch (kind) {
    case 'ok':
      return undefined;
    case 'fenced':
      return { kind, lease: detail === 'shard' ? 'shard' : 'lane' };
    case 'nonceTaken':
      return { kind, nextNonce: BigInt(textOf(detail) || '0') };
    case 'overDailyCap':
      return { kind, spent: fromGwei(textOf(detail)) };
    case 'claimLost':
    case 'claimed':
    case 'unknownEffect':
    case 'ended':
    case 'laneFull':
    case 'overBudget':
      return { kind };
    default:
      throw new Error(`the ledger script answered ${JSON.stringify(reply)}`);
  }
};

/** UTC day of an instant of the Clock. */
export const dayOf = (now: number): string => {
  const days = Math.floor(now / 86_400_000);
  return new Date(days * 86_400_000).toISOString().slice(0, 10);
};

export const lowerCase = (address: Address): string => address.toLowerCase();
