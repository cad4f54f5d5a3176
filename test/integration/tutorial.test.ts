import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { firstLiquidation } from '../examples/firstLiquidation.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const page = read('docs/tutorial/first-liquidation.md');

/** Contents of the page's fenced blocks of one language. */
const blocksOf = (language: string): readonly string[] =>
  [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, found, text = '']) =>
    found === language ? text.trim() : [],
  );

/** Ignores indentation, line breaks and semicolons: the page shows parts of the script out of their blocks. */
const squeezed = (text: string): string => text.replace(/[\s;]+/g, '');

describe('the tutorial', () => {
  test('prints what its page says it prints, and leaves the vault healthy and the effect done once', async () => {
    const lines: string[] = [];
    const { before, fallen, after, result, refusal } = await firstLiquidation(line => lines.push(line));
    expect(blocksOf('text')).toEqual([lines.join('\n')]);
    expect([before.healthy, fallen.healthy, after.healthy]).toEqual([true, false, true]);
    expect(result.paid).toBeGreaterThan(0n);
    expect(refusal).toBe('EffectKeyUsedError');
  });

  test('shows only code that is in the script which was run', () => {
    const script = squeezed(read('test/examples/firstLiquidation.ts'));
    const blocks = blocksOf('ts');
    expect(blocks.length).toBeGreaterThan(5);
    for (const block of blocks) expect(script, block).toContain(squeezed(block));
  });
});
