import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  blackPrice,
  forwardGreeks,
  type Greeks,
  type Option,
  optionOnSpot,
  type SpotOption,
  spotGreeks,
} from '../../../src/index.ts';
import { anyOption, liquidOption } from './options.ts';
import { exactVectors, quantlibVectors } from './vectors.ts';

const names = ['delta', 'gamma', 'vega', 'theta', 'rho', 'vanna', 'volga'] as const satisfies readonly (keyof Greeks)[];

describe('Greeks', () => {
  it("are RISK §1's check values", () => {
    const rich = { strike: 100, spot: 105, yield: 0.1, rate: 0.1, years: 0.5, volatility: 0.36 } as const;
    expect(spotGreeks({ kind: 'call', ...rich }).delta).toBeCloseTo(0.5946, 4);
    expect(spotGreeks({ kind: 'put', ...rich }).delta).toBeCloseTo(-0.3566, 4);
    const poor = { kind: 'call', strike: 60, spot: 55, yield: 0, rate: 0.1, years: 0.75, volatility: 0.3 } as const;
    expect(spotGreeks(poor).gamma).toBeCloseTo(0.0278, 4);
    expect(spotGreeks(poor).vega).toBeCloseTo(18.9358, 4);
  });

  it('agree with derivatives in 300-digit arithmetic, each of the seven, to twelve digits', () => {
    for (const { option, values } of exactVectors) {
      const greeks = forwardGreeks(option);
      for (const name of names) {
        const exact = values[name] as number;
        expect(Math.abs(greeks[name] - exact), `${name} of ${JSON.stringify(option)}`).toBeLessThanOrEqual(
          1e-12 * Math.abs(exact) + 1e-280,
        );
      }
    }
  });

  it("of the spot agree with QuantLib's, theta and rho too", () => {
    for (const { option, values } of quantlibVectors) {
      const greeks = spotGreeks(option);
      for (const name of ['delta', 'gamma', 'vega', 'theta', 'rho'] as const)
        expect(Math.abs(greeks[name] - (values[name] as number))).toBeLessThanOrEqual(1e-12 * 200);
    }
  });

  const central = (at: (shift: number) => number, step: number): number => (at(step) - at(-step)) / (2 * step);
  const second = (at: (shift: number) => number, step: number): number =>
    (at(step) - 2 * at(0) + at(-step)) / (step * step);

  it('are the slopes of the price: central differences agree', () => {
    fc.assert(
      fc.property(liquidOption, option => {
        const greeks = forwardGreeks(option);
        const width = option.volatility * Math.sqrt(option.years);
        const moved = (change: Partial<Option>): number => blackPrice({ ...option, ...change });
        const close = (measured: number, name: keyof Greeks, scale: number): void =>
          expect(Math.abs(measured - greeks[name]), name).toBeLessThanOrEqual(2e-5 * scale);
        const { forward, volatility, years, rate } = option;
        const size = Math.max(forward, option.strike);
        const byForward = (shift: number): number => moved({ forward: forward + shift });
        const byVolatility = (shift: number): number => moved({ volatility: volatility + shift });
        const step = 1e-3 * width * forward;
        close(central(byForward, step), 'delta', 1);
        close(second(byForward, step), 'gamma', 1 / (forward * width));
        close(central(byVolatility, 1e-3 * volatility), 'vega', forward);
        close(second(byVolatility, 1e-3 * volatility), 'volga', (10 * forward) / volatility);
        close(-central(shift => moved({ years: years + shift }), 1e-3 * years), 'theta', size / years);
        close(
          central(shift => moved({ rate: rate + shift }), 1e-3),
          'rho',
          size * years,
        );
        const deltaAt = (shift: number): number => forwardGreeks({ ...option, volatility: volatility + shift }).delta;
        close(central(deltaAt, 1e-3 * volatility), 'vanna', 10 / volatility);
      }),
    );
  });

  it('of the spot move with the forward that follows it', () => {
    const income = fc.double({ min: -0.1, max: 0.2, noNaN: true });
    fc.assert(
      fc.property(liquidOption, income, (option, yield_) => {
        const { forward, ...rest } = option;
        const base: SpotOption = { ...rest, spot: forward, yield: yield_ };
        const greeks = spotGreeks(base);
        const moved = (change: Partial<SpotOption>): number => blackPrice(optionOnSpot({ ...base, ...change }));
        const size = Math.max(base.spot, base.strike);
        const step = 1e-3 * base.volatility * Math.sqrt(base.years) * base.spot;
        const close = (measured: number, value: number, scale: number): void =>
          expect(Math.abs(measured - value)).toBeLessThanOrEqual(5e-5 * scale);
        close(
          central(shift => moved({ spot: base.spot + shift }), step),
          greeks.delta,
          1,
        );
        close(
          -central(shift => moved({ years: base.years + shift }), 1e-3 * base.years),
          greeks.theta,
          size / base.years,
        );
        close(
          central(shift => moved({ rate: base.rate + shift }), 1e-3),
          greeks.rho,
          size * base.years,
        );
      }),
    );
  });

  it('are finite in every wing, and at expiry those of the payoff', () => {
    fc.assert(
      fc.property(anyOption, option => {
        for (const value of Object.values(forwardGreeks(option))) expect(Number.isNaN(value)).toBe(false);
        const expired = forwardGreeks({ ...option, years: 0 });
        const sign = option.kind === 'call' ? 1 : -1;
        const inTheMoney = sign * (option.forward - option.strike);
        if (inTheMoney !== 0) expect(expired.delta).toBeCloseTo(inTheMoney > 0 ? sign : 0, 12);
        expect([expired.gamma, expired.vega, expired.vanna, expired.volga]).toEqual([0, 0, 0, 0]);
      }),
    );
  });
});
