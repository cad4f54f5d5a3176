import type { VaultId, WatchItem } from '@bulkhead/shared';
import { describe, expect, test } from 'vitest';
import type { Abilities, ChainFixture } from './fixture.ts';
import { must, type Recording, record, some, standing } from './support.ts';

const isDeposit = (vault: VaultId) => (item: WatchItem) =>
  item.kind === 'event' &&
  item.event.kind === 'vaultsChanged' &&
  item.event.cause === 'deposit' &&
  item.event.vaults.includes(vault);

const isCaughtUp = (item: WatchItem): boolean => item.kind === 'caughtUp';
const isEvent = (item: WatchItem) => item.kind === 'event';

const placesOf = (items: readonly WatchItem[]): readonly string[] =>
  items.flatMap(item => (item.kind === 'event' ? [`${item.place.transaction}#${item.place.index}`] : []));

/** Heights of the blocks that stand, without the hole that a replayed range may leave. */
const heightsOf = (items: readonly WatchItem[]): readonly bigint[] =>
  items.flatMap(item => (item.kind === 'head' ? [item.block.number] : []));

const upTo = (items: readonly WatchItem[], height: bigint): readonly WatchItem[] =>
  items.filter(
    item =>
      (item.kind === 'event' && item.place.block.number <= height) ||
      (item.kind === 'head' && item.block.number <= height),
  );

const expectRisingByOne = (heights: readonly bigint[]): void => {
  const first = heights[0] ?? 0n;
  expect(heights).toEqual(heights.map((_, index) => first + BigInt(index)));
};

export const watchingConformance = (fixture: () => ChainFixture, abilities: Abilities): void => {
  describe('watching', () => {
    const recorded = async (cursor: bigint, work: (recording: Recording) => Promise<void>): Promise<void> => {
      const recording = record(fixture().chain, cursor);
      try {
        await work(recording);
      } finally {
        await recording.stop();
      }
    };

    test('history from the cursor, then that it has caught up, once, then live', async () => {
      const { vaults, deposit } = fixture();
      await recorded(0n, async recording => {
        await recording.seen(isCaughtUp);
        const opened = recording.items.flatMap(item =>
          item.kind === 'event' && item.event.kind === 'vaultsChanged' && item.event.cause === 'opened'
            ? item.event.vaults
            : [],
        );
        expect(opened.filter(vault => vaults.includes(vault))).toEqual(vaults);
        const before = recording.items.length;
        const vault = some(vaults[2]);
        await deposit(vault);
        await deposit(vault);
        const live = await recording.seen(item => recording.items.indexOf(item) >= before && isDeposit(vault)(item));
        expect(live.kind).toBe('event');
        expect(recording.items.filter(isCaughtUp)).toHaveLength(1);
        const places = placesOf(recording.items);
        expect(new Set(places).size).toBe(places.length);
      });
    });

    test('events of a block come before its head, at a place within it', async () => {
      const { chain, vaults, deposit } = fixture();
      const vault = some(vaults[3]);
      const from = must(await chain.head()).number + 1n;
      await recorded(from, async recording => {
        await recording.seen(isCaughtUp);
        await deposit(vault);
        const event = await recording.seen(isDeposit(vault));
        if (event.kind !== 'event') return;
        const head = await recording.seen(
          item => item.kind === 'head' && item.block.number === event.place.block.number,
        );
        expect(recording.items.indexOf(head)).toBeGreaterThan(recording.items.indexOf(event));
        expect(head).toEqual({ kind: 'head', block: event.place.block });
      });
    });

    test('subscriptions that are cut for some blocks lose nothing and repeat nothing (F22)', async () => {
      const { chain, vaults, deposit, mine, cutSubscriptions } = fixture();
      const vault = some(vaults[4]);
      const from = must(await chain.head()).number + 1n;
      await recorded(from, async recording => {
        await recording.seen(isCaughtUp);
        await deposit(vault);
        const allow = cutSubscriptions({ held: true });
        for (let round = 0; round < 4; round += 1) {
          await deposit(vault);
          await mine(1);
        }
        allow();
        for (let round = 0; round < 3; round += 1) {
          await deposit(vault);
          cutSubscriptions({ held: false });
        }
        const last = must(await chain.head()).number;
        await recording.seen(item => item.kind === 'head' && item.block.number >= last);
        expect(recording.items.filter(isDeposit(vault))).toHaveLength(8);
        expect(recording.items.some(item => item.kind === 'gap' || item.kind === 'retraction')).toBe(false);
        expectRisingByOne(heightsOf(recording.items));
      });
    });

    test('endpoints that are down for some blocks lose nothing', async () => {
      const { chain, vaults, deposit, goDark } = fixture();
      const vault = some(vaults[5]);
      const from = must(await chain.head()).number + 1n;
      await recorded(from, async recording => {
        await recording.seen(isCaughtUp);
        const light = goDark('all');
        for (let round = 0; round < 3; round += 1) await deposit(vault);
        light();
        await recording.seen(() => recording.items.filter(isDeposit(vault)).length === 3);
        expectRisingByOne(heightsOf(recording.items));
      });
    });

    test.skipIf(abilities.reorganise !== true)(
      'replaced blocks are taken back, and what replaced them follows',
      async () => {
        const { chain, vaults, deposit, mine, replaceAllSince } = fixture();
        const vault = some(vaults[6]);
        const from = must(await chain.head()).number + 1n;
        await recorded(from, async recording => {
          await recording.seen(isCaughtUp);
          await deposit(vault);
          await recording.seen(isDeposit(vault));
          const replace = await replaceAllSince();
          const replacedFrom = must(await chain.head()).number + 1n;
          await deposit(vault);
          await deposit(vault);
          await recording.seen(() => recording.items.filter(isDeposit(vault)).length === 3);
          await replace();
          const retraction = await recording.seen(item => item.kind === 'retraction');
          expect(retraction).toEqual({ kind: 'retraction', from: replacedFrom });
          await mine(1);
          const head = must(await chain.head());
          const isHead = (item: WatchItem) => item.kind === 'head' && item.block.hash === head.hash;
          await recording.seen(isHead);
          const afresh = record(chain, from);
          await afresh.seen(isHead);
          await afresh.stop();
          const kept = standing(recording.items);
          // What was replaced may be mined again: what stands is what a stream sees that begins only now.
          expect(upTo(kept, head.number)).toEqual(upTo(afresh.items, head.number));
          expectRisingByOne(heightsOf(kept));
        });
      },
    );

    test('a stream from a block in the future waits for it', async () => {
      const { chain, mine } = fixture();
      const from = must(await chain.head()).number + 2n;
      await recorded(from, async recording => {
        await recording.seen(isCaughtUp);
        expect(recording.items.some(isEvent)).toBe(false);
        await mine(3);
        const first = await recording.seen(item => item.kind === 'head');
        expect(first.kind === 'head' && first.block.number).toBe(from);
      });
    });

    test('a stream ends when its signal aborts, also at once', async () => {
      const aborted: WatchItem[] = [];
      for await (const item of fixture().chain.watch(0n, AbortSignal.abort())) aborted.push(item);
      expect(aborted).toEqual([]);
    });
  });
};
