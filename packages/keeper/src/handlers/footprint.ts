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
import { type QuoteFlow, settledFlows, totalFlow } from './settledFlow.ts';

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

const up = (amount: bigint, by: bigint): bigint => (amount + by - 1n) / by;

/**
 * Bounds in quote leave a twentieth and a few units: the chain may hold a newer price than the one decided on, and rounds against the mover.
 */
const loosened = (amount: bigint): bigint => amount + amount / 20n + 1_000n;

const obligations = ['locked', 'credit', 'owed', 'due', 'position', 'auction', 'intraDebt', 'requirement'] as const;

const obligationsOf = (group: GroupState): readonly FootprintEntry[] =>
  group.vaults.map(vault => ({ vault, aspects: obligations }));

/** Debts may change between the vaults of the group only. */
const settledAspects = ['credit', 'owed', 'due', 'position', 'intraDebt'] as const;

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

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Each vault of the group gives its own share, and the acting vault takes no more than all of them give. */
const collateralBounds = (inputs: BidFootprintInputs): readonly FootprintEntry[] => {
  const { group, bidder, market, fraction, skip } = inputs;
  const given = group.assets
    .filter(asset => !same(asset.token, market.quote.token) && !skip.some(token => same(token, asset.token)))
    .map(asset => ({ ...asset, taken: up(asset.free * fraction, WAD) }));
  const tokens = [...new Set(given.map(asset => asset.token))];
  return [
    ...given.map(asset => balance(asset.vault, asset.token, asset.taken, 0n)),
    ...tokens.map(token => {
      const all = given.filter(asset => asset.token === token).reduce((total, asset) => total + asset.taken, 0n);
      return balance(bidder.vault, token, 0n, all);
    }),
  ];
};

/** The acting vault pays at most this: the price at the limit it sends along. */
const mostPaid = ({ expected, fraction, limit }: BidFootprintInputs): bigint =>
  expected.takeable <= 0n ? 0n : up(expected.takeable * fraction * limit, WAD * WAD);

const freeQuoteOf = (group: GroupState, vault: VaultId, market: MarketState): bigint =>
  group.assets.find(asset => asset.vault === vault && same(asset.token, market.quote.token))?.free ?? 0n;

const noFlow: QuoteFlow = { fall: 0n, rise: 0n };

/** Quote of the group's vaults: each gives its share and settles; the price is paid into the lead vault, and R is taken from it. */
const groupQuoteBounds = (inputs: BidFootprintInputs): readonly FootprintEntry[] => {
  const { group, market, fraction, expected } = inputs;
  const flows = settledFlows(group, group.vaults, market);
  return group.vaults.map(vault => {
    const { fall, rise } = flows.get(vault) ?? noFlow;
    const isLead = vault === group.vault;
    const taken = up(freeQuoteOf(group, vault, market) * fraction, WAD) + (isLead ? expected.received : 0n);
    const paid = isLead ? mostPaid(inputs) : 0n;
    return balance(vault, market.quote.token, loosened(taken + fall), loosened(paid + rise));
  });
};

/** Walls that a bid may touch, and how far: every vault of the group acted on, the acting vault, the settlement escrows of their instruments, the layers of the waterfall. */
export const bidFootprint = (inputs: BidFootprintInputs): Footprint => {
  const { group, bidder, market, venue, expected, fraction } = inputs;
  const quote = market.quote.token;
  const taken = group.vaults.reduce(
    (total, vault) => total + up(freeQuoteOf(group, vault, market) * fraction, WAD),
    expected.received as bigint,
  );
  const settledGroup = totalFlow(group, group.vaults, market);
  const settledBidder = totalFlow(bidder, bidder.vaults, market) + settledGroup;
  const settled = settledGroup + settledBidder;
  return [
    ...obligationsOf(group),
    ...obligationsOf(bidder),
    ...collateralBounds(inputs),
    ...groupQuoteBounds(inputs),
    balance(bidder.vault, quote, loosened(mostPaid(inputs) + settledBidder), loosened(taken + settledBidder)),
    ...instrumentsOf([group, bidder], market).map(instrument =>
      balance(venue.settlement(instrument), quote, loosened(settled), loosened(settled)),
    ),
    balance(venue.house, quote, loosened(expected.received), 0n),
    // A newer price can ask a layer more that was to pay little or nothing.
    ...market.memberFunds.map(fund => balance(fund.vault, quote, loosened(expected.received), 0n)),
  ];
};

/** Vaults that the call names, by the group that each belongs to. */
const settledIn = (group: GroupState, vaults: readonly VaultId[]): readonly VaultId[] =>
  group.vaults.filter(vault => vaults.includes(vault));

/** What settling these vaults may move behind the walls of their group. A sibling that is not settled itself only pays, or is paid back. */
const settledWalls = (group: GroupState, settled: readonly VaultId[], market: MarketState): readonly FootprintEntry[] =>
  [...settledFlows(group, settled, market)].flatMap(([vault, { fall, rise }]) => [
    { vault, aspects: settled.includes(vault) ? settledAspects : (['credit'] as const) },
    balance(vault, market.quote.token, loosened(fall), loosened(rise)),
  ]);

/** Settling moves quote between the vaults named, siblings that are drawn on for them, and the instrument's settlement escrow, and nothing else. */
export const settleFootprint = (
  groups: readonly GroupState[],
  vaults: readonly VaultId[],
  instrument: number,
  market: MarketState,
  venue: VenueVaults,
): Footprint => {
  const total = groups.reduce((sum, group) => sum + totalFlow(group, settledIn(group, vaults), market), 0n);
  return [
    ...groups.flatMap(group => settledWalls(group, settledIn(group, vaults), market)),
    balance(venue.settlement(instrument), market.quote.token, loosened(total), loosened(total)),
  ];
};

/** A novation settles both sides for what is decided, then changes their positions. */
export const shedFootprint = (
  sides: readonly { readonly group: GroupState; readonly vault: VaultId }[],
  instrument: number,
  market: MarketState,
  venue: VenueVaults,
): Footprint => {
  const vaults = sides.map(side => side.vault);
  const groups = [...new Map(sides.map(({ group }) => [group.vault, group])).values()];
  return [
    ...settleFootprint(groups, vaults, instrument, market, venue),
    ...groups.map(group => ({ vault: group.vault, aspects: ['auction'] }) as const),
  ];
};

/** A touch settles the group for what is decided, and writes or ends its auction. */
export const touchFootprint = (group: GroupState, market: MarketState, venue: VenueVaults): Footprint => {
  const quote = market.quote.token;
  const flow = loosened(totalFlow(group, group.vaults, market));
  return [
    ...obligationsOf(group),
    ...[...settledFlows(group, group.vaults, market)].map(([vault, { fall, rise }]) =>
      balance(vault, quote, loosened(fall), loosened(rise)),
    ),
    ...instrumentsOf([group], market).map(instrument => balance(venue.settlement(instrument), quote, flow, flow)),
  ];
};
