import { type MarketState, type PriceReport, type StoredPrice, seconds, WAD, type Wad } from '@bulkhead/shared';
import { absolute } from './arithmetic.ts';
import { nextStable } from './stablePrice.ts';

const within = (price: bigint, of: bigint, share: Wad): boolean => absolute(price - of) * WAD <= of * share;

const isBelieved = (stored: StoredPrice, report: PriceReport, bounds: MarketState['priceBounds']): boolean =>
  within(report.price, stored.price, bounds.maxStep) ||
  absolute(report.price - stored.price) <= (bounds.stepFloors.get(report.feed) ?? 0n) ||
  (stored.held !== undefined && within(report.price, stored.held.price, bounds.confirmBand));

/** What the chain would have stored of a feed once this report were posted: the same steps as OracleHub.post. */
export const afterPost = (
  stored: StoredPrice | undefined,
  report: PriceReport,
  bounds: MarketState['priceBounds'],
): StoredPrice => {
  const { feed, price, confidence, time } = report;
  if (!stored) return { feed, price, confidence, stable: price, time, held: undefined };
  if (time <= (stored.held ?? stored).time) return stored;
  if (!isBelieved(stored, report, bounds)) return { ...stored, held: { price, time } };
  const stable = nextStable(stored.stable, stored.price, bounds.stableRate, seconds(time - stored.time));
  return { feed, price, confidence, stable, time, held: undefined };
};

/** The newest alone, then with one before it, then with more and more of them. */
const choices = (reports: readonly PriceReport[]): readonly (readonly PriceReport[])[] => {
  const newest = reports.slice(-1);
  const older = reports.slice(0, -1).reverse();
  const runs = reports.map((_, index) => reports.slice(-index - 1));
  return [newest, ...older.map(one => [one, ...newest]), ...runs];
};

/** Reports to post together, and what they leave. */
export interface Posting {
  readonly reports: readonly PriceReport[];
  readonly stored: StoredPrice;
}

/**
 * The fewest of these reports that make the chain store the newest of them; undefined when none do: a jump that no second report confirms yet. A call that
 * reverts leaves no held report behind, so that both come in the call that needs them.
 * @param reports of one feed, oldest first.
 */
export const postingOf = (
  stored: StoredPrice | undefined,
  reports: readonly PriceReport[],
  bounds: MarketState['priceBounds'],
): Posting | undefined => {
  const newest = reports.at(-1);
  if (!newest) return undefined;
  for (const choice of choices(reports)) {
    const after = choice.reduce<StoredPrice | undefined>((state, report) => afterPost(state, report, bounds), stored);
    if (after && after.held === undefined && after.time === newest.time) return { reports: choice, stored: after };
  }
  return undefined;
};
