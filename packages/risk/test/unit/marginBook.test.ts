import {
  type Hex32,
  priceWad,
  quoteAmount,
  seconds,
  sizeWad,
  tokenAmount,
  type VaultId,
  WAD,
  wad,
} from '@bulkhead/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linearBoundOf } from '../../src/book/linearBound.ts';
import { createMarginBook, evaluateGroup, isHealthy } from '../../src/index.ts';
import {
  anyGroup,
  anyPrices,
  anyRampingMarket,
  anyReportedGroup,
  anyTime,
  feeds,
  market,
  rampStart,
} from './arbitraries.ts';

const none = quoteAmount(0n);
const empty = tokenAmount(0n);

/** How far ahead of its time a bound is made; undefined: for the end of every ramp. */
const anyLater = fc.option(fc.nat({ max: 100_000 }), { nil: undefined });

const sorted = (vaults: readonly VaultId[]): VaultId[] => [...vaults].sort();

describe('MarginBook', () => {
  it("decides every group on a tick exactly as the contract's integers do (LIQ-1)", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 3, arbitrary: anyGroup }, { weight: 1, arbitrary: anyReportedGroup }), {
          maxLength: 30,
        }),
        fc.array(anyPrices, { minLength: 1, maxLength: 4 }),
        anyRampingMarket,
        fc.array(anyTime, { minLength: 4, maxLength: 4 }),
        (groups, ticks, ramping, times) => {
          const book = createMarginBook(ramping);
          const held = new Map(groups.map(group => [group.vault, group]));
          for (const group of groups) book.apply({ kind: 'group', group });
          for (const [tick, prices] of ticks.entries()) {
            const at = times[tick] ?? rampStart;
            book.apply({ kind: 'time', at });
            const expected = [...held.values()]
              .filter(
                group =>
                  group.assets.some(asset => asset.free > 0n && asset.token !== market.quote.token) ||
                  group.positions.length > 0,
              )
              .filter(group => {
                const health = evaluateGroup(group, ramping, prices, { at });
                return health.ok && !isHealthy(health.value);
              })
              .map(group => group.vault);
            const result = book.tick(prices);
            expect(sorted(result.failing.map(one => one.vault))).toEqual(sorted(expected));
            expect(result.undecided).toEqual([]);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('finds a group whose margin a ramp has reached, by time alone (MRG-7, LIQ-1)', () => {
    const [group] = fc.sample(anyGroup, { seed: 7, numRuns: 1 });
    const [first] = market.instruments;
    if (!group || !first) throw new Error('the arbitrary gives one');
    const instruments = [{ ...first, maintenanceFrom: wad(WAD / 20n), maintenanceRate: wad(WAD / 10n), rampStart }];
    const price = priceWad(1000n * WAD);
    // 70 of equity: 50 are needed at first, 100 after a day, and more than 70 after 40 % of it.
    const position = {
      vault: group.vault,
      instrument: 0,
      size: sizeWad(WAD),
      carriedAt: price,
      tradeGain: none,
      tradeLoss: none,
    };
    const assets = [
      { vault: group.vault, token: market.quote.token, free: tokenAmount(70_000_000n), locked: empty, credit: empty },
    ];
    const book = createMarginBook({ ...market, instruments });
    book.apply({ kind: 'group', group: { ...group, owed: none, due: none, assets, positions: [position] } });
    book.apply({ kind: 'time', at: rampStart });
    expect(book.tick([[first.feed, price]]).failing).toEqual([]);
    expect(book.distance(group.vault)).toBeGreaterThan(0);
    book.apply({ kind: 'time', at: seconds(rampStart + 31_000) });
    expect(book.distance(group.vault), 'in the hour before, looked at as often as one that fails').toBe(0);
    book.apply({ kind: 'time', at: seconds(rampStart + 34_560) });
    expect(book.check([group.vault]).failing).toEqual([]);
    book.apply({ kind: 'time', at: seconds(rampStart + 34_561) });
    expect(book.check([group.vault]).failing.map(one => one.vault)).toEqual([group.vault]);
  });

  it('never clears by its bound a group that the integers find failing, at the edge either, at no time of a ramp (MRG-7)', () => {
    fc.assert(
      fc.property(
        fc.oneof(anyGroup, anyReportedGroup),
        anyPrices,
        anyRampingMarket,
        anyTime,
        anyLater,
        (group, prices, ramping, at, later) => {
          const bound = linearBoundOf(group, ramping, later === undefined ? undefined : seconds(at + later));
          const health = evaluateGroup(group, ramping, prices, { at });
          if (!bound || !health.ok) throw new Error('the arbitrary holds only listed assets and prices');
          const low = bound.feeds.reduce(
            (sum, feed, i) => sum + (bound.coefficients[i] ?? Number.NaN) * (Number(prices.get(feed)) / 1e18),
            bound.constant,
          );
          const slack = health.value.equity - health.value.maintenance;
          if (low > 0) expect(slack > 0n).toBe(true);
          expect(low).toBeLessThanOrEqual(Number(slack) + Math.abs(Number(slack)) * 1e-15);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('leaves a group undecided whose venue gave no answer, whatever its collateral is worth (EFF-6)', () => {
    fc.assert(
      fc.property(anyReportedGroup, anyPrices, (group, prices) => {
        const book = createMarginBook(market);
        book.apply({ kind: 'group', group: { ...group, reported: 'silent' } });
        book.tick(prices);
        const { failing, undecided } = book.check([group.vault]);
        expect(failing).toEqual([]);
        expect(undecided).toEqual([{ vault: group.vault, error: { kind: 'silentVenue' } }]);
        expect(book.distance(group.vault)).toBe(0);
      }),
    );
  });

  it('keeps the reverse index right through replacements, removals and market changes', () => {
    const step = fc.oneof(
      anyGroup.map(group => ({ kind: 'group' as const, group })),
      fc.nat({ max: 30 }).map(which => ({ kind: 'remove' as const, which })),
      fc.constant({ kind: 'market' as const }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), anyPrices, (steps, prices) => {
        const book = createMarginBook(market);
        const held = new Map<VaultId, Parameters<typeof evaluateGroup>[0]>();
        for (const one of steps) {
          if (one.kind === 'group') {
            held.set(one.group.vault, one.group);
            book.apply({ kind: 'group', group: one.group });
          } else if (one.kind === 'remove') {
            const vault = [...held.keys()][one.which];
            if (vault === undefined) continue;
            held.delete(vault);
            book.apply({ kind: 'removed', vault });
          } else book.apply({ kind: 'market', market });
        }
        book.tick(prices);
        const checked = book.check(held.keys());
        const expected = [...held.values()].filter(group => {
          const health = evaluateGroup(group, market, prices);
          return health.ok && !isHealthy(health.value);
        });
        expect(book.size).toBe(held.size);
        expect(sorted(checked.failing.map(one => one.vault))).toEqual(sorted(expected.map(group => group.vault)));
        for (const feed of feeds) {
          const dependent = [...held.values()].filter(group => linearBoundOf(group, market)?.feeds.includes(feed));
          expect(book.tick([[feed, prices.get(feed) ?? priceWad(WAD)]]).affected).toBe(dependent.length);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('calls a group undecided while a price it needs is missing, and never healthy or failing (EFF-6)', () => {
    fc.assert(
      fc.property(anyGroup, anyPrices, (group, prices) => {
        const needed = linearBoundOf(group, market)?.feeds ?? [];
        fc.pre(needed.length > 1);
        const known = needed.slice(1) as Hex32[];
        const book = createMarginBook(market);
        book.apply({ kind: 'group', group });
        const result = book.tick(known.map(feed => [feed, prices.get(feed) ?? priceWad(WAD)] as const));
        expect(result.failing).toEqual([]);
        expect(result.undecided).toHaveLength(1);
        expect(book.distance(group.vault)).toBe(0);
      }),
    );
  });
});
