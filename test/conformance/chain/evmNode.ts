import type { Localnet } from '@bulkhead/localnet';
import type { Abilities } from './fixture.ts';

/** A node of the EVM family with a seeded market on it, and how to steer it. */
export interface EvmNode {
  readonly http: string;
  readonly ws: string;
  readonly abilities: Abilities;
  request(method: string, params?: readonly unknown[]): Promise<unknown>;
  mine(count: number): Promise<void>;
  holdBlocks(): Promise<() => Promise<void>>;
  replaceAllSince(): Promise<() => Promise<void>>;
  passTime(seconds: number): Promise<void>;
  close(): Promise<void>;
}

/** Plain JSON-RPC. */
export const rpcOf = (url: string): EvmNode['request'] => {
  return async (method, params = []) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
    const answer = (await response.json()) as { result?: unknown; error?: { message: string } };
    if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result;
  };
};

const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

/** The first chain of a local network. */
export const anvilNode = (localnet: Localnet): EvmNode => {
  const [chain] = localnet.chains;
  if (chain === undefined) throw new Error('the local network has no chain');
  const request = rpcOf(chain.http);
  const heightOf = async (): Promise<bigint> => BigInt((await request('eth_blockNumber')) as string);
  return {
    http: chain.http,
    ws: chain.ws,
    abilities: { reorganise: true, holdBlocks: true, passTime: true },
    request,
    mine: async count => {
      await request('anvil_mine', [hex(count)]);
    },
    holdBlocks: async () => {
      await request('evm_setAutomine', [false]);
      return async () => {
        await request('anvil_mine', ['0x1']);
        await request('evm_setAutomine', [true]);
      };
    },
    // anvil_reorg has open bugs: going back and mining anew gives a real second branch.
    replaceAllSince: async () => {
      const snapshot = await request('evm_snapshot');
      const from = await heightOf();
      return async () => {
        const replaced = (await heightOf()) - from;
        await request('evm_revert', [snapshot]);
        await request('anvil_setNextBlockBaseFeePerGas', [hex(1_000_000_007n)]);
        await request('anvil_mine', [hex(replaced + 1n)]);
      };
    },
    passTime: async seconds => {
      await request('evm_increaseTime', [hex(seconds)]);
    },
    close: () => localnet.stop(),
  };
};
