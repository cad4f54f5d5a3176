import {
  type DomainEvent,
  priceWad,
  quoteAmount,
  seconds,
  type VaultId,
  type VaultsChanged,
  vaultId,
  wad,
} from '@bulkhead/shared';
import { type Abi, decodeEventLog } from 'viem';
import {
  clearingHouseAbi,
  liquidationEngineAbi,
  marginEngineAbi,
  marginGroupsAbi,
  oracleHubAbi,
  portfolioRequirementsAbi,
  vaultRegistryAbi,
} from '../abis.ts';
import { type EvmAddresses, normaliseAddresses } from '../addresses.ts';
import type { RawLog } from './logs.ts';

type Args = Readonly<Record<string, unknown>>;
type Translate = (args: Args, addresses: EvmAddresses) => readonly DomainEvent[];

const vault = (value: unknown): VaultId => vaultId(value as `0x${string}`);
const amount = (value: unknown) => quoteAmount(value as bigint);

/** @param names of the arguments that name vaults. */
const changed =
  (cause: VaultsChanged['cause'], ...names: readonly string[]): Translate =>
  args => [{ kind: 'vaultsChanged', cause, vaults: [...new Set(names.map(name => vault(args[name])))] }];

const marketChanged: Translate = () => [{ kind: 'marketChanged' }];
const nothing: Translate = () => [];

const bidFilled: Translate = args => [
  {
    kind: 'bidFilled',
    vault: vault(args['vaultId']),
    bidderVault: vault(args['bidderVault']),
    effectKey: args['effectKey'] as `0x${string}`,
    fraction: wad(args['fractionWad'] as bigint),
    rate: wad(args['rateWad'] as bigint),
    paid: amount(args['paid']),
    received: amount(args['received']),
    forgiven: amount(args['forgiven']),
    residual: amount(args['residual']),
    equityBefore: amount(args['equityBefore']),
    equityAfter: amount(args['equityAfter']),
  },
];

const pricePosted: Translate = args => {
  const feed = args['feed'] as `0x${string}`;
  return [
    {
      kind: 'pricePosted',
      feed,
      price: {
        feed,
        price: priceWad(args['priceWad'] as bigint),
        confidence: priceWad(args['confWad'] as bigint),
        stable: priceWad(args['stableWad'] as bigint),
        time: seconds(Number(args['time'])),
        held: undefined,
      },
    },
  ];
};

const priceHeld: Translate = args => [
  {
    kind: 'priceHeld',
    feed: args['feed'] as `0x${string}`,
    held: { price: priceWad(args['priceWad'] as bigint), time: seconds(Number(args['time'])) },
  },
];

/** A write-off changes what every gainer of that round is due: who they are, only the round tells. */
const roundClosed: Translate = args => [
  { kind: 'roundClosed', instrument: Number(args['instrument']), round: Number(args['round']) },
];

const novated: Translate = (args, addresses) => [
  ...changed('trade', 'buyer', 'seller')(args, addresses),
  { kind: 'tradeDone', tradeId: args['tradeId'] as `0x${string}` },
];

/** The vaults that are in it now, and the lead that it had: who is not named any more left in the same transaction, or is the lead. */
const groupChanged: Translate = args => [
  {
    kind: 'vaultsChanged',
    cause: 'group',
    vaults: [...new Set([vault(args['lead']), ...(args['vaults'] as readonly unknown[]).map(vault)])],
  },
];

const attested: Translate = args => [
  {
    kind: 'vaultsChanged',
    cause: 'attestation',
    vaults: [vault(args['group'])],
    positions: args['positionsHash'] as `0x${string}`,
  },
];

