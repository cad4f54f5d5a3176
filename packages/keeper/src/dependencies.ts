import type { Effects } from '@bulkhead/effects';
import type { Caip2 } from '@bulkhead/shared';
import type { Chain, Clock, Log, Metrics, Oracle, Queue, Random, Store } from '@bulkhead/shared/ports';
import type { KeeperSettings } from './settings.ts';

/** The world, as the keeper sees it. */
export interface KeeperDependencies {
  readonly chains: ReadonlyMap<Caip2, Chain>;
  readonly oracle: Oracle;
  readonly store: Pick<Store, 'effect' | 'watermark' | 'advanceWatermark' | 'putDecision' | 'decision'>;
  readonly effects: Pick<Effects, 'plan' | 'headSeen'>;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly settings: KeeperSettings;
}
