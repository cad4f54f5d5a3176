import type { Address, BlockRef, Hex } from '@bulkhead/shared';
import { concat, encodeFunctionData, erc20Abi, keccak256, numberToHex, pad } from 'viem';
import { isHex, record } from '../endpoints/answers.ts';
import { pinned, type Rpc } from '../endpoints/rpc.ts';

/** Slot of a holder's balance in a token's own storage. */
export type BalanceSlot = (holder: Address) => bigint;

const slot = (bytes: Hex): bigint => BigInt(keccak256(bytes));
const word = (value: bigint): Hex => numberToHex(value, { size: 32 });
const padded = (holder: Address): Hex => pad(holder, { size: 32 });

const lastSolidityPlace = 300;
const lastVyperPlace = 60;
/** OpenZeppelin's upgradeable ERC-20 (ERC-7201 namespace openzeppelin.storage.ERC20). */
const openZeppelinPlace = 0x52c63247e1f47db19d5ce0460030c497f067ca4cebf71ba98eeadabe20bace00n;
/** Solady's ERC-20: keccak256(holder ‖ seed as 12 bytes). */
const soladySeed = numberToHex(0x87a211a2, { size: 12 });

/** Ways in which compilers and libraries place `balances[holder]`. */
const schemes: readonly BalanceSlot[] = [
  ...Array.from(
    { length: lastSolidityPlace + 1 },
    (_, place): BalanceSlot =>
      holder =>
        slot(concat([padded(holder), word(BigInt(place))])),
  ),
  holder => slot(concat([padded(holder), word(openZeppelinPlace)])),
  holder => slot(concat([holder, soladySeed])),
  ...Array.from(
    { length: lastVyperPlace + 1 },
    (_, place): BalanceSlot =>
      holder =>
        slot(concat([word(BigInt(place)), padded(holder)])),
  ),
];

/** An address that nobody holds: only the place of its balance matters. */
const probe: Address = '0x00000000000000000000000000000062756c6b68';
const method = 'debug_traceCall';

/** Slots of the token's own storage that a view call reads. @throws ChainFault. */
const slotsRead = async (rpc: Rpc, at: BlockRef, token: Address, data: Hex): Promise<ReadonlySet<bigint>> => {
  const answer = record(method, await rpc(method, [{ to: token, data }, pinned(at), { tracer: 'prestateTracer' }]));
  const account = Object.entries(answer).find(([address]) => address.toLowerCase() === token)?.[1];
  const storage = account === undefined ? undefined : record(method, account)['storage'];
  const slots = storage == null ? [] : Object.keys(record(method, storage));
  return new Set(slots.filter(isHex).map(BigInt));
};

/**
 * Finds where a token keeps balances by watching what `balanceOf` reads. Undefined when it is none of the known ways: then nothing can be
 * said about whose balance a changed word is, and the wall guard refuses. @throws ChainFault.
 */
export const findBalanceSlot = async (rpc: Rpc, at: BlockRef, token: Address): Promise<BalanceSlot | undefined> => {
  const data = encodeFunctionData({ abi: erc20Abi, functionName: 'balanceOf', args: [probe] });
  const read = await slotsRead(rpc, at, token, data);
  return schemes.find(scheme => read.has(scheme(probe)));
};

/** Slots that hold what `owner` lets `spender` take, and whatever else the token reads to tell. @throws ChainFault. */
export const allowanceSlots = (
  rpc: Rpc,
  at: BlockRef,
  token: Address,
  owner: Address,
  spender: Address,
): Promise<ReadonlySet<bigint>> =>
  slotsRead(rpc, at, token, encodeFunctionData({ abi: erc20Abi, functionName: 'allowance', args: [owner, spender] }));
