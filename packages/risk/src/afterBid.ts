import {
  type Address,
  type BookedAsset,
  type GroupState,
  type PositionState,
  type QuoteAmount,
  quoteAmount,
  sizeWad,
  tokenAmount,
  type VaultId,
  WAD,
  type Wad,
} from '@bulkhead/shared';
import { absolute, divideDown, divideUp, larger, powerOfTen } from './arithmetic.ts';

/** Terms of a bid that is being thought about. */
export interface IntendedBid {
  readonly fraction: Wad;
  /** Paid by the bidder into the group (V > 0). */
  readonly paid: QuoteAmount;
  /** Expected by the bidder from R and house capital (V ≤ 0). */
  readonly received: QuoteAmount;
  readonly skip: readonly Address[];
  readonly quoteToken: Address;
  readonly quoteDecimals: number;
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
const down = (amount: bigint, fraction: bigint): bigint => (amount * fraction) / WAD;
const up = (amount: bigint, fraction: bigint): bigint => divideUp(amount * fraction, WAD);

const emptyAsset = (vault: VaultId, token: Address): BookedAsset => ({
  vault,
  token,
  free: tokenAmount(0n),
  locked: tokenAmount(0n),
  credit: tokenAmount(0n),
});

const addFree = (
  assets: readonly BookedAsset[],
  vault: VaultId,
  token: Address,
  amount: bigint,
): readonly BookedAsset[] => {
  const isHeld = (asset: BookedAsset): boolean => asset.vault === vault && same(asset.token, token);
  const held = assets.find(isHeld) ?? emptyAsset(vault, token);
  const others = assets.filter(asset => !isHeld(asset));
  return [...others, { ...held, free: tokenAmount(held.free + amount) }];
};

const takenPosition = (position: PositionState, fraction: Wad, vault: VaultId): PositionState => {
  const taken = down(absolute(position.size), fraction);
  return {
    ...position,
    vault,
    size: sizeWad(position.size < 0n ? -taken : taken),
    tradeGain: quoteAmount(down(position.tradeGain, fraction)),
    tradeLoss: quoteAmount(up(position.tradeLoss, fraction)),
  };
};

/** Adds `taken` at the price that `held` is carried at; the difference becomes a fixed gain or loss, rounded against the bidder. */
const merged = (held: PositionState, taken: PositionState, quoteDecimals: number): PositionState => {
  const carried = divideDown(taken.size * (held.carriedAt - taken.carriedAt), powerOfTen(36 - quoteDecimals));
  return {
    ...held,
    size: sizeWad(held.size + taken.size),
    tradeGain: quoteAmount(held.tradeGain + taken.tradeGain + larger(carried, 0n)),
    tradeLoss: quoteAmount(held.tradeLoss + taken.tradeLoss + larger(-carried, 0n)),
  };
};

const addPosition = (
  positions: readonly PositionState[],
  taken: PositionState,
  quoteDecimals: number,
): readonly PositionState[] => {
  const isHeld = (position: PositionState): boolean =>
    position.vault === taken.vault && position.instrument === taken.instrument;
  const held = positions.find(isHeld);
  if (!held) return [...positions, taken];
  const others = positions.filter(position => !isHeld(position));
  return [...others, merged(held, taken, quoteDecimals)];
};

/** The bidder's report with its share of the group's, rounded against the bidder. The venue has the last word, through simulation. */
const reportedAfter = (bidder: GroupState, group: GroupState, fraction: Wad): GroupState['reported'] => {
  const { reported: held } = bidder;
  const { reported: taken } = group;
  if (held === undefined || held === 'silent' || taken === undefined || taken === 'silent') return held;
  return {
    value: quoteAmount(held.value + divideDown(taken.value * fraction, WAD)),
    notInitial: quoteAmount(held.notInitial + up(taken.notInitial, fraction)),
    initial: quoteAmount(held.initial + up(taken.initial, fraction)),
    maintenance: quoteAmount(held.maintenance + up(taken.maintenance, fraction)),
    gross: quoteAmount(held.gross + up(taken.gross, fraction)),
  };
};

/**
 * The bidder's group as it would be after the bid: a pure forecast for sizing. The contract has the last word, through simulation. What is taken, of all
 * vaults of the group, lands in the bidder's lead vault.
 * Quote: takes f of the group's free quote less R, pays `paid`, gets `received`.
 */
export const bidderAfterBid = (bidder: GroupState, group: GroupState, bid: IntendedBid): GroupState => {
  const reserved = group.auction?.reserved ?? 0n;
  const skipped = (token: Address): boolean => bid.skip.some(one => same(one, token));
  let assets = bidder.assets;
  for (const asset of group.assets) {
    if (skipped(asset.token)) continue;
    const isReserve = asset.vault === group.vault && same(asset.token, bid.quoteToken);
    const takeable = isReserve ? larger(asset.free - reserved, 0n) : asset.free;
    assets = addFree(assets, bidder.vault, asset.token, down(takeable, bid.fraction));
  }
  assets = addFree(assets, bidder.vault, bid.quoteToken, bid.received - bid.paid);
  let positions = bidder.positions;
  for (const position of group.positions) {
    positions = addPosition(positions, takenPosition(position, bid.fraction, bidder.vault), bid.quoteDecimals);
  }
  return {
    ...bidder,
    assets,
    positions,
    reported: reportedAfter(bidder, group, bid.fraction),
    owed: quoteAmount(bidder.owed + up(group.owed, bid.fraction)),
    due: quoteAmount(bidder.due + down(group.due, bid.fraction)),
  };
};
