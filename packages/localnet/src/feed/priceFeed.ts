import { feedIdOf, type PriceSigner, signPriceReport } from '@bulkhead/sdk';
import {
  type FeedId,
  type PriceReport,
  type PriceWad,
  priceWad,
  type Seconds,
  seconds,
  WAD,
  type Wad,
} from '@bulkhead/shared';
import type { Hex } from 'viem';

/** Prices by feed name, quote per whole unit, WAD. */
export type Prices = Readonly<Record<string, PriceWad | bigint>>;

export interface PublishOptions {
  /** When the prices were seen, seconds since 1970; by default the machine's clock, and always after the last report of the same feed. */
  readonly time?: Seconds;
  /** Half-width of the confidence interval as a share of the price, WAD; the feed's own by default. */
  readonly confidence?: Wad;
  /** Which signers sign, by position; the first `threshold` by default. */
  readonly signers?: readonly number[];
}

/** Signs prices and hands them to whoever listens. It holds the signers' keys; nobody else does. */
export interface PriceFeed {
  readonly feedSetId: Hex;
  readonly threshold: number;
  readonly signers: readonly Hex[];
  /** Signs and pushes; resolves when every listener has been told. Reports are in the order of the prices given. */
  publish(prices: Prices, options?: PublishOptions): Promise<readonly PriceReport[]>;
  /** Signs without telling anybody: to make reports that never were, late or wrong ones. */
  sign(prices: Prices, options?: PublishOptions): Promise<readonly PriceReport[]>;
  /** Newest report of each feed. */
  newest(): ReadonlyMap<FeedId, PriceReport>;
  /** Name of a feed that was published under it. */
  nameOf(feed: FeedId): string | undefined;
  /** Calls back with each report from now on; returns how to stop that. */
  subscribe(listener: (report: PriceReport) => void): () => void;
}

const epoch = 1n;
/** Chains forgive a lead of two seconds over a block's time, and the newest block may be one second old. */
const maxLead = 1;

export const createPriceFeed = (options: {
  readonly feedSetId: Hex;
  readonly signers: readonly PriceSigner[];
  readonly threshold: number;
  readonly confidence: Wad;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}): PriceFeed => {
  const now = options.now ?? Date.now;
  const newest = new Map<FeedId, PriceReport>();
  const names = new Map<FeedId, string>();
  const listeners = new Set<(report: PriceReport) => void>();

  const chosen = (positions: readonly number[] | undefined): readonly PriceSigner[] =>
    positions === undefined
      ? options.signers.slice(0, options.threshold)
      : options.signers.filter((_, position) => positions.includes(position));

  const sign: PriceFeed['sign'] = (prices, publishOptions = {}) => {
    const time = publishOptions.time ?? seconds(Math.floor(now() / 1000));
    const share = publishOptions.confidence ?? options.confidence;
    return Promise.all(
      Object.entries(prices).map(([name, price]) =>
        signPriceReport({
          feedSetId: options.feedSetId,
          signers: chosen(publishOptions.signers),
          report: {
            feed: feedIdOf(name),
            price: priceWad(price),
            confidence: priceWad((price * share) / WAD),
            time,
            epoch,
          },
        }),
      ),
    );
  };

  /**
   * The first second after the newest report of these feeds: a chain ignores a second report of the same second. Waits rather than run ahead of
   * the clock by more than chains forgive.
   */
  const nextTime = async (feedNames: readonly string[]): Promise<Seconds> => {
    const last = Math.max(0, ...feedNames.map(name => newest.get(feedIdOf(name))?.time ?? 0));
    const clock = (): number => Math.floor(now() / 1000);
    while (last + 1 > clock() + maxLead) await new Promise(resolve => setTimeout(resolve, 1000 - (now() % 1000)));
    return seconds(Math.max(last + 1, clock()));
  };

  const remember = (name: string, report: PriceReport): void => {
    names.set(report.feed, name);
    const known = newest.get(report.feed);
    if (known === undefined || known.time <= report.time) newest.set(report.feed, report);
  };

  const publish: PriceFeed['publish'] = async (prices, publishOptions = {}) => {
    const time = publishOptions.time ?? (await nextTime(Object.keys(prices)));
    const reports = await sign(prices, { ...publishOptions, time });
    Object.keys(prices).forEach((name, position) => {
      const report = reports[position];
      if (report) remember(name, report);
    });
    for (const report of reports) for (const listener of listeners) listener(report);
    return reports;
  };

  return Object.freeze({
    feedSetId: options.feedSetId,
    threshold: options.threshold,
    signers: options.signers.map(signer => signer.address),
    publish,
    sign,
    newest: () => newest,
    nameOf: (feed: FeedId) => names.get(feed),
    subscribe: (listener: (report: PriceReport) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
};
