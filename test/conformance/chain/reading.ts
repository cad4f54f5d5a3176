import { vaultId } from '@bulkhead/shared';
import { describe, expect, test } from 'vitest';
import type { Abilities, ChainFixture } from './fixture.ts';
import { keyOf, must, some, verdict } from './support.ts';

export const readingConformance = (fixture: () => ChainFixture, abilities: Abilities): void => {
  describe('reading', () => {
    test('the head rises with blocks', async () => {
      const { chain, mine } = fixture();
      const before = must(await chain.head());
      await mine(2);
      const after = must(await chain.head());
      expect(after.number).toBeGreaterThanOrEqual(before.number + 2n);
      expect(after.time).toBeGreaterThanOrEqual(before.time);
    });

    test('all inputs of a decision are of one block, also while the chain goes on (F12)', async () => {
      const { chain, vaults, deposit, feeds } = fixture();
      const vault = some(vaults[0]);
      const at = must(await chain.head());
      const before = must(await chain.readGroups([vault], at));
      await deposit(vault);
      const pinned = must(await chain.readGroups([vault], at));
      expect(pinned).toEqual(before);
      expect(pinned.at).toEqual(at);
      expect(must(await chain.readMarket(at)).at).toEqual(at);
      expect(must(await chain.readPrices(feeds, at)).at).toEqual(at);
      const after = must(await chain.readGroups([vault], 'head'));
      const freeOf = (read: typeof after): bigint =>
        some(read.value[0]).assets.reduce((sum, asset) => sum + asset.free, 0n);
      expect(freeOf(after)).toBeGreaterThan(freeOf(before));
      expect(after.at.number).toBeGreaterThan(at.number);
    });

    test.skipIf(abilities.reorganise !== true)(
      'a block that was replaced is refused, not read as another one',
      async () => {
        const { chain, vaults, deposit, replaceAllSince } = fixture();
        const replace = await replaceAllSince();
        await deposit(some(vaults[1]));
        const at = must(await chain.head());
        await replace();
        expect(verdict(await chain.readGroups(vaults.slice(0, 1), at))).toBe('retryable/blockGone');
        expect(verdict(await chain.readMarket(at))).toBe('retryable/blockGone');
        expect(verdict(await chain.readVaults(at, 0, 1))).toBe('retryable/blockGone');
        expect(verdict(await chain.simulate(fixture().depositCall(), fixture().keeper.address, at))).toBe(
          'retryable/blockGone',
        );
      },
    );

    test('vaults come in order of opening, in pages', async () => {
      const { chain, vaults } = fixture();
      const whole = must(await chain.readVaults('head', 0, 10_000)).value;
      expect(whole.vaults).toEqual(vaults);
      expect(whole.total).toBe(vaults.length);
      const page = must(await chain.readVaults('head', 2, 3)).value;
      expect(page).toEqual({ vaults: vaults.slice(2, 5), total: vaults.length });
      expect(must(await chain.readVaults('head', vaults.length, 5)).value.vaults).toEqual([]);
    });

    test('groups come in the order asked, unknown vaults are absent', async () => {
      const { chain, vaults } = fixture();
      const asked = [some(vaults[3]), vaultId(keyOf('nobody')), some(vaults[1])];
      const read = must(await chain.readGroups(asked, 'head'));
      expect(read.value.map(group => group.vault)).toEqual([vaults[3], vaults[1]]);
      expect(must(await chain.readGroups([], 'head')).value).toEqual([]);
    });

    test('some groups have positions, and every one names its venue and owner', async () => {
      const { chain, vaults } = fixture();
      const groups = must(await chain.readGroups(vaults, 'head')).value;
      expect(groups).toHaveLength(vaults.length);
      expect(groups.some(group => group.positions.length > 0)).toBe(true);
      expect(new Set(groups.map(group => group.venue)).size).toBe(1);
    });

    test('the market names its quote token first among the collaterals', async () => {
      const { chain } = fixture();
      const { quote, collaterals, instruments } = must(await chain.readMarket('head')).value;
      expect(collaterals[0]).toEqual(quote);
      expect(quote.feed).toBeUndefined();
      expect(instruments.map(terms => terms.instrument)).toEqual(instruments.map((_, index) => index));
    });

    test('a posted price is read back, a feed that nobody posted is absent', async () => {
      const { chain, postPrice } = fixture();
      const feed = await postPrice();
      const prices = must(await chain.readPrices([keyOf('NOTHING/USD'), feed], 'head')).value;
      expect(prices.map(price => price.feed)).toEqual([feed]);
      expect(some(prices[0]).price).toBeGreaterThan(0n);
    });
  });
};
