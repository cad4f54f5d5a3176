import {
  clearingHouseAbi,
  iDefaultWaterfallAbi,
  marginEngineAbi,
  oracleHubAbi,
  vaultRegistryAbi,
} from '@bulkhead/contracts';
import { accountIdOf, feedIdOf, memberIdOf, onChainReport, rights } from '@bulkhead/sdk';
import { type PriceReport, type VaultId, vaultIdOf } from '@bulkhead/shared';
import { encodeFunctionData, type Hex, maxUint128, zeroHash } from 'viem';
import type { LocalKey, LocalKeys } from '../keys.ts';
import type { ParameterSet } from '../parameterSets.ts';
import type { LocalClient } from '../process/anvil.ts';
import { type AdminCall, adminActs, adminDelayOver } from '../scenario/asAdmin.ts';
import {
  approveCall,
  depositCall,
  ensureAccountCall,
  mintCall,
  openVaultsCall,
  setRightsCall,
} from '../scenario/calls.ts';
import { createOutbox, type OutgoingCall } from '../scenario/outbox.ts';
import type { LocalAddresses } from './addresses.ts';

/** Name of the n-th admitted member, from 0. */
export const localMemberName = (index: number): string => `member-${index}`;
export const localMemberId = (index: number): Hex => memberIdOf(localMemberName(index));

/** Bucket 0 of the account that a member's operator, or a keeper, owns: market-maker vault and bidder vault. */
export const firstVaultOf = (key: LocalKey): VaultId => vaultIdOf(accountIdOf(key.address), 0);

export interface MarketSetup {
  readonly client: LocalClient;
  readonly chainId: number;
  readonly set: ParameterSet;
  readonly addresses: LocalAddresses;
  readonly keys: LocalKeys;
  readonly reports: readonly PriceReport[];
}

/** More than posting all prices takes. */
const postGas = 3_000_000n;

type Call = OutgoingCall;

/** In 1/10,000 of an instrument's own cap: bounds no member, and has its share counted as where one is bounded. */
const wholeCap = 10_000;

/** InstrumentKind of the contracts. */
const kinds = { perp: 0, call: 2, put: 3 } as const;

/** What the admin does at the start, in the order in which one act needs another. */
const listings = ({ set, addresses, keys, reports }: MarketSetup): readonly AdminCall[] => {
  const begin = BigInt(Math.max(...reports.map(report => report.time)));
  const collaterals = set.collaterals.flatMap((each): readonly AdminCall[] => {
    const token = addresses.tokens[each.symbol];
    if (each.feed === undefined || token === undefined) return [];
    const data = encodeFunctionData({
      abi: marginEngineAbi,
      functionName: 'listCollateral',
      args: [token, feedIdOf(each.feed), each.haircutMaintenance, each.haircutInitial],
    });
    return [{ to: addresses.marginEngine, data }];
  });
  const instruments = set.instruments.map((each): AdminCall => {
    const terms = {
      feed: feedIdOf(each.feed),
      indexFeed: each.option ? feedIdOf(each.option.index) : zeroHash,
      kind: kinds[each.option?.kind ?? 'perp'],
      roundSeconds: set.round,
      imRateWad: each.initialRate,
      mmRateWad: each.maintenanceRate,
      tradeBandWad: each.tradeBand,
      memberCapBps: wholeCap,
      expiry: each.option ? begin + BigInt(each.option.life) : 0n,
      fundingCapWad: 0n,
      strikeWad: each.option?.strike ?? 0n,
      openInterestCapWad: maxUint128,
      name: each.name,
    };
    const data = encodeFunctionData({ abi: clearingHouseAbi, functionName: 'listInstrument', args: [terms] });
    return { to: addresses.clearingHouse, data };
  });
  const floors = set.instruments.flatMap((each): readonly AdminCall[] => {
    if (each.option === undefined) return [];
    // The mark of an option moves by much of itself while its underlying moves by little.
    const args = [feedIdOf(each.feed), each.option.strike / 5n] as const;
    const data = encodeFunctionData({ abi: oracleHubAbi, functionName: 'setStepFloor', args });
    return [{ to: addresses.oracleHub, data }];
  });
  const members = keys.members.map((member, index): AdminCall => {
    const data = encodeFunctionData({
      abi: vaultRegistryAbi,
      functionName: 'admitMember',
      args: [localMemberName(index), member.address],
    });
    return { to: addresses.vaultRegistry, data };
  });
  const contributions = keys.members.map((_, index): AdminCall => {
    const data = encodeFunctionData({
      abi: iDefaultWaterfallAbi,
      functionName: 'setRequiredContribution',
      args: [localMemberId(index), set.memberContribution],
    });
    return { to: addresses.clearingHouse, data };
  });
  const venueCap: AdminCall = {
    to: addresses.clearingHouse,
    data: encodeFunctionData({ abi: clearingHouseAbi, functionName: 'setVenueCap', args: [set.venueCap] }),
  };
  return [...collaterals, ...instruments, venueCap, ...floors, ...members, ...contributions];
};

