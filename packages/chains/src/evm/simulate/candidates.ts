import type { Address, Call, DomainEvent, FeedId, Hex32, VaultId } from '@bulkhead/shared';

/** What a simulated call may have to do with: the keys that mapping slots are computed for. */
export interface Candidates {
  readonly vaults: readonly VaultId[];
  readonly instruments: readonly number[];
  /** Rounds by instrument. */
  readonly rounds: ReadonlyMap<number, readonly number[]>;
  /** Feeds that the call itself posts reports of. */
  readonly feeds: readonly FeedId[];
  readonly effectKey: { readonly bidderVault: VaultId; readonly key: Hex32 } | undefined;
  readonly tradeId: Hex32 | undefined;
  /** Attestations that its events name. */
  readonly attested: readonly { readonly vault: VaultId; readonly positions: Hex32 }[];
  readonly members: readonly Hex32[];
}

/** Deployment-wide facts that attribution needs. */
export interface Surroundings {
  readonly quoteToken: Address;
  /** Listed collaterals in order of listing: a collateral's number is its place from 1. */
  readonly tokens: readonly Address[];
  readonly instruments: readonly { readonly instrument: number; readonly round: number }[];
  /** The clearing house's own vaults: settlement escrows, house capital and members' contributions. */
  readonly venueVaults: readonly VaultId[];
  /** Whose clients, and their open interest, are counted. */
  readonly members: readonly Hex32[];
}

const vaultsOfCall = (call: Call): readonly VaultId[] => {
  switch (call.kind) {
    case 'bid':
      return [call.vault, call.bidderVault];
    case 'touch':
    case 'deposit':
      return [call.vault];
    case 'settle':
      return call.vaults;
    case 'novate':
      return [call.buyer, call.seller];
    default:
      return [];
  }
};

const vaultsOfEvent = (event: DomainEvent): readonly VaultId[] => {
  if (event.kind === 'vaultsChanged') return event.vaults;
  return event.kind === 'bidFilled' ? [event.vault, event.bidderVault] : [];
};

const attestedBy = (event: DomainEvent): Candidates['attested'] => {
  if (event.kind !== 'vaultsChanged' || event.positions === undefined) return [];
  const { positions } = event;
  return event.vaults.map(vault => ({ vault, positions }));
};

/** Closed rounds that can still change are few: the clearing house stops at eight incomplete ones, and gainers collect older ones for a while. */
const recentRounds = 32;

const recent = (round: number): readonly number[] => {
  const first = Math.max(1, round - recentRounds);
  return Array.from({ length: round - first + 2 }, (_, index) => first + index);
};

export const candidatesOf = (call: Call, events: readonly DomainEvent[], around: Surroundings): Candidates => ({
  vaults: [...new Set([...vaultsOfCall(call), ...events.flatMap(vaultsOfEvent), ...around.venueVaults])],
  instruments: around.instruments.map(({ instrument }) => instrument),
  rounds: new Map(around.instruments.map(({ instrument, round }) => [instrument, recent(round)])),
  feeds: 'reports' in call ? [...new Set(call.reports.map(({ feed }) => feed))] : [],
  effectKey: call.kind === 'bid' ? { bidderVault: call.bidderVault, key: call.effectKey } : undefined,
  tradeId: call.kind === 'novate' ? call.tradeId : undefined,
  attested: events.flatMap(attestedBy),
  members: around.members,
});
