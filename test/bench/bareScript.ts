import { liquidationEngineAbi, vaultLensAbi } from '@bulkhead/contracts';
import { feedIdOf } from '@bulkhead/sdk';
import { type BlockRef, type Hex32, milliseconds, type VaultId, WAD } from '@bulkhead/shared';
import { createClient, decodeFunctionResult, encodeFunctionData, type Hex, http, numberToHex } from 'viem';
import { realClock } from '../support/clocks.ts';
import type { Bidder, BidWorld } from './bidWorld.ts';

/**
 * The least that a liquidation script can do and still know what it signs: read the group, the bidder, the terms and the prices at one block; try
 * the bid with logs and with a state diff; sign; send. No ledger, no queue, no guard, no second thought: its number is the floor.
 */
export const createBareScript = ({ local }: BidWorld, { key, vault: bidderVault }: Bidder) => {
  const client = createClient({ transport: http(local.http, { retryCount: 0 }) });
  const rpc = (method: string, params: readonly unknown[]): Promise<unknown> =>
    client.request({ method, params } as never);
  const at = local.addresses;
  const core = {
    registry: at.vaultRegistry,
    marginEngine: at.marginEngine,
    clearingHouse: at.clearingHouse,
    liquidationEngine: at.liquidationEngine,
    oracleHub: at.oracleHub,
    groups: at.marginGroups,
    requirements: at.portfolioRequirements,
  };
  const tokens = Object.values(at.tokens).filter(token => token !== at.quoteToken);
  const feeds = ['ETH/USD', 'BTC/USD', 'SPX/USD'].map(feedIdOf);

  const readPinned = async (block: BlockRef, vault: VaultId) => {
    const pinned = { blockHash: block.hash, requireCanonical: true };
    const call = (data: Hex): Promise<Hex> => rpc('eth_call', [{ to: at.vaultLens, data }, pinned]) as Promise<Hex>;
    const [groups, market, prices] = await Promise.all([
      call(encodeFunctionData({ abi: vaultLensAbi, functionName: 'groups', args: [core, [vault, bidderVault]] })),
      call(encodeFunctionData({ abi: vaultLensAbi, functionName: 'market', args: [core, tokens] })),
      call(encodeFunctionData({ abi: vaultLensAbi, functionName: 'prices', args: [core.oracleHub, feeds] })),
    ]);
    decodeFunctionResult({ abi: vaultLensAbi, functionName: 'market', data: market });
    decodeFunctionResult({ abi: vaultLensAbi, functionName: 'prices', data: prices });
    const [group] = decodeFunctionResult({ abi: vaultLensAbi, functionName: 'groups', data: groups });
    if (!group) throw new Error(`vault ${vault} is not there`);
    return group;
  };

  const dataOf = (vault: VaultId, lastTradeId: Hex, effectKey: Hex32): Hex => {
    const bid = {
      vault,
      bidderVault,
      fractionWad: WAD as bigint,
      limitWad: WAD as bigint,
      lastTradeId,
      skip: [],
      maxResidual: 0n,
      effectKey,
      deadline: BigInt(Math.floor(Date.now() / 1000) + 600),
    };
    return encodeFunctionData({ abi: liquidationEngineAbi, functionName: 'bid', args: [bid, []] });
  };

  /** The two traces that the adapter asks for: one for gas and logs, one for the state diff. */
  const simulate = async (block: BlockRef, data: Hex): Promise<bigint> => {
    const pinned = { blockHash: block.hash, requireCanonical: true };
    const transaction = { from: key.address, to: at.liquidationEngine, data };
    const blockOverrides = { time: numberToHex(block.time + 1) };
    const trace = (tracer: string, tracerConfig: object) =>
      rpc('debug_traceCall', [transaction, pinned, { tracer, tracerConfig, blockOverrides }]);
    const [frame] = (await Promise.all([
      trace('callTracer', { withLog: true }),
      trace('prestateTracer', { diffMode: true }),
    ])) as [{ readonly gasUsed: Hex; readonly error?: string; readonly output?: Hex }, unknown];
    if (frame.error !== undefined) throw new Error(`the bare script's bid would fail: ${frame.error} ${frame.output}`);
    return BigInt(frame.gasUsed);
  };

  /** A block comes with every transaction here, a moment after it was accepted. */
  const untilIncluded = async (hash: Hex): Promise<void> => {
    for (;;) {
      const receipt = (await rpc('eth_getTransactionReceipt', [hash])) as { readonly status: Hex } | null;
      if (receipt?.status === '0x0') throw new Error(`the bare script's bid ${hash} reverted`);
      if (receipt) return;
      await realClock.sleep(milliseconds(5));
    }
  };

  return {
    async bid(block: BlockRef, vault: VaultId): Promise<{ readonly signedAt: number }> {
      const group = await readPinned(block, vault);
      const data = dataOf(vault, group.lastTrade, vault);
      const [gasUsed, nonce, tip] = await Promise.all([
        simulate(block, data),
        rpc('eth_getTransactionCount', [key.address, 'pending']),
        rpc('eth_maxPriorityFeePerGas', []),
      ]);
      const bytes = await key.account.signTransaction({
        type: 'eip1559',
        chainId: local.chainId,
        to: at.liquidationEngine,
        data,
        nonce: Number(nonce),
        gas: (gasUsed * 13n) / 10n + 330_000n,
        maxPriorityFeePerGas: BigInt(tip as Hex),
        maxFeePerGas: BigInt(tip as Hex) + 10n ** 10n,
      });
      const signedAt = performance.now();
      const hash = (await rpc('eth_sendRawTransaction', [bytes])) as Hex;
      await untilIncluded(hash);
      return { signedAt };
    },
  };
};
