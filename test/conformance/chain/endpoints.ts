import { describe, expect, test } from 'vitest';
import type { Abilities, ChainFixture } from './fixture.ts';
import { must, record, some, until, verdict } from './support.ts';

export const endpointsConformance = (fixture: () => ChainFixture, abilities: Abilities): void => {
  describe('endpoints', () => {
    test('one that is down is passed over', async () => {
      const { chain, mine, goDark, vaults } = fixture();
      const light = goDark('first');
      await mine(1);
      expect(verdict(await chain.head())).toBe('ok');
      expect(verdict(await chain.readGroups(vaults.slice(0, 1), 'head'))).toBe('ok');
      light();
    });

    test('when all are down, that is said, and it passes', async () => {
      const { chain, goDark, vaults, keeper } = fixture();
      const light = goDark('all');
      expect(verdict(await chain.head())).toBe('retryable/unreachable');
      expect(verdict(await chain.readGroups(vaults.slice(0, 1), 'head'))).toBe('retryable/unreachable');
      expect(verdict(await chain.nonce(keeper.address, 'latest'))).toBe('retryable/unreachable');
      light();
      await until(async () => (await chain.head()).ok);
    });

    test.skipIf(abilities.passTime !== true)(
      'a frozen one that still answers is passed over by the age of its head (F11)',
      async () => {
        const { chain, vaults, deposit, passTime, freezeHeads, requestCounts } = fixture();
        const thaw = await freezeHeads('first');
        const frozenAt = must(await chain.head()).number;
        await passTime(120);
        await deposit(some(vaults[7]));
        expect(must(await chain.head()).number).toBeGreaterThan(frozenAt);
        const [before] = requestCounts();
        must(await chain.readGroups(vaults.slice(0, 1), 'head'));
        must(await chain.readMarket('head'));
        const [after] = requestCounts();
        expect(after - before, 'reads at the frozen endpoint').toBeLessThanOrEqual(1);
        thaw();
      },
    );

    test.skipIf(abilities.passTime !== true)(
      'when all are frozen, nothing is read as if it were new (F11)',
      async () => {
        const { chain, vaults, mine, passTime, freezeHeads } = fixture();
        const thaw = await freezeHeads('all');
        await passTime(120);
        await mine(1);
        expect(verdict(await chain.head())).toBe('retryable/staleHead');
        expect(verdict(await chain.readGroups(vaults.slice(0, 1), 'head'))).toBe('retryable/staleHead');
        expect(verdict(await chain.feeQuote())).toBe('retryable/staleHead');
        thaw();
        expect(verdict(await chain.head())).toBe('ok');
      },
    );

    test('a stream goes on through another endpoint when the first freezes', async () => {
      const { chain, mine, freezeHeads } = fixture();
      const from = must(await chain.head()).number + 1n;
      const recording = record(chain, from);
      await recording.seen(item => item.kind === 'caughtUp');
      const thaw = await freezeHeads('first');
      await mine(3);
      await recording.seen(item => item.kind === 'head' && item.block.number === from + 2n);
      thaw();
      await recording.stop();
      expect(recording.items.some(item => item.kind === 'retraction')).toBe(false);
    });
  });
};
