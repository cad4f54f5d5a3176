import { type PriceReport, priceWad, type StoredPrice, seconds, WAD } from '@bulkhead/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterPost, postingOf } from '../../src/posting.ts';
import { feeds, market } from './arbitraries.ts';

const [feed] = feeds;
/** Step 50 %, band 2 %. */
const bounds = market.priceBounds;
const stored = (price: number, time = 100): StoredPrice => ({
  feed,
  price: priceWad(BigInt(price) * WAD),
  confidence: priceWad(0n),
  stable: priceWad(BigInt(price) * WAD),
  time: seconds(time),
  held: undefined,
});
const report = (price: number, time: number): PriceReport => ({
  feed,
  price: priceWad(BigInt(price) * WAD),
  confidence: priceWad(0n),
  time: seconds(time),
  epoch: 1n,
  signatures: [],
});
const bring = (from: StoredPrice, ...reports: PriceReport[]) => postingOf(from, reports, bounds)?.reports;

describe('what to post', () => {
  it('is the newest report alone while it moves the price within the step', () => {
    const [older, newest] = [report(1_100, 101), report(1_400, 102)];
    expect(bring(stored(1_000), older, newest)).toEqual([newest]);
  });

  it('is both reports of a jump, the older first; one alone is nothing to act on (LIQ-1)', () => {
    const [first, second] = [report(400, 101), report(402, 102)];
    expect(bring(stored(1_000), first)).toBeUndefined();
    expect(bring(stored(1_000), first, second)).toEqual([first, second]);
    const after = postingOf(stored(1_000), [first, second], bounds)?.stored;
    expect(after).toMatchObject({ price: second.price, time: second.time, held: undefined });
  });

  it('is the confirming report alone where somebody else posted the first (LIQ-1)', () => {
    const held = afterPost(stored(1_000), report(400, 101), bounds);
    expect(held).toMatchObject({ price: stored(1_000).price, held: { time: seconds(101) } });
    expect(bring(held, report(400, 101))).toBeUndefined();
    expect(bring(held, report(400, 101), report(404, 102))).toEqual([report(404, 102)]);
    expect(bring(held, report(990, 103))).toEqual([report(990, 103)]);
  });

  it('passes over a report between that is near to neither', () => {
    const [first, stray, second] = [report(400, 101), report(200, 102), report(401, 103)];
    expect(bring(stored(1_000), first, stray, second)).toEqual([first, second]);
  });

  it('is every step of a fall that each report alone is believed for', () => {
    const steps = [report(600, 101), report(400, 102), report(250, 103)];
    expect(bring(stored(1_000), ...steps)).toEqual(steps);
  });

  it('lets a feed move by its floor however large that is beside the price', () => {
    const floors = { ...bounds, stepFloors: new Map([[feed, priceWad(700n * WAD)]]) };
    expect(postingOf(stored(1_000), [report(300, 101)], floors)?.reports).toHaveLength(1);
    expect(postingOf(stored(1_000), [report(299, 101)], floors)).toBeUndefined();
  });

  it('always leaves the newest report stored and sound, with as few others as that needs', () => {
    const anyReports = fc
      .array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 5 })
      .map(prices => prices.map((price, index) => report(price, 101 + index)));
    const leaves = (reports: readonly PriceReport[]) =>
      reports.reduce((state: StoredPrice, one) => afterPost(state, one, bounds), stored(1_000));
    /** Every way to leave some of them out. */
    const subsets = (reports: readonly PriceReport[]): readonly (readonly PriceReport[])[] =>
      Array.from({ length: 2 ** reports.length }, (_, mask) => reports.filter((_one, index) => (mask >> index) & 1));
    fc.assert(
      fc.property(anyReports, reports => {
        const newest = reports.at(-1) as PriceReport;
        const works = (some: readonly PriceReport[]) => {
          const after = leaves(some);
          return after.time === newest.time && after.held === undefined;
        };
        const found = postingOf(stored(1_000), reports, bounds);
        if (found) {
          expect(works(found.reports)).toBe(true);
          expect(found.stored).toEqual(leaves(found.reports));
        }
        const possible = subsets(reports).filter(works);
        const least = Math.min(...possible.map(some => some.length));
        if (least <= 2) expect(found?.reports).toHaveLength(least);
      }),
    );
  });
});
