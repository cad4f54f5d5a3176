import { type GroupState, priceWad, seconds, WAD, wad } from '@bulkhead/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AttesterView, defaultRiskParameters, evaluateGroup, requirementToAttest } from '../../../src/index.ts';
import { market as perps, token } from '../arbitraries.ts';
import { holding, index, market, sibling, spot, vault, view } from './optionMarket.ts';

const attested = (group: GroupState, seen = view, terms = market) => {
  const found = requirementToAttest(group, terms, seen, defaultRiskParameters);
  if (!found.ok) throw new Error(found.error.kind);
  return found.value;
};

describe('requirementToAttest', () => {
  it('is the scan in quote decimals: a short perp needs 0.8·18 % + 3 % and 18 % + 4 % of its value', () => {
    const { maintenance, initial, report } = attested(holding([0, -WAD]));
    expect(Number(maintenance)).toBeCloseTo(0.174 * spot * 1e6, -2);
    expect(Number(initial)).toBeCloseTo(0.22 * spot * 1e6, -2);
    expect(report.underlyings[0]?.worst.cause).toEqual({ spot: 1.18, volatility: 'up', damp: 1 });
  });

  it('nets the vaults of the group, instrument by instrument', () => {
    expect(attested(holding([0, 3n * WAD], [0, -3n * WAD, sibling]))).toMatchObject({ initial: 0n, maintenance: 0n });
    expect(attested(holding([0, -WAD], [0, -WAD, sibling]))).toEqual(attested(holding([0, -2n * WAD])));
  });

  it('recognises a hedge: a covered call needs less than its legs, and a perp and its future only what the basis and gaps ask', () => {
    const sum = attested(holding([0, WAD])).maintenance + attested(holding([2, -WAD])).maintenance;
    expect(attested(holding([0, WAD], [2, -WAD])).maintenance).toBeLessThan((sum * 3n) / 4n);
    const basis = 0.8 * 0.045 * spot * (0.5 + (2 * 90) / 365) + 0.06 * spot;
    expect(Number(attested(holding([0, WAD], [1, -WAD])).maintenance)).toBeCloseTo(basis * 1e6, -2);
  });

  it('rounds up at sub-unit amounts: whoever holds anything needs at least one unit', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1, 2, 3),
        fc.bigInt({ min: 1n, max: 10n ** 6n }),
        fc.boolean(),
        (at, size, long) => {
          const { maintenance, initial } = attested(holding([at, long ? size : -size]));
          expect(maintenance).toBe(1n);
          expect(initial).toBe(1n);
        },
      ),
    );
  });

  const anySizes = fc.tuple(...[0, 1, 2, 3].map(() => fc.bigInt({ min: -1000n * WAD, max: 1000n * WAD })));
  const holdingAll = (sizes: readonly bigint[]): GroupState => holding(...sizes.map((size, i) => [i, size] as const));

  it('is never under the doubles that it was rounded from, nor far above', () => {
    fc.assert(
      fc.property(anySizes, sizes => {
        const { maintenance, initial, report } = attested(holdingAll(sizes), view, {
          ...market,
          portfolio: perps.portfolio,
        });
        const gross = sizes.reduce((sum, size) => sum + (Math.abs(Number(size)) / 1e18) * spot, 0);
        const most = 1e6 * 2e-11 * gross + 2;
        for (const [units, quote] of [
          [maintenance, report.maintenance],
          [initial, report.initial],
        ] as const) {
          expect(Number(units) - quote * 1e6).toBeGreaterThanOrEqual(0);
          expect(Number(units) - quote * 1e6).toBeLessThanOrEqual(most);
        }
      }),
    );
  });

  it('never goes below the floor under the gross notional, and IM is at least MM (MRG-8, MRG-9)', () => {
    const high = { ...market.portfolio, floorInitial: wad(WAD / 2n), floorMaintenance: wad(WAD / 3n) };
    const swapped = { ...high, floorInitial: high.floorMaintenance, floorMaintenance: high.floorInitial };
    fc.assert(
      fc.property(anySizes, sizes => {
        const gross = sizes.reduce((sum, size) => sum + (size < 0n ? -size : size), 0n) * BigInt(spot);
        const { maintenance, initial } = attested(holdingAll(sizes), view, { ...market, portfolio: high });
        expect(maintenance * 10n ** 12n * 3n).toBeGreaterThanOrEqual(gross);
        expect(initial * 10n ** 12n * 2n).toBeGreaterThanOrEqual(gross);
        const other = attested(holdingAll(sizes), view, { ...market, portfolio: swapped });
        expect(other.initial).toBeGreaterThanOrEqual(other.maintenance);
      }),
    );
  });

  it('does not depend on cash: quote c raises the net margin by exactly c', () => {
    const cash = fc.bigInt({ min: 0n, max: 10n ** 15n });
    fc.assert(
      fc.property(anySizes, cash, cash, (sizes, before, more) => {
        const net = (free: bigint): bigint => {
          const asset = { vault, token: token(1), free, locked: 0n, credit: 0n } as unknown as GroupState['assets'][0];
          const group = { ...holdingAll(sizes), assets: [asset] };
          const health = evaluateGroup(group, market, view.prices, { at: seconds(0) });
          if (!health.ok) throw new Error(health.error.kind);
          return health.value.equity - attested(group).maintenance;
        };
        expect(net(before + more) - net(before)).toBe(more);
      }),
    );
  });

  it('asks nothing about an option that the vaults hold against each other', () => {
    const offset = holding([2, WAD], [2, -WAD, sibling]);
    expect(attested(offset, { ...view, volatilities: new Map() })).toMatchObject({ initial: 0n, maintenance: 0n });
  });

  it('values an option that has expired at what it pays, until it is settled', () => {
    const late = { ...view, time: seconds(view.time + 100 * 86_400) };
    const { report } = attested(holding([2, -WAD]), late);
    expect(report.underlyings[0]?.worst).toEqual({
      pnl: -0.18 * spot,
      cause: { spot: 1.18, volatility: 'up', damp: 1 },
    });
  });

  it('attests nothing when something about the market is unknown', () => {
    const all = holdingAll([WAD, WAD, WAD, WAD]);
    const kindWith = (change: Partial<AttesterView>, group = all): string => {
      const found = requirementToAttest(group, market, { ...view, ...change }, defaultRiskParameters);
      return found.ok ? 'attested' : found.error.kind;
    };
    expect(kindWith({})).toBe('attested');
    expect(kindWith({ prices: new Map() })).toBe('missingPrice');
    expect(kindWith({ prices: new Map([...view.prices, [index, priceWad(0n)]]) })).toBe('missingPrice');
    expect(kindWith({ confidences: new Map() })).toBe('missingConfidence');
    expect(kindWith({ confidences: new Map([[index, Number.NaN]]) })).toBe('missingConfidence');
    expect(kindWith({ volatilities: new Map([[2, 0.6]]) })).toBe('missingVolatility');
    expect(kindWith({ volatilities: new Map([...view.volatilities, [3, Number.NaN]]) })).toBe('missingVolatility');
    expect(kindWith({ forward: () => undefined })).toBe('missingForward');
    expect(kindWith({ stablePrice: 0 })).toBe('badStablePrice');
    expect(kindWith({ stablePrice: Number.NaN })).toBe('badStablePrice');
    expect(kindWith({}, holding([99, WAD]))).toBe('unknownInstrument');
  });
});
