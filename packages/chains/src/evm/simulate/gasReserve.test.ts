import { type Call, type Hex32, priceWad, sizeWad, vaultId } from '@bulkhead/shared';
import { keccak256, stringToHex } from 'viem';
import { describe, expect, test } from 'vitest';
import { gasReserveOf } from './gasReserve.ts';

const vaultOf = (number: number) => vaultId(`0x${number.toString(16).padStart(64, '0')}`);
const instrument = 0;
const settling = (vaults: number): Call => ({
  kind: 'settle',
  instrument,
  vaults: Array.from({ length: vaults }, (_, index) => vaultOf(index + 1)),
});
const novating: Call = {
  kind: 'novate',
  instrument,
  buyer: vaultOf(1),
  seller: vaultOf(2),
  size: sizeWad(1n),
  price: priceWad(1n),
  tradeId: `0x${'1'.repeat(64)}` as Hex32,
  reports: [],
};
const transfers = (count: number) =>
  Array.from({ length: count }, () => ({ topics: [keccak256(stringToHex('Transfer(address,address,uint256)'))] }));

describe('gas that is set aside beyond what a simulation used', () => {
  test('is none where no token moves', () => {
    expect(gasReserveOf({ kind: 'noop' }, [])).toBe(0n);
    expect(gasReserveOf({ kind: 'closeRound', instrument, reports: [] }, [])).toBe(0n);
  });

  test('covers a payment to every vault that the simulation paid nothing, because a loser may pay in first', () => {
    const alone = gasReserveOf(settling(0), []);
    expect(alone).toBe(330_000n);
    expect(gasReserveOf(settling(20), [])).toBe(alone + 20n * 110_000n);
    expect(gasReserveOf(settling(20), transfers(15))).toBe(alone + 5n * 110_000n);
    expect(gasReserveOf(settling(20), transfers(30))).toBe(alone);
  });

  test('covers both sides of a trade being settled for a round that closes meanwhile', () => {
    expect(gasReserveOf(novating, [])).toBe(330_000n + 220_000n);
    expect(gasReserveOf(novating, transfers(2))).toBe(330_000n);
  });

  test('does not take other logs for transfers', () => {
    const others = [{ topics: [keccak256(stringToHex('Approval(address,address,uint256)'))] }, { topics: [] }];
    expect(gasReserveOf(settling(1), others)).toBe(330_000n + 110_000n);
  });
});
