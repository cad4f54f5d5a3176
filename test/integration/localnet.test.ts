import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { clearingHouseAbi, marginEngineAbi, oracleHubAbi, vaultRegistryAbi } from '@bulkhead/contracts';
import { verifyDeployment } from '@bulkhead/deployment';
import {
  connectLocalnet,
  demoParameterSet,
  firstVaultOf,
  type Localnet,
  localMemberId,
  seedMarket,
  startLocalnet,
} from '@bulkhead/localnet';
import { feedIdOf } from '@bulkhead/sdk';
import { type PriceReport, parsePriceReport, pricesWireSchema, seconds, WAD } from '@bulkhead/shared';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ownerScript = join(import.meta.dirname, '..', 'support', 'localnetOwner.ts');

/** A child whose owner died is a zombie until the system's first process looks: it runs no more. */
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    const state = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1] : '';
    return !state?.startsWith('Z');
  } catch {
    return false;
  }
};

const pidsOf = (localnet: Localnet): number[] => [
  ...localnet.chains.map(chain => chain.pid),
  ...(localnet.redis ? [localnet.redis.pid] : []),
];

/** Reports out of a stream of server-sent events. */
async function* reportsOf(response: Response): AsyncGenerator<PriceReport> {
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const data of events.flatMap(event => /^data: (.*)$/m.exec(event)?.[1] ?? [])) {
      const parsed = parsePriceReport(JSON.parse(data));
      if (parsed.ok) yield parsed.value;
    }
  }
}

const takeUntil = async <Item>(
  from: AsyncGenerator<Item>,
  enough: (seen: readonly Item[]) => boolean,
): Promise<Item[]> => {
  const seen: Item[] = [];
  while (!enough(seen)) {
    const next = await from.next();
    if (next.done) throw new Error(`the stream ended after ${seen.length}`);
    seen.push(next.value);
  }
  return seen;
};

