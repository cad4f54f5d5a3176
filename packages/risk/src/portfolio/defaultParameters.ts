import type { RiskParameters, ScenarioParameters } from '@bulkhead/shared/config';

const volatilities = ['up', 'none', 'down'] as const;

/** Every spot move with every volatility: 21. */
const moves = [-0.135, -0.09, -0.045, 0, 0.045, 0.09, 0.135].flatMap(move =>
  volatilities.map((volatility): ScenarioParameters => ({ spot: 1 + move, volatility, damp: 1 })),
);

const large = [0.82, 1.18].map((spot): ScenarioParameters => ({ spot, volatility: 'up', damp: 1 }));

/** So far that a fixed share of the loss is counted; for a linear position each of them but the first two upward ones costs 13.86 % of its value. */
const tails = [
  [0.34, 0.21],
  [0.67, 0.42],
  [1.5, 0.2772],
  [2, 0.1386],
  [3, 0.0693],
  [4, 0.0462],
  [5, 0.03465],
  [6, 0.02772],
].map(([spot, damp]): ScenarioParameters => ({ spot: spot as number, volatility: 'up', damp: damp as number }));

const skews = (['linearSkew', 'absoluteSkew'] as const).map(
  (volatility): ScenarioParameters => ({ spot: 1, volatility, damp: 1 }),
);

/**
 * RISK §4's numbers. It leaves open the factor on the rate of both static discounts, what is added to the rate of the negative one, and the factor on
 * missing confidence; those are ours.
 */
export const defaultRiskParameters: RiskParameters = {
  version: 1,
  name: 'default-1',
  portfolio: {
    scenarios: [...moves, ...large, ...tails, ...skews],
    maintenanceFactor: 0.8,
    initialFactor: 1,
    volatilityShock: {
      up: 0.5,
      down: 0.3,
      pivotDays: 30,
      leastDays: 1,
      shortPower: 0.3,
      longPower: 0.13,
      floorUp: 0.4,
    },
    skew: { base: 0.25, decay: 0.1, width: 2.4, leastWidth: 0.01 },
    staticDiscount: {
      positive: { base: 0.95, rateFactor: 1, rateAdded: 0.16 },
      negative: { base: 1.04, rateFactor: 1, rateAdded: 0.16 },
    },
    basis: { shock: 0.045, fixed: 0.5, perYear: 2 },
    contingencies: {
      linearMaintenance: 0.03,
      linearInitial: 0.01,
      nakedShortMaintenance: 0.003,
      nakedShortInitial: 0.002,
    },
    confidence: { threshold: 0.55, factor: 0.5 },
    depeg: { threshold: 0.99, factor: 2 },
  },
};
