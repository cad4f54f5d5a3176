import type { Address, BlockRef, Call, Simulation, Touch, VaultId } from '@bulkhead/shared';
import type { EvmAddresses } from '../addresses.ts';
import type { Rpc } from '../endpoints/rpc.ts';
import type { Directory } from '../read/directory.ts';
import type { EventDecoder } from '../read/events.ts';
import type { Reads } from '../read/reads.ts';
import { encodeCall } from '../send/encodeCall.ts';
import { type Attribution, attribute } from './attribute.ts';
import { type Candidates, candidatesOf, type Surroundings } from './candidates.ts';
import { gasReserveOf } from './gasReserve.ts';
import { diffCall, type Outcome, type Trial, tryCall } from './run.ts';
import type { StateDiff } from './stateDiff.ts';
import { allowanceSlots, type BalanceSlot, findBalanceSlot } from './tokenSlots.ts';

export interface SimulatorOptions {
  readonly rpc: Rpc;
  readonly addresses: EvmAddresses;
  readonly reads: Reads;
  readonly directory: Directory;
  readonly decode: EventDecoder;
  readonly escrowOf: (vault: VaultId) => Address;
  readonly settlementVaultOf: (instrument: number) => VaultId;
  readonly houseVault: VaultId;
  /** Whether the endpoints give state diffs at all. */
  readonly stateDiff: boolean;
  /** Venues beside the clearing house that are trusted to keep their vaults apart. */
  readonly venues: readonly Address[];
}

export type Simulator = (call: Call, from: Address, at: BlockRef, time: number) => Promise<Simulation>;

/** Most vaults that are tried when a change belongs to none of those that the call or its events name. */
const searchLimit = 20_000;

/** The vault that a bid or a touch acts on. */
const actedOn = (call: Call): VaultId | undefined =>
  call.kind === 'bid' || call.kind === 'touch' ? call.vault : undefined;

const isUnattributed = (touch: Touch): boolean => touch.aspect === 'unattributed';

export const createSimulator = (options: SimulatorOptions): Simulator => {
  const { rpc, addresses, reads, directory, decode, escrowOf } = options;
  const balanceSlots = new Map<Address, BalanceSlot>();

  const surroundings = async (at: BlockRef): Promise<Surroundings> => {
    const [market, members] = await Promise.all([reads.sharedMarket(at), directory.members(at)]);
    const instruments = market.instruments.map(({ instrument, round }) => ({ instrument, round }));
    return {
      quoteToken: market.quote.token,
      tokens: market.collaterals.slice(1).map(({ token }) => token),
      instruments,
      venueVaults: [
        ...instruments.map(({ instrument }) => options.settlementVaultOf(instrument)),
        options.houseVault,
        ...market.memberFunds.map(fund => fund.vault),
      ],
      members,
    };
  };

  const learnBalances = async (diff: StateDiff, around: Surroundings, at: BlockRef): Promise<void> => {
    const wanted = [around.quoteToken, ...around.tokens].filter(token => diff.has(token) && !balanceSlots.has(token));
    await Promise.all(
      wanted.map(async token => {
        const slot = await findBalanceSlot(rpc, at, token);
        if (slot !== undefined) balanceSlots.set(token, slot);
      }),
    );
  };

  const allowancesOf = async (
    call: Call,
    from: Address,
    at: BlockRef,
  ): Promise<ReadonlyMap<Address, ReadonlySet<bigint>>> => {
    if (call.kind !== 'deposit') return new Map();
    const token = call.token.toLowerCase() as Address;
    return new Map([[token, await allowanceSlots(rpc, at, token, from, addresses.marginEngine)]]);
  };

  /** The acted vault's venue, where that is one of those named: the layout of its storage is its own. */
  const foreignOf = async (call: Call, at: BlockRef): Promise<Attribution['foreign']> => {
    const vault = actedOn(call);
    if (vault === undefined || options.venues.length === 0) return undefined;
    const venue = await directory.venueOf(vault, at);
    return venue !== undefined && options.venues.includes(venue) ? { venue, vault } : undefined;
  };

  const touchesOf = async (
    call: Call,
    from: Address,
    at: BlockRef,
    outcome: Outcome,
    diff: StateDiff,
    around: Surroundings,
  ): Promise<readonly Touch[]> => {
    const [allowances, foreign] = await Promise.all([
      allowancesOf(call, from, at),
      foreignOf(call, at),
      learnBalances(diff, around, at),
    ]);
    const attribution = { addresses, around, escrowOf, balanceSlots, from, allowances, foreign };
    const candidates = candidatesOf(call, outcome.logs.flatMap(decode), around);
    const touches = attribute(diff, candidates, attribution);
    if (!touches.some(isUnattributed)) return touches;
    // A change that neither the call nor its events announce: whoever refuses it wants to know whose wall it was.
    const everybody = await directory.vaults(at);
    if (everybody.length > searchLimit) return touches;
    const wider: Candidates = { ...candidates, vaults: [...new Set([...candidates.vaults, ...everybody])] };
    return attribute(diff, wider, attribution);
  };

  return async (call, from, at, time) => {
    const trial: Trial = { ...encodeCall(call, from, addresses), from, at, time };
    const diffing = options.stateDiff ? Promise.all([diffCall(rpc, trial), surroundings(at)]) : undefined;
    // Its failure is told by the first of the two to be awaited.
    diffing?.catch(() => undefined);
    const outcome = await tryCall(rpc, trial, options.stateDiff);
    const diffed = await diffing;
    const touches = diffed && (await touchesOf(call, from.toLowerCase() as Address, at, outcome, ...diffed));
    return {
      at,
      gasUsed: outcome.gasUsed,
      gasReserve: gasReserveOf(call, outcome.logs),
      events: outcome.logs.flatMap(decode),
      touches,
    };
  };
};
