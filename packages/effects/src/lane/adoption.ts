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
 * A lane's next nonce is max(ledger, chain latest, chain pending). Nonces from the chain's latest up to it that no slot of ours explains are adopted
 * as foreign: watched, and filled only when nothing turns up (DESIGN §7; F3).
 */
export const adoption = (lane: LaneState, chain: { readonly latest: bigint; readonly pending: bigint }): Adoption => {
  const known = lane.nextNonce ?? 0n;
  const nextNonce = greatest(known, chain.latest, chain.pending);
  if (nextNonce - chain.latest > implausibleGap + BigInt(lane.slots.length))
    return { kind: 'implausible', from: chain.latest, to: nextNonce };
  const taken = new Set(lane.slots.map(slot => slot.nonce));
  const foreign: bigint[] = [];
  for (let nonce = chain.latest; nonce < nextNonce; nonce += 1n) if (!taken.has(nonce)) foreign.push(nonce);
  return nextNonce === lane.nextNonce && foreign.length === 0
    ? { kind: 'none', nextNonce }
    : { kind: 'adopt', nextNonce, foreign };
};
