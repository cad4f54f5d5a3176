import type { ParameterSet } from '@bulkhead/localnet';
import { type PriceWad, priceWad, quoteAmount, seconds, tokenAmount, wad } from '@bulkhead/shared';
import { putMark } from './putMark.ts';

/** Feeds of the main job: one index through each crash, and a collateral that only wanders. */
export const feeds = {
  autumn: 'SPX-2008/USD',
  spring: 'SPX-2020/USD',
  collateral: 'ETH/USD',
  put: 'SPX-2008-PUT/USD',
} as const;
export const instruments = { autumn: 'SPX-2008-PERP', spring: 'SPX-2020-PERP', put: 'SPX-2008-PUT' } as const;
/** Number of the second instrument, in the order listed. */
export const springInstrument = 1;
export const putInstrument = 2;
/** From the first prices to the expiry of the put: well inside the path. */
const putLife = seconds(150);

const percent = (value: number) => wad(BigInt(Math.round(value * 100)) * 10n ** 14n);
const usdc = (value: bigint): bigint => value * 10n ** 6n;

/**
 * What `up` deploys: localnet's `demo` with the two indices as instruments. The second one carries thinner margins (6 % and 4 %), so that the
 * weekend of 13–16 March 2020, −7.47 %, is wider than a margin can be; and the house and the members give so little that it runs out.
 */
export const upParameterSet = (
  demo: ParameterSet,
  start: { readonly autumn: PriceWad; readonly spring: PriceWad },
): ParameterSet => ({
  ...demo,
  description: `${demo.description} Two indices: one goes through autumn 2008, the other through spring 2020; and a put on the first that expires on the way.`,
  collaterals: demo.collaterals.filter(each => each.feed === undefined || each.feed === feeds.collateral),
  instruments: [
    {
      name: instruments.autumn,
      feed: feeds.autumn,
      initialRate: percent(10),
      maintenanceRate: percent(6.5),
      tradeBand: percent(2),
    },
    {
      name: instruments.spring,
      feed: feeds.spring,
      initialRate: percent(6),
      maintenanceRate: percent(4),
      tradeBand: percent(2),
    },
    {
      name: instruments.put,
      feed: feeds.put,
      initialRate: percent(0),
      maintenanceRate: percent(0),
      tradeBand: percent(2),
      // At the money when it is bought.
      option: { kind: 'put', index: feeds.autumn, strike: start.autumn, life: putLife },
    },
  ],
  startPrices: {
    [feeds.autumn]: start.autumn,
    [feeds.spring]: start.spring,
    [feeds.collateral]: priceWad(3_000n * 10n ** 18n),
    [feeds.put]: putMark(start.autumn, start.autumn, putLife),
  },
  houseCapital: quoteAmount(usdc(1_500n)),
  memberContribution: quoteAmount(usdc(500n)),
  keeperCapital: [quoteAmount(usdc(2_000_000n)), quoteAmount(usdc(250_000n))],
  marketMakerCapital: tokenAmount(usdc(50_000_000n)),
});
