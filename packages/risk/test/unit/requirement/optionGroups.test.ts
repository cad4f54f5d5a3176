import {
  type FeedId,
  type InstrumentTerms,
  type PriceWad,
  priceWad,
  quoteAmount,
  seconds,
  sizeWad,
  type VaultId,
  WAD,
} from '@bulkhead/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMarginBook, evaluateGroup, standardRequirement } from '../../../src/index.ts';
import { optionsOfExpiry } from '../../../src/requirement/optionPositions.ts';
import { anyPrice } from '../arbitraries.ts';
import { holding, index, market, sibling, vault, view } from '../portfolio/optionMarket.ts';

type Size = readonly [number, bigint, VaultId?];
const nothing = quoteAmount(0n);

/** A group in cross mode whose positions were opened at `carried`, and nothing else. */
const opened = (carried: PriceWad, ...sizes: readonly Size[]) => {
  const group = holding(...sizes);
  const positions = group.positions.map(one => ({
    ...one,
    carriedAt: carried,
    tradeGain: nothing,
    tradeLoss: nothing,
  }));
  return { ...group, mode: 'cross' as const, positions, owed: nothing, due: nothing, claims: [] };
};

const evaluated = (...parameters: Parameters<typeof evaluateGroup>) => {
  const found = evaluateGroup(...parameters);
  if (!found.ok) throw new Error(found.error.kind);
  return found.value;
};

const markOf = (instrument: number): FeedId => market.instruments[instrument]?.feed as FeedId;
const anySize = fc.bigInt({ min: -100n * WAD, max: 100n * WAD }).filter(size => size !== 0n);
const anyMarket = fc
  .tuple(...[0, 1, 2, 3, 4].map(() => anyPrice))
  .map(
    ([spot, ...marks]) => new Map([[index, spot as PriceWad], ...marks.map((mark, i) => [markOf(i), mark] as const)]),
  );

describe('a group with options', () => {
  it('requires the sum over its vaults, options of two vaults not netted', () => {
    fc.assert(
      fc.property(fc.tuple(anySize, anySize, anySize, anySize), anyMarket, ([a, b, c, d], prices) => {
        const group = opened(priceWad(WAD), [2, a], [3, b], [2, c, sibling], [0, d, sibling]);
        const sum = [vault, sibling].reduce((total, one) => {
          const positions = group.positions.filter(position => position.vault === one);
          const found = standardRequirement(positions, market, prices);
          if (!found.ok) throw new Error(found.error.kind);
          return total + found.value.maintenance;
        }, 0n);
        expect(evaluated(group, market, prices).maintenance).toBe(sum);
      }),
    );
  });

  it('has of a long option what it cost to lose, however far its mark rose, initially and for maintenance (MRG-6)', () => {
    fc.assert(
      fc.property(anySize, anyPrice, anyMarket, (size, carried, prices) => {
        const long = size < 0n ? -size : size;
        const health = evaluated(opened(carried, [2, long]), market, prices);
        const paid = Number((long * carried) / 10n ** 30n);
        expect(Math.abs(Number(health.equity - health.maintenance) + paid)).toBeLessThanOrEqual(3);
        expect(Math.abs(Number(health.initialEquity - health.initial) + paid)).toBeLessThanOrEqual(3);
      }),
    );
  });

  it('counts no profit of a short initially, nor less than its mark and the index may be wrong by (MRG-6)', () => {
    const group = opened(priceWad(500n * WAD), [2, -WAD]);
    const sure = evaluated(group, market, view.prices);
    const mark = view.prices.get(markOf(2)) as bigint;
    const profit = 500_000_000n - (mark + 10n ** 12n - 1n) / 10n ** 12n;
    expect(sure.equity).toBe(profit);
    const required = standardRequirement(group.positions, market, view.prices);
    expect(required.ok && sure.initial - required.value.initial).toBe(profit);
    const confidences = new Map([
      [index, priceWad(10n * WAD)],
      [markOf(2), priceWad(400n * WAD)],
    ]);
    const unsure = evaluated(group, market, view.prices, { confidences });
    expect(unsure.initial - sure.initial).toBe(400_000_000n - profit + 12_000_000n);
    expect(unsure.maintenance).toBe(sure.maintenance);
  });

  it('doubts the index for its shorts alone, and counts longs and shorts in the gross notional', () => {
    const leg = (size: bigint) => ({
      kind: 'call' as const,
      strike: priceWad(WAD),
      size: sizeWad(size),
      mark: priceWad(WAD),
    });
    const found = optionsOfExpiry([leg(-2n * WAD), leg(3n * WAD)], priceWad(2000n * WAD), 10n * WAD, 6);
    expect(found.notInitial).toBe(24_000_000n);
    expect(found.gross).toBe(10_000_000_000n);
  });

  it('has the floor of portfolio mode under the price of what its options are on (MRG-9)', () => {
    const attested = {
      here: true,
      initial: nothing,
      maintenance: nothing,
      priceTime: view.time,
      expiry: seconds(view.time + 60),
    };
    const group = { ...opened(view.prices.get(markOf(2)) as PriceWad, [2, WAD]), mode: 'portfolio' as const, attested };
    const { maintenance } = evaluated(group, market, view.prices, { at: view.time });
    expect(maintenance).toBe(20_000_000n);
  });

  it('gets no offset between two expiries', () => {
    const later = {
      ...(market.instruments[2] as InstrumentTerms),
      instrument: 4,
      expiry: seconds(view.time + 180 * 86_400),
    };
    const both = { ...market, instruments: [...market.instruments, later] };
    const mark = view.prices.get(markOf(2)) as PriceWad;
    const short = evaluated(opened(mark, [2, -WAD]), market, view.prices).maintenance;
    const calendar = opened(mark, [2, -WAD], [4, WAD]);
    expect(evaluated(calendar, both, view.prices).maintenance - short).toBeGreaterThanOrEqual(mark / 10n ** 12n);
    const found = standardRequirement(calendar.positions, both, view.prices);
    expect(found.ok && found.value.maintenance).toBe(evaluated(calendar, both, view.prices).maintenance);
  });

  it('cannot be judged without the price of the underlying', () => {
    const prices = new Map([...view.prices].filter(([feed]) => feed !== index));
    expect(evaluateGroup(opened(priceWad(WAD), [2, WAD]), market, prices)).toMatchObject({
      ok: false,
      error: { kind: 'missingPrice', feed: index },
    });
  });

  it('is decided by the integers on every tick of a mark, and of the index alone', () => {
    const book = createMarginBook(market);
    const short = opened(view.prices.get(markOf(2)) as PriceWad, [2, -WAD]);
    const cash = { vault, token: market.quote.token, free: 600_000_000n, locked: 0n, credit: 0n };
    const group = { ...short, assets: [cash as unknown as (typeof short.assets)[number]] };
    book.apply({ kind: 'group', group });
    expect(book.tick(view.prices)).toMatchObject({ affected: 1, exact: 1, failing: [] });
    const fallen = book.tick(new Map([[index, priceWad(20_000n * WAD)]]));
    expect(fallen).toMatchObject({ affected: 1, exact: 1 });
    expect(fallen.failing.map(one => one.vault)).toEqual([group.vault]);
    expect(book.tick(new Map([[markOf(2), priceWad(WAD)]]))).toMatchObject({ affected: 1, exact: 1 });
    const collateral = market.collaterals.find(terms => terms.feed !== undefined)?.feed as FeedId;
    expect(book.tick(new Map([[collateral, priceWad(WAD)]]))).toMatchObject({ affected: 1, exact: 1 });
  });
});
