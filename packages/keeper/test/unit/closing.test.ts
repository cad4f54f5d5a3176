import { type FeedId, type InstrumentTerms, priceWad, seconds, wad } from '@bulkhead/shared';
import { describe, expect, it } from 'vitest';
import { closingFeeds, roundIsOver } from '../../src/decide/closing.ts';
import type { SeenPrice, SeenPrices } from '../../src/decide/snapshot.ts';
import { market } from './fixtures.ts';

const mark: FeedId = `0x${'ab'.repeat(32)}`;
const index: FeedId = `0x${'cd'.repeat(32)}`;
const [listed] = market.instruments as readonly [InstrumentTerms];
const perp = { ...listed, feed: mark, indexFeed: index, roundStart: seconds(1_000), roundLength: seconds(100) };
const call: InstrumentTerms = { ...perp, kind: 'call', expiry: seconds(2_000) };

const seenAt = (markTime: number, indexTime: number): SeenPrices => {
  const seen = (time: number): SeenPrice => ({
    price: priceWad(1n),
    confidence: priceWad(0n),
    stable: priceWad(1n),
    time: seconds(time),
    suspect: false,
    reports: [],
  });
  return new Map([
    [mark, seen(markTime)],
    [index, seen(indexTime)],
  ]);
};

describe('the open round', () => {
  it('is over when its marks say so, whatever the index does (VM-4)', () => {
    expect(roundIsOver(perp, seenAt(1_099, 1_900))).toBe(false);
    expect(roundIsOver(perp, seenAt(1_100, 0))).toBe(true);
  });

  it('of what expires is over at expiry, and is closed with the index alone (VM-4)', () => {
    const late = { ...call, roundStart: seconds(1_990) };
    expect(roundIsOver(late, seenAt(1_999, 1_999))).toBe(false);
    expect(roundIsOver(late, seenAt(0, 2_000))).toBe(true);
    expect(closingFeeds(late, seenAt(0, 2_000))).toEqual([index]);
    expect(closingFeeds(late, seenAt(1_999, 1_999))).toEqual([mark, index]);
  });

  it('of what has expired is never due again', () => {
    expect(roundIsOver({ ...call, expired: true }, seenAt(3_000, 3_000))).toBe(false);
  });

  it('of a perp needs the index only for funding', () => {
    expect(closingFeeds(perp, seenAt(1_100, 1_100))).toEqual([mark]);
    expect(closingFeeds({ ...perp, fundingCap: wad(1n) }, seenAt(1_100, 1_100))).toEqual([mark, index]);
  });
});