/** Every event of the contracts and what it means to the domain. An event that is not here is none of ours: a test compares with the ABIs. */
const translations: Readonly<Record<keyof Omit<EvmAddresses, 'vaultLens'>, Readonly<Record<string, Translate>>>> = {
  vaultRegistry: {
    AccountRegistered: nothing,
    VaultOpened: changed('opened', 'vaultId'),
    VenueChanged: changed('venue', 'vaultId'),
    RightsSet: nothing,
    AllRightsRevoked: nothing,
    MemberAdmitted: nothing,
  },
  marginEngine: {
    Deposited: changed('deposit', 'vaultId'),
    Withdrawn: changed('withdrawal', 'vaultId'),
    SurplusClaimed: nothing,
    SurplusClaimed6909: nothing,
    CreditClaimed: changed('credit', 'vaultId'),
    Credited: changed('credit', 'vaultId', 'beneficiaryVault'),
    Charged: changed('settlement', 'vaultId', 'venueVault'),
    ChargedFor: changed('settlement', 'payer', 'debtor', 'venueVault'),
    PaidBack: changed('settlement', 'debtor', 'payer'),
    Paid: changed('settlement', 'venueVault', 'vaultId'),
    MovedByBid: changed('bid', 'fromVault', 'toVault'),
    CollateralListed: marketChanged,
    HaircutsSet: marketChanged,
    EscrowDeployed: nothing,
  },
  clearingHouse: {
    InstrumentListed: marketChanged,
    RatesSet: marketChanged,
    VenueCapSet: nothing,
    Novated: novated,
    RoundClosed: roundClosed,
    FundingFixed: nothing,
    InstrumentExpired: marketChanged,
    Settled: changed('settlement', 'vaultId'),
    OwedPaid: changed('settlement', 'vaultId'),
    DuePaid: changed('settlement', 'vaultId'),
    PositionMoved: changed('bid', 'fromVault', 'toVault'),
    OwnContributionPaid: marketChanged,
    HouseCapitalPaid: marketChanged,
    MutualContributionPaid: marketChanged,
    ShortfallWrittenOff: roundClosed,
    ResidualRecorded: nothing,
    ResidualRepaid: marketChanged,
    ResidualGivenUp: nothing,
    RequiredContributionSet: marketChanged,
    ReplenishmentCalled: nothing,
    WithdrawalAnnounced: nothing,
    DepartureAnnounced: nothing,
    ContributionWithdrawn: marketChanged,
    MemberLeft: marketChanged,
  },
  liquidationEngine: {
    AuctionStarted: changed('auction', 'vaultId'),
    AuctionTouched: changed('auction', 'vaultId'),
    AuctionEnded: changed('auction', 'vaultId'),
    BidFilled: bidFilled,
  },
  oracleHub: {
    PricePosted: pricePosted,
    PriceHeld: priceHeld,
    SignersChanged: nothing,
    StepFloorSet: marketChanged,
    PauseSet: marketChanged,
  },
  marginGroups: {
    GroupChanged: groupChanged,
    IntraAccountDebtChanged: changed('settlement', 'debtor', 'payer'),
  },
  portfolioRequirements: {
    Attested: attested,
    Rescaled: attested,
    AttestersChanged: nothing,
    EIP712DomainChanged: nothing,
  },
};

const abis: Readonly<Record<keyof typeof translations, Abi>> = {
  vaultRegistry: vaultRegistryAbi as Abi,
  marginEngine: marginEngineAbi as Abi,
  clearingHouse: clearingHouseAbi as Abi,
  liquidationEngine: liquidationEngineAbi as Abi,
  oracleHub: oracleHubAbi as Abi,
  marginGroups: marginGroupsAbi as Abi,
  portfolioRequirements: portfolioRequirementsAbi as Abi,
};

/** For the test that no event of a contract was forgotten. */
export const knownEvents = translations;
export const eventAbis = abis;

/** What a log of one of our contracts means; empty for others and for events without meaning to the domain. */
export type EventDecoder = (log: RawLog) => readonly DomainEvent[];

export const createEventDecoder = (given: EvmAddresses): EventDecoder => {
  const addresses = normaliseAddresses(given);
  const contracts = new Map(
    (Object.keys(translations) as (keyof typeof translations)[]).map(name => [addresses[name], name] as const),
  );
  return log => {
    const contract = contracts.get(log.address);
    const [signature, ...indexed] = log.topics;
    if (contract === undefined || signature === undefined) return [];
    try {
      const { eventName, args } = decodeEventLog({
        abi: abis[contract],
        topics: [signature, ...indexed],
        data: log.data,
      });
      return translations[contract][eventName as unknown as string]?.(args as unknown as Args, addresses) ?? [];
    } catch {
      // An event of a newer contract than this adapter knows. Whoever relies on it verifies state as well.
      return [];
    }
  };
};

/** One log can mean several things; each needs an index of its own that is unique in its transaction. */
export const eventsPerLog = 4;
