import type { Caip2, EffectId, FeedId, Hex32, Seconds, VaultId } from '@bulkhead/shared';
import { encodeAbiParameters, keccak256 } from 'viem';

/**
 * Names of effects (EFF-1): the same situation gets the same id in every process and after every restart. Only what is on chain goes in.
 * `generation` rises when an earlier effect of the same situation ended without having been done (see nextGeneration).
 */
const words = [{ type: 'string' }, { type: 'string' }, { type: 'bytes32[]' }, { type: 'uint256[]' }] as const;

const idOf = (kind: string, chain: Caip2, names: readonly Hex32[], numbers: readonly (number | bigint)[]): EffectId =>
  keccak256(encodeAbiParameters(words, [kind, chain, [...names], numbers.map(BigInt)]));

/** A bid on a group as it stands after `lastTrade`. It is also the key that the contract consumes. */
export const bidId = (
  situation: {
    readonly chain: Caip2;
    readonly vault: VaultId;
    readonly lastTrade: Hex32;
    readonly bidderVault: VaultId;
  },
  generation: number,
): EffectId =>
  idOf('bid', situation.chain, [situation.vault, situation.lastTrade, situation.bidderVault], [generation]);

/** @param shownAt when the group was last shown unhealthy; 0 without an auction. */
export const touchId = (
  chain: Caip2,
  vault: VaultId,
  lastTrade: Hex32,
  shownAt: Seconds,
  generation: number,
): EffectId => idOf('touch', chain, [vault, lastTrade], [shownAt, generation]);

export const closeRoundId = (chain: Caip2, instrument: number, round: number, generation: number): EffectId =>
  idOf('closeRound', chain, [], [instrument, round, generation]);

/** @param collected what the known debts add up to: gainers are worth settling again only when it has changed. */
export const settleId = (
  chain: Caip2,
  instrument: number,
  round: number,
  collected: bigint,
  vaults: readonly VaultId[],
  generation: number,
): EffectId => idOf('settle', chain, vaults, [instrument, round, collected, generation]);

/** @param period number of the posting period since 1970: one post a period. */
export const postPricesId = (chain: Caip2, feeds: readonly FeedId[], period: number, generation: number): EffectId =>
  idOf('postPrices', chain, feeds, [period, generation]);

/** The trade id of the novation too. */
export const shedId = (
  chain: Caip2,
  bidderVault: VaultId,
  lastTrade: Hex32,
  instrument: number,
  generation: number,
): EffectId => idOf('shed', chain, [bidderVault, lastTrade], [instrument, generation]);
