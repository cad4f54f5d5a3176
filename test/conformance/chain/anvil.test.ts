import { seedMarket, startLocalnet } from '@bulkhead/localnet';
import { makeEvmFixture } from './evmFixture.ts';
import { anvilNode } from './evmNode.ts';
import { smallMarket } from './smallMarket.ts';
import { chainConformance } from './suite.ts';

chainConformance('anvil', async () => {
  const localnet = await startLocalnet({ chains: 1, redis: false, seed: 'chain conformance' });
  await seedMarket(localnet, smallMarket);
  return makeEvmFixture(localnet, anvilNode(localnet));
});
