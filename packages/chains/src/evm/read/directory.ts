import { type Address, type BlockRef, type Hex32, type VaultId, vaultId } from '@bulkhead/shared';
import { decodeEventLog, toEventSelector } from 'viem';
import { marginEngineAbi, vaultRegistryAbi } from '../abis.ts';
import type { EvmAddresses } from '../addresses.ts';
import type { Rpc } from '../endpoints/rpc.ts';
import { blockByNumber, requireCanonical } from '../endpoints/rpc.ts';
import { getLogs, type RawLog } from './logs.ts';

/** What the contracts keep no list of: vaults and collateral tokens, as their events tell. */
export interface Directory {
  /** Vaults that had chosen the clearing house, or another of the venues named, at that block, in order of opening. @throws ChainFault. */
  vaults(at: BlockRef): Promise<readonly VaultId[]>;
  /** The venue that the vault had chosen at that block; undefined when it was not open. @throws ChainFault. */
  venueOf(vault: VaultId, at: BlockRef): Promise<Address | undefined>;
  /** Members that any vault ever named, up to that block. @throws ChainFault. */
  members(at: BlockRef): Promise<readonly Hex32[]>;
  /** Listed collaterals at that block, quote not among them, in order of listing. @throws ChainFault. */
  tokens(at: BlockRef): Promise<readonly Address[]>;
}

type Entry =
  | {
      readonly kind: 'venue';
      readonly block: bigint;
      readonly vault: VaultId;
      readonly venue: Address;
      readonly member: Hex32;
    }
  | { readonly kind: 'token'; readonly block: bigint; readonly token: Address };

const eventOf = (abi: readonly { readonly type: string; readonly name?: string }[], name: string): Hex32 =>
  toEventSelector(abi.find(item => item.type === 'event' && item.name === name) as never);

const topics = [
  eventOf(vaultRegistryAbi, 'VaultOpened'),
  eventOf(vaultRegistryAbi, 'VenueChanged'),
  eventOf(marginEngineAbi, 'CollateralListed'),
];

const abi = [...vaultRegistryAbi, ...marginEngineAbi] as const;

/** Blocks that may still be replaced are asked for anew every time; older ones once. */
const unsettled = 64n;
const boundOf = (at: BlockRef): bigint => (at.number > unsettled ? at.number - unsettled : 0n);

const entryOf = (log: RawLog): readonly Entry[] => {
  const [signature, ...indexed] = log.topics;
  if (signature === undefined) return [];
  const { eventName, args } = decodeEventLog({ abi, topics: [signature, ...indexed], data: log.data });
  const block = log.blockNumber ?? 0n;
  switch (eventName) {
    case 'VaultOpened':
    case 'VenueChanged':
      return [
        {
          kind: 'venue',
          block,
          vault: vaultId(args.vaultId),
          venue: args.venue.toLowerCase() as Address,
          member: args.memberId,
        },
      ];
    case 'CollateralListed':
      return [{ kind: 'token', block, token: args.token.toLowerCase() as Address }];
    default:
      return [];
  }
};

export interface DirectoryOptions {
  readonly rpc: Rpc;
  readonly addresses: EvmAddresses;
  /** First block that can hold anything of ours. */
  readonly fromBlock: bigint;
  /** Blocks per log query. */
  readonly chunk: bigint;
  readonly quoteToken: Address;
  /** Venues beside the clearing house whose vaults are of interest. */
  readonly venues?: readonly Address[];
}

export const createDirectory = (options: DirectoryOptions): Directory => {
  const { rpc, addresses, chunk, quoteToken } = options;
  let settled: readonly Entry[] = [];
  let next = options.fromBlock;
  let running: Promise<unknown> = Promise.resolve();
  let newest: { readonly at: BlockRef; readonly entries: readonly Entry[] } | undefined;

  const fetch = async (from: bigint, to: bigint): Promise<readonly Entry[]> => {
    const found: Entry[] = [];
    for (let start = from; start <= to; start += chunk) {
      const end = start + chunk - 1n < to ? start + chunk - 1n : to;
      const logs = await getLogs(
        rpc,
        [addresses.vaultRegistry, addresses.marginEngine],
        { from: start, to: end },
        topics,
      );
      found.push(...logs.flatMap(entryOf));
    }
    return found;
  };

  /** What is known of blocks that will not be replaced need not be asked for again. */
  const settle = (entries: readonly Entry[], bound: bigint): void => {
    if (next > bound) return;
    settled = entries.filter(({ block }) => block <= bound);
    next = bound + 1n;
  };

  const fromSettled = async (at: BlockRef): Promise<readonly Entry[]> => {
    const bound = boundOf(at);
    if (next <= bound) settle([...settled, ...(await fetch(next, bound))], bound);
    const old = settled.filter(({ block }) => block <= at.number);
    const recent = next <= at.number ? await fetch(next, at.number) : [];
    // Logs by number could come from a branch that has just replaced this block.
    await requireCanonical(rpc, at);
    return [...old, ...recent];
  };

  /** The usual case, a block or a few later on the same branch; undefined when what was known is not on it. */
  const fromNewest = async (at: BlockRef): Promise<readonly Entry[] | undefined> => {
    if (newest === undefined || at.number <= newest.at.number) return undefined;
    const known = newest;
    const later = await fetch(known.at.number + 1n, at.number);
    const [below] = await Promise.all([blockByNumber(rpc, known.at.number), requireCanonical(rpc, at)]);
    return below?.hash === known.at.hash ? [...known.entries, ...later] : undefined;
  };

  const upTo = async (at: BlockRef): Promise<readonly Entry[]> => {
    if (newest?.at.hash === at.hash) return newest.entries;
    const entries = (await fromNewest(at)) ?? (await fromSettled(at));
    settle(entries, boundOf(at));
    newest = { at, entries };
    return entries;
  };

  /** One at a time: two would append the same blocks twice. */
  const entriesAt = (at: BlockRef): Promise<readonly Entry[]> => {
    const work = running.then(() => upTo(at));
    running = work.catch(() => undefined);
    return work;
  };

  const wanted = new Set<Address>([
    addresses.clearingHouse,
    ...(options.venues ?? []).map(venue => venue.toLowerCase() as Address),
  ]);
  const venuesAt = async (at: BlockRef): Promise<ReadonlyMap<VaultId, Address>> => {
    const venues = new Map<VaultId, Address>();
    for (const entry of await entriesAt(at)) if (entry.kind === 'venue') venues.set(entry.vault, entry.venue);
    return venues;
  };

  return {
    vaults: async at => [...(await venuesAt(at))].flatMap(([vault, venue]) => (wanted.has(venue) ? [vault] : [])),
    venueOf: async (vault, at) => (await venuesAt(at)).get(vault),
    members: async at => {
      const entries = await entriesAt(at);
      return [...new Set(entries.flatMap(entry => (entry.kind === 'venue' ? [entry.member] : [])))];
    },
    tokens: async at => {
      const entries = await entriesAt(at);
      return entries.flatMap(entry => (entry.kind === 'token' && entry.token !== quoteToken ? [entry.token] : []));
    },
  };
};
