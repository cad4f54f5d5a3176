import { rights } from '@bulkhead/sdk';
import { encodePacked, type Hex, keccak256 } from 'viem';
import { firstVaultOf, localMemberId } from '../deploy/configureMarket.ts';
import type { LocalKey } from '../keys.ts';
import type { LocalChain, Localnet } from '../localnet.ts';
import { LocalnetError } from '../localnetError.ts';
import {
  approveCall,
  depositCall,
  ensureAccountCall,
  mintCall,
  novateCall,
  openVaultsCall,
  setRightsCall,
} from './calls.ts';
import {
  defaultLeverage,
  type MarketPlanOptions,
  type PlannedPosition,
  type PlannedVault,
  planMarket,
} from './marketPlan.ts';
import { createOutbox, type Outbox, type OutgoingCall } from './outbox.ts';

export type SeedMarketOptions = Partial<MarketPlanOptions>;

/** A vault as it was opened, filled and traded for. */
export interface SeededVault extends PlannedVault {
  readonly chainIndex: number;
}

export interface SeededMarket {
  /** Per chain, in the order of opening. */
  readonly vaults: readonly (readonly SeededVault[])[];
  /** Each member's market-maker vault: the other side of every position. The same ids on every chain. */
  readonly marketMakers: readonly Hex[];
}

/** Few enough that the prices posted just before are still fresh when the last of them runs. */
const novationsPerBlock = 300;

const optionsOf = (localnet: Localnet, options: SeedMarketOptions): MarketPlanOptions => {
  const members = Math.min(options.members ?? localnet.keys.members.length, localnet.keys.members.length);
  return {
    owners: options.owners ?? 20,
    vaultsPerChain: options.vaultsPerChain ?? 100,
    members,
    seed: options.seed ?? localnet.seed,
    instruments:
      options.instruments ??
      Object.fromEntries(
        localnet.parameterSet.instruments.filter(each => each.option === undefined).map(each => [each.name, 1]),
      ),
    longShare: options.longShare ?? 0.75,
    leverage: options.leverage ?? defaultLeverage,
    equity: options.equity ?? { from: 2_000, to: 20_000 },
  };
};

const groupByOwner = (vaults: readonly PlannedVault[]): readonly (readonly PlannedVault[])[] => [
  ...Map.groupBy(vaults, vault => vault.owner.address).values(),
];

const tokenOf = (chain: LocalChain, symbol: string) => {
  const token = chain.addresses.tokens[symbol];
  if (token === undefined) throw new LocalnetError(`There is no test token ${symbol}.`);
  return token;
};

/** Everything that one owner does before anybody trades: in order, because one sender's transactions run in order. */
const setupCalls = (
  chain: LocalChain,
  owned: readonly PlannedVault[],
  operators: readonly LocalKey[],
): readonly OutgoingCall[] => {
  const [first] = owned;
  const operator = first && operators[first.member];
  if (first === undefined || operator === undefined) return [];
  const { owner } = first;
  const totals = new Map<string, bigint>();
  for (const deposit of owned.flatMap(vault => vault.deposits)) {
    totals.set(deposit.symbol, (totals.get(deposit.symbol) ?? 0n) + deposit.amount);
  }
  const at = chain.addresses;
  return [
    ensureAccountCall(at, owner),
    openVaultsCall(at, owner, { first: 0, count: owned.length }, localMemberId(first.member)),
    setRightsCall(at, owner, operator.address, rights.trade),
    ...[...totals].flatMap(([symbol, total]) => {
      const token = tokenOf(chain, symbol);
      return [mintCall(token, owner, total), approveCall(at, token, owner)];
    }),
    ...owned.flatMap(vault =>
      vault.deposits.map(({ symbol, amount }) =>
        depositCall(at, owner, { vaultId: vault.vaultId, token: tokenOf(chain, symbol), amount }),
      ),
    ),
  ];
};

