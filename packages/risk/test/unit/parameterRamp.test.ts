import { parameterRamp, type Seconds, seconds, WAD, wad } from '@bulkhead/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateGroup, maintenanceHaircutAt, maintenanceRateAt, standardRequirement } from '../../src/index.ts';
import { anyGroup, anyPrices, anyRampingMarket, market, rampStart } from './arbitraries.ts';

const day = BigInt(parameterRamp);
const [, collateral] = market.collaterals;
const [perp] = market.instruments;
if (!collateral || !perp) throw new Error('the market has both');

const ramp = fc
  .tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }))
  .map(([one, other]) => (one < other ? { from: one, to: other } : { from: other, to: one }));

const both = (from: bigint, to: bigint, at: Seconds | undefined) => [
  maintenanceHaircutAt(
    { ...collateral, haircutMaintenance: wad(to), haircutMaintenanceFrom: wad(from), rampStart },
    at,
  ),
  maintenanceRateAt({ ...perp, maintenanceRate: wad(to), maintenanceFrom: wad(from), rampStart }, at),
];

describe('A parameter that ramps', () => {
  it('is never ahead of its line and less than a unit behind it, haircut and rate alike (MRG-7)', () => {
    fc.assert(
      fc.property(ramp, fc.nat({ max: 86_400 }), ({ from, to }, elapsed) => {
        const [haircut, rate] = both(from, to, seconds(rampStart + elapsed));
        expect(haircut).toBe(rate);
        const behind = (to - from) * BigInt(elapsed) - ((haircut ?? 0n) - from) * day;
        expect(behind >= 0n && behind < day).toBe(true);
      }),
    );
  });

  it('begins where it began and ends after a day', () => {
    fc.assert(
      fc.property(ramp, fc.nat(), ({ from, to }, later) => {
        expect(both(from, to, rampStart)).toEqual([from, from]);
        expect(both(from, to, seconds(rampStart + 86_400 + later))).toEqual([to, to]);
        expect(both(from, to, seconds(rampStart - 1))).toEqual([from, from]);
      }),
    );
  });

  it('is evaluated at no time but the one given, and at none where there is none to give (EFF-6)', () => {
    fc.assert(
      fc.property(anyGroup, anyPrices, anyRampingMarket, (group, prices, ramping) => {
        const moves = (from: bigint, to: bigint): boolean => from !== to;
        const held = group.assets.filter(asset => asset.free > 0n).map(asset => asset.token);
        const moving =
          ramping.collaterals.some(
            one => held.includes(one.token) && moves(one.haircutMaintenanceFrom, one.haircutMaintenance),
          ) ||
          ramping.instruments.some(
            one =>
              group.positions.some(position => position.instrument === one.instrument) &&
              moves(one.maintenanceFrom, one.maintenanceRate),
          );
        const found = evaluateGroup(group, ramping, prices);
        expect(found.ok ? 'ok' : found.error.kind).toBe(moving ? 'unknownTime' : 'ok');
      }),
    );
  });

  it('counts for the standard requirement as far as it has come', () => {
    const instruments = [{ ...perp, maintenanceFrom: wad(0n), maintenanceRate: wad(WAD / 10n), rampStart }];
    const [group] = fc.sample(
      anyGroup.filter(one => one.positions.length === 1 && one.positions[0]?.instrument === 0),
      { seed: 11, numRuns: 1 },
    );
    const [prices] = fc.sample(anyPrices, { seed: 11, numRuns: 1 });
    if (!group || !prices) throw new Error('the arbitraries give one each');
    const at = (time?: Seconds) => standardRequirement(group.positions, { ...market, instruments }, prices, time);
    const half = at(seconds(rampStart + 43_200));
    const health = evaluateGroup(group, { ...market, instruments }, prices, { at: seconds(rampStart + 43_200) });
    if (!half.ok || !health.ok) throw new Error('everything is known');
    expect(half.value.maintenance).toBe(health.value.maintenance);
    expect(at()).toEqual({ ok: false, error: { kind: 'unknownTime' } });
  });
});
