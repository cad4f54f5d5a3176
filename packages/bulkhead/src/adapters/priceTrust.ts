import { oracleHubAbi } from '@bulkhead/contracts';
import type { ChainConfig } from '@bulkhead/shared/config';
import { type Address, createPublicClient, http } from 'viem';
import type { PriceTrust } from './httpOracle.ts';

/** Whose prices a chain accepts, asked of the chain. */
export const readPriceTrust = async (chain: ChainConfig): Promise<PriceTrust> => {
  const client = createPublicClient({ transport: http(chain.endpoints[0]?.http) });
  const hub = { address: chain.contracts.oracleHub, abi: oracleHubAbi } as const;
  const [feedSetId, epoch, threshold, signers] = await Promise.all([
    client.readContract({ ...hub, functionName: 'feedSetId' }),
    client.readContract({ ...hub, functionName: 'epoch' }),
    client.readContract({ ...hub, functionName: 'threshold' }),
    client.readContract({ ...hub, functionName: 'signers' }),
  ]);
  return {
    feedSetId,
    epoch: BigInt(epoch),
    threshold: Number(threshold),
    signers: signers.map(signer => signer.toLowerCase() as Address),
  };
};
