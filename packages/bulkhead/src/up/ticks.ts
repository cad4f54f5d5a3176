/** The two paths laid side by side into ticks of one second. Pure. */
import { type PriceWad, priceWad } from '@bulkhead/shared';
import type { Random } from '@bulkhead/shared/ports';
import { feeds } from './parameterSet.ts';
import {
  crash2008,
  crash2020,
  type Day,
  daysIn,
  largestFallOvernight,
  openDays,
  type Step,
  wander,
} from './pricePath.ts';

/** All prices of one second. */
export interface Tick {
  readonly autumn: Step;
  readonly spring: Step;
  readonly collateral: PriceWad;
  /** The second index jumps overnight at the next tick: the market is closed, and whoever traded at the close holds until Monday. */
  readonly beforeGap: boolean;
}

export interface TickOptions {
  /** Only these days of each crash, counted from 1; the shorter crash ends where it ends. */
  readonly days: { readonly from: number; readonly to: number } | undefined;
  readonly collateralStart: PriceWad;
  readonly random: (label: string) => Random;
}

/** The shorter path is opened into as many steps as fit, so that both last about as long. */
const stretch = (days: readonly Day[], random: () => Random, length: number): readonly Step[] => {
  let steps = openDays(days, random(), 0);
  for (let perSegment = 1; ; perSegment += 1) {
    const finer = openDays(days, random(), perSegment);
    if (finer.length > length || finer.length === steps.length) return steps;
    steps = finer;
  }
};

const at = (steps: readonly Step[], index: number): Step => {
  const step = steps[Math.min(index, steps.length - 1)];
  if (!step) throw new RangeError('a price path has at least one step');
  return step;
};

export const layTicks = (days: readonly Day[], options: TickOptions): readonly Tick[] => {
  const pick = (window: typeof crash2008) =>
    daysIn(days, window).slice(Math.max(0, (options.days?.from ?? 1) - 1), options.days?.to);
  const autumn = openDays(pick(crash2008), options.random('2008'), 0);
  const spring = stretch(pick(crash2020), () => options.random('2020'), autumn.length);
  const gap = largestFallOvernight(spring)?.index;
  const drift = options.random('collateral');
  let collateral = options.collateralStart;
  return Array.from({ length: Math.max(autumn.length, spring.length) }, (_, index) => {
    collateral = wander(options.collateralStart, collateral, drift);
    return {
      autumn: at(autumn, index),
      spring: at(spring, index),
      collateral,
      beforeGap: gap !== undefined && index === gap - 1 && (largestFallOvernight(spring)?.share ?? 0) < -0.06,
    };
  });
};

/** Moves a path so that it goes on, from tick `from`, where a kept run stopped: its steps stay, its level changes. */
export const rebase = (
  ticks: readonly Tick[],
  from: number,
  known: { readonly prices: Readonly<Record<string, PriceWad>> },
): readonly Tick[] => {
  const base = ticks[Math.max(0, from - 1)];
  if (!base) return ticks;
  const scale = (price: PriceWad, reference: PriceWad, feed: string): PriceWad => {
    const stopped = known.prices[feed];
    return stopped === undefined ? price : priceWad((price * stopped) / reference);
  };
  return ticks.map(tick => ({
    ...tick,
    autumn: { ...tick.autumn, price: scale(tick.autumn.price, base.autumn.price, feeds.autumn) },
    spring: { ...tick.spring, price: scale(tick.spring.price, base.spring.price, feeds.spring) },
    collateral: scale(tick.collateral, base.collateral, feeds.collateral),
  }));
};
