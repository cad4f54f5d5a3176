import { parseUnits } from 'viem';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../adapters/seededRandom.ts';
import { readSp500 } from './marketData.ts';
import { crash2008, crash2020, daysIn, largestFallOvernight, openDays, parseDays, wander } from './pricePath.ts';

const days = parseDays(await readSp500());
const autumn = daysIn(days, crash2008);
const spring = daysIn(days, crash2020);

describe('the price path', () => {
  test('covers every trading day of both crashes', () => {
    expect([autumn.length, autumn[0]?.date, autumn.at(-1)?.date]).toEqual([63, '2008-09-02', '2008-11-28']);
    expect([spring.length, spring[0]?.date, spring.at(-1)?.date]).toEqual([30, '2020-02-19', '2020-03-31']);
  });

  test.each([0, 1, 3])(
    'goes through open, low, high and close of each day and never leaves its range (%i between)',
    perSegment => {
      const steps = openDays(spring, seededRandom('a seed'), perSegment);
      for (const day of spring) {
        const [low, high] = [parseUnits(day.low, 18), parseUnits(day.high, 18)];
        const prices = steps.filter(step => step.date === day.date).map(step => step.price as bigint);
        for (const wanted of [low, high, parseUnits(day.close, 18)]) expect(prices).toContain(wanted);
        expect(prices.every(price => price >= low && price <= high)).toBe(true);
        expect(prices.at(-1)).toBe(parseUnits(day.close, 18));
      }
    },
  );

  test('is the same for the same seed and another for another', () => {
    const path = (seed: string) => openDays(autumn, seededRandom(seed), 2).map(step => step.price);
    expect(path('one')).toEqual(path('one'));
    expect(path('one')).not.toEqual(path('two'));
  });

  test('repeats no price at the same step, so that every tick is news', () => {
    const steps = openDays(autumn, seededRandom('a seed'), 0);
    const repeated = steps.filter((step, index) => index > 0 && step.price === steps[index - 1]?.price);
    expect(repeated).toEqual([]);
    expect(steps.length).toBe(224);
  });

  test('jumps over the weekend before 16 March 2020 with nothing in between', () => {
    const steps = openDays(spring, seededRandom('a seed'), 2);
    const gap = largestFallOvernight(steps);
    expect(steps[gap?.index ?? 0]).toMatchObject({
      date: '2020-03-16',
      kind: 'gap',
      price: parseUnits('2508.590088', 18),
    });
    expect(steps[(gap?.index ?? 0) - 1]).toMatchObject({ date: '2020-03-13', kind: 'close' });
    expect(gap?.share).toBeCloseTo(-0.0747, 4);
  });

  test('refuses a file that is not a list of days, naming the line', () => {
    expect(() => parseDays('date,open,high,low,close\n2020-01-01,1,2,x,1')).toThrow('Line 2 is not a day');
    expect(() => parseDays('a,b\n1,2')).toThrow('Expected the columns');
  });

  test('wanders around its start for as long as it is asked', () => {
    const random = seededRandom('a seed');
    const start = parseUnits('1000', 18) as Parameters<typeof wander>[0];
    let price = start;
    for (let step = 0; step < 5_000; step += 1) price = wander(start, price, random);
    expect(price > start / 2n && price < start * 2n).toBe(true);
  });
});
