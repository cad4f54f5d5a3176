/** The observer finds what must not happen when it is made to happen: a count of zero is worth something only then. */
import { escrowAbi, marginEngineAbi, testTokenAbi } from '@bulkhead/contracts';
import {
  type LocalChain,
  type Localnet,
  pushParametersCall,
  type SeededVault,
  seedMarket,
  startLocalnet,
} from '@bulkhead/localnet';
import { WAD, wad } from '@bulkhead/shared';
import type { ConfigInput } from '@bulkhead/shared/config';
import { type Observation, openObservation } from 'bulkhead';
import { type Address, encodeFunctionData, type Hex } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noMetrics, realClock, silentLog } from '../support/clocks.ts';

let localnet: Localnet;
let chain: LocalChain;
let observation: Observation;
let following: Promise<void>;
let vaults: readonly SeededVault[];
const stop = new AbortController();
let seen = 0n;
let wake = (): void => {};

const configOf = ({ id, http, ws, addresses }: LocalChain): Pick<ConfigInput, 'chains' | 'oracle'> => ({
  chains: [
    {
      id,
      endpoints: [{ http, ws }],
      contracts: {
        vaultRegistry: addresses.vaultRegistry,
        marginEngine: addresses.marginEngine,
        clearingHouse: addresses.clearingHouse,
        liquidationEngine: addresses.liquidationEngine,
        oracleHub: addresses.oracleHub,
        marginGroups: addresses.marginGroups,
        portfolioRequirements: addresses.portfolioRequirements,
        vaultLens: addresses.vaultLens,
        multicall3: addresses.multicall3,
      },
    },
  ],
  oracle: { url: localnet.feed.url },
});

/** Resolves when the observer has judged the block of a transaction. */
const judged = async (hash: Hex): Promise<void> => {
  const { blockNumber, status } = await chain.client.waitForTransactionReceipt({ hash });
  expect(status).toBe('success');
  while (seen < blockNumber) {
    await new Promise<void>(resolve => {
      wake = resolve;
    });
  }
};

/** Sends as any address, which only a test chain lets one do. */
const sendAs = async (from: Address, to: Address, data: Hex): Promise<void> => {
  await chain.client.impersonateAccount({ address: from });
  await chain.client.setBalance({ address: from, value: 10n ** 20n });
  const hash = await chain.client.sendTransaction({ account: from, to, data, chain: null, gas: 2_000_000n });
  await judged(hash);
};

const vault = (index: number): SeededVault => {
  const found = vaults[index];
  if (!found) throw new Error('the market has enough vaults');
  return found;
};

beforeAll(async () => {
  localnet = await startLocalnet();
  const market = await seedMarket(localnet, { vaultsPerChain: 6, owners: 3 });
  const [first] = localnet.chains;
  if (!first) throw new Error('the local network has a chain');
  chain = first;
  vaults = market.vaults[0] ?? [];
  observation = await openObservation(
    configOf(chain),
    new Set(),
    { clock: realClock, log: silentLog, metrics: noMetrics },
    {
      onBlock: (_, block) => {
        seen = block.at.number;
        wake();
      },
    },
  );
  following = observation.follow(stop.signal);
  // The first reading is what later ones are compared with.
  while (observation.tally.counts().escrowsChecked === 0) await new Promise(resolve => setImmediate(resolve));
}, 60_000);

afterAll(async () => {
  stop.abort();
  await following;
  await observation?.close();
  await localnet?.stop();
});

describe('the observer', () => {
  test("counts every vault, deployed or not, the clearing house's own included, and finds nothing at first", () => {
    const counts = observation.tally.counts();
    expect(counts.escrowsChecked).toBeGreaterThan(6 + localnet.parameterSet.instruments.length);
    expect(counts).toMatchObject({ wallsCrossed: 0, duplicateEffects: 0, escrowsShort: 0 });
  });

  test('finds nothing wrong with an owner who deposits, nor with a gift (SEG-5)', async () => {
    const { owner, vaultId } = vault(0);
    const { quoteToken, marginEngine } = chain.addresses;
    await sendAs(
      owner.address,
      quoteToken,
      encodeFunctionData({ abi: testTokenAbi, functionName: 'mint', args: [owner.address, 20n] }),
    );
    await sendAs(
      owner.address,
      marginEngine,
      encodeFunctionData({ abi: marginEngineAbi, functionName: 'deposit', args: [vaultId, quoteToken, 5n] }),
    );
    const escrow = await chain.client.readContract({
      address: marginEngine,
      abi: marginEngineAbi,
      functionName: 'escrowOf',
      args: [vaultId],
    });
    await sendAs(
      owner.address,
      quoteToken,
      encodeFunctionData({ abi: testTokenAbi, functionName: 'transfer', args: [escrow, 5n] }),
    );
    expect(observation.tally.counts()).toMatchObject({ wallsCrossed: 0, escrowsShort: 0 });
  });

  test('reckons with the rates that were pushed, and counts a push as nobody’s wall', async () => {
    const rate = () => observation.tally.chains()[0]?.market.instruments[0]?.maintenanceRate ?? 0n;
    const before = rate();
    const tighter = { initial: wad(WAD / 10n + 1n), maintenance: wad(before + 1n) };
    const { from, to, data } = await pushParametersCall(chain, localnet.keys, { of: { instrument: 0 }, ...tighter });
    await sendAs(from.address, to, data);
    expect(rate()).toBe(before + 1n);
    expect(observation.tally.counts()).toMatchObject({ wallsCrossed: 0, escrowsShort: 0 });
  });

  test('SEG-2: sees both walls when money moves between vaults that no call named', async () => {
    const { quoteToken, marginEngine, liquidationEngine } = chain.addresses;
    const data = encodeFunctionData({
      abi: marginEngineAbi,
      functionName: 'moveForBid',
      args: [vault(1).vaultId, vault(2).vaultId, quoteToken, 7n],
    });
    await sendAs(liquidationEngine, marginEngine, data);
    expect(observation.tally.counts().wallsCrossed).toBe(2);
    expect(
      observation.tally
        .crossings()
        .map(crossing => crossing.vault)
        .sort(),
    ).toEqual([vault(1).vaultId, vault(2).vaultId].sort());
  });

  test('SEG-1: sees an escrow that holds less than its book', async () => {
    const { marginEngine, quoteToken } = chain.addresses;
    const escrow = await chain.client.readContract({
      address: marginEngine,
      abi: marginEngineAbi,
      functionName: 'escrowOf',
      args: [vault(1).vaultId],
    });
    await sendAs(
      marginEngine,
      escrow,
      encodeFunctionData({ abi: escrowAbi, functionName: 'release', args: [quoteToken, vault(3).owner.address, 3n] }),
    );
    expect(observation.tally.counts()).toMatchObject({ escrowsShort: 1 });
  });
});
