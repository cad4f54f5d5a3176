import type { FeedId, InstrumentTerms } from '@bulkhead/shared';
import { describe, expect, it } from 'vitest';
import { feedsOf } from '../../src/decide/freshness.ts';
import { marketFeeds } from '../../src/decide/prices.ts';
import { group, market } from './fixtures.ts';

const mark: FeedId = `0x${'ab'.repeat(32)}`;
const [perp] = market.instruments as readonly [InstrumentTerms];
const withCall = { ...market, instruments: [{ ...perp, kind: 'call' as const, feed: mark }] };

describe('a group with an option', () => {
  it('is judged only with fresh prices of its mark and of what it is on (F13)', () => {
    const holder = group(1, 0n, 1n);
    expect(marketFeeds(withCall)).toEqual(expect.arrayContaining([mark, perp.indexFeed]));
    expect(feedsOf([holder], withCall)).toEqual(new Set([mark, perp.indexFeed]));
  });
});
