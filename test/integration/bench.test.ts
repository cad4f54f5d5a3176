import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { row } from '../bench/row.ts';
import { percentile } from '../bench/statistics.ts';

const execute = promisify(execFile);
const bulkhead = join(import.meta.dirname, '..', '..', 'bulkhead');

describe('./bulkhead bench', () => {
  test('--json says JSON lines, and ends with one line that holds every row', async () => {
    const { stdout } = await execute(bulkhead, ['bench', '--json', '--only', 'gas']);
    const lines = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>);
    expect(lines[0]).toHaveProperty('machine.commit');
    const { rows } = lines.at(-1) as { readonly rows: readonly Record<string, unknown>[] };
    expect(rows.length).toBe(lines.length - 2);
    for (const each of rows) {
      expect(Object.keys(each)).toEqual(['name', 'value', 'unit', 'better', 'target', 'met']);
      expect(each).toMatchObject({ value: expect.any(Number), unit: 'gas', better: 'lower', target: null, met: null });
    }
  });

  test('refuses to measure what it does not know, and says what there is', async () => {
    await expect(execute(bulkhead, ['bench', '--only', 'speed'])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('gas, queue, signed, up, pricing, ticks'),
    });
  });

  test.each([
    ['lower', 2, true],
    ['lower', 2.001, false],
    ['higher', 2, true],
    ['higher', 1.999, false],
  ] as const)('where %s is better, %d against a target of 2 is met: %s', (better, value, met) => {
    expect(row('a number', value, 'ms', better, 2)).toMatchObject({ value, met });
  });

  test('a percentile is a value that was measured', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect([0.5, 0.95, 0.99, 1].map(share => percentile(hundred, share))).toEqual([50, 95, 99, 100]);
    expect(percentile([3, 1, 2], 0.99)).toBe(3);
  });
});
