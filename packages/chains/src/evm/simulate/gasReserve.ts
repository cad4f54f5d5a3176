import type { Call } from '@bulkhead/shared';
import { keccak256, stringToHex } from 'viem';

/**
 * The margin engine refuses a token transfer unless it can give it a stipend of 300,000 gas and has some left to book the outcome
 * (Custody: NotEnoughGas). Hardly any of it is used, so that gas used says nothing about it.
 */
const stipend = 330_000n;

/** One more transfer between escrows than in the simulation, and what is booked for it, with slots that were empty. */
const furtherTransfer = 110_000n;

const transferTopic = keccak256(stringToHex('Transfer(address,address,uint256)'));

interface RawLog {
  readonly topics: readonly string[];
}

/**
 * Transfers that may come to the simulated ones when somebody else acts first: a loser who pays lets every gainer of the round be paid, a side of a
 * trade has a round to settle that has closed meanwhile, a layer of the waterfall is found used up and the next one asked.
 */
const furtherTransfers = (call: Call, seen: number): number => {
  if (call.kind === 'settle') return Math.max(0, call.vaults.length - seen);
  if (call.kind === 'novate') return Math.max(0, 2 - seen);
  return call.kind === 'bid' ? 3 : 0;
};

const movesTokens = (call: Call): boolean =>
  call.kind !== 'noop' && call.kind !== 'postPrices' && call.kind !== 'closeRound';

/** Gas that a call may need beyond what its simulation used. @param logs of the simulation. */
export const gasReserveOf = (call: Call, logs: readonly RawLog[]): bigint => {
  if (!movesTokens(call)) return 0n;
  const seen = logs.filter(log => log.topics[0] === transferTopic).length;
  return stipend + furtherTransfer * BigInt(furtherTransfers(call, seen));
};