/** Starts a network in another process, and ends that process: its children then, and how high its chains were. */
const dieOf = async (signal: NodeJS.Signals, directory?: string): Promise<{ pids: number[]; height: string }> => {
  const owner = spawn(
    process.execPath,
    ['--conditions=@bulkhead/source', ownerScript, ...(directory === undefined ? [] : [directory])],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
  const said = JSON.parse(line) as { pids: number[]; height: string };
  expect(said.pids.every(isAlive)).toBe(true);
  owner.kill(signal);
  await once(owner, 'exit');
  return said;
};

/** Ends when none of the processes lives: polls the system, because children of others send no event. */
const untilGone = async (pids: readonly number[]): Promise<void> => {
  while (pids.some(isAlive)) await setTimeout(10);
};

describe('a local network', () => {
  let localnet: Localnet;
  beforeAll(async () => {
    localnet = await startLocalnet({ chains: 2, seed: 'localnet test' });
  });
  afterAll(() => localnet.stop());

  test('has every contract at the same address on both chains', async () => {
    const [first, second] = localnet.chains;
    expect(first?.addresses).toEqual(second?.addresses);
    for (const chain of localnet.chains) {
      expect(await chain.client.getChainId()).toBe(chain.chainId);
      const { tokens, ...contracts } = chain.addresses;
      for (const address of [...Object.values(contracts), ...Object.values(tokens)]) {
        expect((await chain.client.getCode({ address }))?.length ?? 0).toBeGreaterThan(2);
      }
    }
  });

  test('is what its deployment says, and only its timelock may do what the admin may (ADM-1)', async () => {
    const { keys, deployment } = localnet;
    for (const chain of localnet.chains) {
      const examined = await verifyDeployment(chain.client, deployment, 0n);
      expect(examined.length).toBeGreaterThan(30);
      expect(examined.flatMap(({ findings }) => findings)).toEqual([]);
      const admission = {
        address: chain.addresses.vaultRegistry,
        abi: vaultRegistryAbi,
        functionName: 'admitMember',
        args: ['another', keys.proposer.address],
      } as const;
      const from = { ...admission, account: keys.proposer.address };
      await expect(chain.client.simulateContract(from)).rejects.toThrow('NotAdmin');
      await chain.client.simulateContract({ ...admission, account: deployment.addresses.timelock });
    }
  });

  test('admits two members, funds house capital and gives every keeper a bidder vault', async () => {
    for (const { client, addresses } of localnet.chains) {
      for (const [index, member] of localnet.keys.members.entries()) {
        const operator = await client.readContract({
          address: addresses.vaultRegistry,
          abi: vaultRegistryAbi,
          functionName: 'memberOperator',
          args: [localMemberId(index)],
        });
        expect(operator).toBe(member.address);
      }
      const house = await client.readContract({
        address: addresses.clearingHouse,
        abi: clearingHouseAbi,
        functionName: 'houseVault',
      });
      const free = async (vaultId: `0x${string}`): Promise<bigint> => {
        const book = await client.readContract({
          address: addresses.marginEngine,
          abi: marginEngineAbi,
          functionName: 'bookOf',
          args: [vaultId, addresses.quoteToken],
        });
        return book.free;
      };
      expect(await free(house)).toBe(localnet.parameterSet.houseCapital);
      for (const [index, keeper] of localnet.keys.keepers.entries()) {
        expect(await free(firstVaultOf(keeper))).toBe(localnet.parameterSet.keeperCapital[index]);
      }
    }
  });

  // Before any price moves: right after a jump initial margin is held to the stable price.
  test('seeds a market whose vaults are healthy, some of them barely', async () => {
    const market = await seedMarket(localnet, { owners: 4, vaultsPerChain: 12, seed: 'a' });
    for (const [index, chain] of localnet.chains.entries()) {
      const ratios: number[] = [];
      for (const vault of market.vaults[index] ?? []) {
        const health = await chain.client.readContract({
          address: chain.addresses.marginEngine,
          abi: marginEngineAbi,
          functionName: 'healthOf',
          args: [vault.vaultId, 1],
        });
        expect(health.equity).toBeGreaterThanOrEqual(health.maintenance);
        ratios.push(Number(health.equity) / Number(health.maintenance));
      }
      expect(Math.min(...ratios)).toBeLessThan(3);
      expect(Math.max(...ratios)).toBeGreaterThan(3);
    }
  });

  test('serves signed prices that either chain accepts, whoever posts them', async () => {
    const [report] = await localnet.publishAndPost({ 'ETH/USD': 3_100n * WAD });
    const served = pricesWireSchema.parse(await (await fetch(`${localnet.feed.url}/prices`)).json());
    expect(served.reports.find(each => each.feed === feedIdOf('ETH/USD'))).toMatchObject({
      name: 'ETH/USD',
      price: '3100000000000000000000',
      signatures: report?.signatures,
    });
    for (const { client, addresses } of localnet.chains) {
      const stored = await client.readContract({
        address: addresses.oracleHub,
        abi: oracleHubAbi,
        functionName: 'feedState',
        args: [feedIdOf('ETH/USD')],
      });
      expect(stored.priceWad).toBe(3_100n * WAD);
    }
  });

  test('pushes each report to whoever listens, the newest of every feed first', async () => {
    const aborter = new AbortController();
    const response = await fetch(`${localnet.feed.url}/events`, { signal: aborter.signal });
    const reports = reportsOf(response);
    const atStart = await takeUntil(reports, seen => seen.length === 3);
    expect(new Set(atStart.map(report => report.feed)).size).toBe(3);
    await localnet.feed.publish({ 'SPX/USD': 1_300n * WAD });
    const [pushed] = await takeUntil(reports, seen => seen.length === 1);
    expect(pushed?.price).toBe(1_300n * WAD);
    aborter.abort();
  });

  test('forks a running chain without touching it', async () => {
    const original = localnet.chains[0];
    if (!original) throw new Error('no chain');
    const fork = await localnet.fork(0);
    const houseVault = await fork.client.readContract({
      address: fork.addresses.clearingHouse,
      abi: clearingHouseAbi,
      functionName: 'houseVault',
    });
    expect(houseVault).toMatch(/^0x/);
    const before = await original.client.getBlockNumber();
    await fork.client.mine({ blocks: 3 });
    expect(await fork.client.getBlockNumber()).toBe(before + 3n);
    expect(await original.client.getBlockNumber()).toBe(before);
    await fork.stop();
    expect(isAlive(fork.pid)).toBe(false);
  });

  test('gives Redis the settings that the ledger rests on', async () => {
    const redis = new Redis(localnet.redis?.url ?? '');
    const setting = async (name: string) => JSON.stringify(await redis.config('GET', name));
    expect(await setting('maxmemory-policy')).toContain('noeviction');
    expect(await setting('appendonly')).toContain('yes');
    expect(await setting('appendfsync')).toContain('always');
    await redis.quit();
  });
});

test('makes a block every second when told to, in real seconds', async () => {
  const localnet = await startLocalnet({ redis: false, seed: 'interval', mining: { everySeconds: 1 } });
  const { client } = localnet.chains[0] ?? {};
  const first = await client?.getBlock();
  const third = await new Promise<bigint>(resolve => {
    const stop = client?.watchBlocks({
      onBlock: block => {
        if (block.number < (first?.number ?? 0n) + 3n) return;
        stop?.();
        resolve(block.timestamp);
      },
    });
  });
  expect(third - (first?.timestamp ?? 0n)).toBeGreaterThanOrEqual(2n);
  expect(Math.abs(Number(third) - Date.now() / 1000)).toBeLessThan(2);
  await localnet.stop();
});

describe('the end of a local network', () => {
  test('stop leaves no process and no file', async () => {
    const localnet = await startLocalnet({ seed: 'stop' });
    const pids = pidsOf(localnet);
    expect(pids.every(isAlive)).toBe(true);
    await localnet.stop();
    expect(pids.some(isAlive)).toBe(false);
    await expect(fetch(localnet.feed.url)).rejects.toThrow();
  });

  test.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)(
    'an owner that dies of %s takes its children with it',
    async signal => {
      const { pids } = await dieOf(signal);
      await untilGone(pids);
    },
  );

  test('a kept network survives the sudden death of its owner', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'bulkhead-kept-'));
    try {
      const { pids, height } = await dieOf('SIGKILL', directory);
      await untilGone(pids);
      const again = await startLocalnet({ directory, seed: 'owner', chains: 2 });
      expect(again.resumed).toBe(true);
      expect(String(await again.chains[0]?.client.getBlockNumber())).toBe(height);
      await again.stop();
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  test('a start that fails half-way leaves nothing behind', async () => {
    const before = readdirSync(tmpdir()).filter(name => name.startsWith('bulkhead-localnet-'));
    const wrong = { ...demoParameterSet, auction: { ...demoParameterSet.auction, gap: seconds(0) } };
    await expect(startLocalnet({ parameterSet: wrong })).rejects.toThrow(/LiquidationEngine failed/);
    const after = readdirSync(tmpdir()).filter(name => name.startsWith('bulkhead-localnet-'));
    expect(after.filter(name => !before.includes(name))).toEqual([]);
  });

  test('a kept network goes on from where it was, chains and Redis', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'bulkhead-kept-'));
    try {
      const first = await startLocalnet({ directory, seed: 'kept' });
      const [chain] = first.chains;
      const redis = new Redis(first.redis?.url ?? '');
      await redis.set('kept', 'yes');
      await redis.quit();
      const connected = await connectLocalnet(directory);
      expect(connected.chains[0]?.http).toBe(chain?.http);
      await expect(startLocalnet({ directory, seed: 'kept' })).rejects.toThrow(/already runs/);
      const height = await chain?.client.getBlockNumber();
      await first.stop();

      const second = await startLocalnet({ directory, seed: 'kept' });
      expect(second.resumed).toBe(true);
      expect(await second.chains[0]?.client.getBlockNumber()).toBe(height);
      const again = new Redis(second.redis?.url ?? '');
      expect(await again.get('kept')).toBe('yes');
      await again.quit();
      await second.publishAndPost(second.parameterSet.startPrices);
      await second.stop();
      await expect(startLocalnet({ directory, seed: 'another' })).rejects.toThrow(/another seed/);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
