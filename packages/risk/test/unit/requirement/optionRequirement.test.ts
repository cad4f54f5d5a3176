import { type PriceWad, priceWad, type SizeWad, sizeWad, WAD } from '@bulkhead/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expiryRequirement, markValue, type OptionLeg } from '../../../src/index.ts';

const decimals = 6;
const unit = 10n ** 6n;
const quote = (value: number): PriceWad => priceWad(BigInt(Math.round(value * 1e6)) * 10n ** 12n);
const units = (value: number): SizeWad => sizeWad(BigInt(Math.round(value * 1e6)) * 10n ** 12n);
const leg = (kind: 'call' | 'put', strike: number, size: number, mark: number): OptionLeg => ({
  kind,
  strike: quote(strike),
  size: units(size),
  mark: quote(mark),
});

/** What the vault must bring beside these options: requirement less their marks in its equity. */
const need = (
  legs: readonly OptionLeg[],
  spot: PriceWad,
): { readonly initial: bigint; readonly maintenance: bigint } => {
  const marks = legs.reduce((sum, one) => sum + markValue(one, decimals), 0n);
  const { initial, maintenance } = expiryRequirement(legs, spot, decimals);
  return { initial: initial - marks, maintenance: maintenance - marks };
};

const anySpot = fc.bigInt({ min: WAD / 100n, max: 100_000n * WAD }).map(priceWad);
const anyLegOn = (spot: bigint): fc.Arbitrary<OptionLeg> =>
  fc
    .record({
      kind: fc.constantFrom('call' as const, 'put' as const),
      moneyness: fc.bigInt({ min: 20n, max: 300n }),
      size: fc.oneof(fc.bigInt({ min: -5n, max: 5n }), fc.bigInt({ min: -100n * WAD, max: 100n * WAD })),
      share: fc.bigInt({ min: 0n, max: 100n }),
    })
    .map(({ kind, moneyness, size, share }) => {
      const strike = (spot * moneyness) / 100n;
      const most = kind === 'call' ? spot : strike;
      return { kind, strike: priceWad(strike), size: sizeWad(size), mark: priceWad((most * share) / 100n) };
    });
const anyLegs = anySpot.chain(spot =>
  fc.record({ spot: fc.constant(spot), legs: fc.array(anyLegOn(spot), { minLength: 1, maxLength: 6 }) }),
);

