/** The price path of the main job: real days, each opened into steps. Pure: text and chance in, steps out. */
import { type PriceWad, priceWad } from '@bulkhead/shared';
import type { Random } from '@bulkhead/shared/ports';
import { parseUnits } from 'viem';

/** One trading day. Prices are the file's own decimal text, so that nothing is lost on the way to WAD. */
export interface Day {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
}

/** `gap`: the open, when it is not where the day before closed. `between`: seeded, inside the day's range. */
export type StepKind = 'gap' | 'open' | 'high' | 'low' | 'between' | 'close';

export interface Step {
  readonly date: string;
  readonly kind: StepKind;
  readonly price: PriceWad;
}

/** A stretch of days, both ends included. */
export interface Window {
  readonly from: string;
  readonly to: string;
}

export const crash2008: Window = { from: '2008-09-02', to: '2008-11-28' };
export const crash2020: Window = { from: '2020-02-19', to: '2020-03-31' };

const columns = ['date', 'open', 'high', 'low', 'close'] as const;

/**
 * Reads `date,open,high,low,close,…` (vega-datasets `sp500-2000.csv`).
 * @throws Error naming the line that is not a day.
 */
export const parseDays = (csv: string): readonly Day[] => {
  const [header = '', ...lines] = csv.trim().split(/\r?\n/);
  const names = header.split(',');
  const places = columns.map(column => names.indexOf(column));
  if (places.includes(-1)) throw new Error(`Expected the columns ${columns.join(', ')}; found ${header}.`);
  return lines.map((line, index) => {
    const cells = line.split(',');
    const [date = '', open = '', high = '', low = '', close = ''] = places.map(place => cells[place] ?? '');
    const whole = [open, high, low, close].every(price => /^[0-9]+(\.[0-9]{1,18})?$/.test(price));
    if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || !whole) throw new Error(`Line ${index + 2} is not a day: ${line}`);
    return { date, open, high, low, close };
  });
};

export const daysIn = (days: readonly Day[], window: Window): readonly Day[] =>
  days.filter(day => day.date >= window.from && day.date <= window.to);

const wadOf = (text: string): PriceWad => priceWad(parseUnits(text, 18));

/** An extreme at which the day opens comes first, one at which it closes comes last; otherwise a coin is tossed, as the file does not say. */
const lowFirst = (day: Day, random: Random): boolean => {
  const tossed = random.unit() < 0.5;
  if (day.low === day.open || day.high === day.close) return true;
  if (day.high === day.open || day.low === day.close) return false;
  return tossed;
};

const anchorsOf = (day: Day, random: Random): readonly Step[] => {
  const at = (kind: StepKind, text: string): Step => ({ date: day.date, kind, price: wadOf(text) });
  const extremes = [at('low', day.low), at('high', day.high)];
  if (!lowFirst(day, random)) extremes.reverse();
  return [at('open', day.open), ...extremes, at('close', day.close)];
};

/** Each price once: many days open at their high, or close at their low. The later name wins for the close. */
const withoutRepeats = (steps: readonly Step[]): readonly Step[] =>
  steps.filter((step, index) => {
    const next = steps[index + 1];
    const repeatsNext = next !== undefined && next.price === step.price && next.kind === 'close';
    const previous = steps[index - 1];
    const repeatsPrevious = previous !== undefined && previous.price === step.price && step.kind !== 'close';
    return !repeatsNext && !repeatsPrevious;
  });

const parts = 1_000_000n;

/** Somewhere on the way, up to a quarter of the way off the straight line, but inside the day's range. */
const between = (from: Step, to: Step, share: number, day: Day, random: Random): Step => {
  const off = (random.unit() - 0.5) / 2;
  const place = BigInt(Math.round((share + off) * Number(parts)));
  const price = from.price + ((to.price - from.price) * place) / parts;
  const [low, high] = [wadOf(day.low), wadOf(day.high)];
  const inside = price < low ? low : price > high ? high : price;
  return { date: day.date, kind: 'between', price: priceWad(inside) };
};

const openDay = (day: Day, random: Random, perSegment: number): readonly Step[] => {
  const anchors = withoutRepeats(anchorsOf(day, random));
  return anchors.flatMap((anchor, index) => {
    const previous = anchors[index - 1];
    if (!previous) return [anchor];
    const middle = Array.from({ length: perSegment }, (_, place) =>
      between(previous, anchor, (place + 1) / (perSegment + 1), day, random),
    );
    return [...middle, anchor];
  });
};

/**
 * Opens days into steps through open, low and high (in seeded order) and close.
 * @param perSegment seeded steps between two of them. Nothing is put between a close and the next open: that is the overnight gap.
 */
export const openDays = (days: readonly Day[], random: Random, perSegment: number): readonly Step[] => {
  const steps = days.flatMap(day => openDay(day, random, perSegment));
  return steps
    .filter((step, index) => index === 0 || step.kind !== 'open' || step.price !== steps[index - 1]?.price)
    .map((step, index) => (index > 0 && step.kind === 'open' ? { ...step, kind: 'gap' as const } : step));
};

/** Largest fall from one step to the next that happens overnight; undefined for a path without one. */
export const largestFallOvernight = (
  steps: readonly Step[],
): { readonly index: number; readonly share: number } | undefined => {
  let worst: { index: number; share: number } | undefined;
  steps.forEach((step, index) => {
    const previous = steps[index - 1];
    if (step.kind !== 'gap' || !previous) return;
    const share = Number(((step.price - previous.price) * parts) / previous.price) / Number(parts);
    if (share < 0 && share < (worst?.share ?? 0)) worst = { index, share };
  });
  return worst;
};

/** Prices that go on after the path: a seeded walk of ±0.4 % a step that is drawn back to where it began. */
export const wander = (from: PriceWad, current: PriceWad, random: Random): PriceWad => {
  const pull = Number(((from - current) * parts) / from) / Number(parts);
  const change = (random.unit() - 0.5) * 0.008 + pull * 0.01;
  return priceWad(current + (current * BigInt(Math.round(change * Number(parts)))) / parts);
};
