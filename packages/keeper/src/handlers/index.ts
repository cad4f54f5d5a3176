import type { EffectHandler } from '@bulkhead/effects';
import type { Caip2 } from '@bulkhead/shared';
import type { Chain, Clock, Log, Metrics, Oracle } from '@bulkhead/shared/ports';
import { createReader } from '../reading.ts';
import type { KeeperSettings } from '../settings.ts';
import { createBidHandler } from './bid.ts';
import { createCommitments } from './commitments.ts';
import type { HandledChain, HandlerParts } from './common.ts';
import type { PayloadKind } from './payload.ts';
import { createPostPricesHandler } from './postPrices.ts';
import { createCloseRoundHandler, createSettleHandler } from './settlement.ts';
import { createShedHandler } from './shed.ts';
import { createTouchHandler } from './touch.ts';

export interface HandlerDependencies {
  readonly chains: ReadonlyMap<Caip2, Chain>;
  readonly oracle: Oracle;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly settings: KeeperSettings;
}

/** Handlers of everything that the keeper plans, by the name its plans give: to be handed to `createEffects`. */
export const createKeeperHandlers = (
  dependencies: HandlerDependencies,
): Readonly<Record<PayloadKind, EffectHandler>> => {
  const { chains, settings } = dependencies;
  const handled = new Map<Caip2, HandledChain>();
  for (const one of settings.chains) {
    const chain = chains.get(one.chain);
    if (chain) handled.set(one.chain, { chain, read: createReader(chain), settings: one });
  }
  const parts: HandlerParts = {
    clock: dependencies.clock,
    oracle: dependencies.oracle,
    log: dependencies.log,
    metrics: dependencies.metrics,
    freshness: settings.freshness,
    chainOf: chain => handled.get(chain),
  };
  return {
    bid: createBidHandler(parts, createCommitments(dependencies.clock)),
    touch: createTouchHandler(parts),
    closeRound: createCloseRoundHandler(parts),
    settle: createSettleHandler(parts),
    postPrices: createPostPricesHandler(parts),
    shed: createShedHandler(parts),
  };
};
