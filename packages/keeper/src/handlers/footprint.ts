import type { Footprint, FootprintEntry } from '@bulkhead/effects';
import {
  accountIdOf,
  type Caip2,
  encodeEvmAddress,
  evmChainIdOf,
  type GroupState,
  type Hex32,
  type MarketState,
  type VaultId,
  vaultIdOf,
  WAD,
  type Wad,
} from '@bulkhead/shared';
import type { BidForecast } from '../decide/decision.ts';

/** The clearing house's own vaults. */
export interface VenueVaults {
  settlement(instrument: number): VaultId;
  readonly house: VaultId;
}

const noSalt: Hex32 = `0x${'00'.repeat(32)}`;
const houseBucket = 0xffff_ffff;

/** Undefined for a chain whose venue accounts are not derived from a contract address. */
export const venueVaultsOf = (chain: Caip2, venue: GroupState['venue']): VenueVaults | undefined => {
  const chainId = evmChainIdOf(chain);
  if (chainId === undefined) return undefined;
  const account = accountIdOf(encodeEvmAddress(BigInt(chainId), venue), noSalt);
  return { settlement: instrument => vaultIdOf(account, instrument), house: vaultIdOf(account, houseBucket) };
};

const absolute = (value: bigint): bigint => (value < 0n ? -value : value);
const up = (amount: bigint, by: bigint): bigint => (amount + by - 1n) / by;

/**
 * Bounds in quote leave a twentieth and a few units: the chain may hold a newer price than the one decided on, and rounds against the mover.
 */
const loosened = (amount: bigint): bigint => amount + amount / 20n + 1_000n;

/** Most that a group can pay to, or be paid by, the settlement escrows when it is settled for what is decided: both bounds, quote. */
export const settledFlow = (group: GroupState, market: MarketState): bigint => {
  const scale = 10n ** BigInt(36 - market.quote.decimals);
  let flow = group.owed + group.due;
  for (const position of group.positions) {
    const last =
      market.instruments.find(terms => terms.instrument === position.instrument)?.lastPrice ?? position.carriedAt;
    flow += up(absolute(position.size) * absolute(last - position.carriedAt), scale);
    flow += position.tradeGain + position.tradeLoss;
  }
  return flow;
};

const obligations = ['locked', 'credit', 'owed', 'due', 'position', 'auction'] as const;

const obligationsOf = (vault: VaultId): FootprintEntry => ({ vault, aspects: obligations });

const balance = (vault: VaultId, item: string, maxFall: bigint, maxRise: bigint): FootprintEntry => ({
  vault,
  aspects: ['escrow', 'free'],
  items: [item],
  maxFall,
  maxRise,
});

/**
 * Instruments whose settlement escrow pays or is paid when these groups are settled. What is owed or due may be left from a position that is long
 * gone, and does not say of which instrument: then it may be any.
 */
const instrumentsOf = (groups: readonly GroupState[], market: MarketState): readonly number[] => {
  if (groups.some(group => group.owed > 0n || group.due > 0n)) return market.instruments.map(terms => terms.instrument);
  return [...new Set(groups.flatMap(group => group.positions.map(position => position.instrument)))];
};

export interface BidFootprintInputs {
  readonly group: GroupState;
  readonly bidder: GroupState;
  readonly market: MarketState;
  readonly venue: VenueVaults;
  readonly fraction: Wad;
  readonly limit: Wad;
  readonly skip: readonly string[];
  readonly expected: BidForecast;
}

const collateralBounds = (inputs: BidFootprintInputs): readonly FootprintEntry[] =>
  inputs.group.assets
    .filter(asset => asset.token.toLowerCase() !== inputs.market.quote.token.toLowerCase())
    .filter(asset => !inputs.skip.some(token => token.toLowerCase() === asset.token.toLowerCase()))
    .flatMap(asset => {
      const taken = up(asset.free * inputs.fraction, WAD);
      return [
        balance(inputs.group.vault, asset.token, taken, 0n),
        balance(inputs.bidder.vault, asset.token, 0n, taken),
      ];
    });

/** The acting vault pays at most this: the price at the limit it sends along. */
const mostPaid = ({ expected, fraction, limit }: BidFootprintInputs): bigint =>
  expected.takeable <= 0n ? 0n : up(expected.takeable * fraction * limit, WAD * WAD);

/** Walls that a bid may touch, and how far: the group acted on, the acting vault, the settlement escrows of their instruments, house capital. */
export const bidFootprint = (inputs: BidFootprintInputs): Footprint => {
  const { group, bidder, market, venue, expected } = inputs;
  const quote = market.quote.token;
  const freeQuote = group.assets.find(asset => asset.token.toLowerCase() === quote.toLowerCase())?.free ?? 0n;
  const takenQuote = up(freeQuote * inputs.fraction, WAD) + expected.received;
  const paid = mostPaid(inputs);
  const settledGroup = settledFlow(group, market);
  const settledBidder = settledFlow(bidder, market) + settledGroup;
  const settled = settledGroup + settledBidder;
  return [
    obligationsOf(group.vault),
    obligationsOf(bidder.vault),
    ...collateralBounds(inputs),
    balance(group.vault, quote, loosened(takenQuote + settledGroup), loosened(paid + settledGroup)),
    balance(bidder.vault, quote, loosened(paid + settledBidder), loosened(takenQuote + settledBidder)),
    ...instrumentsOf([group, bidder], market).map(instrument =>
      balance(venue.settlement(instrument), quote, loosened(settled), loosened(settled)),
    ),
    balance(venue.house, quote, loosened(expected.received), 0n),
  ];
};

/** Settling moves quote between the vaults named and the instrument's settlement escrow, and nothing else. */
export const settleFootprint = (
  groups: readonly GroupState[],
  instrument: number,
  market: MarketState,
  venue: VenueVaults,
): Footprint => {
  const quote = market.quote.token;
  const total = groups.reduce((sum, group) => sum + settledFlow(group, market), 0n);
  return [
    ...groups.flatMap(group => {
      const flow = loosened(settledFlow(group, market));
      return [
        { vault: group.vault, aspects: ['credit', 'owed', 'due', 'position'] } as const,
        balance(group.vault, quote, flow, flow),
      ];
    }),
    balance(venue.settlement(instrument), quote, loosened(total), loosened(total)),
  ];
};

/** A novation settles both sides for what is decided, then changes their positions. */
export const shedFootprint = (
  sides: readonly GroupState[],
  instrument: number,
  market: MarketState,
  venue: VenueVaults,
): Footprint => [
  ...settleFootprint(sides, instrument, market, venue),
  ...sides.map(side => ({ vault: side.vault, aspects: ['auction'] }) as const),
];

/** A touch settles the group for what is decided, and writes or ends its auction. */
export const touchFootprint = (group: GroupState, market: MarketState, venue: VenueVaults): Footprint => {
  const quote = market.quote.token;
  const flow = loosened(settledFlow(group, market));
  return [
    obligationsOf(group.vault),
    balance(group.vault, quote, flow, flow),
    ...instrumentsOf([group], market).map(instrument => balance(venue.settlement(instrument), quote, flow, flow)),
  ];
};
