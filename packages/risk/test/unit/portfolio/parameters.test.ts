import { readFileSync } from 'node:fs';
import { formatProblem, parseRiskParameters } from '@bulkhead/shared/config';
import { describe, expect, it } from 'vitest';
import { defaultRiskParameters } from '../../../src/index.ts';

const problems = (raw: unknown): readonly string[] => {
  const parsed = parseRiskParameters(raw);
  return parsed.ok ? [] : parsed.error.map(formatProblem);
};
const { portfolio } = defaultRiskParameters;
const changed = (change: object): readonly string[] =>
  problems({ ...defaultRiskParameters, portfolio: { ...portfolio, ...change } });

describe('the set of risk parameters', () => {
  it('survives a file: docs/reference/risk-parameters.json parses to the default set', () => {
    const file = new URL('../../../../../docs/reference/risk-parameters.json', import.meta.url);
    const parsed = parseRiskParameters(JSON.parse(readFileSync(file, 'utf8')));
    expect(parsed).toEqual({ ok: true, value: defaultRiskParameters });
  });

  it('has no hidden defaults, no unknown keys and one version', () => {
    const { basis: _, ...without } = portfolio;
    expect(problems({ ...defaultRiskParameters, portfolio: without })).toHaveLength(1);
    expect(changed({ skw: 1 })[0]).toContain('Did you mean "skew"?');
    expect(problems({ ...defaultRiskParameters, version: 2 })[0]).toContain('the version of this form, 1');
  });

  it('refuses what would turn a requirement upside down', () => {
    expect(changed({ scenarios: [] })).toHaveLength(1);
    expect(changed({ scenarios: [{ spot: -1, volatility: 'up', damp: 1 }] })).toHaveLength(1);
    expect(changed({ scenarios: [{ spot: 1, volatility: 'sideways', damp: 1 }] })).toHaveLength(1);
    expect(changed({ maintenanceFactor: 2 })).toHaveLength(1);
    expect(changed({ initialFactor: Number.NaN })).toHaveLength(1);
    const { positive, negative } = portfolio.staticDiscount;
    expect(changed({ staticDiscount: { positive: { ...positive, base: 1.1 }, negative } })).toHaveLength(1);
    expect(changed({ staticDiscount: { positive, negative: { ...negative, base: 0.9 } } })).toHaveLength(1);
  });
});
