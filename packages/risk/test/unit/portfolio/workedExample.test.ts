import { readFileSync } from 'node:fs';
import { priceWad, sizeWad, WAD } from '@bulkhead/shared';
import { expect, it } from 'vitest';
import {
  basisContingency,
  blackPrice,
  contagion,
  defaultRiskParameters,
  expiryRequirement,
  type OptionHolding,
  type PortfolioHoldings,
  portfolioRequirement,
  scenarioPnl,
  type UnderlyingHoldings,
} from '../../../src/index.ts';

const page = readFileSync(new URL('../../../../../docs/explanation/portfolio-margin.md', import.meta.url), 'utf8');
const set = defaultRiskParameters.portfolio;
const market = { forward: 2000, years: 90 / 365, rate: 0.04 };

const option = (kind: 'call' | 'put', strike: number, size: number): OptionHolding => ({
  kind,
  strike,
  size,
  volatility: 0.6,
});
const holding = (perp: number, ...options: readonly OptionHolding[]): UnderlyingHoldings => ({
  name: 'ETH',
  spot: 2000,
  confidence: 1,
  perps: perp === 0 ? [] : [{ size: perp, mark: 2000 }],
  expiries: options.length === 0 ? [] : [{ ...market, confidence: 1, futures: [], options }],
  collateral: 0,
});
const portfolio = (underlying: UnderlyingHoldings): PortfolioHoldings => ({
  underlyings: [underlying],
  stablePrice: 1,
});

const perp = holding(10);
const collar = holding(0, option('put', 1800, 10), option('call', 2200, -10));
const together = holding(10, option('put', 1800, 10), option('call', 2200, -10));

const money = (value: number): string =>
  value.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const has = (line: string): void => expect(page.replace(/−/g, '-')).toContain(line);
const wadOf = (value: number): bigint => BigInt(Math.round(value * 1e9)) * (WAD / 10n ** 9n);

/** Maintenance of RISK §2, by the contract's integers. */
const standard = (underlying: UnderlyingHoldings): number => {
  const linear = underlying.perps.reduce((sum, one) => sum + Math.abs(one.size) * one.mark * 0.065, 0);
  return underlying.expiries.reduce((sum, expiry) => {
    const legs = expiry.options.map(one => ({
      kind: one.kind,
      strike: priceWad(wadOf(one.strike)),
      size: sizeWad(wadOf(one.size)),
      mark: priceWad(wadOf(blackPrice({ ...market, ...one }))),
    }));
    return sum + Number(expiryRequirement(legs, priceWad(wadOf(2000)), 6).maintenance) / 1e6;
  }, linear);
};

const scan = (underlying: UnderlyingHoldings) => portfolioRequirement(portfolio(underlying), set);

it('the numbers of the worked example in docs/explanation/portfolio-margin.md are those of the code', () => {
  for (const [name, kind, strike] of [
    ['put 1800', 'put', 1800],
    ['call 2200', 'call', 2200],
  ] as const)
    has(`the ${name} at ${money(blackPrice({ ...market, kind, strike, volatility: 0.6 }))}`);

  for (const [spot, volatility] of [
    [0.82, 'up'],
    [0.865, 'down'],
    [1, 'none'],
    [1.18, 'up'],
    [1, 'linearSkew'],
  ] as const) {
    const cells = [perp, collar, together].map(one => money(scenarioPnl(one, { spot, volatility, damp: 1 }, 1, set)));
    has(`| × ${spot}, ${volatility === 'linearSkew' ? 'linear skew' : volatility} | ${cells.join(' | ')} |`);
  }
  has(`| basis | ${[perp, collar, together].map(one => money(basisContingency(one, set))).join(' | ')} |`);

  const apart = standard(perp) + standard(collar);
  const pooled = scan(together);
  has(`| segregated, cross | ${money(standard(perp))} + ${money(standard(collar))} = ${money(apart)} |`);
  has(`| portfolio | ${money(pooled.maintenance)} |`);
  has(`capital efficiency ${(apart / pooled.maintenance).toFixed(2)}`);
  has(`initially ${money(pooled.initial)}`);

  const naked = holding(0, option('call', 2200, -10));
  has(`${money(standard(naked))} by the standard requirement and ${money(scan(naked).maintenance)} by the scan`);

  const value = (one: UnderlyingHoldings, has_: number) => ({ value: has_, holdings: portfolio(one) });
  has(`contagion ${money(contagion([value(perp, 1500), value(collar, 3500)], set))}`);
});
