import type { LaneState } from '@bulkhead/shared/ports';
import { type Adoption, adoption } from '../lane/adoption.ts';
import { accepted, type LaneContext, type Term } from './context.ts';

/** The lane's next nonce, or why it cannot be known now. `foreign`: how many nonces of unknown origin were adopted just now. */
export type NextNonce =
  | { readonly kind: 'known'; readonly nonce: bigint; readonly foreign: number }
  | { readonly kind: 'unknown'; readonly reason: string };

const unknown = (reason: string): NextNonce => ({ kind: 'unknown', reason });

/** Writes an adoption into the ledger. */
export const carryOutAdoption = async (
  context: LaneContext,
  term: Term,
  found: Extract<Adoption, { kind: 'adopt' }>,
): Promise<NextNonce> => {
  const { chain, store, clock, log } = context;
  if (found.foreign.length > 0)
    log.warn('adopting nonces that the ledger does not know', { chain: chain.id, nonces: found.foreign.join(' ') });
  const adopted = await store.adopt(term.authority, found.nextNonce, found.foreign, clock.now());
  return accepted(context, term, undefined, adopted)
    ? { kind: 'known', nonce: found.nextNonce, foreign: found.foreign.length }
    : unknown('the ledger refused to adopt');
};

/**
 * Looks whether the chain has seen more of this signer than the ledger knows: the next nonce is max(ledger, latest, pending), and nonces of
 * unknown origin are adopted and watched, never overwritten blindly.
 */
export const nextNonce = async (context: LaneContext, term: Term, lane: LaneState): Promise<NextNonce> => {
  const { chain, signer } = context;
  const [latest, pending] = await Promise.all([
    chain.nonce(signer.address, 'latest'),
    chain.nonce(signer.address, 'pending'),
  ]);
  if (!latest.ok) return unknown(`${latest.error.code}: ${latest.error.message}`);
  if (!pending.ok) return unknown(`${pending.error.code}: ${pending.error.message}`);
  const nonces = { latest: latest.value, pending: pending.value };
  const quick = adoption(lane, { ...nonces, final: latest.value });
  if (quick.kind === 'none') return { kind: 'known', nonce: quick.nextNonce, foreign: 0 };
  if (quick.kind === 'implausible')
    return unknown(
      `the ledger and the chain disagree about nonces ${quick.from} to ${quick.to} of ${signer.address}: is this the ledger of this chain?`,
    );
  const final = await chain.nonce(signer.address, 'final');
  if (!final.ok) return unknown(`${final.error.code}: ${final.error.message}`);
  const whole = adoption(lane, { ...nonces, final: final.value });
  return whole.kind === 'adopt'
    ? carryOutAdoption(context, term, whole)
    : unknown('the nonces changed while they were read');
};
