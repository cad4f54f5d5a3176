import { createEvmChain } from '@bulkhead/chains/evm';
import { clearingHouseAbi, marginEngineAbi, oracleHubAbi, testTokenAbi, vaultRegistryAbi } from '@bulkhead/contracts';
import { firstVaultOf, type LocalAddresses, type LocalKey, type Localnet, localKey } from '@bulkhead/localnet';
import { feedIdOf, onChainReport } from '@bulkhead/sdk';
import {
  accountId,
  type Call,
  milliseconds,
  type PriceReport,
  priceWad,
  type SignedTransaction,
  seconds,
  sizeWad,
  tokenAmount,
  type UnsignedTransaction,
  type VaultId,
  vaultId,
  vaultIdOf,
  WAD,
  wad,
} from '@bulkhead/shared';
import type { Clock } from '@bulkhead/shared/ports';
import { createPublicClient, encodeFunctionData, type Hex, http, keccak256, parseTransaction, zeroHash } from 'viem';
import { noMetrics, realClock, silentLog } from '../../support/clocks.ts';
import { type RpcProxy, startRpcProxy } from '../../support/rpcProxy.ts';
import type { EvmNode } from './evmNode.ts';
import type { Actor, ChainFixture } from './fixture.ts';
import { some } from './support.ts';

const oneQuote = 1_000_000n;
const houseBucket = 0xffff_ffff;
const gasForAnything = 5_000_000n;
/** Far enough for the seeded positions to fail, near enough for them to be worth something still. */
const crash = (93n * WAD) / 100n;

/** Wall time, and what the chain's clock was moved ahead by. */
const movableClock = (): Clock & { skew: number } => ({
  skew: 0,
  now() {
    return milliseconds(realClock.now() + this.skew);
  },
  sleep: realClock.sleep,
});

const actorOf = (key: LocalKey): Actor => ({
  address: key.address.toLowerCase() as Hex,
  vault: firstVaultOf(key),
  sign: async (transaction: UnsignedTransaction): Promise<SignedTransaction> => {
    const { r: _r, s: _s, v: _v, yParity: _y, ...unsigned } = parseTransaction(transaction.bytes);
    const bytes = await key.account.signTransaction(unsigned as Parameters<typeof key.account.signTransaction>[0]);
    return { bytes, hash: keccak256(bytes) };
  },
});

/** Sends as one of the local keys and returns once it is mined and has succeeded. */
const createSender = (node: EvmNode, chainId: number) => {
  const client = createPublicClient({ transport: http(node.http, { retryCount: 0 }), pollingInterval: 20 });
  return async (from: LocalKey, to: Hex, data: Hex): Promise<void> => {
    const [nonce, block] = await Promise.all([
      client.getTransactionCount({ address: from.address, blockTag: 'pending' }),
      client.getBlock(),
    ]);
    const maxFeePerGas = (block.baseFeePerGas ?? 0n) * 2n + 2_000_000_000n;
    const serializedTransaction = await from.account.signTransaction({
      type: 'eip1559',
      chainId,
      nonce,
      to,
      data,
      gas: gasForAnything,
      maxFeePerGas,
      maxPriorityFeePerGas: 1_000_000_000n,
    });
    const hash = await client.sendRawTransaction({ serializedTransaction });
    const receipt = await client.waitForTransactionReceipt({ hash, timeout: 30_000 });
    if (receipt.status !== 'success') throw new Error(`a transaction of the fixture failed: ${hash}`);
  };
};

type Sender = ReturnType<typeof createSender>;

