import {
  blackPrice,
  defaultRiskParameters,
  forwardGreeks,
  impliedVolatility,
  type Option,
  type PortfolioHoldings,
  portfolioRequirement,
} from '@bulkhead/risk';
import { type Chance, chance } from './chance.ts';
import { type Bench, type Row, row } from './row.ts';
import { median, timed } from './statistics.ts';

const count = 20_000;
const rounds = 15;

/** Strikes within three deviations of the forward, a day to a year, 20 to 150 % of volatility. */
const someOptions = ({ unit, between }: Chance): readonly Option[] =>
  Array.from({ length: count }, () => {
    const years = between(1, 365) / 365;
    const volatility = between(0.2, 1.5);
    return {
      kind: unit() < 0.5 ? 'call' : 'put',
      forward: 2000,
      strike: 2000 * Math.exp(between(-3, 3) * volatility * Math.sqrt(years)),
      years,
      volatility,
      rate: 0.04,
    };
  });

/** As many positions as one vault can have: a perp and fifteen options over three expiries. */
const fullVault = (options: readonly Option[]): PortfolioHoldings => ({
  underlyings: [
    {
      name: 'ETH',
      spot: 2000,
      confidence: 1,
      perps: [{ size: -3, mark: 2000 }],
      expiries: [0, 1, 2].map(expiry => ({
        years: (expiry + 1) / 12,
        forward: 2000,
        rate: 0.04,
        confidence: 1,
        futures: [],
        options: options.slice(expiry * 5, expiry * 5 + 5).map((one, i) => ({ ...one, size: i % 2 === 0 ? 1 : -1 })),
      })),
      collateral: 0,
    },
  ],
  stablePrice: 1,
});

const rate = (name: string, work: () => void, times: number): Row => {
  work();
  const ms = median(Array.from({ length: rounds }, () => timed(work).ms));
  return row(name, (times / ms) * 1000, '1/s', 'higher');
};

export const pricing: Bench = {
  name: 'pricing',
  about: 'option prices, Greeks, implied volatilities and portfolio scans per second and core',
  async run(say) {
    const options = someOptions(chance(1));
    const prices = options.map(blackPrice);
    const holdings = fullVault(options);
    const scans = 500;
    say(`${count} options, ${rounds} rounds, medians; ${scans} scans of a vault with 16 positions`);
    const each = (work: (option: Option, index: number) => unknown) => () => options.forEach(work);
    return [
      rate('option prices per second and core', each(blackPrice), count),
      rate('option Greeks, all seven, per second and core', each(forwardGreeks), count),
      rate(
        'implied volatilities per second and core',
        each((option, index) => impliedVolatility(option, prices[index] as number)),
        count,
      ),
      rate(
        'portfolio scans per second and core, 16 positions, 33 scenarios',
        () => {
          for (let i = 0; i < scans; i += 1) portfolioRequirement(holdings, defaultRiskParameters.portfolio);
        },
        scans,
      ),
    ];
  },
};
