import {
  createPublicClient,
  createWalletClient,
  type Hex,
  http,
  keccak256,
  parseEther,
  parseGwei,
  webSocket,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Anvil, startAnvil } from './anvil.ts';
import { type RpcProxy, startRpcProxy } from './rpcProxy.ts';

const account = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80');

let anvil: Anvil;
let proxy: RpcProxy;

beforeAll(async () => {
  anvil = await startAnvil();
});
afterAll(() => anvil.stop());
beforeEach(async () => {
  proxy = await startRpcProxy(anvil.httpUrl);
});
afterEach(() => proxy.close());

const client = () => createPublicClient({ chain: foundry, transport: http(proxy.httpUrl, { retryCount: 0 }) });
const wallet = () => createWalletClient({ account, chain: foundry, transport: http(proxy.httpUrl, { retryCount: 0 }) });
const nonceNow = async (tag = 'latest'): Promise<number> =>
  Number(await anvil.request('eth_getTransactionCount', [account.address, tag]));

/** From the node itself: it answers a send before it has mined the block that holds it. */
const mined = (hash: Hex) =>
  createPublicClient({ chain: foundry, transport: http(anvil.httpUrl), pollingInterval: 20 }).waitForTransactionReceipt(
    {
      hash,
    },
  );

const signed = (nonce: number, gwei: string) =>
  account.signTransaction({
    chainId: foundry.id,
    type: 'eip1559',
    nonce,
    gas: 21_000n,
    to: account.address,
    maxFeePerGas: parseGwei(gwei),
    maxPriorityFeePerGas: parseGwei(gwei),
  });

describe('the fault proxy', () => {
  it('passes http and websocket requests and counts them together', async () => {
    await client().getBlockNumber();
    const socket = createPublicClient({ chain: foundry, transport: webSocket(proxy.wsUrl, { reconnect: false }) });
    await socket.getBlockNumber();
    expect(proxy.seen.map(request => [request.method, request.nth, request.transport])).toEqual([
      ['eth_blockNumber', 1, 'http'],
      ['eth_blockNumber', 2, 'ws'],
    ]);
  });

  it('refuses the second send with the given error and lets the others through', async () => {
    proxy.onSend(2, { kind: 'error', code: -32603, message: 'nonce too low' });
    const nonce = await nonceNow();
    await mined(await client().sendRawTransaction({ serializedTransaction: await signed(nonce, '10') }));
    const second = await signed(nonce + 1, '10');
    await expect(client().sendRawTransaction({ serializedTransaction: second })).rejects.toThrow('nonce too low');
    expect(await nonceNow()).toBe(nonce + 1);
    await mined(await client().sendRawTransaction({ serializedTransaction: second }));
    expect(await nonceNow()).toBe(nonce + 2);
  });

  it('loses the reply of a send that the node has done', async () => {
    proxy.onSend(1, { kind: 'loseReply' });
    const nonce = await nonceNow();
    const only = await signed(nonce, '10');
    await expect(client().sendRawTransaction({ serializedTransaction: only })).rejects.toThrow();
    await mined(keccak256(only));
    expect(await nonceNow()).toBe(nonce + 1);
  });

  it('freezes the head while it goes on answering', async () => {
    await proxy.freezeHead();
    const frozenAt = await client().getBlockNumber({ cacheTime: 0 });
    await mined(await wallet().sendTransaction({ to: account.address, value: parseEther('1') }));
    expect(await client().getBlockNumber({ cacheTime: 0 })).toBe(frozenAt);
    expect((await client().getBlock()).number).toBe(frozenAt);
    await expect(client().getBlock({ blockNumber: frozenAt + 1n })).rejects.toThrow('could not be found');
    proxy.thawHead();
    expect(await client().getBlockNumber({ cacheTime: 0 })).toBe(frozenAt + 1n);
  });

  it('hands on new heads, and cuts sockets', async () => {
    const socket = createPublicClient({ chain: foundry, transport: webSocket(proxy.wsUrl, { reconnect: false }) });
    const heads: bigint[] = [];
    const first = Promise.withResolvers<void>();
    const dead = Promise.withResolvers<void>();
    socket.watchBlockNumber({
      onBlockNumber: height => {
        heads.push(height);
        first.resolve();
      },
      onError: () => dead.resolve(),
    });
    while (proxy.count('eth_subscribe') === 0) await client().getChainId();
    await anvil.request('anvil_mine', ['0x1']);
    await first.promise;
    proxy.cutSockets();
    await dead.promise;
    expect(heads).toHaveLength(1);
  });

  it('applies the ten percent rule that anvil lacks', async () => {
    proxy.enforceReplacement(10);
    await anvil.request('evm_setAutomine', [false]);
    const nonce = await nonceNow();
    await client().sendRawTransaction({ serializedTransaction: await signed(nonce, '10') });
    await expect(client().sendRawTransaction({ serializedTransaction: await signed(nonce, '10') })).rejects.toThrow(
      'already known',
    );
    await expect(client().sendRawTransaction({ serializedTransaction: await signed(nonce, '10.9') })).rejects.toThrow(
      'underpriced',
    );
    const replaced = await client().sendRawTransaction({ serializedTransaction: await signed(nonce, '11') });
    await anvil.request('anvil_mine', ['0x1']);
    await anvil.request('evm_setAutomine', [true]);
    expect((await client().getTransactionReceipt({ hash: replaced })).status).toBe('success');
    await expect(client().sendRawTransaction({ serializedTransaction: await signed(nonce, '20') })).rejects.toThrow(
      'nonce too low',
    );
  });
});
