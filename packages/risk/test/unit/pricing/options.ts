import fc from 'fast-check';
import type { Option } from '../../../src/index.ts';

const real = (min: number, max: number) => fc.double({ min, max, noNaN: true });
/** Even in the logarithm: as many small values as large ones. */
export const logReal = (min: number, max: number) => real(Math.log(min), Math.log(max)).map(Math.exp);

/** From a minute to five years, from a tenth to ten times the forward, from a dead market to a panic. */
export const anyOption: fc.Arbitrary<Option> = fc
  .record({
    kind: fc.constantFrom('call' as const, 'put' as const),
    forward: logReal(1e-3, 1e6),
    moneyness: fc.oneof(logReal(0.1, 10), logReal(0.98, 1.02), fc.constant(1)),
    years: logReal(2e-6, 5),
    volatility: fc.oneof(logReal(0.005, 4), fc.constant(0)),
    rate: real(-0.05, 0.2),
  })
  .map(({ moneyness, ...rest }) => ({ ...rest, strike: rest.forward * moneyness }));

/** Where differences of doubles still tell something: the strike within three deviations of the forward. */
export const liquidOption: fc.Arbitrary<Option> = fc
  .record({
    kind: fc.constantFrom('call' as const, 'put' as const),
    forward: logReal(1, 1e5),
    deviations: real(-3, 3),
    years: logReal(0.01, 3),
    volatility: logReal(0.1, 1.5),
    rate: real(-0.05, 0.2),
  })
  .map(({ deviations, ...rest }) => ({
    ...rest,
    strike: rest.forward * Math.exp(deviations * rest.volatility * Math.sqrt(rest.years)),
  }));
