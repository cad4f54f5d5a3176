import { createEvmChain, type EvmChainOptions, inspectChain } from '@bulkhead/chains/evm';
import { type LocalChain, type Localnet, startLocalnet } from '@bulkhead/localnet';
import { milliseconds, tokenAmount, type WatchItem } from '@bulkhead/shared';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { noMetrics, realClock, silentLog } from '../support/clocks.ts';
import { type RpcProxy, startRpcProxy } from '../support/rpcProxy.ts';

let localnet: Localnet;
let chain: LocalChain;
let proxy: RpcProxy;

beforeAll(async () => {
  localnet = await startLocalnet({ chains: 2, redis: false, seed: 'evm chain' });
  const [first] = localnet.chains;
  if (first === undefined) throw new Error('no chain');
  chain = first;
});
afterAll(() => localnet.stop());
beforeEach(async () => {
  proxy = await startRpcProxy(chain.http);
});
afterEach(() => proxy.close());

const optionsWith = (changes: Partial<EvmChainOptions> = {}): EvmChainOptions => ({
  id: chain.id,
  endpoints: [{ http: proxy.httpUrl, ws: proxy.wsUrl }],
  addresses: chain.addresses,
  clock: realClock,
  log: silentLog,
  metrics: noMetrics,
  headMaxAge: milliseconds(3_600_000),
  finality: { confirmedAfter: 1, finalAfter: 'finalized' },
  ...changes,
});

const inspect = async (changes: Partial<EvmChainOptions> = {}) =>
  (await inspectChain({ ...optionsWith(changes), sockets: true })).findings;

const open = async (changes: Partial<EvmChainOptions> = {}) => {
  const opened = await createEvmChain(optionsWith(changes));
  if (!opened.ok) throw new Error(opened.error.map(finding => finding.message).join('\n'));
  return opened.value;
};

const refuse = (method: string) =>
  proxy.addRule(request =>
    request.method === method ? { kind: 'error', code: -32601, message: 'the method does not exist' } : undefined,
  );

describe('an inspection', () => {
  test('finds nothing where nothing is wrong', async () => {
    expect(await inspect()).toEqual([]);
  });

  test('of an endpoint of another chain names both ids, and nothing is opened', async () => {
    const wrong = { id: 'eip155:1' } as const;
    const [finding, ...rest] = await inspect(wrong);
    expect(rest).toEqual([]);
    expect(finding).toMatchObject({ kind: 'wrongChain', severity: 'fatal' });
    expect(finding?.message).toMatch(/^endpoints\[0\] \(127\.0\.0\.1:\d+\) is chain 31337, .* eip155:1\.$/);
    expect(await createEvmChain(optionsWith(wrong))).toMatchObject({ ok: false, error: [{ kind: 'wrongChain' }] });
  });

  test('of an address without code names the field and the address', async () => {
    const nowhere = '0x00000000000000000000000000000000000000ee';
    const findings = await inspect({
      addresses: { ...chain.addresses, oracleHub: nowhere },
      venues: [chain.addresses.clearingHouse, nowhere],
    });
    expect(findings).toMatchObject([
      { kind: 'noCode', severity: 'fatal', contract: { name: 'contracts.oracleHub', address: nowhere } },
      { kind: 'noCode', severity: 'fatal', contract: { name: 'venues[1]', address: nowhere } },
    ]);
    expect(findings[0]?.remedy).toContain('contracts.oracleHub');
  });

  test('of addresses under wrong names says that they do not belong together', async () => {
    const { oracleHub, vaultRegistry } = chain.addresses;
    const swapped = { ...chain.addresses, oracleHub: vaultRegistry, vaultRegistry: oracleHub };
    expect(await inspect({ addresses: swapped })).toMatchObject([{ kind: 'wrongContract', severity: 'fatal' }]);
  });

  test('of an endpoint without state diffs allows only observing', async () => {
    refuse('debug_traceCall');
    expect(await inspect()).toMatchObject([{ kind: 'cannotSimulate', severity: 'observeOnly' }]);
  });

  test('of a dead websocket warns and says what happens instead', async () => {
    proxy.refuseSockets(true);
    const [finding, ...rest] = await inspect();
    expect(rest).toEqual([]);
    expect(finding).toMatchObject({ kind: 'socketDead', severity: 'warning' });
    expect(finding?.remedy).toContain('polled');
  });

  test('of an endpoint that is down is a warning beside another, and fatal alone', async () => {
    const down = { http: 'http://127.0.0.1:1' };
    expect(await inspect({ endpoints: [down] })).toMatchObject([{ kind: 'unreachable', severity: 'fatal' }]);
    const beside = await inspect({ endpoints: [down, { http: proxy.httpUrl }] });
    expect(beside).toMatchObject([{ kind: 'unreachable', severity: 'warning' }]);
  });

  test('of an old head says how old it is', async () => {
    const later = { ...realClock, now: () => milliseconds(realClock.now() + 7_200_000) };
    expect(await inspect({ clock: later })).toMatchObject([{ kind: 'staleHead', severity: 'warning' }]);
  });
});

