import { type GroupState, quoteAmount, WAD, wad } from '@bulkhead/shared';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bidderAfterBid, evaluateGroup } from '../../src/index.ts';
import { anyGroup, anyPrices, anyReportedGroup, market } from './arbitraries.ts';

/** Roundings of two groups with three assets and three positions each. */
const tolerance = 40n;

it('a bid moves value and makes none: the bidder gains f·V less what it pays, and no rounding favours it (LIQ-3)', () => {
  fc.assert(
    fc.property(anyGroup, anyGroup, anyPrices, fc.bigInt({ min: 1n, max: WAD }), (bidder, group, prices, f) => {
      const after = bidderAfterBid(bidder, group, {
        fraction: wad(f),
        paid: quoteAmount(1000n),
        received: quoteAmount(250n),
        skip: [],
        quoteToken: market.quote.token,
        quoteDecimals: market.quote.decimals,
      });
      const worth = (one: GroupState): bigint => {
        const health = evaluateGroup(one, market, prices);
        if (!health.ok) throw new Error('every price is known here');
        return health.value.marketValue;
      };
      const gained = worth(after) - worth(bidder);
      const dust = 200_000n * 3n;
      const fair = (worth(group) * f) / WAD - 750n;
      expect(gained <= fair + tolerance).toBe(true);
      expect(gained >= fair - tolerance - dust).toBe(true);
    }),
    { numRuns: 500 },
  );
});

it('of what a venue reports, the bidder is reckoned to take its share and never a better one (LIQ-3, MRG-1)', () => {
  fc.assert(
    fc.property(anyReportedGroup, anyReportedGroup, fc.bigInt({ min: 1n, max: WAD }), (bidder, group, f) => {
      const terms = {
        fraction: wad(f),
        paid: quoteAmount(0n),
        received: quoteAmount(0n),
        skip: [],
        quoteToken: market.quote.token,
        quoteDecimals: market.quote.decimals,
      };
      const [before, taken, after] = [bidder, group, bidderAfterBid(bidder, group, terms)].map(one => one.reported);
      if (typeof before !== 'object' || typeof taken !== 'object' || typeof after !== 'object')
        throw new Error('silent');
      const value = (after.value - before.value) * WAD;
      expect(value <= taken.value * f && value > taken.value * f - WAD).toBe(true);
      for (const name of ['notInitial', 'initial', 'maintenance', 'gross'] as const) {
        const share = (after[name] - before[name]) * WAD;
        expect(share >= taken[name] * f && share < taken[name] * f + WAD).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});
