import { type Client, createPublicClient, http, type PublicClient, type Transport } from 'viem';

/** Any viem client with public actions: a bare one, a local network's. */
export type ReadClient = Pick<
  PublicClient,
  'getCode' | 'readContract' | 'getLogs' | 'getChainId' | 'getBlockNumber' | 'request'
>;

/** A client for one endpoint. Calls of one tick travel in one HTTP request. */
export const readClient = (url: string): PublicClient<Transport> =>
  createPublicClient({
    transport: http(url, { batch: { batchSize: 50 }, timeout: 30_000, retryCount: 2 }),
  }) as Client as PublicClient<Transport>;
