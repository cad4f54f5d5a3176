import { priceWad } from '@bulkhead/shared';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../adapters/seededRandom.ts';
import { readSp500 } from './marketData.ts';
import { feeds } from './parameterSet.ts';
import { parseDays } from './pricePath.ts';
import { layTicks, rebase } from './ticks.ts';

const days = parseDays(await readSp500());
const lay = (range?: { from: number; to: number }, seed = '1') =>
  layTicks(days, {
    days: range,
    collateralStart: priceWad(3_000n * 10n ** 18n),
    random: label => seededRandom(seed, label),
  });

describe('the ticks of the main job', () => {
  const ticks = lay();

  test('take less than four minutes at one a second, and both crashes last about as long', () => {
    expect(ticks.length).toBeLessThan(240);
    const springEnds = ticks.findIndex(tick => tick.spring.date === '2020-03-31' && tick.spring.kind === 'close');
    expect(springEnds / ticks.length).toBeGreaterThan(0.8);
  });

  test('end where both crashes end', () => {
    expect(ticks.at(-1)).toMatchObject({
      autumn: { date: '2008-11-28', kind: 'close' },
      spring: { date: '2020-03-31', kind: 'close' },
    });
  });

  test('hold the market closed once: before the weekend of 13 to 16 March 2020', () => {
    const closed = ticks.flatMap((tick, index) => (tick.beforeGap ? [index] : []));
    expect(closed).toHaveLength(1);
    const [index = 0] = closed;
    expect(ticks[index]?.spring).toMatchObject({ date: '2020-03-13', kind: 'close' });
    expect(ticks[index + 1]?.spring).toMatchObject({ date: '2020-03-16', kind: 'gap' });
  });

  test('are the same for one seed and others for another', () => {
    expect(lay()).toEqual(ticks);
    expect(lay(undefined, '2')).not.toEqual(ticks);
  });

  test('can be a few days only, without the weekend when it is not among them', () => {
    expect(lay({ from: 1, to: 2 }).at(-1)?.autumn.date).toBe('2008-09-03');
    expect(lay({ from: 1, to: 2 }).some(tick => tick.beforeGap)).toBe(false);
    expect(lay({ from: 18, to: 20 }).filter(tick => tick.beforeGap)).toHaveLength(1);
  });

  test('go on from the prices at which a kept run stopped', () => {
    const stopped = priceWad(500n * 10n ** 18n);
    const moved = rebase(ticks, 10, { prices: { [feeds.autumn]: stopped } });
    expect(moved[9]?.autumn.price).toBe(stopped);
    expect(moved[9]?.spring.price).toBe(ticks[9]?.spring.price);
  });
});
