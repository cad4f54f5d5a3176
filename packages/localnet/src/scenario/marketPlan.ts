import { accountIdOf } from '@bulkhead/sdk';
import { type VaultId, vaultIdOf, WAD } from '@bulkhead/shared';
import type { LocalKey } from '../keys.ts';
import type { ParameterSet } from '../parameterSets.ts';
import { type SeededRandom, seededRandom } from './random.ts';

/** A share of the vaults, and how highly they are levered: notional over initial equity. */
export interface LeverageBand {
  readonly weight: number;
  readonly from: number;
  readonly to: number;
}

export interface MarketPlanOptions {
  readonly owners: number;
  readonly vaultsPerChain: number;
  readonly members: number;
  readonly seed: string;
  /** Weight of each instrument, by name. */
  readonly instruments: Readonly<Record<string, number>>;
  /** Share of the positions that are long. */
  readonly longShare: number;
  readonly leverage: readonly LeverageBand[];
  /** Quote that a vault's collateral is worth, whole units. */
  readonly equity: { readonly from: number; readonly to: number };
}

export interface PlannedDeposit {
  readonly symbol: string;
  /** In the token's own decimals. */
  readonly amount: bigint;
}

export interface PlannedPosition {
  readonly instrument: number;
  /** WAD, long > 0. */
  readonly size: bigint;
  /** The mark it is traded at, WAD. */
  readonly price: bigint;
}

/** One vault to be opened, filled and traded for. The same on every chain but for the draw of `chainIndex`. */
export interface PlannedVault {
  readonly vaultId: VaultId;
  readonly owner: LocalKey;
  readonly bucket: number;
  readonly member: number;
  readonly leverage: number;
  readonly deposits: readonly PlannedDeposit[];
  readonly positions: readonly PlannedPosition[];
}

/** Most vaults lie well inside their margin; a few stand where a move of three or four percent reaches them. */
export const defaultLeverage: readonly LeverageBand[] = Object.freeze([
  { weight: 60, from: 2, to: 5 },
  { weight: 25, from: 5, to: 8 },
  { weight: 15, from: 8, to: 9.6 },
]);

/** Floating point decides sizes of a scenario only; from here on everything is integers. */
const scaled = (value: number, decimals: number): bigint =>
  (BigInt(Math.round(value * 1e6)) * 10n ** BigInt(decimals)) / 1_000_000n;

const rateOf = (value: bigint): number => Number(value) / 1e18;

/** Part of the equity in another token than quote, for four vaults in ten. */
const depositsOf = (random: SeededRandom, set: ParameterSet, prices: ReadonlyMap<string, bigint>, equity: number) => {
  const others = set.collaterals.filter(each => each.feed !== undefined);
  const quote = set.collaterals.find(each => each.feed === undefined);
  const share = random.unit() < 0.4 && others.length > 0 ? random.between(0.2, 0.6) : 0;
  const other = others[Math.floor(random.unit() * others.length)];
  const deposits: PlannedDeposit[] = [];
  let initialEquity = 0;
  if (quote) {
    deposits.push({ symbol: quote.symbol, amount: scaled(equity * (1 - share), quote.decimals) });
    initialEquity += equity * (1 - share);
  }
  const price = other?.feed === undefined ? undefined : prices.get(other.feed);
  if (share > 0 && other && price !== undefined) {
    deposits.push({ symbol: other.symbol, amount: scaled((equity * share) / rateOf(price), other.decimals) });
    // The conservative side of a price is a little below it.
    initialEquity += equity * share * (1 - rateOf(other.haircutInitial)) * (1 - 2 * rateOf(set.confidence));
  }
  return { deposits, initialEquity };
};

interface Tradable {
  readonly instrument: number;
  readonly price: bigint;
  readonly weight: number;
}

const tradablesOf = (
  set: ParameterSet,
  prices: ReadonlyMap<string, bigint>,
  weights: Readonly<Record<string, number>>,
): readonly Tradable[] =>
  set.instruments.flatMap((each, instrument) => {
    const [price, weight] = [prices.get(each.feed), weights[each.name] ?? 0];
    return price === undefined || weight <= 0 ? [] : [{ instrument, price, weight }];
  });

const positionOf = (random: SeededRandom, from: Tradable, notional: number, longShare: number): PlannedPosition => {
  const size = (scaled(notional, 18) * WAD) / from.price;
  return { instrument: from.instrument, price: from.price, size: random.unit() < longShare ? size : -size };
};

const positionsOf = (random: SeededRandom, tradables: readonly Tradable[], notional: number, longShare: number) => {
  const first = random.pick(tradables);
  const others = tradables.filter(each => each !== first);
  if (others.length === 0 || random.unit() < 0.6) return [positionOf(random, first, notional, longShare)];
  const split = random.between(0.3, 0.7);
  return [
    positionOf(random, first, notional * split, longShare),
    positionOf(random, random.pick(others), notional * (1 - split), longShare),
  ];
};

/**
 * What to open, deposit and trade on one chain. A function of its arguments: the same seed gives the same market.
 * @param prices marks by feed name, WAD.
 */
export const planMarket = (
  options: MarketPlanOptions,
  chainIndex: number,
  world: {
    readonly set: ParameterSet;
    readonly prices: ReadonlyMap<string, bigint>;
    readonly owner: (index: number) => LocalKey;
  },
): readonly PlannedVault[] => {
  const random = seededRandom(`${options.seed} | market | ${chainIndex}`);
  const tradables = tradablesOf(world.set, world.prices, options.instruments);
  return Array.from({ length: options.vaultsPerChain }, (_, index): PlannedVault => {
    const owner = world.owner(index % options.owners);
    const bucket = Math.floor(index / options.owners);
    const leverage = ((band: LeverageBand) => random.between(band.from, band.to))(random.pick(options.leverage));
    const { deposits, initialEquity } = depositsOf(
      random,
      world.set,
      world.prices,
      random.between(options.equity.from, options.equity.to),
    );
    return {
      vaultId: vaultIdOf(accountIdOf(owner.address), bucket),
      owner,
      bucket,
      // One account names one member's operator, so that one right suffices for all its vaults.
      member: (index % options.owners) % options.members,
      leverage,
      deposits,
      positions: positionsOf(random, tradables, initialEquity * leverage, options.longShare),
    };
  });
};