/** Account, first vault and its quote for somebody who acts in its own name. */
const standing = (
  { addresses: at, keys }: MarketSetup,
  key: LocalKey,
  memberId: Hex,
  capital: bigint,
): readonly Call[] => {
  const [operator] = keys.members;
  // A keeper lets its member trade for it: that is how it sheds what it has taken.
  const lent = operator !== undefined && !keys.members.includes(key);
  return [
    ensureAccountCall(at, key),
    openVaultsCall(at, key, { first: 0, count: 1 }, memberId),
    ...(lent ? [setRightsCall(at, key, operator.address, rights.trade)] : []),
    ...funding(at, key, firstVaultOf(key), capital),
  ];
};

const funding = (at: LocalAddresses, key: LocalKey, vaultId: Hex, amount: bigint): readonly Call[] => [
  mintCall(at.quoteToken, key, amount),
  approveCall(at, at.quoteToken, key),
  depositCall(at, key, { vaultId, token: at.quoteToken, amount }),
];

/** Vaults of the clearing house's own that others pay into. */
interface VenueVaults {
  readonly house: Hex;
  /** The contribution of each member. */
  readonly contributions: readonly Hex[];
}

const participants = (setup: MarketSetup, venue: VenueVaults): readonly Call[] => {
  const { keys, set } = setup;
  return [
    ...keys.members.flatMap((member, index) => standing(setup, member, localMemberId(index), set.marketMakerCapital)),
    ...keys.keepers.flatMap((keeper, index) =>
      standing(setup, keeper, localMemberId(0), set.keeperCapital[index] ?? set.keeperCapital.at(-1) ?? 0n),
    ),
    ...funding(setup.addresses, keys.house, venue.house, set.houseCapital),
    ...keys.members.flatMap((member, index) => {
      const vault = venue.contributions[index];
      return vault === undefined ? [] : funding(setup.addresses, member, vault, set.memberContribution);
    }),
  ];
};

const firstPrices = ({ addresses, keys, reports }: MarketSetup): Call => ({
  from: keys.house,
  to: addresses.oracleHub,
  data: encodeFunctionData({ abi: oracleHubAbi, functionName: 'post', args: [reports.map(onChainReport)] }),
  gas: postGas,
  what: 'posting the first prices',
});

const venueVaults = async ({ client, addresses, keys }: MarketSetup): Promise<VenueVaults> => {
  const address = addresses.clearingHouse;
  const contributions = await Promise.all(
    keys.members.map((_, index) =>
      client.readContract({
        address,
        abi: iDefaultWaterfallAbi,
        functionName: 'contributionOf',
        args: [localMemberId(index)],
      }),
    ),
  );
  return {
    house: await client.readContract({ address, abi: clearingHouseAbi, functionName: 'houseVault' }),
    contributions: contributions.map(({ vault }) => vault),
  };
};

/** Lists what can be held and traded, admits the members, and gives everybody a start. */
export const configureMarket = async (setup: MarketSetup): Promise<void> => {
  const { client, chainId, addresses, keys } = setup;
  const everybody = [keys.house, ...keys.members, ...keys.keepers, ...keys.priceSigners];
  await Promise.all(everybody.map(key => client.setBalance({ address: key.address, value: 10n ** 22n })));
  const outbox = createOutbox(client, chainId);
  const acts = adminActs(addresses.timelock, keys.proposer, { calls: listings(setup) }, 'listing and admitting');
  outbox.add(acts.announcement);
  outbox.add(firstPrices(setup));
  await outbox.flush();
  await adminDelayOver();
  outbox.add(acts.execution);
  await outbox.flush();
  for (const call of participants(setup, await venueVaults(setup))) outbox.add(call);
  await outbox.flush();
};
