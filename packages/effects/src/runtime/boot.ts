import { adoption } from '../lane/adoption.ts';
import { accepted, describeError, type LaneContext, type Term } from './context.ts';

const openLimit = 10_000;

/**
 * The lane's next nonce becomes max(ledger, chain latest, chain pending); pending nonces that the ledger does not know are adopted and watched.
 * Undefined when that is done, otherwise why not.
 */
const reconcileNonces = async (context: LaneContext, term: Term): Promise<string | undefined> => {
  const { chain, signer, store, clock, log } = context;
  const latest = await chain.nonce(signer.address, 'latest');
  if (!latest.ok) return `${latest.error.code}: ${latest.error.message}`;
  const pending = await chain.nonce(signer.address, 'pending');
  if (!pending.ok) return `${pending.error.code}: ${pending.error.message}`;
  const found = adoption(await store.lane(chain.id, signer.address), { latest: latest.value, pending: pending.value });
  if (found.kind === 'none') return undefined;
  if (found.kind === 'implausible')
    return `nonces ${found.from} to ${found.to} of ${signer.address} are unknown to the ledger or to the chain: is this the ledger of this chain?`;
  if (found.foreign.length > 0)
    log.warn('adopting nonces of unknown origin', { chain: chain.id, nonces: found.foreign.join(' ') });
  const adopted = await store.adopt(term.authority, found.nextNonce, found.foreign, clock.now());
  return accepted(context, term, undefined, adopted) ? undefined : 'the ledger refused to adopt';
};

/** Effects that a dead predecessor was preparing are due at once: its claim is void with its fence. */
const takeOverClaims = async (context: LaneContext, term: Term): Promise<void> => {
  const { chain, store, clock, policy } = context;
  for (const effect of await store.openEffects(chain.id, openLimit)) {
    if (effect.phase !== 'claimed') continue;
    const claimed = await store.claim(term.authority, effect.id, clock.now(), policy.claimTtl);
    if (!claimed.ok) continue;
    const now = clock.now();
    accepted(context, term, effect.id, await store.postpone(claimed.value.claim, now, now, effect.note));
  }
};

/** Brings ledger and chain together before the lane opens. Returns when it is done or the term is over. */
export const boot = async (context: LaneContext, term: Term): Promise<void> => {
  const { chain, clock, policy, log } = context;
  while (!term.signal.aborted) {
    try {
      const problem = await reconcileNonces(context, term);
      if (problem === undefined) return await takeOverClaims(context, term);
      log.error('the lane cannot open yet', { chain: chain.id, reason: problem });
    } catch (error) {
      log.error('the lane cannot open yet', { chain: chain.id, reason: describeError(error) });
    }
    await clock.sleep(policy.retryAfter, term.signal);
  }
};
