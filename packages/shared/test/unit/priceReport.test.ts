import {
  type Hex,
  type PriceReport,
  parsePriceReport,
  priceReportFromWire,
  priceReportToWire,
  priceReportWireSchema,
  priceWad,
  seconds,
} from '@bulkhead/shared';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const hexOf = (bytes: number): fc.Arbitrary<Hex> =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map(value => `0x${Buffer.from(value).toString('hex')}` as const);

const anyReport: fc.Arbitrary<PriceReport> = fc.record({
  feed: hexOf(32),
  price: fc.bigInt({ min: 0n, max: 2n ** 112n }).map(priceWad),
  confidence: fc.bigInt({ min: 0n, max: 2n ** 104n }).map(priceWad),
  time: fc.nat().map(seconds),
  epoch: fc.nat().map(BigInt),
  signatures: fc.array(hexOf(65), { minLength: 1, maxLength: 5 }),
});

describe('a signed price as JSON', () => {
  test('comes back as it went, to the unit, through text (F17)', () => {
    fc.assert(
      fc.property(anyReport, report => {
        const text = JSON.stringify(priceReportToWire(report, { quote: 'USDC', name: 'ETH/USD' }));
        expect(parsePriceReport(JSON.parse(text))).toEqual({ ok: true, value: report });
      }),
    );
  });

  test('carries amounts as decimal strings beside their unit, and times as numbers', () => {
    const wire = priceReportToWire(
      { feed: '0x00', price: priceWad(5n), confidence: priceWad(0n), time: seconds(7), epoch: 1n, signatures: [] },
      { quote: 'USDC' },
    );
    expect(wire).toMatchObject({
      price: '5',
      confidence: '0',
      unit: { symbol: 'USDC', decimals: 18 },
      time: 7,
      epoch: 1,
    });
  });

  test('is refused, with the field named, when it is not what the schema says', () => {
    const good = priceReportToWire(fc.sample(anyReport, 1)[0] as PriceReport, { quote: 'USDC' });
    const wrong = {
      price: 5,
      confidence: '-1',
      time: 1.5,
      epoch: '1',
      signatures: ['0x12'],
      unit: { symbol: 'USDC', decimals: 6 },
    };
    for (const [field, value] of Object.entries(wrong)) {
      const parsed = parsePriceReport({ ...good, [field]: value });
      expect(parsed.ok).toBe(false);
      if (!parsed.ok) expect(parsed.error.message).toContain(field);
    }
    expect(priceReportFromWire(priceReportWireSchema.parse(good)).epoch).toBeTypeOf('bigint');
  });
});
