import type { VaultId } from '@bulkhead/shared';
import type { CheckTier } from '../settings.ts';

/** The tier of a group at this distance: the first whose `upTo` is not below it. The closer to the threshold, the more often it is checked. */
export const tierOf = (distance: number, tiers: readonly CheckTier[]): CheckTier | undefined =>
  tiers.find(tier => distance <= tier.upTo) ?? tiers.at(-1);

/** Groups of each tier. NaN distances count as the closest: what cannot be judged is looked at most often. */
export const groupByTier = (
  vaults: Iterable<VaultId>,
  distanceOf: (vault: VaultId) => number,
  tiers: readonly CheckTier[],
): ReadonlyMap<string, readonly VaultId[]> => {
  const groups = new Map<string, VaultId[]>(tiers.map(tier => [tier.name, []]));
  for (const vault of vaults) {
    const distance = distanceOf(vault);
    const tier = tierOf(Number.isNaN(distance) ? Number.NEGATIVE_INFINITY : distance, tiers);
    if (tier) groups.get(tier.name)?.push(vault);
  }
  return groups;
};
