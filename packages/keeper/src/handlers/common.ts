import type { Prepared } from '@bulkhead/effects';
import {
  type Caip2,
  type ChainError,
  type FeedId,
  type Milliseconds,
  milliseconds,
  type PriceReport,
  type PriceUse,
  type Seconds,
  seconds,
} from '@bulkhead/shared';
import type { Chain, Clock, Log, Metrics, Oracle } from '@bulkhead/shared/ports';
import { refusePaused, refuseStalePrices } from '../decide/freshness.ts';
import { laterOf, newestPrices } from '../decide/prices.ts';
import type { SeenPrices } from '../decide/snapshot.ts';
import type { Reading, ReadSituation } from '../reading.ts';
import type { ChainSettings, FreshnessSettings } from '../settings.ts';

/** What every handler of one keeper shares. */
export interface HandlerParts {
  readonly clock: Clock;
  readonly oracle: Oracle;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly freshness: FreshnessSettings;
  chainOf(chain: Caip2): HandledChain | undefined;
}

export interface HandledChain {
  readonly chain: Chain;
  readonly read: ReadSituation;
  readonly settings: ChainSettings;
}

export const later = (parts: HandlerParts, reason: string, until?: Milliseconds): Prepared => ({
  kind: 'later',
  notBefore: until ?? milliseconds(parts.clock.now() + parts.freshness.retry),
  reason,
});

export const unreadable: Prepared = { kind: 'obsolete', reason: 'its payload was written by another version' };
export const unknownChain: Prepared = { kind: 'obsolete', reason: 'its chain is not configured any more' };

/** A read that failed decides nothing. */
export const readFailed = (parts: HandlerParts, error: ChainError): Prepared =>
  later(parts, `could not read the chain: ${error.message}`);

/** Too old to act on by the Clock: an endpoint that stands still still answers (F11). */
export const headIsStale = (parts: HandlerParts, reading: Reading): boolean =>
  parts.clock.now() - reading.at.time * 1000 > parts.freshness.headAge;

export const pricesFor = (parts: HandlerParts, reading: Reading): SeenPrices =>
  newestPrices(reading.market, reading.stored, parts.oracle.recent(), laterOf(parts.clock.now(), reading.at));

/** Why the chain would not use the feeds' prices for this; undefined when it would (F13). */
export const priceObstacle = (
  parts: HandlerParts,
  reading: Reading,
  feeds: Iterable<FeedId>,
  prices: SeenPrices,
  use: PriceUse,
): Prepared | undefined => {
  const when = { now: parts.clock.now(), headTime: reading.at.time };
  const { market } = reading;
  const wait =
    refusePaused(feeds, [use], market, when, parts.freshness) ??
    refuseStalePrices(feeds, prices, market.priceAges[use], when, parts.freshness);
  return wait && later(parts, wait.reason, wait.until);
};

/** Seconds from the later of block and Clock. */
export const deadlineIn = (parts: HandlerParts, reading: Reading, lifetime: Seconds): Seconds =>
  seconds(Math.max(reading.at.time, Math.floor(parts.clock.now() / 1000)) + lifetime);

export const isEmpty = (reports: readonly PriceReport[]): boolean => reports.length === 0;
