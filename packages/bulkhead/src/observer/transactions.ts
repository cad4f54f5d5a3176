/** From raw transactions and logs to what the judges read. Pure: ABIs in, facts out. */
import {
  clearingHouseAbi,
  liquidationEngineAbi,
  marginEngineAbi,
  marginGroupsAbi,
  oracleHubAbi,
  portfolioRequirementsAbi,
  vaultRegistryAbi,
} from '@bulkhead/contracts';
import {
  type Address,
  type Caip2,
  type Hex,
  type Hex32,
  type Milliseconds,
  milliseconds,
  type VaultId,
  vaultId,
} from '@bulkhead/shared';
import type { ChainConfig } from '@bulkhead/shared/config';
import { type Abi, decodeEventLog, decodeFunctionData } from 'viem';
import type { DeclaredChange, Fill, TransactionView } from './model.ts';

type Args = Readonly<Record<string, unknown>>;
export type Contracts = ChainConfig['contracts'];

export interface RawLog {
  readonly address: Address;
  readonly topics: readonly Hex[];
  readonly data: Hex;
}

export interface RawTransaction {
  readonly hash: Hex32;
  readonly from: Address;
  readonly to: Address | null;
  readonly input: Hex;
  readonly succeeded: boolean;
  readonly logs: readonly RawLog[];
}

interface DecodedEvent {
  readonly name: string;
  readonly args: Args;
}

const lower = <Text extends string>(text: Text): Text => text.toLowerCase() as Text;
const vault = (value: unknown): VaultId => vaultId(value as Hex32);
const amount = (value: unknown): bigint => value as bigint;

const abiOf = (contracts: Contracts): ReadonlyMap<Address, Abi> =>
  new Map<Address, Abi>([
    [lower(contracts.vaultRegistry), vaultRegistryAbi as Abi],
    [lower(contracts.marginEngine), marginEngineAbi as Abi],
    [lower(contracts.clearingHouse), clearingHouseAbi as Abi],
    [lower(contracts.liquidationEngine), liquidationEngineAbi as Abi],
    [lower(contracts.oracleHub), oracleHubAbi as Abi],
    [lower(contracts.marginGroups), marginGroupsAbi as Abi],
    [lower(contracts.portfolioRequirements), portfolioRequirementsAbi as Abi],
  ]);

const decodeLog = (abis: ReadonlyMap<Address, Abi>, log: RawLog): DecodedEvent | undefined => {
  const abi = abis.get(lower(log.address));
  const [signature, ...indexed] = log.topics;
  if (!abi || !signature) return undefined;
  try {
    const { eventName, args } = decodeEventLog({ abi, data: log.data, topics: [signature, ...indexed] });
    return { name: eventName ?? '', args: (args ?? {}) as unknown as Args };
  } catch {
    // An event that the ABIs do not know declares nothing: if it hides a change, the books tell.
    return undefined;
  }
};

interface DecodedCall {
  readonly name: string;
  readonly args: readonly unknown[];
}

const decodeCall = (abis: ReadonlyMap<Address, Abi>, raw: RawTransaction): DecodedCall | undefined => {
  const abi = raw.to === null ? undefined : abis.get(lower(raw.to));
  if (!abi) return undefined;
  try {
    const { functionName, args } = decodeFunctionData({ abi, data: raw.input });
    return { name: functionName, args: args ?? [] };
  } catch {
    return undefined;
  }
};

/** Vaults that a call acts on or names, by the call's own arguments. */
const partiesOfCall = (call: DecodedCall): readonly VaultId[] | undefined => {
  const [first, second, third] = call.args;
  switch (call.name) {
    case 'bid': {
      const bid = first as { readonly vault: Hex32; readonly bidderVault: Hex32 };
      return [vault(bid.vault), vault(bid.bidderVault)];
    }
    case 'novate':
      return [vault(second), vault(third)];
    case 'form':
      return (first as readonly Hex32[]).map(vault);
    case 'join':
      return [vault(first), vault(second)];
    case 'settleMany':
      return (second as readonly Hex32[]).map(vault);
    case 'claimCredit':
      return [vault(first), vault(third)];
    case 'touch':
    case 'settle':
    case 'deposit':
    case 'withdraw':
    case 'claimSurplus':
    case 'changeVenue':
    case 'requireInitial':
    case 'onHealthy':
    case 'leave':
    case 'setMode':
    case 'payBack':
      return [vault(first)];
    case 'post':
    case 'attest':
    case 'setAttesters':
    case 'setSigners':
    case 'setStepFloor':
    case 'setPause':
    case 'closeRound':
    case 'listCollateral':
    case 'listInstrument':
    case 'setVenueCap':
    case 'countOpenInterest':
    case 'admitMember':
    case 'ensureAccount':
    case 'ensureAccountBySignature':
    case 'openVault':
    case 'openVaults':
    case 'setRights':
    case 'setRightsUntil':
    case 'permitRights':
    case 'revokeAll':
      return [];
    default:
      return undefined;
  }
};

/** Events that say what a call was about, for calls that came through another contract. */
const namingArguments: Readonly<Record<string, readonly string[]>> = {
  BidFilled: ['vaultId', 'bidderVault'],
  Novated: ['buyer', 'seller'],
  Settled: ['vaultId'],
  Deposited: ['vaultId'],
  Withdrawn: ['vaultId'],
  CreditClaimed: ['vaultId', 'beneficiaryVault'],
  AuctionStarted: ['vaultId'],
  AuctionTouched: ['vaultId'],
  AuctionEnded: ['vaultId'],
};

