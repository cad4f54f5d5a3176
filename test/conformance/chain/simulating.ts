import type { GroupState, Touch } from '@bulkhead/shared';
import { describe, expect, test } from 'vitest';
import type { Abilities, ChainFixture } from './fixture.ts';
import { keyOf, must, signedCall, some, untilIncluded, verdict } from './support.ts';

const freeOf = (groups: readonly GroupState[], touch: Touch): bigint | undefined =>
  groups
    .find(group => group.vault === touch.vault)
    ?.assets.find(asset => asset.token.toLowerCase() === touch.item.toLowerCase())?.free;

const sizeOf = (groups: readonly GroupState[], touch: Touch): bigint =>
  groups
    .find(group => group.vault === touch.vault)
    ?.positions.find(position => String(position.instrument) === touch.item)?.size ?? 0n;

const vaultsOf = (touches: readonly Touch[]): ReadonlySet<unknown> => new Set(touches.map(touch => touch.vault));

export const simulatingConformance = (fixture: () => ChainFixture, abilities: Abilities): void => {
  describe('simulating', () => {
    test('a deposit touches the escrow and the book of its vault, by exactly its amount, and nothing else', async () => {
      const { chain, keeper, depositCall } = fixture();
      const call = depositCall();
      const { touches, gasUsed, events } = must(await chain.simulate(call, keeper.address, 'head'));
      expect(gasUsed).toBeGreaterThan(20_000n);
      expect(events.map(event => event.kind)).toEqual(['vaultsChanged']);
      const changes = some(touches).map(touch => [touch.vault, touch.aspect, touch.after - touch.before]);
      const amount = call.kind === 'deposit' ? call.amount : 0n;
      expect(changes.toSorted()).toEqual([
        [keeper.vault, 'escrow', amount],
        [keeper.vault, 'free', amount],
      ]);
    });

    test('simulating changes nothing', async () => {
      const { chain, keeper, depositCall } = fixture();
      const before = must(await chain.readGroups([keeper.vault], 'head')).value;
      must(await chain.simulate(depositCall(), keeper.address, 'head'));
      expect(must(await chain.readGroups([keeper.vault], 'head')).value).toEqual(before);
    });

    test('a trade touches the positions of both sides, and what it says comes true', async () => {
      const { chain, member, keeper, venueVaults, novateCall } = fixture();
      const call = await novateCall(keyOf('simulated trade'));
      const simulation = must(await chain.simulate(call, member.address, 'head'));
      const touches = some(simulation.touches);
      const allowed = new Set<unknown>([member.vault, keeper.vault, ...venueVaults]);
      expect(touches.filter(touch => !allowed.has(touch.vault))).toEqual([]);
      const positions = touches.filter(touch => touch.aspect === 'position');
      expect(vaultsOf(positions)).toEqual(new Set([member.vault, keeper.vault]));

      const { bytes } = await signedCall(fixture(), member, call);
      const status = await untilIncluded(fixture(), must(await chain.broadcast(bytes)));
      expect(status.succeeded).toBe(true);
      expect(status.events).toEqual(simulation.events);
      const after = must(await chain.readGroups([member.vault, keeper.vault], 'head')).value;
      for (const touch of positions.filter(one => one.item !== '')) {
        const resized = sizeOf(after, touch) === touch.after;
        const before = touch.before === touch.after || resized;
        expect(before || touches.some(one => one.vault === touch.vault && sizeOf(after, one) === one.after)).toBe(true);
      }
    });

    test('a bid touches the group, the bidder and the clearing house, each by what it then turns out to be', async () => {
      const { chain, keeper, venueVaults, failingVault, restorePrices } = fixture();
      const { vault, bid } = await failingVault();
      const call = bid(keyOf('simulated bid'));
      const simulation = must(await chain.simulate(call, keeper.address, 'head'));
      const touches = some(simulation.touches);
      expect(touches.filter(touch => touch.aspect === 'unattributed')).toEqual([]);
      const allowed = new Set<unknown>([vault, keeper.vault, ...venueVaults]);
      expect(touches.filter(touch => !allowed.has(touch.vault))).toEqual([]);
      expect(vaultsOf(touches.filter(touch => touch.aspect === 'position'))).toEqual(new Set([vault, keeper.vault]));
      expect(simulation.events.some(event => event.kind === 'bidFilled')).toBe(true);

      const { bytes } = await signedCall(fixture(), keeper, call);
      const status = await untilIncluded(fixture(), must(await chain.broadcast(bytes)));
      expect(status.succeeded).toBe(true);
      expect(status.events).toEqual(simulation.events);
      const free = touches.filter(touch => touch.aspect === 'free');
      const groups = must(await chain.readGroups([vault, keeper.vault, ...venueVaults], 'head')).value;
      expect(free.length).toBeGreaterThanOrEqual(2);
      expect(free.map(touch => [touch.vault, touch.item, freeOf(groups, touch)])).toEqual(
        free.map(touch => [touch.vault, touch.item, touch.after]),
      );
      const escrows = touches.filter(touch => touch.aspect === 'escrow');
      expect(escrows.reduce((sum, touch) => sum + touch.after - touch.before, 0n)).toBe(0n);

      const again = await chain.simulate(call, keeper.address, 'head');
      expect(verdict(again)).toBe('doneByOther/effectKeyUsed');
      const key = { bidderVault: keeper.vault, effectKey: keyOf('simulated bid') };
      expect(must(await chain.effectDone(key, 'head')).value).toBe(true);
      await restorePrices();
    });

    test('a bid on a healthy group is done by others', async () => {
      const { chain, keeper, failingVault, restorePrices } = fixture();
      const { bid } = await failingVault();
      await restorePrices();
      expect(verdict(await chain.simulate(bid(keyOf('too late')), keeper.address, 'head'))).toBe('doneByOther/healthy');
    });

    test('a call without the right to make it is for the operator to mend', async () => {
      const { chain, pauper, novateCall, failingVault, restorePrices } = fixture();
      const trade = await novateCall(keyOf('not a member'));
      expect(verdict(await chain.simulate(trade, pauper.address, 'head'))).toBe('operatorFixable/notAuthorised');
      const { bid } = await failingVault();
      expect(verdict(await chain.simulate(bid(keyOf('stranger')), pauper.address, 'head'))).toBe(
        'operatorFixable/notAuthorised',
      );
      await restorePrices();
    });

    test('a touch of a healthy group changes no wall', async () => {
      const { chain, keeper, touchHealthyCall } = fixture();
      const { touches } = must(await chain.simulate(await touchHealthyCall(), keeper.address, 'head'));
      expect(some(touches).filter(touch => touch.aspect === 'unattributed')).toEqual([]);
      expect(some(touches).filter(touch => touch.aspect === 'escrow' || touch.aspect === 'free')).toEqual([]);
    });

    test.skipIf(abilities.passTime !== true)(
      'closing a round changes no wall, settling one only those of the vaults named',
      async () => {
        const { chain, vaults, keeper, venueVaults, endRound, restorePrices } = fixture();
        const round = await endRound();
        const close = { kind: 'closeRound', ...round } as const;
        const closing = must(await chain.simulate(close, keeper.address, 'head'));
        expect(closing.touches).toEqual([]);
        const before = must(await chain.readGroups(vaults, 'head')).value;
        const { bytes } = await signedCall(fixture(), keeper, close);
        const closed = await untilIncluded(fixture(), must(await chain.broadcast(bytes)));
        expect(closed.events.some(event => event.kind === 'roundClosed')).toBe(true);
        expect(verdict(await chain.simulate(close, keeper.address, 'head'))).toBe('doneByOther/alreadyClosed');

        const holders = before
          .filter(group => group.positions.some(one => one.instrument === 0))
          .map(group => group.vault);
        const settle = { kind: 'settle', instrument: 0, vaults: holders.slice(0, 3) } as const;
        const settling = must(await chain.simulate(settle, keeper.address, 'head'));
        const touches = some(settling.touches);
        expect(touches.length).toBeGreaterThan(0);
        const allowed = new Set<unknown>([...settle.vaults, ...venueVaults]);
        expect(touches.filter(touch => !allowed.has(touch.vault))).toEqual([]);
        const worth = (groups: typeof before): bigint =>
          groups.reduce(
            (sum, { assets, owed, due }) => sum + due - owed + assets.reduce((all, one) => all + one.free, 0n),
            0n,
          );
        const unsettled = must(await chain.readGroups(settle.vaults, 'head')).value;
        const sent = await signedCall(fixture(), keeper, settle);
        expect((await untilIncluded(fixture(), must(await chain.broadcast(sent.bytes)))).succeeded).toBe(true);
        const settled = must(await chain.readGroups(settle.vaults, 'head')).value;
        // A round that is closed counts before anybody is settled for it: settling moves money and changes nobody's worth.
        expect(worth(settled)).toBe(worth(unsettled));
        await restorePrices();
      },
    );

    test('an effect is not done before it is', async () => {
      const { chain, keeper } = fixture();
      const key = { bidderVault: keeper.vault, effectKey: keyOf('never') };
      expect(must(await chain.effectDone(key, 'head')).value).toBe(false);
      expect(must(await chain.effectDone({ tradeId: keyOf('never') }, 'head')).value).toBe(false);
    });
  });
};
