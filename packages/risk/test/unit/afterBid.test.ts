import { type GroupState, quoteAmount, WAD, wad } from '@bulkhead/shared';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bidderAfterBid, evaluateGroup } from '../../src/index.ts';
import { anyGroup, anyPrices, market } from './arbitraries.ts';

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
