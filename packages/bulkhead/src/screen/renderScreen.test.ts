import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { bar, sparkline } from './format.ts';
import { paintFor, withColour, withoutColour } from './paint.ts';
import { renderScreen } from './renderScreen.ts';
import type { ScreenModel } from './viewModel.ts';

const model: ScreenModel = {
  title: 'Bulkhead up · demo · seed 1',
  elapsed: 83,
  ticks: { done: 70, of: 230 },
  phase: 'prices move',
  prices: [
    { name: 'SPX-2008', place: '2008-10-13 high', price: 1006.93, change: -0.218, history: [5, 4, 3, 1, 2] },
    { name: 'SPX-2020', place: '2020-03-16 gap', price: 2508.59, change: -0.26, history: [5, 4, 3, 1, 2] },
    { name: 'ETH', place: '', price: 3000, change: 0, history: [] },
  ],
  chains: [
    { name: 'A', block: 812n, vaults: 100, houseCapital: 400 },
    { name: 'B', block: 809n, vaults: 100, houseCapital: 0 },
  ],
  health: [
    { label: 'under 1', count: 2, tone: 'bad' },
    { label: '1 – 1.25', count: 9, tone: 'warn' },
    { label: '1.25 – 2', count: 40, tone: 'fine' },
    { label: '2 and up', count: 120, tone: 'fine' },
    { label: 'closed', count: 29, tone: 'quiet' },
  ],
  liquidations: Array.from({ length: 40 }, (_, index) => ({
    at: index,
    chain: 'A',
    vault: `0xabc1…ef${String(index).padStart(2, '0')}`,
    fraction: 0.54,
    by: 'keeper-1',
    latencyMs: 812,
    paid: 12_345,
    shortfall: index === 39 ? 4_321 : 0,
  })),
  keepers: [
    { name: 'keeper-1', state: 'act · 2 open', bids: 20, wasted: 0, capital: 2_000_000, inventory: 50_000 },
    { name: 'keeper-2', state: 'act · patient', bids: 1, wasted: 1, capital: 200_000, inventory: 0 },
  ],
  modes: [
    { mode: 'segregated', required: 6_825, value: 18_000 },
    { mode: 'cross', required: 6_825, value: 19_000 },
    { mode: 'portfolio', required: 1_950, value: 19_000 },
  ],
  totals: {
    vaults: 200,
    liquidations: 40,
    closed: 29,
    wallsCrossed: 0,
    duplicateEffects: 0,
    wastedTransactions: 1,
    escrowsChecked: 208,
    escrowsShort: 0,
    shortfall: 4_321,
    p50: 812,
    p95: 1_900,
  },
};

describe('the live screen', () => {
  test.each([
    [80, 24],
    [100, 40],
    [200, 60],
    [60, 20],
  ])('fits %i × %i', (columns, rows) => {
    const lines = renderScreen(model, { columns, rows }, withColour).map(stripVTControlCharacters);
    expect(lines.length).toBeLessThanOrEqual(rows);
    if (columns >= 80) for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(columns);
  });

  test('shows at 80 × 24 prices, health, keepers, the newest liquidations and what must be zero', () => {
    const text = renderScreen(model, { columns: 80, rows: 24 }, withoutColour).join('\n');
    for (const part of [
      '2008-10-13 high',
      '1 – 1.25',
      'keeper-2',
      '…ef39',
      'short 4321',
      'walls crossed 0',
      'escrows short 0 of 208',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toContain('…ef01');
  });

  test('uses the room of a larger terminal for more liquidations', () => {
    const rows = (count: number) =>
      renderScreen(model, { columns: 80, rows: count }, withoutColour).filter(line => line.includes('0xabc1')).length;
    expect(rows(40)).toBe(rows(24) + 16);
  });

  test('has no escape codes without colour', () => {
    const lines = renderScreen(model, { columns: 80, rows: 24 }, withoutColour);
    expect(lines.map(stripVTControlCharacters)).toEqual(lines);
  });

  test('is coloured only on a terminal that wants it', () => {
    expect(paintFor({ isTTY: true }, {})).toBe(withColour);
    expect(paintFor({ isTTY: true }, { NO_COLOR: '1' })).toBe(withoutColour);
    expect(paintFor({}, {})).toBe(withoutColour);
  });

  test('draws bars and sparklines to scale', () => {
    expect([bar(10, 10, 4), bar(5, 10, 4), bar(1, 1_000, 4), bar(0, 10, 4)]).toEqual(['████', '██', '▏', '']);
    expect(sparkline([1, 2, 3, 8], 3)).toBe('▁▂█');
  });
});
