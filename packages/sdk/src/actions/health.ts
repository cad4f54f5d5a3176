import { iClearingHouseAbi, iMarginEngineAbi, iOracleHubAbi } from '@bulkhead/contracts';
import { type QuoteAmount, quoteAmount, type Seconds, seconds } from '@bulkhead/shared';
import { type Address, type Hex, zeroHash } from 'viem';
import { getBlock, readContract } from 'viem/actions';
import type { ReadClient } from '../plan/plan.ts';
import { orDecoded } from '../plan/requirements.ts';
import type { ActionParameters } from './parameters.ts';

/** What the prices are needed for; each use has its own maximum age. */
export const priceUses = Object.freeze({ riskIncrease: 0, liquidation: 1, settlement: 2 });
export type PriceUse = keyof typeof priceUses;

export interface HealthParameters extends ActionParameters {
  readonly vaultId: Hex;
  /** `liquidation` by default: what decides whether the vault can be bid on. */
  readonly use?: PriceUse;
}

/** A vault's state at one block, quote decimals (RISK §2). */
export interface HealthValue {
  /** E, with maintenance haircuts. */
  readonly equity: QuoteAmount;
  /** MM. */
  readonly maintenance: QuoteAmount;
  /** E with initial haircuts and conservative prices. */
  readonly initialEquity: QuoteAmount;
  /** IM. */
  readonly initial: QuoteAmount;
  /** V, without haircuts. */
  readonly marketValue: QuoteAmount;
  /** E ≥ MM, by comparison. */
  readonly healthy: boolean;
}

export interface HealthReading {
  readonly value: HealthValue;
  /** The block that everything was read at. */
  readonly block: { readonly number: bigint; readonly hash: Hex; readonly time: Seconds };
  /** Seconds between the oldest price used and the block; zero when no price was needed. */
  readonly age: Seconds;
}

/** An option's requirement is a share of its underlying: kinds from 2 up are options (InstrumentKind of the contracts). */
const underlyingOf = (terms: { readonly kind: number; readonly indexFeed: Hex }): readonly Hex[] =>
  terms.kind >= 2 ? [terms.indexFeed] : [];

/** Feeds that a vault's value rests on: of the collaterals it holds, and of the instruments it has positions in. */
const feedsOf = async (
  client: ReadClient,
  { addresses, vaultId }: HealthParameters,
  blockNumber: bigint,
): Promise<readonly Hex[]> => {
  const margin = { address: addresses.marginEngine, abi: iMarginEngineAbi, blockNumber } as const;
  const clearing = { address: addresses.clearingHouse, abi: iClearingHouseAbi, blockNumber } as const;
  const [assets, instruments] = await Promise.all([
    readContract(client, { ...margin, functionName: 'assetsOf', args: [vaultId] }),
    readContract(client, { ...clearing, functionName: 'instrumentsOf', args: [vaultId] }),
  ]);
  const [collaterals, terms] = await Promise.all([
    Promise.all(assets.map(token => readContract(client, { ...margin, functionName: 'collateralOf', args: [token] }))),
    Promise.all(instruments.map(each => readContract(client, { ...clearing, functionName: 'termsOf', args: [each] }))),
  ]);
  const feeds = [...collaterals.map(each => each.feed), ...terms.flatMap(each => [each.feed, ...underlyingOf(each)])];
  return [...new Set(feeds)].filter(feed => feed !== zeroHash);
};

const oldestPriceTime = async (
  client: ReadClient,
  oracleHub: Address,
  feeds: readonly Hex[],
  blockNumber: bigint,
): Promise<bigint | undefined> => {
  const states = await Promise.all(
    feeds.map(feed =>
      readContract(client, {
        address: oracleHub,
        abi: iOracleHubAbi,
        functionName: 'feedState',
        args: [feed],
        blockNumber,
      }),
    ),
  );
  return states
    .map(state => state.time)
    .reduce<bigint | undefined>((oldest, time) => (oldest === undefined || time < oldest ? time : oldest), undefined);
};

/**
 * A vault's health, always with the block it was read at and the age of the oldest price it rests on. Throws `StalePriceError` when a price is
 * too old for the use asked for: a health that nobody may act on is no answer.
 *
 * @example
 * import { health } from '@bulkhead/sdk'
 *
 * const { value, block, age } = await health(client, { addresses, vaultId })
 * console.log(`E ${value.equity} MM ${value.maintenance} at block ${block.number}, prices at most ${age} s old`)
 */
export const health = async (client: ReadClient, parameters: HealthParameters): Promise<HealthReading> => {
  const { addresses, vaultId, use = 'liquidation' } = parameters;
  const block = await orDecoded(getBlock(client, { blockTag: 'latest' }));
  const [read, feeds] = await orDecoded(
    Promise.all([
      readContract(client, {
        address: addresses.marginEngine,
        abi: iMarginEngineAbi,
        functionName: 'healthOf',
        args: [vaultId, priceUses[use]],
        blockNumber: block.number,
      }),
      feedsOf(client, parameters, block.number),
    ]),
  );
  const oldest = await orDecoded(oldestPriceTime(client, addresses.oracleHub, feeds, block.number));
  const age = oldest === undefined || oldest > block.timestamp ? 0n : block.timestamp - oldest;
  return Object.freeze({
    value: Object.freeze({
      equity: quoteAmount(read.equity),
      maintenance: quoteAmount(read.maintenance),
      initialEquity: quoteAmount(read.initialEquity),
      initial: quoteAmount(read.initial),
      marketValue: quoteAmount(read.marketValue),
      healthy: read.equity >= read.maintenance,
    }),
    block: Object.freeze({ number: block.number, hash: block.hash, time: seconds(Number(block.timestamp)) }),
    age: seconds(Number(age)),
  });
};
