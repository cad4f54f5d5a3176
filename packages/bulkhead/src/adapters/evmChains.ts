import { createEvmChains, type EndpointUrls, type EvmChain } from '@bulkhead/chains/evm';
import { milliseconds } from '@bulkhead/shared';
import type { ChainConfig } from '@bulkhead/shared/config';
import type { Clock, Log, Metrics } from '@bulkhead/shared/ports';
import { StartupError } from '../startup/startupError.ts';

export const endpointUrls = (chain: ChainConfig): readonly EndpointUrls[] =>
  chain.endpoints.map(({ http, ws }) => (ws === undefined ? { http } : { http, ws }));

/**
 * Opens the chains of a configuration through the EVM adapter. Each call opens connections of its own, so that an observer shares none with a keeper.
 * @throws StartupError when one of them cannot be opened.
 */
export const openChains = async (
  chains: readonly ChainConfig[],
  ports: { readonly clock: Clock; readonly log: Log; readonly metrics: Metrics },
): Promise<readonly EvmChain[]> => {
  const opened = await createEvmChains(
    chains.map(chain => ({
      id: chain.id,
      endpoints: endpointUrls(chain),
      addresses: chain.contracts,
      venues: chain.venues,
      headMaxAge: milliseconds(chain.headMaxAge * 1000),
      finality: { confirmedAfter: chain.confirmedAfter, finalAfter: chain.finalAfter },
      ...ports,
    })),
  );
  if (opened.ok) return opened.value;
  const [finding] = opened.error;
  throw new StartupError({
    code: 'endpointUnreachable',
    field: 'chains',
    problem: finding?.message ?? 'a chain could not be opened.',
    remedy: finding?.remedy ?? 'See the details with: bulkhead doctor',
  });
};
