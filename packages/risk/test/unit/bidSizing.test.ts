import { quoteAmount, type Seconds, seconds, WAD, type Wad, wad } from '@bulkhead/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auctionRates, discountAfter, largestFraction, priceOfBid, rewardAfter, rewardOfBid } from '../../src/index.ts';
import { market } from './arbitraries.ts';

const terms = { ...market.auction, dust: quoteAmount(0n) };

const scaled = (text: string): bigint => BigInt(text.replace('.', ''));

describe('largestFraction', () => {
  const equity = quoteAmount(scaled('119.3063301808'));
  const maintenance = quoteAmount(equity + scaled('103.0906194905'));
  const inputs = { equity, maintenance, takeable: equity, reserved: quoteAmount(0n), skipped: quoteAmount(0n) };
  const tenDigits = (fraction: Wad): number => Math.round(Number(fraction) / 1e8);

  it("gives RISK §5's published values", () => {
    const discount = wad((WAD * 98n) / 100n);
    expect(tenDigits(largestFraction(inputs, { ...terms, buffer: wad(WAD / 5n) }, discount))).toBe(5_579_412_854);
    expect(tenDigits(largestFraction(inputs, terms, discount))).toBe(5_385_403_366);
  });

  const anyInputs = fc
    .record({
      equity: fc.bigInt({ min: 1n, max: 10n ** 15n }),
      lack: fc.bigInt({ min: 1n, max: 10n ** 15n }),
      extra: fc.bigInt({ min: 0n, max: 10n ** 14n }),
      reserved: fc.bigInt({ min: 0n, max: 10n ** 14n }),
    })
    .filter(({ equity, extra, reserved }) => equity + extra > reserved)
    .map(({ equity, lack, extra, reserved }) => ({
      equity: quoteAmount(equity),
      maintenance: quoteAmount(equity + lack),
      takeable: quoteAmount(equity + extra - reserved),
      reserved: quoteAmount(reserved),
      skipped: quoteAmount(0n),
    }));
  const anyDiscount = fc.bigInt({ min: WAD / 2n, max: (WAD * 98n) / 100n }).map(wad);

  it('never leaves health above 1+β, and one unit more of the fraction would (LIQ-2)', () => {
    fc.assert(
      fc.property(anyInputs, anyDiscount, (one, discount) => {
        const fraction = largestFraction(one, terms, discount);
        fc.pre(fraction < WAD);
        const after = (f: bigint): bigint => {
          const equityAfter =
            (one.equity - one.reserved) * (WAD - f) * WAD + one.reserved * WAD * WAD + discount * one.takeable * f;
          return equityAfter - (WAD + terms.buffer) * one.maintenance * (WAD - f);
        };
        expect(after(fraction) <= 0n).toBe(true);
        expect(after(fraction + 1n) > 0n).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('takes everything from a group without equity, without value, or under the dust line', () => {
    const dusty = { ...terms, dust: quoteAmount(1000n) };
    const all = wad(WAD);
    expect(largestFraction({ ...inputs, equity: quoteAmount(0n) }, terms, all)).toBe(WAD);
    expect(largestFraction({ ...inputs, takeable: quoteAmount(-1n) }, terms, all)).toBe(WAD);
    expect(largestFraction({ ...inputs, equity: quoteAmount(999n) }, dusty, all)).toBe(WAD);
  });

  it('pays at most what it is worth and rounds against the bidder (F17, LIQ-3)', () => {
    fc.assert(
      fc.property(anyInputs, anyDiscount, fc.bigInt({ min: 1n, max: WAD }).map(wad), (one, discount, fraction) => {
        const price = priceOfBid(one.takeable, fraction, discount);
        expect(price * WAD * WAD >= one.takeable * discount * fraction).toBe(true);
        expect((price - 1n) * WAD * WAD < one.takeable * discount * fraction).toBe(true);
        const under = { ...one, takeable: quoteAmount(-one.takeable) };
        const reward = rewardOfBid(under, fraction, discount);
        expect(reward * WAD * WAD <= (one.takeable * WAD + discount * one.maintenance) * fraction).toBe(true);
      }),
    );
  });
});

describe('auction clocks', () => {
  const time = fc.nat({ max: 100_000 }).map(value => seconds(value));

  it('d only falls and stays at its floor, x only rises and stays at one (LIQ-8)', () => {
    fc.assert(
      fc.property(time, time, (a, b) => {
        const [early, late] = (a < b ? [a, b] : [b, a]) as [Seconds, Seconds];
        expect(discountAfter(late, terms) <= discountAfter(early, terms)).toBe(true);
        expect(discountAfter(late, terms) >= terms.floorDiscount).toBe(true);
        expect(rewardAfter(late, terms) >= rewardAfter(early, terms)).toBe(true);
        expect(rewardAfter(late, terms) <= WAD).toBe(true);
      }),
    );
    expect(discountAfter(seconds(0), terms)).toBe(terms.startDiscount);
    expect(discountAfter(terms.knee, terms)).toBe(terms.kneeDiscount);
    expect(discountAfter(seconds(terms.knee + terms.floor), terms)).toBe(terms.floorDiscount);
  });

  it('starts anew after a gap without proof of ill health', () => {
    const auction = {
      startedAt: seconds(0),
      shownAt: seconds(1000),
      solventSeconds: seconds(600),
      insolventSeconds: seconds(300),
      reserved: quoteAmount(0n),
    };
    const inGap = seconds(1000 + terms.gap);
    expect(auctionRates(auction, terms, inGap, true).discount).toBe(discountAfter(seconds(600 + terms.gap), terms));
    expect(auctionRates(auction, terms, inGap, true).reward).toBe(rewardAfter(seconds(300), terms));
    expect(auctionRates(auction, terms, seconds(inGap + 1), true)).toEqual({
      discount: terms.startDiscount,
      reward: 0n,
    });
    expect(auctionRates(undefined, terms, inGap, true).discount).toBe(terms.startDiscount);
  });
});
