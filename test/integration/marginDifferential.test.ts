import { createEvmChain } from '@bulkhead/chains/evm';
import { clearingHouseAbi, marginEngineAbi, portfolioRequirementsAbi, riskConfigAbi } from '@bulkhead/contracts';
import {
  attestCall,
  createOutbox,
  formGroupCall,
  type Localnet,
  pushParametersCall,
  type SeededVault,
  seededRandom,
  seedMarket,
  startLocalnet,
} from '@bulkhead/localnet';
import { evaluateGroup } from '@bulkhead/risk';
import { collateralKey, instrumentKey, parameterPushDigest, positionsHash, requirementDigest } from '@bulkhead/sdk';
import {
  type FeedId,
  type GroupState,
  type MarketState,
  milliseconds,
  type PriceWad,
  parameterRamp,
  quoteAmount,
  seconds,
  type VaultId,
  WAD,
  wad,
} from '@bulkhead/shared';
import type { Chain, Log, Metrics } from '@bulkhead/shared/ports';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { realClock } from '../support/clocks.ts';
import { tradeDerivatives } from '../support/derivatives.ts';

const silence = (): void => undefined;
const silentLog: Log = { debug: silence, info: silence, warn: silence, error: silence, with: () => silentLog };
const noMetrics: Metrics = { count: silence, gauge: silence, observe: silence };

/** PriceUse.Liquidation of the contracts. */
const liquidationUse = 1;
/** PriceUse.RiskIncrease. */
const riskIncreaseUse = 0;
const rounds = 8;

let localnet: Localnet;
let chain: Chain & { close?(): void };
let vaults: readonly VaultId[];
/** Leads of the groups of several, by mode. */
/** Every feed's price, as it was posted last. */
let prices: Record<string, bigint>;
let derivativeTrades: number;
let grouped: { readonly cross: number; readonly portfolio: readonly VaultId[] };

const healthOf = (vault: VaultId, use: number, blockNumber?: bigint) => {
  const { client, addresses } = localnet.chains[0] as Localnet['chains'][number];
  const call = { address: addresses.marginEngine, abi: marginEngineAbi, functionName: 'healthOf' } as const;
  return client.readContract({ ...call, args: [vault, use], ...(blockNumber === undefined ? {} : { blockNumber }) });
};

/** What some owners have that meets its initial margin is margined together, in one mode or the other (MRG-5). The rest stays segregated. */
const groupSome = async (seeded: readonly SeededVault[]) => {
  const local = localnet.chains[0] as Localnet['chains'][number];
  const outbox = createOutbox(local.client, local.chainId);
  const portfolio: VaultId[] = [];
  let cross = 0;
  for (const [index, owned] of [
    ...Map.groupBy(seeded, vault => `${vault.owner.address} ${vault.member}`).values(),
  ].entries()) {
    const meeting: SeededVault[] = [];
    for (const vault of owned) {
      const health = await healthOf(vault.vaultId as VaultId, riskIncreaseUse);
      if (health.initialEquity >= BigInt(health.initial)) meeting.push(vault);
    }
    const [first] = meeting;
    if (first === undefined || meeting.length < 2 || index % 3 === 2) continue;
    const mode = index % 3 === 0 ? 'cross' : 'portfolio';
    outbox.add(
      formGroupCall(
        local.addresses,
        first.owner,
        meeting.slice(0, 3).map(vault => vault.vaultId),
        mode,
      ),
    );
    if (mode === 'cross') cross++;
    else portfolio.push(first.vaultId as VaultId);
  }
  await outbox.flush();
  return { cross, portfolio };
};

/** A requirement below what cross mode asks for, that lapses after a minute: later rounds find it valid, ramping, and for other positions. */
const attestAll = async (): Promise<void> => {
  const local = localnet.chains[0] as Localnet['chains'][number];
  const { groups, at } = await readAll();
  const outbox = createOutbox(local.client, local.chainId);
  for (const group of groups.filter(one => one.mode === 'portfolio')) {
    const { maintenance, initial } = await healthOf(group.vault, liquidationUse);
    outbox.add(
      await attestCall(local, localnet.keys, group, {
        initial: quoteAmount(BigInt(initial) / 2n),
        maintenance: quoteAmount(BigInt(maintenance) / 3n),
        priceTime: at.time,
        expiry: seconds(at.time + 60),
      }),
    );
  }
  await outbox.flush();
};

