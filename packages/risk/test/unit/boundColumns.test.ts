import type { FeedId } from '@bulkhead/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBoundColumns } from '../../src/book/boundColumns.ts';

const feeds = 70;
const anyFeeds = fc.uniqueArray(fc.nat({ max: feeds - 1 }), { maxLength: 6 });
const boundOn = (which: readonly number[]) => ({
  constant: 1,
  feeds: which.map(() => '0x' as FeedId),
  coefficients: which.map(() => 0),
});

describe('the reverse index', () => {
  it('finds exactly the rows that depend on a changed feed, however many feeds there are and whatever was there before', () => {
    fc.assert(
      fc.property(
        fc.array(anyFeeds, { maxLength: 40 }),
        fc.array(anyFeeds, { maxLength: 40 }),
        anyFeeds,
        (before, after, changed) => {
          const columns = createBoundColumns();
          for (const [row, which] of before.entries()) columns.set(row, boundOn(which), which);
          for (const [row, which] of after.entries()) columns.set(row, boundOn(which), which);
          const now = before.length > after.length ? [...after, ...before.slice(after.length)] : after;
          const dependent = now.filter(which => which.some(feed => changed.includes(feed)));
          const found = columns.uncleared(changed, new Float64Array(feeds).fill(1));
          expect(found).toEqual({ affected: dependent.length, rows: [] });
        },
      ),
    );
  });

  it('forgets a row that was taken out', () => {
    const columns = createBoundColumns();
    columns.set(0, boundOn([40]), [40]);
    columns.clear(0);
    expect(columns.uncleared([40], new Float64Array(feeds).fill(1)).affected).toBe(0);
  });
});
