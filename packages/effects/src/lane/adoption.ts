import type { LaneState } from '@bulkhead/shared/ports';

/** More unknown nonces than this are not adopted: the endpoint's answer is not believed. */
export const implausibleGap = 64n;

export type Adoption =
  | { readonly kind: 'none'; readonly nextNonce: bigint }
  | { readonly kind: 'adopt'; readonly nextNonce: bigint; readonly foreign: readonly bigint[] }
  | { readonly kind: 'implausible'; readonly from: bigint; readonly to: bigint };

const greatest = (first: bigint, ...others: readonly bigint[]): bigint => {
  let most = first;
  for (const other of others) if (other > most) most = other;
  return most;
};

/**
 * A lane's next nonce is max(ledger, chain latest, chain pending). Nonces that are not final and that no slot of ours explains are adopted as
 * foreign: watched, and filled only when nothing turns up (DESIGN §7; F3). Those in a block already are adopted too, because a reorganisation may
 * take them back and leave a gap below ours.
 */
export const adoption = (
  lane: LaneState,
  chain: { readonly final: bigint; readonly latest: bigint; readonly pending: bigint },
): Adoption => {
  const nextNonce = greatest(lane.nextNonce ?? 0n, chain.latest, chain.pending);
  if (nextNonce - chain.latest > implausibleGap + BigInt(lane.slots.length))
    return { kind: 'implausible', from: chain.latest, to: nextNonce };
  const taken = new Set(lane.slots.map(slot => slot.nonce));
  const foreign: bigint[] = [];
  // Far behind the head it does not matter any more who was there.
  const from = greatest(chain.final, chain.latest - implausibleGap);
  for (let nonce = from; nonce < nextNonce; nonce += 1n) if (!taken.has(nonce)) foreign.push(nonce);
  return nextNonce === lane.nextNonce && foreign.length === 0
    ? { kind: 'none', nextNonce }
    : { kind: 'adopt', nextNonce, foreign };
};