beforeAll(async () => {
  localnet = await startLocalnet({ chains: 1, redis: false, seed: 'margin differential' });
  const seeded = await seedMarket(localnet, { vaultsPerChain: 24, owners: 6 });
  const local = localnet.chains[0];
  if (!local) throw new Error('the local network has no chain');
  const opened = await createEvmChain({
    id: local.id,
    endpoints: [{ http: local.http, ws: local.ws }],
    addresses: local.addresses,
    clock: realClock,
    log: silentLog,
    metrics: noMetrics,
    headMaxAge: milliseconds(3_600_000),
    finality: { confirmedAfter: 1, finalAfter: 1 },
  });
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  chain = opened.value;
  vaults = [...(seeded.vaults[0] ?? []).map(vault => vault.vaultId), ...seeded.marketMakers] as VaultId[];
  grouped = await groupSome(seeded.vaults[0] ?? []);
  // After grouping: a group too large for one bid is not formed, and a trade that would make it so is refused.
  prices = { ...localnet.parameterSet.startPrices };
  derivativeTrades = await tradeDerivatives(localnet, seeded.vaults[0] ?? [], prices);
}, 120_000);

afterAll(async () => {
  chain?.close?.();
  await localnet?.stop();
});

/** Every price moves on its own, by up to 8 % either way; the chain's clock goes with it. */
const movePrices = async (random: () => number, later = 20): Promise<void> => {
  const { client } = localnet.chains[0] as Localnet['chains'][number];
  for (const [name, price] of Object.entries(prices)) {
    prices[name] = (price * BigInt(Math.round(920_000 + random() * 160_000))) / 1_000_000n;
  }
  await client.increaseTime({ seconds: later });
  await client.mine({ blocks: 1 });
  const { timestamp } = await client.getBlock();
  await localnet.publishAndPost(prices, { time: seconds(Number(timestamp)) });
};

/** Closes the round and settles only some, so that states with unsettled rounds and open claims are compared too. */
const settleSome = async (random: () => number, instrument: number, expired: boolean): Promise<void> => {
  const { client, addresses } = localnet.chains[0] as Localnet['chains'][number];
  const account = localnet.keys.house.account;
  const contract = { address: addresses.clearingHouse, abi: clearingHouseAbi, account, chain: client.chain } as const;
  if (!expired) {
    const close = await client.writeContract({ ...contract, functionName: 'closeRound', args: [instrument, []] });
    await client.waitForTransactionReceipt({ hash: close });
  }
  const some = vaults.filter(() => random() < 0.4);
  const settle = await client.writeContract({ ...contract, functionName: 'settleMany', args: [instrument, some] });
  const receipt = await client.waitForTransactionReceipt({ hash: settle });
  expect(receipt.status).toBe('success');
};

const readAll = async () => {
  const groups = await chain.readGroups(vaults, 'head');
  if (!groups.ok) throw new Error(groups.error.message);
  const market = await chain.readMarket(groups.value.at);
  if (!market.ok) throw new Error(market.error.message);
  const feeds = [...market.value.value.instruments, ...market.value.value.collaterals].flatMap(terms =>
    'indexFeed' in terms ? [terms.feed, terms.indexFeed] : (terms.feed ?? []),
  );
  const stored = await chain.readPrices([...new Set(feeds)], groups.value.at);
  if (!stored.ok) throw new Error(stored.error.message);
  const prices = new Map<FeedId, PriceWad>(stored.value.value.map(one => [one.feed, one.price]));
  const doubts = {
    confidences: new Map(stored.value.value.map(one => [one.feed, one.confidence])),
    stables: new Map(stored.value.value.map(one => [one.feed, one.stable])),
  };
  return { at: groups.value.at, groups: groups.value.value, market: market.value.value, prices, doubts };
};

