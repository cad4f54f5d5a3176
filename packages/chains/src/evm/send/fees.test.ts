import { seconds } from '@bulkhead/shared';
import { describe, expect, test } from 'vitest';
import type { Header } from '../endpoints/answers.ts';
import { nextBaseFee } from './fees.ts';

const header = (baseFeePerGas: bigint | undefined, gasUsed: bigint): Header => ({
  number: 1n,
  hash: '0x',
  parentHash: '0x',
  time: seconds(1),
  baseFeePerGas,
  gasLimit: 30_000_000n,
  gasUsed,
});

describe('the base fee of the next block (EIP-1559)', () => {
  test.each([
    ['stays at the target', 1_000_000_000n, 15_000_000n, 1_000_000_000n],
    ['falls by an eighth after an empty block', 1_000_000_000n, 0n, 875_000_000n],
    ['rises by an eighth after a full one', 1_000_000_000n, 30_000_000n, 1_125_000_000n],
    ['rises by one at least', 1n, 15_000_001n, 2n],
    ['does not fall below nothing', 7n, 0n, 7n],
  ])('%s', (_, base, used, expected) => {
    expect(nextBaseFee(header(base, used))).toBe(expected);
  });
});
