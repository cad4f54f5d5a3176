import { positionsHash } from '@bulkhead/sdk';
import fc from 'fast-check';
import { type Hex, toHex, zeroHash } from 'viem';
import { describe, expect, test } from 'vitest';

const vault = (number: number): Hex => toHex(number, { size: 32 });
const anyPositions = fc.uniqueArray(
  fc.record({
    vault: fc.constantFrom(1, 2, 3).map(vault),
    instrument: fc.nat({ max: 20 }),
    size: fc.bigInt({ min: -(2n ** 127n), max: 2n ** 127n - 1n }),
  }),
  { selector: one => `${one.vault} ${one.instrument}`, minLength: 1, maxLength: 8 },
);
const vaults = [1, 2, 3].map(vault);

describe('the hash of positions', () => {
  test('does not depend on the order in which positions are given, nor on those of size zero or of other vaults', () => {
    const shuffled = anyPositions.chain(all =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, ([all, other]) => {
        const hash = positionsHash(vaults, all);
        const more = [
          ...other,
          { vault: vault(1), instrument: 21, size: 0n },
          { vault: vault(4), instrument: 0, size: 5n },
        ];
        expect(positionsHash(vaults, more)).toBe(hash);
      }),
    );
  });

  test('changes with every size, its sign, its instrument and its vault (MRG-9)', () => {
    fc.assert(
      fc.property(anyPositions, fc.nat(), (all, at) => {
        const index = at % all.length;
        const before = positionsHash(vaults, all);
        const changed = (change: object): Hex =>
          positionsHash(
            vaults,
            all.map((one, i) => (i === index ? { ...one, ...change } : one)),
          );
        const one = all[index] as (typeof all)[number];
        // Neither the least nor the largest size has all of these changes.
        fc.pre(one.size !== 0n && one.size !== -(2n ** 127n) && one.size !== 2n ** 127n - 1n);
        for (const change of [{ size: one.size + 1n }, { size: -one.size }, { instrument: 30 }, { vault: vault(9) }])
          expect(changed(change)).not.toBe(before);
      }),
    );
  });

  test('of a flat group is zero, and the order of the vaults counts', () => {
    expect(positionsHash(vaults, [])).toBe(zeroHash);
    const two = [1, 2].map(number => ({ vault: vault(number), instrument: 0, size: 1n }));
    expect(positionsHash([vault(1), vault(2)], two)).not.toBe(positionsHash([vault(2), vault(1)], two));
  });

  test('refuses a size that no position can have', () => {
    expect(() => positionsHash(vaults, [{ vault: vault(1), instrument: 0, size: 2n ** 127n }])).toThrow();
  });
});