type Read = Awaited<ReturnType<typeof readAll>>;

/** What raising risk sees, at the very block of the read. Undefined: the stable prices ask nothing of this group. */
const compareRaisingRisk = async (group: GroupState, { at, market, prices, doubts }: Read) => {
  const ours = evaluateGroup(group, market, prices, { ...doubts, at: at.time });
  const without = evaluateGroup(group, market, prices, { confidences: doubts.confidences, at: at.time });
  const theirs = await healthOf(group.vault, riskIncreaseUse, at.number);
  if (!ours.ok || !without.ok) throw new Error(`${group.vault} cannot be evaluated`);
  const { equity, initialEquity, initial } = ours.value;
  expect({ vault: group.vault, equity, initialEquity, initial }).toEqual({
    vault: group.vault,
    equity: theirs.equity,
    initialEquity: theirs.initialEquity,
    initial: theirs.initial,
  });
  return {
    collateral: initialEquity < without.value.initialEquity,
    positions: initial > without.value.initial,
  };
};

const onChain = (group: GroupState, blockNumber: bigint) => healthOf(group.vault, liquidationUse, blockNumber);

/** Instruments in which the clearing house itself says that the vault is behind. */
const behindOnChain = async (group: GroupState, market: MarketState, blockNumber: bigint): Promise<number[]> => {
  const { client, addresses } = localnet.chains[0] as Localnet['chains'][number];
  const contract = { address: addresses.clearingHouse, abi: clearingHouseAbi, blockNumber } as const;
  const behind: number[] = [];
  for (const { instrument, round } of market.instruments) {
    for (const vault of group.vaults) {
      const position = await client.readContract({
        ...contract,
        functionName: 'positionOf',
        args: [vault, instrument],
      });
      const held = position.size !== 0n || position.tradeGain !== 0n || position.tradeLoss !== 0n;
      if (held && position.settledRound + 1 < round) behind.push(instrument);
    }
  }
  return behind;
};

test('equity, requirements and market value are the contract’s own integers, with stable prices, open claims and unsettled rounds too (MRG-1, MRG-8, LIQ-1)', async () => {
  const { unit } = seededRandom('margin differential');
  const kinds = new Set<string>();
  let failing = 0;
  let claims = 0;
  let unsettled = 0;
  const attested = new Set<string>();
  const lagging = { collateral: 0, positions: 0 };
  for (let round = 0; round < rounds; round++) {
    await movePrices(unit);
    const read = await readAll();
    const { at, groups, market, prices: stored } = read;
    expect(groups.flatMap(group => group.vaults)).toHaveLength(vaults.length);
    if (round % 4 === 0) await attestAll();
    for (const group of groups) {
      const ours = evaluateGroup(group, market, stored, { at: at.time });
      const theirs = await onChain(group, at.number);
      if (group.attested !== undefined) attested.add(`${group.attested.here} ${at.time >= group.attested.expiry}`);
      if (!ours.ok) throw new Error(`${group.vault}: ${ours.error.kind}`);
      const { equity, maintenance, marketValue } = ours.value;
      expect({ vault: group.vault, equity, maintenance, marketValue }).toEqual({
        vault: group.vault,
        equity: theirs.equity,
        maintenance: theirs.maintenance,
        marketValue: theirs.marketValue,
      });
      const behind = group.unsettled.map(one => one.instrument).sort();
      expect(group.unsettled.every(one => group.vaults.includes(one.vault))).toBe(true);
      expect(behind).toEqual(await behindOnChain(group, market, at.number));
      const lags = await compareRaisingRisk(group, read);
      if (lags.collateral) lagging.collateral++;
      if (lags.positions) lagging.positions++;
      if (group.unsettled.length > 0) unsettled++;
      for (const { instrument } of group.positions) kinds.add(market.instruments[instrument]?.kind ?? 'none');
      if (equity < maintenance) failing++;
      if (group.owed > 0n || group.due > 0n) claims++;
    }
    for (const { instrument, expired } of market.instruments) await settleSome(unit, instrument, expired);
  }
  expect(derivativeTrades, 'trades of what is no plain perp').toBeGreaterThan(10);
  expect([...kinds].sort(), 'kinds compared').toEqual(['call', 'future', 'perp', 'put']);
  const { market: last } = await readAll();
  expect(last.instruments.filter(one => one.expired)).toHaveLength(2);
  expect(lagging.collateral, 'groups whose collateral counts at its stable price').toBeGreaterThan(0);
  expect(lagging.positions, 'groups whose positions are held to their stable price').toBeGreaterThan(0);
  expect(failing, 'failing groups compared').toBeGreaterThan(0);
  expect(unsettled, 'groups with unsettled rounds compared').toBeGreaterThan(0);
  expect(claims, 'groups with owed or due compared').toBeGreaterThan(0);
  expect(grouped.cross, 'cross groups compared').toBeGreaterThan(0);
  expect(grouped.portfolio.length, 'portfolio groups compared').toBeGreaterThan(0);
  expect([...attested].sort(), 'attested for these positions: valid, and lapsed (MRG-9)').toEqual(
    expect.arrayContaining(['true false', 'true true']),
  );
}, 180_000);