describe('a chain', () => {
  const deposit = () => ({
    kind: 'deposit' as const,
    vault: firstKeeperVault(),
    token: chain.addresses.quoteToken,
    amount: tokenAmount(1n),
  });
  const firstKeeperVault = () => {
    const [vault] = vaults;
    if (vault === undefined) throw new Error('no vault');
    return vault;
  };
  let vaults: readonly Parameters<Awaited<ReturnType<typeof open>>['readGroups']>[0][number][];

  beforeAll(async () => {
    const direct = await startRpcProxy(chain.http);
    const opened = await createEvmChain({ ...optionsWith(), endpoints: [{ http: direct.httpUrl }] });
    if (!opened.ok) throw new Error('cannot open');
    const read = await opened.value.readVaults('head', 0, 1);
    vaults = read.ok ? read.value.value.vaults : [];
    await opened.value.close();
    await direct.close();
  });

  test('without state diffs simulates without touches, so that acting is refused', async () => {
    refuse('debug_traceCall');
    const opened = await open();
    expect(opened.capabilities.stateDiff).toBe(false);
    const [house] = [localnet.keys.house.address];
    const post = { kind: 'postPrices', reports: [...localnet.feed.newest().values()] } as const;
    const simulated = await opened.simulate(post, house, 'head');
    expect(simulated).toMatchObject({ ok: true, value: { touches: undefined, events: [] } });
    const short = await opened.simulate(deposit(), house, 'head');
    expect(short.ok).toBe(false);
    await opened.close();
  });

  test('is followed by polling where there is no websocket (F22)', async () => {
    const opened = await open({ endpoints: [{ http: proxy.httpUrl }] });
    const stopping = new AbortController();
    const heads: bigint[] = [];
    const items: WatchItem[] = [];
    const from = BigInt(await chain.client.getBlockNumber()) + 1n;
    for await (const item of opened.watch(from, stopping.signal)) {
      items.push(item);
      if (item.kind === 'caughtUp') await chain.client.mine({ blocks: 3 });
      if (item.kind === 'head') heads.push(item.block.number);
      if (heads.length === 3) stopping.abort();
    }
    expect(heads).toEqual([from, from + 1n, from + 2n]);
    expect(proxy.seen.every(request => request.transport === 'http')).toBe(true);
    await opened.close();
  });

  test('replays a long history in small queries, each event once, and its own limits are found', async () => {
    await chain.client.mine({ blocks: 150 });
    const remove = proxy.addRule(({ method, params }) => {
      const filter = params[0] as { fromBlock?: string; toBlock?: string } | undefined;
      if (method !== 'eth_getLogs' || filter?.fromBlock === undefined || filter.toBlock === undefined) return undefined;
      const wide = BigInt(filter.toBlock) - BigInt(filter.fromBlock) >= 20n;
      return wide ? { kind: 'error', code: -32602, message: 'query exceeds max block range 20' } : undefined;
    });
    const opened = await open();
    const stopping = new AbortController();
    const places: string[] = [];
    let opens = 0;
    for await (const item of opened.watch(0n, stopping.signal)) {
      if (item.kind === 'gap') throw new Error(`gap from ${item.from} to ${item.to}`);
      if (item.kind === 'event') places.push(`${item.place.transaction}#${item.place.index}`);
      if (item.kind === 'event' && item.event.kind === 'vaultsChanged' && item.event.cause === 'opened') opens += 1;
      if (item.kind === 'caughtUp') stopping.abort();
    }
    remove();
    expect(new Set(places).size).toBe(places.length);
    expect(opens).toBeGreaterThan(0);
    await opened.close();
  });

  test('says a gap where history is gone, and goes on', async () => {
    const opened = await open();
    const remove = proxy.addRule(({ method, params }) => {
      const filter = params[0] as { fromBlock?: string } | undefined;
      if (method !== 'eth_getLogs' || filter?.fromBlock === undefined || BigInt(filter.fromBlock) > 2n)
        return undefined;
      return { kind: 'error', code: 4444, message: 'pruned history unavailable' };
    });
    const stopping = new AbortController();
    const gaps: WatchItem[] = [];
    for await (const item of opened.watch(0n, stopping.signal)) {
      if (item.kind === 'gap') gaps.push(item);
      if (item.kind === 'caughtUp') stopping.abort();
    }
    remove();
    expect(gaps.map(gap => gap.kind === 'gap' && [gap.from, gap.to])).toEqual([
      [0n, 0n],
      [1n, 1n],
      [2n, 2n],
    ]);
    await opened.close();
  });

  test('whose answer is no answer is asked elsewhere, or said to be malformed', async () => {
    const opened = await open({ endpoints: [{ http: proxy.httpUrl }] });
    const remove = proxy.addRule(({ method }) =>
      method === 'eth_getBalance' ? { kind: 'result', result: { balance: 'much' } } : undefined,
    );
    const balance = await opened.balance(localnet.keys.house.address);
    expect(balance).toMatchObject({ ok: false, error: { kind: 'retryable', code: 'malformedAnswer' } });
    remove();
    const garbled = proxy.addRule(({ method }) =>
      method === 'eth_getBalance' ? { kind: 'raw', body: '<html>502</html>' } : undefined,
    );
    expect(await opened.balance(localnet.keys.house.address)).toMatchObject({
      ok: false,
      error: { kind: 'retryable', code: 'malformedAnswer' },
    });
    garbled();
    await opened.close();
  });

  test('takes finality from the chain’s own consensus where configured so', async () => {
    const opened = await open();
    const head = await opened.head();
    if (!head.ok) throw new Error(head.error.message);
    expect(await opened.finality(head.value)).toMatchObject({ ok: true, value: 'confirmed' });
    await chain.client.mine({ blocks: 10 });
    expect(await opened.finality(head.value)).toMatchObject({ ok: true, value: 'final' });
    await opened.close();
  });
});
