import { type FeedId, type PriceWad, priceWad } from '@bulkhead/shared';
import { chance } from './chance.ts';
import { startPrices } from './market.ts';

export type Tick = readonly (readonly [FeedId, PriceWad])[];

const moved = (factor: number): Tick =>
  [...startPrices].map(([feed, price]) => [
    feed,
    priceWad(((price as bigint) * BigInt(Math.round(factor * 1e9))) / 1_000_000_000n),
  ]);

/**
 * All feeds move on every tick, the worst case: three swings of the whole market around where the vaults were opened, with noise of each feed's
 * own. Their depth is where the most highly levered vaults begin to fail.
 */
export const pricePath = (ticks: number, depth: number): readonly Tick[] => {
  const random = chance(2);
  return Array.from({ length: ticks }, (_, index) => {
    const swing = 1 - depth * Math.sin((2 * Math.PI * 3 * index) / ticks);
    return moved(swing).map(([feed, price]) => {
      const noise = BigInt(Math.round(random.between(-0.001, 0.001) * 1e9));
      return [feed, priceWad((price as bigint) + ((price as bigint) * noise) / 1_000_000_000n)] as const;
    });
  });
};

/** The whole market at one relative move. */
export const marketAt = moved;
