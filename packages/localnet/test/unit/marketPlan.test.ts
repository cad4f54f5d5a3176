import { defaultLeverage, localKeys, planMarket, seededRandom, defaultParameterSet as set } from '@bulkhead/localnet';
import { describe, expect, test } from 'vitest';

const keys = localKeys('test', { priceSigners: 3, members: 2, keepers: 2 });
const prices = new Map<string, bigint>(Object.entries(set.startPrices));
const options = {
  owners: 10,
  vaultsPerChain: 200,
  members: 2,
  seed: 'plan',
  instruments: { 'ETH-PERP': 1, 'SPX-PERP': 3 },
  longShare: 0.75,
  leverage: defaultLeverage,
  equity: { from: 2_000, to: 20_000 },
};
const world = { set, prices, owner: keys.owner };

describe('a planned market', () => {
  test('repeats with its seed and differs by seed and chain', () => {
    expect(planMarket(options, 0, world)).toEqual(planMarket(options, 0, world));
    expect(planMarket(options, 0, world)).not.toEqual(planMarket(options, 1, world));
    expect(planMarket(options, 0, world)).not.toEqual(planMarket({ ...options, seed: 'other' }, 0, world));
  });

  test('opens each (owner, bucket) once and trades only what was asked for', () => {
    const plan = planMarket(options, 0, world);
    expect(new Set(plan.map(vault => vault.vaultId)).size).toBe(200);
    const traded = new Set(plan.flatMap(vault => vault.positions.map(position => position.instrument)));
    expect(traded).toEqual(new Set([0, 2]));
  });

  test('never asks for more than the initial margin allows, and comes close to it', () => {
    const leverages = planMarket(options, 0, world).map(vault => vault.leverage);
    expect(Math.max(...leverages)).toBeLessThan(9.7);
    expect(Math.max(...leverages)).toBeGreaterThan(9);
    expect(leverages.filter(leverage => leverage < 5).length).toBeGreaterThan(80);
  });

  test('is mostly long, and sizes are never zero', () => {
    const sizes = planMarket(options, 0, world).flatMap(vault => vault.positions.map(position => position.size));
    expect(sizes.filter(size => size > 0n).length / sizes.length).toBeGreaterThan(0.6);
    expect(sizes.every(size => size !== 0n)).toBe(true);
  });
});

test('seeded chance is uniform enough and the same every time', () => {
  const draw = () => {
    const random = seededRandom('x');
    return Array.from({ length: 1_000 }, () => random.unit());
  };
  const drawn = draw();
  expect(drawn).toEqual(draw());
  expect(drawn.every(value => value >= 0 && value < 1)).toBe(true);
  expect(Math.abs(drawn.reduce((sum, value) => sum + value, 0) / 1_000 - 0.5)).toBeLessThan(0.05);
});
