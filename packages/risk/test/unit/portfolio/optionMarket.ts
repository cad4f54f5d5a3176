import {
  type FeedId,
  type GroupState,
  type InstrumentTerms,
  type MarketState,
  priceWad,
  seconds,
  sizeWad,
  vaultId,
  WAD,
  wad,
} from '@bulkhead/shared';
import fc from 'fast-check';
import { type AttesterView, blackPrice } from '../../../src/index.ts';
import { anyGroup, market as perps } from '../arbitraries.ts';

/** A market of one underlying with a perp, a future, a call and a put (instruments 0 to 3), and groups of two vaults in it. */

const word = (value: number): FeedId => `0x${value.toString(16).padStart(64, '0')}`;
export const index = word(100);
const time = seconds(1_700_000_000);
const expiry = seconds(time + 90 * 86_400);
export const spot = 2000;

const listed = (instrument: number, change: Partial<InstrumentTerms>): InstrumentTerms => ({
  ...(perps.instruments[0] as InstrumentTerms),
  instrument,
  feed: word(200 + instrument),
  indexFeed: index,
  ...change,
});

const strike = (quote: number) => priceWad(BigInt(quote) * WAD);
export const market: MarketState = {
  ...perps,
  instruments: [
    listed(0, { kind: 'perp' }),
    listed(1, { kind: 'future', expiry }),
    listed(2, { kind: 'call', expiry, strike: strike(2000) }),
    listed(3, { kind: 'put', expiry, strike: strike(1800) }),
  ],
  portfolio: { ...perps.portfolio, floorInitial: wad(WAD / 50n), floorMaintenance: wad(WAD / 100n) },
};

const optionMark = (kind: 'call' | 'put', at: number) =>
  blackPrice({ kind, forward: spot, strike: at, years: 90 / 365, volatility: 0.6, rate: 0.05 });
const marks = [spot, spot, optionMark('call', 2000), optionMark('put', 1800)];
export const view: AttesterView = {
  prices: new Map([
    [index, priceWad(BigInt(spot) * WAD)],
    ...marks.map((mark, i) => [word(200 + i), priceWad(BigInt(Math.round(mark * 1e9)) * 10n ** 9n)] as const),
  ]),
  confidences: new Map([[index, 1]]),
  volatilities: new Map([
    [2, 0.6],
    [3, 0.6],
  ]),
  forward: () => spot,
  rate: 0.05,
  stablePrice: 1,
  time,
};

export const vault = vaultId(word(1));
export const sibling = vaultId(word(2));
const [empty] = fc.sample(anyGroup, { numRuns: 1, seed: 1 }) as [GroupState];
export const holding = (...sizes: readonly (readonly [number, bigint, typeof vault?])[]): GroupState => ({
  ...empty,
  vault,
  vaults: [vault, sibling],
  mode: 'portfolio',
  assets: [],
  positions: sizes.map(([instrument, size, at]) => ({
    vault: at ?? vault,
    instrument,
    size: sizeWad(size),
    carriedAt: view.prices.get(word(200 + instrument)) ?? priceWad(WAD),
    tradeGain: empty.owed,
    tradeLoss: empty.owed,
  })),
});
