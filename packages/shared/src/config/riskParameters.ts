/** Every number of the off-chain risk maths (RISK §2, §4), in one versioned set. A file states all of them: nothing has a default that it hides. */
import { z } from 'zod';
import { failure, ok, type Result } from '../result.ts';
import { keysAt } from './keys.ts';
import { type ConfigProblem, problemsFrom } from './problems.ts';

const numberFrom = (least: number, most: number) => {
  const error = `a number from ${least} to ${most}`;
  return z.number({ error }).min(least, { error }).max(most, { error });
};

const shareOfNotional = numberFrom(0, 1);

/** A state of the world that a book is revalued in. */
const scenarioSchema = z.strictObject({
  /** The spot is multiplied by it. */
  spot: numberFrom(0.01, 100),
  /** A skew turns the smile, and leaves the spot. */
  volatility: z.enum(['up', 'none', 'down', 'linearSkew', 'absoluteSkew']),
  /** The profit and loss is multiplied by it: less than one for what is far and rare. */
  damp: numberFrom(0.0001, 1),
});

/** Volatility × (1 + up·(pivot/days)^power), × (1 − down·(pivot/days)^power). */
const volatilityShockSchema = z.strictObject({
  up: numberFrom(0, 10),
  down: numberFrom(0, 1),
  pivotDays: numberFrom(1, 365),
  /** Days are counted as at least so many. */
  leastDays: numberFrom(0.01, 30),
  /** Up to the pivot. */
  shortPower: numberFrom(0, 1),
  /** Beyond it. */
  longPower: numberFrom(0, 1),
  /** What a volatility shocked upwards is at least. */
  floorUp: numberFrom(0, 10),
});

/** Volatility × (1 ± min(cap, k·cap/k*)), cap = max(0, base − decay·√τ), k* = max(leastWidth, width·√τ). */
const skewSchema = z.strictObject({
  base: numberFrom(0, 1),
  decay: numberFrom(0, 10),
  width: numberFrom(0.01, 100),
  leastWidth: numberFrom(0.0001, 1),
});

const staticDiscountSchema = z.strictObject({
  base: numberFrom(0, 10),
  rateFactor: numberFrom(0, 10),
  rateAdded: numberFrom(0, 10),
});

const portfolioSchema = z
  .strictObject({
    scenarios: z.array(scenarioSchema).min(1),
    /** Shares of the worst loss. */
    maintenanceFactor: numberFrom(0.01, 10),
    initialFactor: numberFrom(0.01, 10),
    volatilityShock: volatilityShockSchema,
    skew: skewSchema,
    /** What a positive shocked value of an expiry counts, and a negative one. */
    staticDiscount: z.strictObject({ positive: staticDiscountSchema, negative: staticDiscountSchema }),
    /** Worst of the expiry's move at spot × (1 ± shock), times fixed + perYear·τ. */
    basis: z.strictObject({ shock: numberFrom(0, 0.9), fixed: numberFrom(0, 10), perYear: numberFrom(0, 10) }),
    /** Shares of the spot notional; the initial ones come on top of the maintenance ones. */
    contingencies: z.strictObject({
      linearMaintenance: shareOfNotional,
      linearInitial: shareOfNotional,
      nakedShortMaintenance: shareOfNotional,
      nakedShortInitial: shareOfNotional,
    }),
    /** Under the threshold, (1 − confidence)·factor of the notional comes on top of the initial requirement. */
    confidence: z.strictObject({ threshold: numberFrom(0, 1), factor: numberFrom(0, 10) }),
    /** Under the threshold, (threshold − price)·factor comes on top of the initial factor. */
    depeg: z.strictObject({ threshold: numberFrom(0, 1), factor: numberFrom(0, 100) }),
  })
  .refine(set => set.initialFactor >= set.maintenanceFactor, {
    path: ['initialFactor'],
    error: 'at least maintenanceFactor',
  })
  // Otherwise two books together could need more than apart.
  .refine(set => set.staticDiscount.positive.base <= 1, {
    path: ['staticDiscount', 'positive', 'base'],
    error: 'at most one',
  })
  .refine(set => set.staticDiscount.negative.base >= 1, {
    path: ['staticDiscount', 'negative', 'base'],
    error: 'at least one',
  });

export const riskParametersSchema = z.strictObject({
  version: z.literal(1, { error: 'the version of this form, 1' }),
  /** Named in reports and records, so that a requirement can be computed again. */
  name: z.string().min(1),
  portfolio: portfolioSchema,
});

export type RiskParameters = z.output<typeof riskParametersSchema>;
export type PortfolioParameters = RiskParameters['portfolio'];
export type ScenarioParameters = PortfolioParameters['scenarios'][number];

/** Checks parsed YAML or JSON. Every mistake is reported, not only the first. */
export const parseRiskParameters = (raw: unknown): Result<RiskParameters, readonly ConfigProblem[]> => {
  const parsed = riskParametersSchema.safeParse(raw);
  return parsed.success ? ok(parsed.data) : failure(problemsFrom(parsed.error, raw, keysAt(riskParametersSchema)));
};
