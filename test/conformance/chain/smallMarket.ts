import type { SeedMarketOptions } from '@bulkhead/localnet';

/** Eight vaults, all long and highly levered: a fall of seven percent fails them while they are still worth something. */
export const smallMarket: SeedMarketOptions = {
  owners: 4,
  vaultsPerChain: 8,
  longShare: 1,
  leverage: [{ weight: 1, from: 8, to: 9 }],
};
