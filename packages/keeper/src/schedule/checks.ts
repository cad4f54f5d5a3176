import type { Caip2, Milliseconds } from '@bulkhead/shared';
import { milliseconds } from '@bulkhead/shared';
import type { Assessor } from '../act/assessor.ts';
import type { KeeperDependencies } from '../dependencies.ts';
import type { ChainView } from '../detection/chainView.ts';
import type { CheckTier } from '../settings.ts';
import { groupByTier } from './tiers.ts';

/** Queue of a chain's scheduled checks. A job names a tier, never a vault (DESIGN §7). */
export const checksQueue = (chain: Caip2): string => `${chain}/checks`;

const keyOf = (chain: Caip2, tier: string): string => `${chain}|${tier}`;

export interface CheckedChain {
  readonly chain: Caip2;
  readonly view: ChainView;
  readonly assessor: Assessor;
}

/**
 * Checks by distance to the threshold. The queue wakes; what is due is decided here; and a sweep makes up for wake-ups that were lost, so that nothing
 * rests on the queue (F4).
 */
export const createChecks = (dependencies: KeeperDependencies, chains: readonly CheckedChain[]) => {
  const { clock, queue, log, metrics, settings } = dependencies;
  const dueAt = new Map<string, Milliseconds>();
  const byKey = new Map(
    chains.flatMap(one => settings.tiers.map(tier => [keyOf(one.chain, tier.name), { ...one, tier }] as const)),
  );

  const check = async (key: string): Promise<void> => {
    const entry = byKey.get(key);
    if (!entry) return;
    const now = clock.now();
    const due = dueAt.get(key) ?? now;
    if (now < due) return queue.wake(checksQueue(entry.chain), entry.tier.name, due);
    await run(key, entry.tier, entry);
  };

  const run = async (key: string, tier: CheckTier, { view, assessor, chain }: CheckedChain): Promise<void> => {
    const next = milliseconds(clock.now() + tier.every);
    dueAt.set(key, next);
    const { book } = view;
    if (book) {
      const vaults = groupByTier(book.vaults(), book.distance, settings.tiers).get(tier.name) ?? [];
      metrics.gauge('keeper_tier_vaults', vaults.length, { chain, tier: tier.name });
      assessor.request(vaults, 'schedule');
      await assessor.idle();
    }
    await queue.wake(checksQueue(chain), tier.name, next);
  };

  const overdue = (now: Milliseconds): readonly string[] =>
    [...byKey].filter(([key, { tier }]) => now >= (dueAt.get(key) ?? now) + tier.every).map(([key]) => key);

  const guarded = async (key: string): Promise<void> => {
    try {
      await check(key);
    } catch (error) {
      log.warn('a scheduled check failed; the sweep repeats it', { key, error: String(error) });
    }
  };

  return {
    /** Consumes wake-ups and sweeps until the signal aborts. `onPass` is called by every pass of the sweep: liveness follows it (F21). */
    async run(signal: AbortSignal, onPass: () => void): Promise<void> {
      const stops = await Promise.all(
        chains.map(({ chain }) =>
          queue.consume(checksQueue(chain), tier => guarded(keyOf(chain, tier)), {
            concurrency: settings.tiers.length,
          }),
        ),
      );
      for (const key of byKey.keys()) await guarded(key);
      while (!signal.aborted) {
        onPass();
        for (const key of overdue(clock.now())) await guarded(key);
        await clock.sleep(settings.freshness.retry, signal);
      }
      await Promise.all(stops.map(stop => stop()));
    },
  };
};