test('initial equity and requirement, confidence intervals included, are the contract’s own', async () => {
  const { groups, market, prices: stored, at } = await readAll();
  const share = localnet.parameterSet.confidence;
  const confidences = new Map([...stored].map(([feed, price]) => [feed, ((price * share) / WAD) as PriceWad]));
  for (const group of groups) {
    const ours = evaluateGroup(group, market, stored, { confidences, at: at.time });
    const theirs = await onChain(group, at.number);
    if (!ours.ok) throw new Error(`${group.vault}: ${ours.error.kind}`);
    expect([ours.value.initialEquity, ours.value.initial]).toEqual([theirs.initialEquity, theirs.initial]);
  }
});

/** One push of everything that has parameters: one per cent in both numbers. */
const tightenAll = async (): Promise<void> => {
  const local = localnet.chains[0] as Localnet['chains'][number];
  const { market } = await readAll();
  const outbox = createOutbox(local.client, local.chainId);
  const tighter = (value: bigint) => wad(value + WAD / 100n);
  for (const { token, feed, haircutInitial, haircutMaintenance } of market.collaterals) {
    if (feed === undefined) continue;
    const push = { of: { token }, initial: tighter(haircutInitial), maintenance: tighter(haircutMaintenance) };
    outbox.add(await pushParametersCall(local, localnet.keys, push));
  }
  for (const { instrument, kind, initialRate, maintenanceRate } of market.instruments) {
    if (kind === 'call' || kind === 'put') continue;
    const push = { of: { instrument }, initial: tighter(initialRate), maintenance: tighter(maintenanceRate) };
    outbox.add(await pushParametersCall(local, localnet.keys, push));
  }
  await outbox.flush();
};

test('while haircuts and rates ramp, every number is the contract’s own at any time of it and after it (MRG-7, MRG-8)', async () => {
  const { unit } = seededRandom('ramps');
  await tightenAll();
  const began = (await readAll()).market.collaterals[1]?.rampStart ?? 0;
  const seen = new Set<string>();
  for (const later of [1, 3_600, 20_000, 40_000, 22_700, 20, 40_000]) {
    await movePrices(unit, later);
    const { at, groups, market, prices: stored } = await readAll();
    seen.add(at.time - began < parameterRamp ? 'within' : 'after');
    for (const { feed, rampStart, haircutMaintenance, haircutMaintenanceFrom: from } of market.collaterals) {
      if (feed !== undefined) expect([rampStart > 0, haircutMaintenance - from]).toEqual([true, WAD / 100n]);
    }
    const share = localnet.parameterSet.confidence;
    const confidences = new Map([...stored].map(([feed, price]) => [feed, ((price * share) / WAD) as PriceWad]));
    for (const group of groups) {
      const ours = evaluateGroup(group, market, stored, { confidences, at: at.time });
      if (!ours.ok) throw new Error(`${group.vault}: ${ours.error.kind}`);
      const { equity, maintenance, initialEquity, initial, marketValue } = await onChain(group, at.number);
      expect(ours.value).toMatchObject({ equity, maintenance, initialEquity, initial, marketValue });
    }
  }
  expect([...seen]).toEqual(['within', 'after']);
}, 120_000);

