import type { Attempt, BlockRef, Finality, Hex32, Result, TransactionStatus } from '@bulkhead/shared';
import { type ChainError, failure, ok } from '@bulkhead/shared';
import type { LaneSlot } from '@bulkhead/shared/ports';
import type { LaneView, Sighting } from '../lane/machine.ts';
import type { LaneContext } from './context.ts';

/** What the chain says about a lane's slots, read so that the machine may draw conclusions from it. */
export interface Look {
  readonly view: LaneView;
  /** By nonce; empty for foreign slots. */
  readonly sightings: ReadonlyMap<bigint, readonly Sighting[]>;
}

const attemptsOf = (slot: LaneSlot): readonly Attempt[] =>
  slot.occupant.kind === 'effect' ? slot.occupant.effect.attempts.filter(attempt => attempt.nonce === slot.nonce) : [];

const readNonces = async (context: LaneContext) => {
  const { chain, signer } = context;
  const [head, latest, pending, final] = await Promise.all([
    chain.head(),
    chain.nonce(signer.address, 'latest'),
    chain.nonce(signer.address, 'pending'),
    chain.nonce(signer.address, 'final'),
  ]);
  if (!head.ok) return head;
  if (!latest.ok) return latest;
  if (!pending.ok) return pending;
  if (!final.ok) return final;
  return ok({ head: head.value, nonces: { latest: latest.value, pending: pending.value, final: final.value } });
};

const finalitiesOf = async (
  context: LaneContext,
  statuses: readonly TransactionStatus[],
): Promise<Result<ReadonlyMap<Hex32, Finality>, ChainError>> => {
  const blocks = new Map<Hex32, BlockRef>();
  for (const status of statuses) if (status.kind === 'included') blocks.set(status.block.hash, status.block);
  const found = new Map<Hex32, Finality>();
  for (const [hash, block] of blocks) {
    const finality = await context.chain.finality(block);
    if (!finality.ok) return finality;
    found.set(hash, finality.value);
  }
  return ok(found);
};

/**
 * Looks at every hash ever recorded for each slot. The nonces are read first: a nonce that was consumed before the hashes were looked at was
 * consumed by one of them, or by a transaction that is not ours.
 */
export const look = async (context: LaneContext, slots: readonly LaneSlot[]): Promise<Result<Look, ChainError>> => {
  const read = await readNonces(context);
  if (!read.ok) return read;
  const attempts = slots.flatMap(attemptsOf);
  const statuses = attempts.length === 0 ? ok([]) : await context.chain.status(attempts.map(attempt => attempt.hash));
  if (!statuses.ok) return statuses;
  const finalities = await finalitiesOf(context, statuses.value);
  if (!finalities.ok) return finalities;

  const sightings = new Map<bigint, Sighting[]>();
  for (const [index, attempt] of attempts.entries()) {
    const status = statuses.value[index];
    if (!status)
      return failure({
        kind: 'retryable',
        code: 'malformedAnswer',
        message: 'the chain answered for fewer hashes than asked',
      });
    const finality = status.kind === 'included' ? finalities.value.get(status.block.hash) : undefined;
    const seen = sightings.get(attempt.nonce) ?? [];
    seen.push({ attempt, status, finality });
    sightings.set(attempt.nonce, seen);
  }
  return ok({ view: { now: context.clock.now(), ...read.value }, sightings });
};
