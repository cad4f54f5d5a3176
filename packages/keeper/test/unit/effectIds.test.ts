import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bidId, closeRoundId, settleId, shedId, touchId } from '../../src/effectIds.ts';
import { chainId, vaultOf, word } from './fixtures.ts';

const situation = { chain: chainId, vault: vaultOf(1), lastTrade: word(7), bidderVault: vaultOf(900) } as const;

describe('ids of effects (EFF-1)', () => {
  test('the same situation has the same id in every process', () => {
    expect(bidId(situation, 0)).toBe(bidId({ ...situation }, 0));
    expect(bidId(situation, 0)).toBe('0xde48d88d920b82fd88feee6dfb5dab9ea51da89c9b0b21497dd2d5ee8c246b4b');
  });

  test('another chain, vault, trade, bidding vault or generation is another effect', () => {
    const ids = [
      bidId(situation, 0),
      bidId({ ...situation, chain: 'eip155:1' }, 0),
      bidId({ ...situation, vault: vaultOf(2) }, 0),
      bidId({ ...situation, lastTrade: word(8) }, 0),
      bidId({ ...situation, bidderVault: vaultOf(901) }, 0),
      bidId(situation, 1),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('effects of different kinds never share an id', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (a, b) => {
        const ids = [
          closeRoundId(chainId, a, b, 0),
          settleId(chainId, a, b, 0n, [], 0),
          touchId(chainId, vaultOf(1), word(7), a as never, b),
          shedId(chainId, vaultOf(1), word(7), a, b),
        ];
        expect(new Set(ids).size).toBe(ids.length);
      }),
      { numRuns: 50 },
    );
  });
});