describe('the standard requirement of options', () => {
  it('lets a lone long option net to nothing, up to the two roundings of its mark', () => {
    fc.assert(
      fc.property(anyLegs, ({ spot, legs }) => {
        const held = legs.map(one => ({ ...one, size: sizeWad(one.size < 0n ? -one.size : one.size) }));
        const { initial, maintenance } = need(held, spot);
        expect(maintenance).toBe(initial);
        expect(maintenance).toBeGreaterThanOrEqual(0n);
        expect(maintenance).toBeLessThanOrEqual(BigInt(held.length));
      }),
    );
  });

  it('asks a naked short call for its mark and 9 % of the spot, initially for 15 % less what it is out of the money, at least 13 %', () => {
    expect(need([leg('call', 100, -1, 7)], quote(100))).toEqual({ maintenance: 16n * unit, initial: 22n * unit });
    expect(need([leg('call', 101, -1, 7)], quote(100))).toEqual({ maintenance: 16n * unit, initial: 21n * unit });
    expect(need([leg('call', 150, -1, 1)], quote(100))).toEqual({ maintenance: 10n * unit, initial: 14n * unit });
  });

  it('asks a naked short put for the larger of 9 % of the spot and of its mark', () => {
    expect(need([leg('put', 100, -1, 7)], quote(100))).toEqual({ maintenance: 16n * unit, initial: 22n * unit });
    const deep = need([leg('put', 400, -1, 300)], quote(100));
    expect(deep.maintenance).toBe(327n * unit);
    expect(deep.initial).toBe((327n * unit * 105n) / 100n);
  });

  it('asks a short put for no more than its strike, which is all it can lose', () => {
    expect(need([leg('put', 10, -1, 4)], quote(100)).maintenance).toBe(10n * unit);
  });

  it('asks 110 % of the spot for a call that no call covers, initially 120 %, where shorts alone would need more', () => {
    const ratio = [leg('call', 50, 9, 60), leg('call', 100, -10, 40)];
    expect(need(ratio, quote(100))).toEqual({ maintenance: 110n * unit, initial: 120n * unit });
  });

  it('asks at most 5 for a 100/105 call spread, at any spot and marks that admit no arbitrage', () => {
    const anyMarks = fc.record({
      spot: fc.double({ min: 1, max: 1000, noNaN: true }),
      upper: fc.double({ min: 0, max: 100, noNaN: true }),
      between: fc.double({ min: 0, max: 5, noNaN: true }),
    });
    fc.assert(
      fc.property(anyMarks, ({ spot, upper, between }) => {
        const spread = [leg('call', 100, -1, upper + between), leg('call', 105, 1, upper)];
        const { initial, maintenance } = need(spread, quote(spot));
        expect(initial).toBeLessThanOrEqual(5n * unit + 2n);
        expect(maintenance).toBeLessThanOrEqual(initial);
      }),
    );
  });

  const aloneNeed = (legs: readonly OptionLeg[], spot: PriceWad): readonly ReturnType<typeof need>[] =>
    legs.map(one => need([one], spot));
  const long = (one: OptionLeg): OptionLeg => ({ ...one, size: sizeWad(one.size < 0n ? -one.size : one.size) });
  const short = (one: OptionLeg): OptionLeg => ({ ...one, size: sizeWad(-long(one).size) });

  it('never asks more for a spread than for its short leg, whatever is held against it', () => {
    fc.assert(
      fc.property(anyLegs, ({ spot, legs: [first, ...rest] }) => {
        const sold = short(first as OptionLeg);
        const spread = need([sold, ...rest.map(long)], spot);
        const [alone] = aloneNeed([sold], spot) as [ReturnType<typeof need>];
        // One unit for each mark that is rounded.
        const roundings = BigInt(rest.length + 2);
        expect(spread.maintenance).toBeLessThanOrEqual(alone.maintenance + roundings);
        expect(spread.initial).toBeLessThanOrEqual(alone.initial + roundings);
      }),
    );
  });

  it('does not depend on the order of the positions, nor on whether one is written as two', () => {
    const anyOrder = anyLegs.chain(({ spot, legs }) =>
      fc.record({
        spot: fc.constant(spot),
        legs: fc.constant(legs),
        shuffled: fc.shuffledSubarray(legs, { minLength: legs.length }),
      }),
    );
    fc.assert(
      fc.property(anyOrder, ({ spot, legs, shuffled }) => {
        expect(expiryRequirement(shuffled, spot, decimals)).toEqual(expiryRequirement(legs, spot, decimals));
        const [first, ...rest] = legs as [OptionLeg, ...OptionLeg[]];
        const half = first.size / 2n;
        const split = [{ ...first, size: sizeWad(half) }, { ...first, size: sizeWad(first.size - half) }, ...rest];
        expect(expiryRequirement(split, spot, decimals)).toEqual(expiryRequirement(legs, spot, decimals));
      }),
    );
  });

  it('covers what the options can lose at every price, or all shorts as if nothing were held against them', () => {
    fc.assert(
      fc.property(anyLegs, fc.bigInt({ min: 0n, max: 400n }), ({ spot, legs }, share) => {
        const at = (spot * share) / 100n;
        const pays = (one: OptionLeg): bigint => {
          const inTheMoney = one.kind === 'call' ? at - one.strike : one.strike - at;
          return inTheMoney > 0n ? one.size * inTheMoney : 0n;
        };
        const calls = legs.reduce((sum, one) => sum + (one.kind === 'call' ? one.size : 0n), 0n);
        fc.pre(calls >= 0n);
        const loss = -legs.reduce((sum, one) => sum + pays(one), 0n) / 10n ** 30n;
        const shorts = legs.filter(one => one.size < 0n);
        const covered = loss <= need(legs, spot).maintenance + BigInt(legs.length);
        const alone = shorts.reduce((sum, one) => {
          const rate = one.kind === 'put' && one.mark > spot ? one.mark : spot;
          return sum - one.size * (one.mark + (rate * 9n) / 100n);
        }, 0n);
        expect(covered || need(legs, spot).maintenance >= alone / 10n ** 30n).toBe(true);
      }),
    );
  });

  it('asks at least the maintenance amount initially (MRG-8), and rounds up at sub-unit amounts', () => {
    fc.assert(
      fc.property(anyLegs, ({ spot, legs }) => {
        const { initial, maintenance } = expiryRequirement(legs, spot, decimals);
        expect(initial).toBeGreaterThanOrEqual(maintenance);
        expect(maintenance).toBeGreaterThanOrEqual(0n);
      }),
    );
    expect(expiryRequirement([{ ...leg('call', 100, -1, 7), size: sizeWad(-1n) }], quote(100), decimals)).toEqual({
      initial: 1n,
      maintenance: 1n,
    });
  });
});
