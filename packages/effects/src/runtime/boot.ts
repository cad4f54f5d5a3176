import { nextNonce } from './adopt.ts';
import { accepted, describeError, type LaneContext, type Term } from './context.ts';

const openLimit = 10_000;

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
  const { chain, signer, store, clock, policy, log } = context;
  while (!term.signal.aborted) {
    try {
      const next = await nextNonce(context, term, await store.lane(chain.id, signer.address));
      if (next.kind === 'known') return await takeOverClaims(context, term);
      log.error('the lane cannot open yet', { chain: chain.id, reason: next.reason });
    } catch (error) {
      log.error('the lane cannot open yet', { chain: chain.id, reason: describeError(error) });
    }
    await clock.sleep(policy.retryAfter, term.signal);
  }
};
