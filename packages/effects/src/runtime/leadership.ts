import { type Milliseconds, milliseconds } from '@bulkhead/shared';
import type { Authority, Ids, Lease, LeaseName } from '@bulkhead/shared/ports';
import { describeError, type LaneContext } from './context.ts';

/** Leads a shard for as long as its leases hold. */
export interface Leadership {
  /** Takes both leases; undefined when the signal aborted first. */
  acquire(signal: AbortSignal): Promise<Authority | undefined>;
  /** Renews until the signal aborts; calls `lost` when a lease is gone or could not be renewed in time. */
  keep(authority: Authority, signal: AbortSignal, lost: (reason: string) => void): Promise<void>;
  release(authority: Authority): Promise<void>;
}

export const createLeadership = (context: LaneContext, ids: Ids): Leadership => {
  const { chain, signer, store, clock, policy, log } = context;
  // A new name for every process: a restarted one must not inherit the lease of the one it replaces without a new fence.
  const holder = ids.next('holder');
  const third = milliseconds(Math.max(1, Math.floor(policy.leaseTtl / 3)));

  const acquireOne = async (name: LeaseName, signal: AbortSignal): Promise<Lease | undefined> => {
    let said = false;
    while (!signal.aborted) {
      let pause: Milliseconds = third;
      try {
        const outcome = await store.acquireLease(chain.id, name, holder, policy.leaseTtl);
        if (outcome.kind === 'held') return outcome.lease;
        if (!said) log.info('waiting for a lease', { chain: chain.id, lease: name, holder: outcome.holder });
        said = true;
        pause = milliseconds(Math.max(1, Math.min(outcome.lapsesIn, third)));
      } catch (error) {
        log.error('the store does not answer', { chain: chain.id, error: describeError(error) });
      }
      await clock.sleep(pause, signal);
    }
    return undefined;
  };

  const releaseOne = async (lease: Lease): Promise<void> => {
    try {
      await store.releaseLease(lease);
    } catch (error) {
      log.warn('a lease was not given back; it lapses by itself', { chain: chain.id, error: describeError(error) });
    }
  };

  /** The shard was leased first and may have lapsed while the lane was waited for. */
  const acquire = async (signal: AbortSignal): Promise<Authority | undefined> => {
    while (!signal.aborted) {
      const lane = await acquireOne(`lane:${signer.address.toLowerCase()}`, signal);
      const shard = lane && (await acquireOne(`shard:${policy.shard}`, signal));
      if (!lane) return undefined;
      const still = shard && (await store.renewLease(lane, policy.leaseTtl).catch(() => false));
      if (shard && still) return { shard, lane, signer: signer.address };
      await releaseOne(lane);
      if (shard) await releaseOne(shard);
    }
    return undefined;
  };

  const renewBoth = async (authority: Authority): Promise<boolean | 'unknown'> => {
    try {
      const renewed = await Promise.all([
        store.renewLease(authority.shard, policy.leaseTtl),
        store.renewLease(authority.lane, policy.leaseTtl),
      ]);
      return renewed.every(Boolean);
    } catch (error) {
      log.warn('leases were not renewed', { chain: chain.id, error: describeError(error) });
      return 'unknown';
    }
  };

  const keep: Leadership['keep'] = async (authority, signal, lost) => {
    let renewedAt = clock.now();
    while (!signal.aborted) {
      await clock.sleep(third, signal);
      if (signal.aborted) return;
      const askedAt = clock.now();
      const renewed = await renewBoth(authority);
      if (renewed === false) return lost('somebody else was granted the lease');
      if (renewed === true) renewedAt = askedAt;
      else if (clock.now() >= renewedAt + policy.leaseTtl)
        return lost('the store did not answer for the time of a lease');
    }
  };

  return Object.freeze<Leadership>({
    acquire,
    keep,
    async release(authority) {
      await releaseOne(authority.lane);
      await releaseOne(authority.shard);
    },
  });
};
