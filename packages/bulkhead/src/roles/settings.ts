/** From what an operator writes to what the keeper and the effects take: a pure translation, with the units made explicit. */
import { clearingHouseAbi, liquidationEngineAbi, oracleHubAbi } from '@bulkhead/contracts';
import { type ChainPolicy, defaultPolicy } from '@bulkhead/effects';
import { type ChainSettings, defaultTiers, type KeeperSettings } from '@bulkhead/keeper';
import {
  type Caip2,
  type Hex,
  milliseconds,
  priceWad,
  quoteAmount,
  type SizeWad,
  seconds,
  sizeWad,
  type VaultId,
  vaultId,
  type Wad,
  wad,
  wei,
} from '@bulkhead/shared';
import type { ChainConfig, Config } from '@bulkhead/shared/config';
import { type Abi, toFunctionSelector } from 'viem';
import type { AllowedCall } from '../adapters/keySigner.ts';

const millisecondsOf = (value: number) => milliseconds(Math.round(value * 1000));
/** A share written as a number → WAD, by way of its six leading decimals. */
const shareOf = (value: number): Wad => wad(BigInt(Math.round(value * 1e6)) * 10n ** 12n);

const sizesOf = (sizes: Readonly<Record<string, bigint>>): ReadonlyMap<number, SizeWad> =>
  new Map(Object.entries(sizes).map(([instrument, size]) => [Number(instrument), sizeWad(size)]));

/** A process that only observes may have no vault: decisions then say that nothing could pay. */
const noVault: VaultId = vaultId(`0x${'0'.repeat(64)}`);

const sheddingOf = (chain: ChainConfig): ChainSettings['shedding'] =>
  chain.shed && {
    counterparty: chain.shed.counterparty && vaultId(chain.shed.counterparty),
    above: sizesOf(chain.shed.above),
    interval: millisecondsOf(chain.shed.interval),
  };

const chainSettings = (config: Config, chain: ChainConfig): ChainSettings => {
  const { keeper } = config;
  return {
    chain: chain.id,
    bid: {
      bidderVault: chain.bidderVault ? vaultId(chain.bidderVault) : noVault,
      marginReserve: shareOf(keeper.marginReserve),
      inventoryLimit: sizesOf(chain.inventoryLimit),
      skip: chain.skip,
      minimumFraction: shareOf(keeper.minimumFraction),
      minimumProfit: quoteAmount(keeper.minimumProfit),
      solvencyLoss: keeper.solvencyLoss && {
        maximum: quoteAmount(keeper.solvencyLoss.maximum),
        belowHealth: shareOf(keeper.solvencyLoss.belowHealth),
      },
      slippage: shareOf(keeper.slippage),
      gas: keeper.bidGas,
      native: { kind: 'fixed', price: priceWad(keeper.nativePrice) },
      patience: millisecondsOf(keeper.patience),
      lifetime: seconds(keeper.bidLifetime),
    },
    settlement: keeper.settle.enabled
      ? { batch: keeper.settle.batch, patience: millisecondsOf(keeper.settle.patience) }
      : undefined,
    shedding: sheddingOf(chain),
    postPricesAfter: keeper.postPricesAfter === undefined ? undefined : millisecondsOf(keeper.postPricesAfter),
    budget: {
      liquidation: chain.fees.liquidationBudget,
      settlement: chain.fees.settlementBudget,
      maintenance: chain.fees.maintenanceBudget,
    },
  };
};

export const keeperSettings = (config: Config): KeeperSettings => ({
  name: config.name,
  chains: config.chains.map(chain => chainSettings(config, chain)),
  freshness: {
    // The strictest chain decides: one decision must not rest on a head that another chain would refuse.
    headAge: millisecondsOf(Math.min(...config.chains.map(chain => chain.headMaxAge))),
    priceReserve: seconds(config.keeper.priceReserve),
    retry: milliseconds(500),
  },
  tiers: defaultTiers,
  resyncEvery: millisecondsOf(config.keeper.resyncEvery),
  readBatch: config.keeper.readBatch,
});

export const effectPolicies = (config: Config): ReadonlyMap<Caip2, ChainPolicy> =>
  new Map(
    config.chains.map(chain => [
      chain.id,
      {
        ...defaultPolicy,
        mode: config.mode,
        finality: chain.effectFinality,
        feeCap: wei(chain.fees.cap),
        dailySpendCap: wei(config.signer?.dailySpendCap ?? 0n),
      },
    ]),
  );

const selectorOf = (abi: Abi, name: string): Hex => {
  const item = abi.find(each => each.type === 'function' && each.name === name);
  if (item?.type !== 'function') throw new TypeError(`the ABI has no function ${name}`);
  return toFunctionSelector(item);
};

/** Everything that a keeper ever calls. Whatever else is asked of the signer, it refuses. */
export const allowedCalls = (config: Config): readonly AllowedCall[] =>
  config.chains.flatMap(({ id, contracts }) => {
    const on = (to: AllowedCall['to'], abi: Abi, names: readonly string[]): readonly AllowedCall[] =>
      names.map(name => ({ chain: id, to, selector: selectorOf(abi, name) }));
    return [
      ...on(contracts.liquidationEngine, liquidationEngineAbi as Abi, ['bid', 'touch']),
      ...on(contracts.clearingHouse, clearingHouseAbi as Abi, ['novate', 'closeRound', 'settleMany']),
      ...on(contracts.oracleHub, oracleHubAbi as Abi, ['post']),
    ];
  });
