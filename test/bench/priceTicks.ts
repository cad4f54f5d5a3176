import { createMarginBook, evaluateGroup, type MarginBook } from '@bulkhead/risk';
import type { GroupState, VaultId } from '@bulkhead/shared';
import { market, seedGroups, startPrices } from './market.ts';
import { marketAt, pricePath, type Tick } from './pricePath.ts';
import { type Bench, type Row, row } from './row.ts';
import { median, percentile, showMs, timed } from './statistics.ts';
import { verifyTicks } from './verifyTicks.ts';

const ticks = 300;
const warmUp = 100;
/** Where the most highly levered vaults of the seed begin to fail: some in every hundred thousand. */
const depth = 0.0385;

const bookOf = (groups: readonly GroupState[]): MarginBook => {
  const book = createMarginBook(market);
  for (const group of groups) book.apply({ kind: 'group', group });
  return book;
};

interface Run {
  readonly times: readonly number[];
  readonly failing: readonly (readonly VaultId[])[];
  readonly exact: number;
}

/** Only `tick` is timed: from prices in hand to every dependent group decided. */
const runTicks = (book: MarginBook, path: readonly Tick[]): Run => {
  const times: number[] = [];
  const failing: VaultId[][] = [];
  let exact = 0;
  for (const tick of path) {
    const { value, ms } = timed(() => book.tick(tick));
    if (value.affected !== book.size || value.undecided.length > 0)
      throw new Error(`${value.affected} of ${book.size} groups were decided, ${value.undecided.length} could not be`);
    times.push(ms);
    failing.push(value.failing.map(one => one.vault));
    exact += value.exact;
  }
  return { times, failing, exact };
};

const measureTicks = async (
  count: number,
  target: number | null,
  say: (line: string) => void,
): Promise<readonly Row[]> => {
  const book = bookOf(seedGroups(count));
  const path = pricePath(ticks, depth);
  runTicks(book, path.slice(0, warmUp));
  const { times, failing, exact } = runTicks(book, path);
  const most = Math.max(...failing.map(one => one.length));
  say(
    `${count} vaults, ${ticks} ticks: p50 ${showMs(median(times))}, p99 ${showMs(percentile(times, 0.99))}, worst ${showMs(Math.max(...times))}; ` +
      `up to ${most} failing on a tick, ${exact} decided by the integers in all; verifying every decision …`,
  );
  const checked = await verifyTicks({ groups: count, ticks: path, failing });
  say(`${checked} decisions compared with the exact integers: the same`);
  const name = `price tick → decided, ${count.toLocaleString('en')} vaults`;
  return [
    row(`${name} (p99)`, percentile(times, 0.99), 'ms', 'lower', target),
    row(`${name} (p50)`, median(times), 'ms', 'lower'),
  ];
};

/** A crash: one vault in a hundred fails on the same tick. */
const measureCrash = (groups: readonly GroupState[], say: (line: string) => void): Row => {
  const book = bookOf(groups);
  const failingAt = (move: number): number => book.tick(marketAt(move)).failing.length;
  let move = 1 - depth;
  while (failingAt(move) < groups.length / 100) move -= 0.0005;
  const times = Array.from({ length: 100 }, () => timed(() => book.tick(marketAt(move))).ms);
  say(
    `${failingAt(move)} of ${groups.length} failing at once: p50 ${showMs(median(times))}, p99 ${showMs(percentile(times, 0.99))}`,
  );
  const count = groups.length.toLocaleString('en');
  return row(
    `price tick → decided, ${count} vaults of which 1 % fail at once (p99)`,
    percentile(times, 0.99),
    'ms',
    'lower',
  );
};

const perSecond = (checks: number, times: readonly number[]): number => (checks / median(times)) * 1000;

const exactChecks = (groups: readonly GroupState[]): Row => {
  const once = (): void => {
    for (const group of groups) evaluateGroup(group, market, startPrices);
  };
  once();
  const times = Array.from({ length: 15 }, () => timed(once).ms);
  return row('margin checks per second and core, exact integers', perSecond(groups.length, times), '1/s', 'higher');
};

const filteredChecks = (groups: readonly GroupState[]): Row => {
  const book = bookOf(groups);
  const { times } = runTicks(book, pricePath(ticks, depth));
  return row('margin checks per second and core, by bound first', perSecond(groups.length, times), '1/s', 'higher');
};

export const priceTicks: Bench = {
  name: 'ticks',
  about: 'price tick → decided, and margin checks per second, on the MarginBook',
  async run(say) {
    const rows = [...(await measureTicks(10_000, null, say)), ...(await measureTicks(100_000, 2, say))];
    const groups = seedGroups(100_000);
    return [...rows, measureCrash(groups, say), exactChecks(groups.slice(0, 10_000)), filteredChecks(groups)];
  },
};
