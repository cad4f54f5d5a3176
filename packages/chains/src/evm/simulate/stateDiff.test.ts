import { describe, expect, test } from 'vitest';
import { parseStateDiff } from './stateDiff.ts';

const slot = (value: number): string => `0x${value.toString(16).padStart(64, '0')}`;
const contract = '0x00000000000000000000000000000000000000aa';
const sender = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266';

/** debug_traceCall, prestate tracer, diff mode: two words changed, one of them to zero, one that was zero; a clone deployed. Recorded. */
const anvil = {
  post: {
    [contract]: { storage: { [slot(0)]: slot(9), [slot(1)]: slot(0), [slot(2)]: slot(4) } },
    [sender]: { nonce: 1 },
    '0x00000000000000000000000000000000000000cc': { nonce: 1, code: '0x363d3d37' },
  },
  pre: {
    [contract]: {
      balance: '0x0',
      code: '0x4260',
      storage: { [slot(0)]: slot(7), [slot(1)]: slot(5), [slot(2)]: slot(0) },
    },
    [sender]: { balance: '0x21e19e0c9bab2400000' },
  },
};

/** The same from geth, which leaves out words that are zero on one side. */
const geth = {
  post: {
    [contract]: { storage: { [slot(0)]: slot(9), [slot(2)]: slot(4) } },
    [sender]: { nonce: 1 },
    '0x00000000000000000000000000000000000000cc': { nonce: 1, code: '0x363d3d37', balance: '0x0' },
  },
  pre: {
    [contract]: { balance: '0x0', code: '0x4260', nonce: 1, storage: { [slot(0)]: slot(7), [slot(1)]: slot(5) } },
    [sender]: { balance: '0x21e19e0c9bab2400000' },
  },
};

describe('a state diff', () => {
  test.each([
    ['anvil', anvil],
    ['geth', geth],
  ])('of %s names every changed word and created contract', (_, answer) => {
    const diff = parseStateDiff(answer);
    expect(diff.get(contract)?.words.toSorted((left, right) => Number(left.slot - right.slot))).toEqual([
      { slot: 0n, before: 7n, after: 9n },
      { slot: 1n, before: 5n, after: 0n },
      { slot: 2n, before: 0n, after: 4n },
    ]);
    expect(diff.get('0x00000000000000000000000000000000000000cc')).toEqual({ words: [], created: true });
    expect(diff.has(sender)).toBe(false);
  });

  test.each([null, 'text', { pre: {} }, { pre: {}, post: { '0xaa': { storage: { key: 'no hex' } } } }])(
    'is not read from %j',
    answer => {
      expect(() => parseStateDiff(answer)).toThrow('is not one');
    },
  );
});
