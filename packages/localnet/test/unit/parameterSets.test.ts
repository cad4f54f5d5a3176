import { describeParameterSet, feedNamesOf, parameterSets } from '@bulkhead/localnet';
import { describe, expect, test } from 'vitest';

describe.each(Object.values(parameterSets))('parameter set $name', set => {
  test('has one quote token, a start price for every feed, and sane rates (MRG-8)', () => {
    expect(set.collaterals.filter(each => each.feed === undefined)).toHaveLength(1);
    expect(feedNamesOf(set).filter(name => set.startPrices[name] === undefined)).toEqual([]);
    for (const each of set.collaterals) expect(each.haircutMaintenance).toBeLessThanOrEqual(each.haircutInitial);
    for (const each of set.instruments) {
      expect(each.maintenanceRate).toBeLessThanOrEqual(each.initialRate);
      expect(each.tradeBand).toBeLessThanOrEqual(each.maintenanceRate);
    }
  });

  test('describes itself: name, rounds, auction, every instrument and collateral', () => {
    const text = describeParameterSet(set).join('\n');
    expect(text).toContain(`"${set.name}"`);
    expect(text).toContain(`rounds of at least ${set.round} s`);
    for (const each of [...set.instruments.map(one => one.name), ...set.collaterals.map(one => one.symbol)]) {
      expect(text).toContain(each);
    }
  });
});

test('the demo only shortens time: every rate is the default one', () => {
  const { default: standard, demo } = parameterSets;
  expect(demo.instruments).toEqual(standard.instruments);
  expect(demo.collaterals).toEqual(standard.collaterals);
  expect(demo.auction.buffer).toBe(standard.auction.buffer);
  expect(demo.auction.floorDiscount).toBe(standard.auction.floorDiscount);
  expect(demo.round).toBeLessThan(standard.round);
});
