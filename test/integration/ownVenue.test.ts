import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ownVenue } from '../examples/ownVenue.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const page = read('docs/how-to/integrate-a-venue.md');

/** Contents of the page's fenced blocks of one language. */
const blocksOf = (language: string): readonly string[] =>
  [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, found, text = '']) =>
    found === language ? text.trim() : [],
  );

/** Ignores indentation, line breaks and semicolons: the page shows parts of the script out of their blocks. */
const squeezed = (text: string): string => text.replace(/[\s;]+/g, '');

describe('the guide to a venue of one’s own', () => {
  test('prints what its page says it prints; the vault is mended and the lender has lost nothing (LIQ-2, WF-3)', async () => {
    const lines: string[] = [];
    const { before, fallen, after, claim } = await ownVenue(line => lines.push(line));
    expect(blocksOf('text')).toEqual([lines.join('\n')]);
    expect([before.healthy, fallen.healthy, after.healthy]).toEqual([true, false, true]);
    expect(claim).toBeGreaterThanOrEqual(50_000n * 10n ** 6n);
  });

  test('shows only code that is in the script which was run', () => {
    const script = squeezed(read('test/examples/ownVenue.ts'));
    expect(blocksOf('ts').length).toBe(3);
    for (const block of blocksOf('ts')) expect(script, block).toContain(squeezed(block));
  });

  test('names only functions that the template has', () => {
    const desk = read('contracts/examples/LendingDesk.sol');
    const kit = read('contracts/test/support/VenueKit.sol');
    for (const name of ['margin', 'settle', 'onQuote', 'lastTradeOf', 'positionsHash', 'closeOut', 'cover']) {
      expect(desk).toContain(`function ${name}(`);
    }
    for (const name of ['_deployVenue', '_oblige', '_release', '_timePasses']) {
      expect(kit).toContain(`function ${name}(`);
    }
  });
});