const partiesOfEvents = (events: readonly DecodedEvent[]): readonly VaultId[] =>
  events.flatMap(event => (namingArguments[event.name] ?? []).map(name => vault(event.args[name])));

const free = (vaultOf: unknown, token: unknown, change: bigint): DeclaredChange => ({
  vault: vault(vaultOf),
  aspect: 'free',
  item: lower(String(token)),
  change,
});

const position = (vaultOf: unknown, instrument: unknown, change: bigint): DeclaredChange => ({
  vault: vault(vaultOf),
  aspect: 'position',
  item: String(instrument),
  change,
});

/** What each event says about books and positions. Escrow deployments, prices and the like say nothing about them. */
const declaredBy = ({ name, args }: DecodedEvent, quote: Address): readonly DeclaredChange[] => {
  const by = (key: string): bigint => amount(args[key]);
  switch (name) {
    case 'Deposited':
      return [free(args.vaultId, args.token, by('amount'))];
    case 'Withdrawn':
      return [free(args.vaultId, args.token, -by('amount'))];
    case 'Charged':
      return [free(args.vaultId, quote, -by('amount')), free(args.venueVault, quote, by('amount'))];
    case 'ChargedFor':
      return [free(args.payer, quote, -by('amount')), free(args.venueVault, quote, by('amount'))];
    case 'PaidBack':
      return [free(args.debtor, quote, -by('amount')), free(args.payer, quote, by('amount'))];
    case 'Paid':
      return [free(args.venueVault, quote, -by('amount')), free(args.vaultId, quote, by('amount'))];
    case 'MovedByBid':
      return [free(args.fromVault, args.token, -by('amount')), free(args.toVault, args.token, by('received'))];
    case 'Credited':
      return [
        free(args.vaultId, args.token, -by('amount')),
        { ...free(args.vaultId, args.token, by('amount')), aspect: 'credit' },
      ];
    case 'CreditClaimed':
      return [{ ...free(args.vaultId, args.token, -by('amount')), aspect: 'credit' }];
    case 'Novated':
      return [
        position(args.buyer, args.instrument, by('sizeWad')),
        position(args.seller, args.instrument, -by('sizeWad')),
      ];
    case 'PositionMoved':
      return [
        position(args.fromVault, args.instrument, -by('sizeWad')),
        position(args.toVault, args.instrument, by('sizeWad')),
      ];
    default:
      return [];
  }
};

const lastTradeOf = (call: DecodedCall | undefined): Hex32 | undefined =>
  call?.name === 'bid' ? lower((call.args[0] as { readonly lastTradeId: Hex32 }).lastTradeId) : undefined;

const newestReportOf = (call: DecodedCall | undefined): Milliseconds | undefined => {
  if (call?.name !== 'bid') return undefined;
  const times = (call.args[1] as readonly { readonly time: bigint }[]).map(report => Number(report.time));
  return times.length === 0 ? undefined : milliseconds(Math.max(...times) * 1000);
};

const fillOf = (chain: Caip2, raw: RawTransaction, call: DecodedCall | undefined, { args }: DecodedEvent): Fill => ({
  chain,
  transaction: raw.hash,
  vault: vault(args.vaultId),
  bidderVault: vault(args.bidderVault),
  effectKey: lower(args.effectKey as Hex32),
  lastTrade: lastTradeOf(call),
  answers: newestReportOf(call),
  fraction: amount(args.fractionWad),
  paid: amount(args.paid),
  received: amount(args.received),
  forgiven: amount(args.forgiven),
  residual: amount(args.residual),
});

/** Reads transactions of one chain. @param quote address of the quote token. */
export const createTransactionReader = (chain: Caip2, contracts: Contracts, quote: Address) => {
  const abis = abiOf(contracts);
  return (raw: RawTransaction): TransactionView => {
    const events = raw.logs.flatMap(log => decodeLog(abis, log) ?? []);
    const call = decodeCall(abis, raw);
    const parties = (call && partiesOfCall(call)) ?? partiesOfEvents(events);
    return {
      hash: raw.hash,
      from: lower(raw.from),
      succeeded: raw.succeeded,
      call: call?.name,
      parties: new Set(parties),
      declared: events.flatMap(event => declaredBy(event, quote)),
      events: events.map(event => event.name),
      fills: events.filter(event => event.name === 'BidFilled').map(event => fillOf(chain, raw, call, event)),
      trades: events.filter(event => event.name === 'Novated').map(event => lower(event.args.tradeId as Hex32)),
      expired: events.filter(event => event.name === 'InstrumentExpired').map(event => Number(event.args.instrument)),
      writesOffGains: events.some(event => event.name === 'ShortfallWrittenOff'),
      losses: {
        members: sumOf(events, 'OwnContributionPaid') + sumOf(events, 'MutualContributionPaid'),
        house: sumOf(events, 'HouseCapitalPaid'),
        gainers: sumOf(events, 'ShortfallWrittenOff'),
        residual: sumOf(events, 'ResidualRecorded'),
      },
    };
  };
};

const sumOf = (events: readonly DecodedEvent[], name: string): bigint =>
  events.filter(event => event.name === name).reduce((sum, event) => sum + amount(event.args.amount), 0n);
