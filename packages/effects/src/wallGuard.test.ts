import type { Touch, VaultId } from '@bulkhead/shared';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Footprint } from './handler.ts';
import { describeViolation, wallGuard } from './wallGuard.ts';

const group = `0x${'a'.repeat(64)}` as VaultId;
const bidder = `0x${'b'.repeat(64)}` as VaultId;
const bystander = `0x${'c'.repeat(64)}` as VaultId;
const token = `0x${'1'.repeat(40)}` as const;

const touch = (
  vault: VaultId | undefined,
  aspect: Touch['aspect'],
  before: bigint,
  after: bigint,
  item = '',
): Touch => ({
  vault,
  aspect,
  item,
  before,
  after,
});

const footprint: Footprint = [
  { vault: group, aspects: ['escrow', 'free'], items: [token], maxFall: 100n, maxRise: 0n },
  { vault: group, aspects: ['position', 'auction', 'owed', 'due'] },
  { vault: bidder, aspects: ['escrow', 'free', 'position'], maxFall: 50n },
];
const kinds = (touches: readonly Touch[] | undefined) => wallGuard(footprint, touches).map(({ kind }) => kind);

describe('wall guard (SEG-2)', () => {
  test('lets through what the footprint names and bounds', () => {
    expect(
      kinds([
        touch(group, 'free', 1_000n, 900n, token),
        touch(group, 'position', 5n, 0n, '0'),
        touch(bidder, 'free', 50n, 0n, token),
        touch(bidder, 'escrow', 0n, 10_000n, token),
      ]),
    ).toEqual([]);
  });

  test('compares vaults and items whatever their case', () => {
    const loud = touch(group.toUpperCase().replace('0X', '0x') as VaultId, 'free', 1n, 0n, token.toUpperCase());
    expect(kinds([loud])).toEqual([]);
  });

  test('refuses when there is no state diff, or a change that belongs to no wall', () => {
    expect(kinds(undefined)).toEqual(['noDiff']);
    expect(kinds([touch(undefined, 'unattributed', 0n, 1n)])).toEqual(['unattributed']);
    expect(kinds([touch(group, 'unattributed', 0n, 1n)])).toEqual(['unattributed']);
  });

  test('refuses a vault, an aspect and an item that are not named', () => {
    expect(kinds([touch(bystander, 'free', 1n, 0n, token)])).toEqual(['outside']);
    expect(kinds([touch(group, 'locked', 1n, 0n, token)])).toEqual(['outside']);
    expect(kinds([touch(group, 'free', 1n, 0n, '0xother')])).toEqual(['outside']);
    expect(kinds([touch(group, 'rights', 1n, 0n)])).toEqual(['outside']);
  });

  test('refuses one unit beyond a bound, in each direction (F17)', () => {
    expect(kinds([touch(group, 'free', 1_000n, 899n, token)])).toEqual(['beyondBound']);
    expect(kinds([touch(group, 'free', 1_000n, 1_001n, token)])).toEqual(['beyondBound']);
    expect(kinds([touch(bidder, 'escrow', 51n, 0n, token)])).toEqual(['beyondBound']);
  });

  test('several changes of one place are judged by their sum', () => {
    const halves = [touch(group, 'free', 1_000n, 940n, token), touch(group, 'free', 940n, 880n, token)];
    expect(kinds(halves)).toEqual(['beyondBound', 'beyondBound']);
  });

  test('F17: whatever the amounts, it lets through exactly the changes within the bounds', () => {
    const amount = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
    fc.assert(
      fc.property(amount, amount, amount, amount, (before, after, maxFall, maxRise) => {
        const bounded: Footprint = [{ vault: group, aspects: ['free'], maxFall, maxRise }];
        const within = before - after <= maxFall && after - before <= maxRise;
        expect(wallGuard(bounded, [touch(group, 'free', before, after, token)]).length === 0).toBe(within);
      }),
    );
  });

  test('SEG-2: a vault that no entry names is never let through, whatever changes in it', () => {
    const aspects = fc.constantFrom<Touch['aspect']>(
      'escrow',
      'free',
      'locked',
      'credit',
      'owed',
      'due',
      'position',
      'auction',
      'rights',
    );
    fc.assert(
      fc.property(aspects, fc.string(), fc.bigInt(), fc.bigInt(), (aspect, item, before, after) => {
        expect(kinds([touch(bystander, aspect, before, after, item)])).toEqual(['outside']);
      }),
    );
  });

  test('says in one line which wall it was', () => {
    const [violation] = wallGuard(footprint, [touch(bystander, 'free', 7n, 3n, token)]);
    expect(violation && describeViolation(violation)).toBe(
      `free ${token} of ${bystander} changes from 7 to 3, outside the footprint`,
    );
  });
});
