import { seedMarket, startLocalnet } from '@bulkhead/localnet';
import { makeEvmFixture } from './evmFixture.ts';
import { gethIsThere, startGethNode } from './gethNode.ts';
import { smallMarket } from './smallMarket.ts';
import { chainConformance, skippedConformance } from './suite.ts';

if (gethIsThere()) {
  chainConformance('geth', async () => {
    const localnet = await startLocalnet({ chains: 1, redis: false, seed: 'chain conformance' });
    await seedMarket(localnet, smallMarket);
    return makeEvmFixture(localnet, await startGethNode(localnet));
  });
} else {
  skippedConformance('geth', 'no geth on the PATH');
}