/** @param now seconds by whichever is later, the Clock or the chain: blocks mined in a row run ahead of the Clock. */
const createPrices = (localnet: Localnet, addresses: LocalAddresses, send: Sender, now: () => Promise<number>) => {
  const start = localnet.parameterSet.startPrices;
  const names = Object.keys(start);
  let current: Readonly<Record<string, bigint>> = start;
  let last = Math.max(...[...localnet.feed.newest().values()].map(report => report.time));

  const sign = async (factor: bigint): Promise<readonly PriceReport[]> => {
    current = Object.fromEntries(names.map(name => [name, ((start[name] ?? 0n) * factor) / WAD]));
    last = Math.max(last + 1, await now());
    return localnet.feed.sign(current, { time: seconds(last) });
  };
  const post = async (factor: bigint): Promise<readonly PriceReport[]> => {
    const reports = await sign(factor);
    // A report may be at most two seconds ahead of its block.
    while (last > (await now()) + 1) await realClock.sleep(milliseconds(50));
    const args = [reports.map(onChainReport)] as const;
    await send(
      localnet.keys.house,
      addresses.oracleHub,
      encodeFunctionData({ abi: oracleHubAbi, functionName: 'post', args }),
    );
    return reports;
  };
  return {
    start,
    post,
    /** Signed as they are now, not posted. */
    fresh: () => sign(((current[some(names[0])] ?? 0n) * WAD) / (start[some(names[0])] ?? 1n)),
    current: () => current,
    feeds: names.map(feedIdOf),
  };
};

const both = (proxies: readonly RpcProxy[], which: 'first' | 'all') =>
  which === 'all' ? proxies : proxies.slice(0, 1);

/** Vaults of the clearing house as its registry's events tell, in order. */
const openedVaults = async (node: EvmNode, addresses: LocalAddresses): Promise<readonly VaultId[]> => {
  const client = createPublicClient({ transport: http(node.http) });
  const events = await client.getContractEvents({
    address: addresses.vaultRegistry,
    abi: vaultRegistryAbi,
    eventName: 'VaultOpened',
    args: { venue: addresses.clearingHouse },
    fromBlock: 0n,
    strict: true,
  });
  return events.map(({ args }) => vaultId(args.vaultId));
};

