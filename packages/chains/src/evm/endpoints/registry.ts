import { type Config, createConfig } from '@wagmi/core';
import { createTransport, defineChain, type Transport, type Chain as ViemChain } from 'viem';
import type { EndpointPool } from './pool.ts';

/** What viem wants to know of a chain that it has never heard of. */
export const viemChain = (
  chainId: number,
  urls: readonly { readonly http: string; readonly ws?: string }[],
): ViemChain =>
  defineChain({
    id: chainId,
    name: `eip155:${chainId}`,
    nativeCurrency: { name: 'native', symbol: 'NATIVE', decimals: 18 },
    rpcUrls: {
      default: {
        http: urls.map(({ http }) => http),
        webSocket: urls.flatMap(({ ws }) => (ws === undefined ? [] : [ws])),
      },
    },
  });

const poolTransport =
  (pool: EndpointPool): Transport =>
  () =>
    createTransport({
      key: 'pool',
      name: 'Endpoint pool',
      type: 'pool',
      retryCount: 0,
      request: (({ method, params }: { method: string; params?: readonly unknown[] }) =>
        pool.request(method, params ?? [])) as never,
    });

/**
 * The chains of one process as a wagmi configuration, each behind its pool: whatever of @wagmi/core or viem is used with it gets the same
 * ejection and failover as the port.
 */
export const createRegistry = (
  entries: readonly { readonly chain: ViemChain; readonly pool: EndpointPool }[],
): Config => {
  const chains = entries.map(({ chain }) => chain);
  const [first, ...rest] = chains;
  if (first === undefined) throw new RangeError('A registry needs a chain.');
  return createConfig({
    chains: [first, ...rest],
    storage: null,
    multiInjectedProviderDiscovery: false,
    transports: Object.fromEntries(entries.map(({ chain, pool }) => [chain.id, poolTransport(pool)])),
  }) as Config;
};
