import type { ChainSnapshot, Effects } from '@bulkhead/effects';
import type { Keeper, KeeperChainStatus } from '@bulkhead/keeper';
import { type Milliseconds, milliseconds } from '@bulkhead/shared';
import type { Config } from '@bulkhead/shared/config';
import type { Clock } from '@bulkhead/shared/ports';
import type { PromMetrics } from '../adapters/promMetrics.ts';
import { liveness } from '../http/liveness.ts';
import type { Operations } from '../http/operations.ts';

/** The keeper's sweep goes round every second or so; three missed rounds and more are a hang. */
const hangsAfter = milliseconds(15_000);

export interface KeeperParts {
  readonly config: Config;
  readonly keeper: Keeper;
  readonly effects: Effects;
  readonly metrics: PromMetrics;
  readonly clock: Clock;
  readonly startedAt: Milliseconds;
  /** Whether Redis answered in time. */
  pingRedis(): Promise<boolean>;
}

const headAge = (chain: KeeperChainStatus, now: Milliseconds): number | undefined =>
  chain.head && Math.max(0, Math.round(now / 1000 - chain.head.time));

const staleness = (chain: KeeperChainStatus, config: Config, now: Milliseconds): string | undefined => {
  const limit = config.chains.find(each => each.id === chain.chain)?.headMaxAge ?? 0;
  const age = headAge(chain, now);
  if (age === undefined || !chain.ready) return `${chain.chain} has not been read yet`;
  return age > limit ? `the head of ${chain.chain} is ${age} s old (at most ${limit})` : undefined;
};

const merge = (chain: KeeperChainStatus, snapshot: ChainSnapshot | undefined, now: Milliseconds) => ({
  ...chain,
  headAgeSeconds: headAge(chain, now),
  ...(snapshot && {
    paused: snapshot.paused,
    draining: snapshot.draining,
    leading: snapshot.leading,
    signer: snapshot.signer,
    nextNonce: snapshot.nextNonce,
    slots: snapshot.slots,
    open: snapshot.open,
    ended: snapshot.ended,
    wastedTransactions: snapshot.wastedTransactions,
    spentToday: snapshot.spentToday,
  }),
});

/** What a keeper process answers over HTTP. */
export const keeperOperations = (parts: KeeperParts): Operations => {
  const { config, keeper, effects, metrics, clock } = parts;
  return Object.freeze<Operations>({
    live: () =>
      liveness(
        [{ name: "the keeper's sweep", lastPassAt: keeper.status().lastPassAt, limit: hangsAfter }],
        parts.startedAt,
        clock.now(),
      ),
    ready: async () => {
      const now = clock.now();
      const stale = keeper.status().chains.flatMap(chain => staleness(chain, config, now) ?? []);
      const redis = await parts.pingRedis().catch(() => false);
      const reasons = [...stale, ...(redis ? [] : ['Redis does not answer'])];
      return { ok: reasons.length === 0, reasons };
    },
    metrics: async () => ({ contentType: metrics.contentType, text: await metrics.expose() }),
    status: async () => {
      const now = clock.now();
      const status = keeper.status();
      const snapshots = await effects.snapshot();
      const chains = status.chains.map(chain =>
        merge(
          chain,
          snapshots.find(snapshot => snapshot.chain === chain.chain),
          now,
        ),
      );
      return { name: config.name, mode: config.mode, lastPassAt: status.lastPassAt, chains };
    },
    explain: vault => keeper.explain(vault),
    pause: chain => effects.pause(chain),
    resume: chain => effects.resume(chain),
    cancel: async effect => {
      const asked = await Promise.all(config.chains.map(chain => effects.cancel(chain.id, effect)));
      return asked.includes(true);
    },
    drain: () => effects.drain(),
  });
};
