import { type GroupState, priceWad, quoteAmount, tokenAmount, WAD } from '@bulkhead/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contagion,
  defaultRiskParameters,
  exposuresOf,
  requirementByMode,
  type UnderlyingHoldings,
  type VaultExposure,
} from '../../../src/index.ts';
import { market as perps, token } from '../arbitraries.ts';
import { anyBook, emptyBook, spot } from '../portfolio/books.ts';
import { holding, market, sibling, vault, view } from '../portfolio/optionMarket.ts';

const set = defaultRiskParameters.portfolio;
const exposure = (value: number, book: UnderlyingHoldings): VaultExposure => ({
  value,
  holdings: { underlyings: [book], stablePrice: 1 },
});
const perp = (size: number): UnderlyingHoldings => ({ ...emptyBook, perps: [{ size, mark: spot }] });

describe('contagion', () => {
  it('is nothing for one vault, and for vaults that can all pay for themselves', () => {
    const anyValue = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(fc.property(anyBook, anyValue, (book, value) => contagion([exposure(value, book)], set) === 0));
    expect(contagion([exposure(10_000, perp(-1)), exposure(2000, perp(1))], set)).toBe(0);
  });

  it('is what a vault loses beyond its own, as far as its siblings have it', () => {
    const joint = set.scenarios.filter(one => !one.volatility.endsWith('Skew'));
    const weight = joint.reduce((sum, one) => sum + one.damp, 0);
    const expected = joint.reduce((sum, one) => {
      const lost = Math.max(spot * (one.spot - 1) - 300, 0);
      return sum + one.damp * Math.min(lost, 1000);
    }, 0);
    expect(contagion([exposure(300, perp(-1)), exposure(1000, emptyBook)], set)).toBeCloseTo(expected / weight, 9);
  });

  it('lets futures and collateral move with the market as perps do', () => {
    const future: UnderlyingHoldings = {
      ...emptyBook,
      expiries: [
        { years: 0.25, forward: spot, rate: 0, confidence: 1, futures: [{ size: -1, mark: spot }], options: [] },
      ],
    };
    const siblings = (lead: UnderlyingHoldings) => contagion([exposure(300, lead), exposure(1000, emptyBook)], set);
    expect(siblings(future)).toBeCloseTo(siblings(perp(-1)), 9);
    expect(siblings({ ...perp(-1), collateral: 1 })).toBe(0);
  });

  it('does not depend on the order of the vaults, and never exceeds what they have', () => {
    const anyVault = fc.record({ value: fc.double({ min: 0, max: 1e4, noNaN: true }), book: anyBook });
    fc.assert(
      fc.property(fc.array(anyVault, { minLength: 2, maxLength: 4 }), vaults => {
        const all = vaults.map(one => exposure(one.value, one.book));
        const found = contagion(all, set);
        expect(found).toBeGreaterThanOrEqual(0);
        expect(contagion([...all].reverse(), set)).toBeCloseTo(found, 6);
      }),
      { numRuns: 30 },
    );
  });
});

describe('exposures', () => {
  it('give each vault its own value, positions and moving collateral', () => {
    const ether = { ...perps.collaterals[1], feed: market.instruments[0]?.indexFeed } as (typeof perps.collaterals)[1];
    const terms = { ...market, collaterals: [market.quote, ether] };
    const booked = (
      at: typeof vault,
      address: ReturnType<typeof token>,
      free: bigint,
    ): GroupState['assets'][number] => ({
      vault: at,
      token: address,
      free: tokenAmount(free),
      locked: tokenAmount(1n),
      credit: tokenAmount(1n),
    });
    const group: GroupState = {
      ...holding([0, -WAD], [2, WAD, sibling]),
      assets: [booked(vault, token(1), 300n * 10n ** 6n), booked(sibling, ether.token, 2n * WAD)],
      claims: [{ vault: sibling, owed: quoteAmount(5n * 10n ** 6n), due: quoteAmount(0n) }],
    };
    const prices = new Map([...view.prices, [market.instruments[0]?.indexFeed ?? '0x', priceWad(BigInt(spot) * WAD)]]);
    const found = exposuresOf(group, terms, { ...view, prices });
    if (!found.ok) throw new Error(found.error.kind);
    const [first, second] = found.value as [VaultExposure, VaultExposure];
    expect(first.holdings.underlyings[0]).toMatchObject({ perps: [{ size: -1 }], collateral: 0 });
    expect(second.holdings.underlyings[0]).toMatchObject({
      perps: [],
      collateral: 2,
      expiries: [{ options: [{ size: 1 }] }],
    });
    expect(first.value).toBe(
      300 - Number(group.positions[0]?.tradeLoss) / 1e6 + Number(group.positions[0]?.tradeGain) / 1e6,
    );
    expect(second.value).toBeGreaterThan(2 * spot - 100);
  });
});

describe('what each mode requires', () => {
  const modes = (group: GroupState) => {
    const found = requirementByMode(group, market, view, defaultRiskParameters);
    if (!found.ok) throw new Error(found.error.kind);
    return found.value;
  };

  it('makes a hedge over two vaults cheaper in portfolio mode, and a naked short dearer', () => {
    const hedged = modes(holding([0, WAD], [0, -WAD, sibling], [2, -WAD], [2, WAD, sibling]));
    expect(hedged.capitalEfficiency).toBe(Number.POSITIVE_INFINITY);
    const carry = modes(holding([1, 10n * WAD], [0, -10n * WAD, sibling]));
    expect(carry.capitalEfficiency).toBeGreaterThan(1.3);
    const naked = modes(holding([2, -WAD]));
    expect(naked.capitalEfficiency).toBeLessThan(1);
    expect(naked.cross).toEqual(naked.segregated);
  });

  it('is one of a flat group, and sums vaults without netting them', () => {
    expect(modes(holding()).capitalEfficiency).toBe(1);
    const both = modes(holding([0, WAD], [0, WAD, sibling]));
    const one = modes(holding([0, WAD]));
    expect(both.segregated.maintenance).toBe(2n * one.segregated.maintenance);
    expect(modes(holding([0, WAD], [0, -WAD, sibling])).cross.maintenance).toBe(both.cross.maintenance);
  });
});
