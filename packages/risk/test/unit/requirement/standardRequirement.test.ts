import { type GroupState, type InstrumentTerms, sizeWad, WAD, wad } from '@bulkhead/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateGroup, expiryRequirement, standardRequirement } from '../../../src/index.ts';
import { anyGroup, anyPrices, market as perps } from '../arbitraries.ts';
import { holding, market, view } from '../portfolio/optionMarket.ts';

const required = (group: GroupState, seen = view.prices) => {
  const found = standardRequirement(group.positions, market, seen);
  if (!found.ok) throw new Error(found.error.kind);
  return found.value;
};

describe('the standard requirement of a vault', () => {
  it('is what the evaluation of a group asks for its perps', () => {
    fc.assert(
      fc.property(anyGroup, anyPrices, (group, prices) => {
        const health = evaluateGroup(group, perps, prices);
        const found = standardRequirement(group.positions, perps, prices);
        if (!health.ok || !found.ok) throw new Error('the market lists everything');
        expect(found.value.maintenance).toBe(health.value.maintenance);
      }),
    );
  });

  it('margins options of one expiry together, and linear positions each by itself', () => {
    const call = expiryRequirement(
      [
        {
          kind: 'call',
          strike: market.instruments[2]?.strike ?? (0n as never),
          size: sizeWad(-WAD),
          mark: view.prices.get(market.instruments[2]?.feed ?? '0x') as never,
        },
      ],
      view.prices.get(market.instruments[2]?.indexFeed ?? '0x') as never,
      6,
    );
    expect(required(holding([2, -WAD]))).toEqual(call);
    const perp = required(holding([0, WAD]));
    expect(required(holding([0, WAD], [2, -WAD])).maintenance).toBe(perp.maintenance + call.maintenance);
    expect(required(holding([0, WAD], [1, -WAD])).maintenance).toBe(2n * perp.maintenance);
  });

  it('asks for the mark of a lone long option, which equity counts too', () => {
    const { maintenance, initial } = required(holding([3, WAD]));
    const mark = view.prices.get(market.instruments[3]?.feed ?? '0x') as bigint;
    expect(maintenance).toBe((mark + 10n ** 12n - 1n) / 10n ** 12n);
    expect(initial).toBe(maintenance);
  });

  it('is initially at least the maintenance one, whatever an instrument is listed with (MRG-8)', () => {
    const [perp, ...others] = market.instruments as readonly [InstrumentTerms, ...InstrumentTerms[]];
    const odd = { ...market, instruments: [{ ...perp, initialRate: wad(WAD / 100n) }, ...others] };
    const found = standardRequirement(holding([0, WAD]).positions, odd, view.prices);
    expect(found.ok && found.value.initial === found.value.maintenance).toBe(true);
  });

  it('says what it does not know', () => {
    const kindOf = (group: GroupState, seen = view.prices): string => {
      const found = standardRequirement(group.positions, market, seen);
      return found.ok ? 'ok' : found.error.kind;
    };
    expect(kindOf(holding([99, WAD]))).toBe('unknownInstrument');
    expect(kindOf(holding([2, WAD]), new Map())).toBe('missingPrice');
  });
});
