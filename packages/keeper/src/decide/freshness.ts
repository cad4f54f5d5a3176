import {
  type FeedId,
  type GroupState,
  type MarketState,
  type Milliseconds,
  milliseconds,
  type PriceUse,
  type Seconds,
} from '@bulkhead/shared';
import type { FreshnessSettings } from '../settings.ts';
import type { Decision } from './decision.ts';
import type { SeenPrices, Snapshot } from './snapshot.ts';

type Wait = Extract<Decision, { act: 'wait' }>;

/** The chain accepts reports up to this much ahead of its own time (WIRE: signed prices). */
export const futureTolerance = 2;

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Feeds that decide the value of these groups. */
export const feedsOf = (groups: readonly GroupState[], market: MarketState): ReadonlySet<FeedId> => {
  const feeds = new Set<FeedId>();
  for (const group of groups) {
    for (const asset of group.assets) {
      const feed = market.collaterals.find(terms => same(terms.token, asset.token))?.feed;
      if (feed !== undefined && asset.free !== 0n) feeds.add(feed);
    }
    for (const position of group.positions) {
      const terms = market.instruments.find(one => one.instrument === position.instrument);
      if (terms) feeds.add(terms.feed);
      if (terms?.kind === 'call' || terms?.kind === 'put') feeds.add(terms.indexFeed);
    }
  }
  return feeds;
};

/** The head may not be older than allowed, and the reads may not be behind what the book has seen (EFF-6). */
export const refuseStaleHead = (snapshot: Snapshot, settings: FreshnessSettings): Wait | undefined => {
  const age = snapshot.now - snapshot.head.time * 1000;
  const until = milliseconds(snapshot.now + settings.retry);
  if (age > settings.headAge) {
    return { act: 'wait', code: 'staleHead', until, reason: `head ${snapshot.head.number} is ${age} ms old` };
  }
  const newest = snapshot.bookAt === undefined ? snapshot.at.number : snapshot.bookAt;
  if (snapshot.at.number < newest) {
    const reason = `the endpoint reads block ${snapshot.at.number}, the book has seen ${newest}`;
    return { act: 'wait', code: 'booksDisagree', until, reason };
  }
  return undefined;
};

/** Every feed needs a price that will still be young enough when the action is included (F13). Ages count by the later of Clock and head. */
export const refuseStalePrices = (
  feeds: Iterable<FeedId>,
  prices: SeenPrices,
  maximumAge: Seconds,
  when: { readonly now: Milliseconds; readonly headTime: Seconds },
  settings: FreshnessSettings,
): Wait | undefined => {
  const until = milliseconds(when.now + settings.retry);
  const now = Math.max(Math.floor(when.now / 1000), when.headTime);
  for (const feed of feeds) {
    const seen = prices.get(feed);
    if (!seen) return { act: 'wait', code: 'missingPrice', until, reason: `no price of feed ${feed}` };
    if (seen.suspect) {
      const reason = `feed ${feed} has jumped, and no second report confirms it yet`;
      return { act: 'wait', code: 'suspectPrice', until, reason };
    }
    const age = now - seen.time;
    if (age + settings.priceReserve > maximumAge) {
      const reason = `price of feed ${feed} is ${age} s old; the limit is ${maximumAge} s less ${settings.priceReserve} s for inclusion`;
      return { act: 'wait', code: 'stalePrice', until, reason };
    }
  }
  return undefined;
};

/** What the contract would refuse while the guardian pauses it. */
export const refusePaused = (
  feeds: Iterable<FeedId>,
  uses: readonly PriceUse[],
  market: MarketState,
  when: { readonly now: Milliseconds; readonly headTime: Seconds },
  settings: FreshnessSettings,
): Wait | undefined => {
  const now = Math.max(Math.floor(when.now / 1000), when.headTime);
  const asked = new Set(feeds);
  const paused = market.paused.find(one => asked.has(one.feed) && uses.includes(one.use) && one.until > now);
  if (!paused) return undefined;
  // The admin may lift it sooner.
  const until = milliseconds(when.now + settings.retry);
  const reason = `the guardian pauses ${paused.use} at feed ${paused.feed} until ${paused.until}`;
  return { act: 'wait', code: 'pausedPrice', until, reason };
};

/** Reports that the chain does not have yet, for the feeds that matter. */
export const reportsFor = (feeds: Iterable<FeedId>, prices: SeenPrices) =>
  [...feeds].flatMap(feed => prices.get(feed)?.reports ?? []);
