import { milliseconds } from '@bulkhead/shared';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupByTier, tierOf } from '../../src/schedule/tiers.ts';
import { defaultTiers } from '../../src/settings.ts';
import { vaultOf } from './fixtures.ts';

describe('tiers of scheduled checks', () => {
  test('the closer to the threshold, the more often', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (a, b) => {
        const [near, far] = a < b ? [a, b] : [b, a];
        const every = (distance: number) => tierOf(distance, defaultTiers)?.every ?? milliseconds(0);
        expect(every(near)).toBeLessThanOrEqual(every(far));
      }),
    );
  });

  test('every group is in exactly one tier, and what cannot be judged is in the closest', () => {
    const vaults = [vaultOf(1), vaultOf(2), vaultOf(3), vaultOf(4)];
    const distances = [0, 0.01, Number.POSITIVE_INFINITY, Number.NaN];
    const tiers = groupByTier(vaults, vault => distances[vaults.indexOf(vault)] ?? 0, defaultTiers);
    expect([...tiers.values()].flat()).toHaveLength(4);
    expect(tiers.get('failing')).toEqual([vaultOf(1), vaultOf(4)]);
    expect(tiers.get('safe')).toEqual([vaultOf(3)]);
  });
});
