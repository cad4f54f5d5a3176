/** Walks the ticks in real time: one signed report of every feed at the start of each second. */
import type { LocalFeed } from '@bulkhead/localnet';
import { milliseconds, type PriceReport, type PriceWad, priceWad, seconds } from '@bulkhead/shared';
import type { Clock, Random } from '@bulkhead/shared/ports';
import type { PriceLine } from '../screen/viewModel.ts';
import { feeds } from './parameterSet.ts';
import { type Step, wander } from './pricePath.ts';
import type { Tick } from './ticks.ts';

/** Prices shown in a row of the screen. */
const remembered = 120;

export interface PriceBoard {
  lines(): readonly PriceLine[];
  /** Newest prices, in the order of the lines. */
  newest(): readonly PriceWad[];
  /** Reports published so far, one a tick. */
  readonly ticks: number;
}

export interface PriceDriver {
  readonly board: PriceBoard;
  /** Prices to stand at before the first tick, by feed name. Published at once. */
  begin(prices: Readonly<Record<string, PriceWad>>): Promise<void>;
  /** From tick `from` to the last; stops early when the signal aborts. */
  walk(ticks: readonly Tick[], from: number, signal: AbortSignal): Promise<void>;
  /** Repeats the newest prices, or lets them wander, until the signal aborts or the time is over. */
  goOn(how: 'hold' | 'wander', signal: AbortSignal): Promise<void>;
}

export interface DriverHooks {
  /** After a tick was published. */
  onTick(index: number, tick: Tick): void;
  /** Prices that follow from the others, by feed name. @param now seconds. */
  derive(prices: Readonly<Record<string, PriceWad>>, now: number): Readonly<Record<string, PriceWad>>;
  /** Once the price is the close: it stands a moment longer after this has resolved. */
  atClose(reports: readonly PriceReport[]): Promise<void>;
  /** Before the overnight gap, when the close has stood: the next price waits until this has resolved. */
  onClose(price: PriceWad, reports: readonly PriceReport[]): Promise<void>;
}

interface Track {
  readonly name: string;
  readonly feed: string;
  first: number | undefined;
  price: PriceWad | undefined;
  place: string;
  readonly history: number[];
}

const track = (name: string, feed: string): Track => ({
  name,
  feed,
  first: undefined,
  price: undefined,
  place: '',
  history: [],
});
const placeOf = (step: Step): string => `${step.date} ${step.kind === 'between' ? '' : step.kind}`.trim();
const toNumber = (price: PriceWad): number => Number(price / 10n ** 9n) / 1e9;

export const createPriceDriver = (
  feed: Pick<LocalFeed, 'publish'>,
  clock: Clock,
  random: Random,
  hooks: DriverHooks,
): PriceDriver => {
  const tracks = {
    autumn: track('SPX 2008', feeds.autumn),
    spring: track('SPX 2020', feeds.spring),
    collateral: track('ETH', feeds.collateral),
  };
  const all = [tracks.autumn, tracks.spring, tracks.collateral];
  let published = 0;

  const note = (each: Track, price: PriceWad, place: string): void => {
    each.first ??= toNumber(price);
    each.price = price;
    each.place = place;
    each.history.push(toNumber(price));
    if (each.history.length > remembered) each.history.shift();
  };

  /** Prices are signed at the start of a second, because a report's time is in whole seconds: latencies then have no rounding in them. */
  const nextSecond = async (signal: AbortSignal): Promise<void> => {
    const now = clock.now();
    await clock.sleep(milliseconds(1000 - (now % 1000)), signal);
  };

  /** Rounded, because a timer may fire a moment before its second begins: two reports of one second would be one price to a chain. */
  const publish = async (): Promise<readonly PriceReport[]> => {
    const prices = Object.fromEntries(
      all.flatMap(each => (each.price === undefined ? [] : [[each.feed, each.price] as const])),
    );
    const time = seconds(Math.round(clock.now() / 1000));
    return feed.publish({ ...prices, ...hooks.derive(prices, time) }, { time });
  };

  /** Who trades at the close is held to the stable price, which follows within this many seconds; a tick is hours of the path. */
  const closeStands = 2;

  const close = async (price: PriceWad, reports: readonly PriceReport[], signal: AbortSignal): Promise<void> => {
    await hooks.atClose(reports);
    for (let second = 0; second < closeStands; second++) await nextSecond(signal);
    if (!signal.aborted) await hooks.onClose(price, await publish());
  };

  const step = async (tick: Tick, index: number, signal: AbortSignal): Promise<void> => {
    note(tracks.autumn, tick.autumn.price, placeOf(tick.autumn));
    note(tracks.spring, tick.spring.price, placeOf(tick.spring));
    note(tracks.collateral, tick.collateral, '');
    const reports = await publish();
    published += 1;
    hooks.onTick(index, tick);
    if (tick.beforeGap) await close(tick.spring.price, reports, signal);
  };

  return {
    board: {
      lines: () =>
        all.map(({ name, first, price, place, history }) => {
          const shown = price === undefined ? 0 : toNumber(price);
          return { name, place, price: shown, change: first ? shown / first - 1 : 0, history: [...history] };
        }),
      newest: () => all.map(each => each.price ?? priceWad(0n)),
      get ticks() {
        return published;
      },
    },
    begin: async prices => {
      for (const each of all) {
        const price = prices[each.feed];
        if (price !== undefined) note(each, price, '');
      }
      await publish();
    },
    walk: async (ticks, from, signal) => {
      for (const [offset, tick] of ticks.slice(from).entries()) {
        await nextSecond(signal);
        if (signal.aborted) return;
        await step(tick, from + offset, signal);
      }
    },
    goOn: async (how, signal) => {
      const starts = all.map(each => each.price);
      while (!signal.aborted) {
        await nextSecond(signal);
        if (signal.aborted) return;
        all.forEach((each, index) => {
          const start = starts[index];
          if (each.price === undefined || start === undefined) return;
          note(each, how === 'hold' ? each.price : wander(start, each.price, random), how === 'hold' ? each.place : '');
        });
        await publish();
        if (how === 'wander') published += 1;
      }
    },
  };
};
