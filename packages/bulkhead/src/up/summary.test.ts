import { describe, expect, test } from 'vitest';
import type { Counts } from '../observer/tally.ts';
import { withoutColour } from '../screen/paint.ts';
import { exitCodeOf, type SummaryInput, summaryLine, summaryLines } from './summary.ts';

const counts: Counts = {
  liquidations: 7,
  vaultsLiquidated: 5,
  vaultsClosed: 2,
  wallsCrossed: 0,
  duplicateEffects: 0,
  wastedTransactions: 3,
  escrowsChecked: 212,
  escrowsShort: 0,
  expiries: 1,
  latency: { p50: 600, p95: 1_900 },
  losses: { members: 0n, house: 5_000_000_000n, gainers: 2_500_000n, residual: 1n },
};
const input: SummaryInput = {
  vaults: 200,
  priceTicks: 224,
  counts,
  quote: { symbol: 'USDC', decimals: 6 },
  seconds: 235.4,
  seed: '1',
  interrupted: false,
  ended: true,
  modes: [
    { mode: 'segregated', required: 6_825n, liquidations: 1, valueBefore: 20_000n, valueAfter: 17_000n },
    { mode: 'portfolio', required: 1_950n, liquidations: 0, valueBefore: 20_000n, valueAfter: 18_500n },
  ],
  failures: [],
  resumed: false,
};

describe('the summary of up', () => {
  test('is one JSON line: counts are numbers, amounts decimal strings in base units', () => {
    expect(JSON.parse(JSON.stringify(summaryLine(input)))).toEqual({
      kind: 'summary',
      vaults: 200,
      priceTicks: 224,
      liquidations: 7,
      vaultsLiquidated: 5,
      vaultsClosed: 2,
      wallsCrossed: 0,
      duplicateEffects: 0,
      wastedTransactions: 3,
      escrowsChecked: 212,
      escrowsShort: 0,
      expiries: 1,
      latencyMs: { p50: 600, p95: 1_900 },
      shortfallQuote: '5002500001',
      shortfallBorneBy: { memberContributions: '0', houseCapital: '5000000000', gainers: '2500000', residual: '1' },
      modes: [
        {
          mode: 'segregated',
          maintenanceRequired: '6825',
          liquidations: 1,
          valueBefore: '20000',
          valueAfter: '17000',
        },
        {
          mode: 'portfolio',
          maintenanceRequired: '1950',
          liquidations: 0,
          valueBefore: '20000',
          valueAfter: '18500',
        },
      ],
      quote: { symbol: 'USDC', decimals: 6 },
      seconds: 235,
      seed: '1',
    });
  });

  test('says to people who bore what', () => {
    const text = summaryLines(input, withoutColour).join('\n');
    expect(text).toContain(
      "members' contributions bore 0.00 USDC, house capital bore 5,000.00 USDC, unpaid gains of counterparties 2.50 USDC",
    );
    expect(text).toContain('live ≥ book over 212 escrows');
    expect(text).toMatch(/portfolio +required 0\.00 USDC at the start, 0 liquidations/);
  });

  test.each([
    ['0 when the path ended and what must be zero is zero', input, 0],
    ['0 however much gas was wasted', { ...input, counts: { ...counts, wastedTransactions: 99 } }, 0],
    ['130 after Ctrl-C', { ...input, interrupted: true, ended: false }, 130],
    ['1 when the path did not end', { ...input, ended: false }, 1],
    ['1 when a wall was crossed', { ...input, counts: { ...counts, wallsCrossed: 1 } }, 1],
    ['1 when an effect was doubled', { ...input, counts: { ...counts, duplicateEffects: 1 } }, 1],
    ['1 when an escrow is short', { ...input, counts: { ...counts, escrowsShort: 1 } }, 1],
    ['1 when a keeper died', { ...input, failures: ['keeper-rich ended by itself'] }, 1],
  ] as const)('exit code %s', (_, given, code) => {
    expect(exitCodeOf(given)).toBe(code);
  });
});