/** Unique per chain, vault and instrument, so that seeding twice is refused rather than doubled. */
const tradeIdOf = (chain: LocalChain, vault: PlannedVault, position: PlannedPosition): Hex =>
  keccak256(
    encodePacked(['uint256', 'bytes32', 'uint32'], [BigInt(chain.chainId), vault.vaultId, position.instrument]),
  );

const tradeCalls = (
  chain: LocalChain,
  vaults: readonly PlannedVault[],
  operators: readonly LocalKey[],
): readonly OutgoingCall[] =>
  vaults.flatMap(vault => {
    const operator = operators[vault.member];
    if (operator === undefined) return [];
    const marketMaker = firstVaultOf(operator);
    return vault.positions.map(position => {
      const long = position.size > 0n;
      return novateCall(chain.addresses, operator, {
        instrument: position.instrument,
        buyer: long ? vault.vaultId : marketMaker,
        seller: long ? marketMaker : vault.vaultId,
        size: long ? position.size : -position.size,
        price: position.price,
        tradeId: tradeIdOf(chain, vault, position),
      });
    });
  });

const send = async (outbox: Outbox, calls: readonly OutgoingCall[]): Promise<void> => {
  for (const call of calls) outbox.add(call);
  await outbox.flush();
};

const openAndFill = async (
  chain: LocalChain,
  vaults: readonly PlannedVault[],
  operators: readonly LocalKey[],
): Promise<void> => {
  const owned = groupByOwner(vaults);
  const owners = owned.flatMap(group => group[0]?.owner ?? []);
  await Promise.all(owners.map(owner => chain.client.setBalance({ address: owner.address, value: 10n ** 22n })));
  await send(
    createOutbox(chain.client, chain.chainId),
    owned.flatMap(group => setupCalls(chain, group, operators)),
  );
};

/** Trades in blocks, with prices signed anew before each: a price may be only some seconds old. */
const trade = async (
  localnet: Localnet,
  calls: readonly (readonly OutgoingCall[])[],
  prices: ReadonlyMap<string, bigint>,
): Promise<void> => {
  const longest = Math.max(0, ...calls.map(each => each.length));
  for (let start = 0; start < longest; start += novationsPerBlock) {
    await localnet.publishAndPost(Object.fromEntries(prices));
    await Promise.all(
      localnet.chains.map((chain, index) =>
        send(createOutbox(chain.client, chain.chainId), calls[index]?.slice(start, start + novationsPerBlock) ?? []),
      ),
    );
  }
};

const newestPrices = (localnet: Localnet): ReadonlyMap<string, bigint> =>
  new Map(
    [...localnet.feed.newest().values()].flatMap(report => {
      const name = localnet.feed.nameOf(report.feed);
      return name === undefined ? [] : [[name, report.price] as const];
    }),
  );

/**
 * Opens vaults in bulk on every chain, fills them, and gives each one or two positions against its member's market maker, at the newest
 * published prices. Leverage is drawn from the seed, so that some vaults stand close to the threshold. Takes a few seconds for 100 a chain.
 * Right after a jump a trade at the leverage drawn is refused, until the stable price has followed: seed first.
 *
 * @example
 * const localnet = await startLocalnet({ chains: 2 })
 * const market = await seedMarket(localnet, { owners: 20, vaultsPerChain: 100, seed: 'crash' })
 */
export const seedMarket = async (localnet: Localnet, options: SeedMarketOptions = {}): Promise<SeededMarket> => {
  const plan = optionsOf(localnet, options);
  const prices = newestPrices(localnet);
  const { keys, parameterSet: set } = localnet;
  const planned = localnet.chains.map((_, index) => planMarket(plan, index, { set, prices, owner: keys.owner }));
  await Promise.all(localnet.chains.map((chain, index) => openAndFill(chain, planned[index] ?? [], keys.members)));
  const trades = localnet.chains.map((chain, index) => tradeCalls(chain, planned[index] ?? [], keys.members));
  await trade(localnet, trades, prices);
  return Object.freeze({
    vaults: planned.map((vaults, chainIndex) => vaults.map(vault => Object.freeze({ ...vault, chainIndex }))),
    marketMakers: keys.members.slice(0, plan.members).map(firstVaultOf),
  });
};