/** Seeds nothing: the node must hold the local network's contracts and a market already. */
export const makeEvmFixture = async (localnet: Localnet, node: EvmNode): Promise<ChainFixture> => {
  const local = some(localnet.chains[0]);
  const { addresses, chainId } = local;
  const { keys } = localnet;
  const vaults = await openedVaults(node, addresses);
  const clock = movableClock();
  const proxies = [await startRpcProxy(node.http, node.ws), await startRpcProxy(node.http, node.ws)];
  for (const proxy of proxies) proxy.enforceReplacement(10);
  const send = createSender(node, chainId);
  const reader = createPublicClient({ transport: http(node.http) });
  const now = async (): Promise<number> => {
    const { timestamp } = await reader.getBlock();
    return Math.max(Number(timestamp), Math.floor(clock.now() / 1000));
  };
  const prices = createPrices(localnet, addresses, send, now);
  const keeper = some(keys.keepers[0]);
  const member = some(keys.members[0]);

  const opened = await createEvmChain({
    id: local.id,
    endpoints: proxies.map(({ httpUrl, wsUrl }) => ({ http: httpUrl, ws: wsUrl })),
    addresses,
    clock,
    log: silentLog,
    metrics: noMetrics,
    headMaxAge: milliseconds(30_000),
    probeInterval: milliseconds(500),
    requestTimeout: milliseconds(3_000),
    pollLive: milliseconds(500),
    finality: { confirmedAfter: 2, finalAfter: 5 },
  });
  if (!opened.ok) throw new Error(opened.error.map(finding => finding.message).join('\n'));
  const chain = opened.value;

  const quote = addresses.quoteToken;
  for (const somebody of [keys.house, keeper]) {
    const mint = encodeFunctionData({
      abi: testTokenAbi,
      functionName: 'mint',
      args: [somebody.address, oneQuote * 10_000n],
    });
    await send(somebody, quote, mint);
  }
  const houseAccount = await reader.readContract({
    address: addresses.clearingHouse,
    abi: clearingHouseAbi,
    functionName: 'accountId',
  });
  const venueVault = (bucket: number): VaultId => vaultIdOf(accountId(houseAccount), bucket);

  const failing = async (): Promise<VaultId> => {
    for (const vault of vaults) {
      const health = await reader.readContract({
        address: addresses.marginEngine,
        abi: marginEngineAbi,
        functionName: 'healthOf',
        args: [vault, 1],
      });
      if (health.equity < health.maintenance && health.equity > 0n) return vault;
    }
    throw new Error('no vault fails after the crash');
  };
  const passTime = async (duration: number): Promise<void> => {
    await node.passTime(duration);
    clock.skew += duration * 1000;
  };
  const deadline = () => seconds(Math.floor(clock.now() / 1000) + 600);

  return {
    chain,
    vaults,
    venueVaults: [...localnet.parameterSet.instruments.map((_, index) => venueVault(index)), venueVault(houseBucket)],
    keeper: actorOf(keeper),
    member: actorOf(member),
    pauper: actorOf(localKey(localnet.seed, 'pauper')),
    feeds: prices.feeds,

    postPrice: async () => {
      const [report] = await prices.post(WAD);
      return some(report).feed;
    },
    deposit: async vault => {
      const args = [vault, quote, oneQuote] as const;
      await send(
        keys.house,
        addresses.marginEngine,
        encodeFunctionData({ abi: marginEngineAbi, functionName: 'deposit', args }),
      );
    },
    failingVault: async () => {
      const reports = await prices.post(crash);
      const vault = await failing();
      const bid = (effectKey: Hex): Call => ({
        kind: 'bid',
        vault,
        bidderVault: firstVaultOf(keeper),
        fraction: wad(WAD),
        limit: wad(WAD),
        lastTrade: zeroHash,
        skip: [],
        effectKey,
        deadline: deadline(),
        reports,
      });
      return { vault, bid };
    },
    restorePrices: async () => {
      await prices.post(WAD);
    },
    depositCall: () => ({ kind: 'deposit', vault: firstVaultOf(keeper), token: quote, amount: tokenAmount(oneQuote) }),
    novateCall: async tradeId => {
      const reports = await prices.post(WAD);
      return {
        kind: 'novate',
        instrument: 0,
        buyer: firstVaultOf(keeper),
        seller: firstVaultOf(member),
        size: sizeWad(WAD / 10n),
        price: priceWad(some(reports[0]).price),
        tradeId,
        reports,
      };
    },
    touchHealthyCall: async () => ({ kind: 'touch', vault: firstVaultOf(member), reports: await prices.post(WAD) }),

    endRound: async () => {
      await passTime(localnet.parameterSet.round + 1);
      return { instrument: 0, reports: await prices.post((99n * WAD) / 100n) };
    },

    mine: node.mine,
    holdBlocks: node.holdBlocks,
    replaceAllSince: node.replaceAllSince,
    passTime,

    freezeHeads: async which => {
      const frozen = both(proxies, which);
      for (const proxy of frozen) await proxy.freezeHead();
      return () => {
        for (const proxy of frozen) proxy.thawHead();
      };
    },
    cutSubscriptions: ({ held }) => {
      for (const proxy of proxies) {
        proxy.refuseSockets(held);
        proxy.cutSockets();
      }
      return () => {
        for (const proxy of proxies) proxy.refuseSockets(false);
      };
    },
    goDark: which => {
      const darkened = both(proxies, which);
      for (const proxy of darkened) proxy.goDark(true);
      return () => {
        for (const proxy of darkened) proxy.goDark(false);
      };
    },
    refuseNextSend: (code, message) => {
      for (const proxy of proxies) proxy.onSend(1, { kind: 'error', code, message });
    },
    loseNextReply: () => {
      for (const proxy of proxies) proxy.onSend(1, { kind: 'loseReply' });
    },
    requestCounts: () => [proxies[0]?.count('eth_call') ?? 0, proxies[1]?.count('eth_call') ?? 0],

    close: async () => {
      await chain.close();
      for (const proxy of proxies) await proxy.close();
      await node.close();
    },
  };
};
