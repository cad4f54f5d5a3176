import { type ChainPolicy, createEffects, defaultPolicy, type EffectHandler, type Effects } from '@bulkhead/effects';
import {
  type Caip2,
  type EffectPlan,
  type Hex32,
  milliseconds,
  seconds,
  type VaultId,
  wad,
  wei,
} from '@bulkhead/shared';
import type { Chain, Clock, Ids, Log, Metrics, Queue, Random, Signer, Store } from '@bulkhead/shared/ports';
import { noMetrics, silentLog } from './clocks.ts';

export const idOf = (n: number): Hex32 => `0x${n.toString(16).padStart(64, '0')}`;

export const testPolicy: ChainPolicy = {
  ...defaultPolicy,
  mode: 'act',
  feeCap: wei(10n ** 12n),
  dailySpendCap: wei(10n ** 20n),
};

/** A plan for the `bid` handler below. */
export const bidPlan = (chain: Caip2, n: number, now: number, changes: Partial<EffectPlan> = {}): EffectPlan => ({
  id: idOf(n),
  chain,
  urgency: 'liquidation',
  handler: 'bid',
  subject: `vault ${n}`,
  payload: '{}',
  notBefore: milliseconds(now),
  deadline: milliseconds(now + 600_000),
  budget: wei(10n ** 18n),
  trace: `trace-${n}`,
  ...changes,
});

/** Bids with the effect's id as its key, on a vault of that name, and believes events only. */
export const bidHandler = (chain: Chain, clock: Clock): EffectHandler => ({
  async prepare(effect) {
    const bidderVault = idOf(0xb1d) as VaultId;
    const done = await chain.effectDone({ bidderVault, effectKey: effect.id }, 'head');
    if (!done.ok) return { kind: 'later', notBefore: milliseconds(clock.now() + 500), reason: done.error.message };
    if (done.value.value) return { kind: 'superseded', by: 'us', reason: 'the key is consumed' };
    return {
      kind: 'send',
      call: {
        kind: 'bid',
        vault: effect.id as VaultId,
        bidderVault,
        fraction: wad(10n ** 18n),
        limit: wad(0n),
        lastTrade: idOf(0),
        skip: [],
        effectKey: effect.id,
        deadline: seconds(Math.floor(effect.deadline / 1000)),
        reports: [],
      },
      footprint: [],
      deadline: seconds(Math.floor(effect.deadline / 1000)),
      at: done.value.at,
    };
  },
  async verify(effect, { events }) {
    const done = events.some(event => event.kind === 'bidFilled' && event.effectKey === effect.id);
    return done ? { kind: 'done' } : { kind: 'again', reason: 'no bid of this key in its events' };
  },
});

let serial = 0;
export const testIds: Ids = { next: prefix => `${prefix}-${process.pid}-${serial++}` };
export const testRandom: Random = { unit: () => 0.5 };

/** The runtime of one chain over whatever ports a test hands in. */
export const effectsOn = (ports: {
  readonly chain: Chain;
  readonly signer: Signer;
  readonly store: Store;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly log?: Log;
  readonly metrics?: Metrics;
  readonly policy?: Partial<ChainPolicy>;
  readonly handlers?: Readonly<Record<string, EffectHandler>>;
}): Effects =>
  createEffects({
    chains: new Map([[ports.chain.id, ports.chain]]),
    signers: new Map([[ports.chain.id, ports.signer]]),
    store: ports.store,
    queue: ports.queue,
    clock: ports.clock,
    random: testRandom,
    ids: testIds,
    log: ports.log ?? silentLog,
    metrics: ports.metrics ?? noMetrics,
    handlers: ports.handlers ?? { bid: bidHandler(ports.chain, ports.clock) },
    policy: new Map([[ports.chain.id, { ...testPolicy, ...ports.policy }]]),
  });