test('the digest that signers push is the contract’s own, and so is the key (BR-6)', async () => {
  const { client, addresses, chainId } = localnet.chains[0] as Localnet['chains'][number];
  const contract = { address: addresses.riskConfig, abi: riskConfigAbi } as const;
  const token = addresses.tokens['WETH'] ?? addresses.quoteToken;
  expect(await client.readContract({ ...contract, functionName: 'collateralKey', args: [token] })).toBe(
    collateralKey(token),
  );
  expect(await client.readContract({ ...contract, functionName: 'instrumentKey', args: [7] })).toBe(instrumentKey(7));
  const push = {
    key: collateralKey(token),
    initialWad: 2n ** 64n - 1n,
    maintenanceWad: 7n,
    inputsHash: vaults[0] as VaultId,
    modelVersion: vaults[1] as VaultId,
    nonce: 3n,
    expiry: 1_795_550_196n,
    epoch: 4n,
  };
  const theirs = await client.readContract({
    ...contract,
    functionName: 'digest',
    args: [{ ...push, signatures: [] }],
  });
  expect(parameterPushDigest(chainId, addresses.riskConfig, push)).toBe(theirs);
  expect(parameterPushDigest(chainId, addresses.riskConfig, { ...push, key: instrumentKey(0) })).not.toBe(theirs);
});

test('the hash of a group’s positions is the clearing house’s own, over any vaults in any order (MRG-9)', async () => {
  const { client, addresses } = localnet.chains[0] as Localnet['chains'][number];
  const { groups, at } = await readAll();
  const positions = groups.flatMap(group => group.positions);
  const contract = { address: addresses.clearingHouse, abi: clearingHouseAbi, blockNumber: at.number } as const;
  const { unit } = seededRandom('positions hash');
  const hashes = new Set<string>();
  for (let round = 0; round < 16; round++) {
    const some = [...vaults].sort(() => unit() - 0.5).slice(0, 1 + (round % 8));
    const theirs = await client.readContract({ ...contract, functionName: 'positionsHash', args: [some] });
    expect(positionsHash(some, positions)).toBe(theirs);
    hashes.add(theirs);
  }
  expect(hashes.size, 'different hashes compared').toBeGreaterThan(10);
});

test('the digest that attesters sign is the contract’s own, and binds every field, the chain and the contract (BR-6, MRG-9)', async () => {
  const { client, addresses, chainId } = localnet.chains[0] as Localnet['chains'][number];
  const message = {
    group: vaults[0] as VaultId,
    positionsHash: vaults[1] as VaultId,
    im: 2n ** 128n - 1n,
    mm: 7n,
    priceTime: 1_795_550_196n,
    expiry: 2n ** 64n - 1n,
    epoch: 3n,
  };
  const contract = { address: addresses.portfolioRequirements, abi: portfolioRequirementsAbi } as const;
  const theirs = await client.readContract({
    ...contract,
    functionName: 'digest',
    args: [{ ...message, signatures: [] }],
  });
  const ours = (change: Partial<typeof message> = {}, chain = chainId, at = addresses.portfolioRequirements) =>
    requirementDigest(chain, at, { ...message, ...change });
  expect(ours()).toBe(theirs);
  const others = Object.entries(message).map(([name, value]) =>
    ours({ [name]: typeof value === 'bigint' ? value - 1n : (vaults[2] as VaultId) }),
  );
  const all = [theirs, ...others, ours({}, chainId + 1), ours({}, chainId, addresses.clearingHouse)];
  expect(new Set(all).size).toBe(all.length);
});
