import { wei } from '@bulkhead/shared';
import { describe, expect, test } from 'vitest';
import type { Abilities, ChainFixture } from './fixture.ts';
import { fees, keyOf, must, signedCall, some, untilIncluded, verdict } from './support.ts';

export const sendingConformance = (fixture: () => ChainFixture, abilities: Abilities): void => {
  describe('sending', () => {
    test('a sent transaction is included with its events and what it cost', async () => {
      const { chain, keeper, depositCall } = fixture();
      const before = must(await chain.balance(keeper.address));
      const { bytes, hash } = await signedCall(fixture(), keeper, depositCall());
      expect(must(await chain.status([hash]))).toEqual([{ kind: 'unknown' }]);
      expect(must(await chain.broadcast(bytes))).toBe(hash);
      const status = await untilIncluded(fixture(), hash);
      expect(status.succeeded).toBe(true);
      expect(status.events.map(event => event.kind)).toEqual(['vaultsChanged']);
      expect(status.feePaid).toBe(before - must(await chain.balance(keeper.address)));
    });

    test('a no-op only consumes its nonce', async () => {
      const { chain, keeper } = fixture();
      const nonce = must(await chain.nonce(keeper.address, 'latest'));
      const { bytes } = await signedCall(fixture(), keeper, { kind: 'noop' });
      const status = await untilIncluded(fixture(), must(await chain.broadcast(bytes)));
      expect(status.events).toEqual([]);
      expect(must(await chain.nonce(keeper.address, 'latest'))).toBe(nonce + 1n);
    });

    test.skipIf(abilities.holdBlocks !== true)(
      'an unmined transaction is pending, and counts in the pending nonce only',
      async () => {
        const { chain, keeper, holdBlocks } = fixture();
        const goOn = await holdBlocks();
        const nonce = must(await chain.nonce(keeper.address, 'latest'));
        const { bytes, hash } = await signedCall(fixture(), keeper, { kind: 'noop' });
        must(await chain.broadcast(bytes));
        expect(must(await chain.status([hash, keyOf('never sent')]))).toEqual([
          { kind: 'pending' },
          { kind: 'unknown' },
        ]);
        expect(must(await chain.nonce(keeper.address, 'latest'))).toBe(nonce);
        expect(must(await chain.nonce(keeper.address, 'pending'))).toBe(nonce + 1n);
        await goOn();
        expect((await untilIncluded(fixture(), hash)).succeeded).toBe(true);
      },
    );

    test.skipIf(abilities.holdBlocks !== true)('the same bytes a second time are the same success', async () => {
      const { chain, keeper, holdBlocks } = fixture();
      const goOn = await holdBlocks();
      const { bytes, hash } = await signedCall(fixture(), keeper, { kind: 'noop' });
      expect(must(await chain.broadcast(bytes))).toBe(hash);
      expect(must(await chain.broadcast(bytes))).toBe(hash);
      await goOn();
      await untilIncluded(fixture(), hash);
    });

    test.skipIf(abilities.holdBlocks !== true)('a replacement must pay the step in both fee fields', async () => {
      const { chain, keeper, holdBlocks } = fixture();
      const goOn = await holdBlocks();
      const nonce = must(await chain.nonce(keeper.address, 'latest'));
      const base = await fees(chain);
      const raised = (percent: bigint) => ({
        maxFeePerGas: wei((base.maxFeePerGas * (100n + percent)) / 100n + 1n),
        maxPriorityFeePerGas: wei((base.maxPriorityFeePerGas * (100n + percent)) / 100n + 1n),
      });
      const noop = { kind: 'noop' } as const;
      const step = BigInt(chain.capabilities.replacementStepPercent);
      const first = await signedCall(fixture(), keeper, noop, { nonce, fees: base, gasLimit: 30_000n });
      const tooLittle = await signedCall(fixture(), keeper, noop, {
        nonce,
        fees: raised(step / 2n),
        gasLimit: 30_000n,
      });
      const enough = await signedCall(fixture(), keeper, noop, { nonce, fees: raised(step), gasLimit: 30_000n });
      must(await chain.broadcast(first.bytes));
      expect(verdict(await chain.broadcast(tooLittle.bytes))).toBe('replace/underpriced');
      must(await chain.broadcast(enough.bytes));
      await goOn();
      await untilIncluded(fixture(), enough.hash);
      const [replaced] = must(await chain.status([first.hash]));
      expect(replaced?.kind).toBe('unknown');
    });

    test('a consumed nonce is for the lane to read again', async () => {
      const { chain, keeper } = fixture();
      const nonce = must(await chain.nonce(keeper.address, 'latest'));
      const options = { nonce: nonce - 1n, gasLimit: 30_000n, fees: await fees(chain, 3n) };
      const { bytes } = await signedCall(fixture(), keeper, { kind: 'noop' }, options);
      expect(verdict(await chain.broadcast(bytes))).toBe('resyncNonce/nonceTooLow');
    });

    test('"nonce too low" as an internal error says nothing against the endpoint (F5)', async () => {
      const { chain, keeper, refuseNextSend } = fixture();
      const { bytes, hash } = await signedCall(fixture(), keeper, { kind: 'noop' });
      refuseNextSend(-32603, 'nonce too low');
      expect(verdict(await chain.broadcast(bytes))).toBe('resyncNonce/nonceTooLow');
      expect(must(await chain.status([hash]))).toEqual([{ kind: 'unknown' }]);
      expect(must(await chain.broadcast(bytes))).toBe(hash);
      await untilIncluded(fixture(), hash);
    });

    test('a lost reply is told apart from nothing: the transaction is there', async () => {
      const { chain, keeper, loseNextReply } = fixture();
      const { bytes, hash } = await signedCall(fixture(), keeper, { kind: 'noop' });
      loseNextReply();
      const sent = verdict(await chain.broadcast(bytes));
      expect(['ok', 'resyncNonce/nonceTooLow', 'retryable/unreachable']).toContain(sent);
      expect((await untilIncluded(fixture(), hash)).succeeded).toBe(true);
    });

    test('a signer without means is for the operator to mend', async () => {
      const { chain, pauper } = fixture();
      const options = { nonce: 0n, gasLimit: 30_000n };
      const { bytes } = await signedCall(fixture(), pauper, { kind: 'noop' }, options);
      expect(verdict(await chain.broadcast(bytes))).toBe('operatorFixable/insufficientFunds');
      expect(must(await chain.balance(pauper.address))).toBe(0n);
    });

    test('an unsigned transaction says what an allow-list and a spend cap look at', async () => {
      const { chain, keeper, depositCall } = fixture();
      const how = {
        from: keeper.address,
        nonce: 7n,
        gasLimit: 100_000n,
        fees: await fees(chain),
        validity: { deadline: must(await chain.head()).time },
      };
      const built = must(chain.build(depositCall(), how));
      expect(built).toMatchObject({ chain: chain.id, from: keeper.address, nonce: 7n, gasLimit: 100_000n, value: 0n });
      expect(built.selector).toMatch(/^0x[0-9a-f]{8}$/);
      const noop = must(chain.build({ kind: 'noop' }, how));
      expect([noop.to, noop.selector]).toEqual([keeper.address, '0x']);
      expect(verdict(chain.build(depositCall(), { ...how, gasLimit: 0n }))).toBe('permanent/invalidTransaction');
    });
  });

  describe('finality', () => {
    test('a block is at the head, then confirmed, then final', async () => {
      const { chain, mine } = fixture();
      await mine(1);
      const block = must(await chain.head());
      const steps = [must(await chain.finality(block))];
      while (steps.at(-1) !== 'final' && steps.length < 100) {
        await mine(1);
        steps.push(must(await chain.finality(block)));
      }
      const order = ['head', 'confirmed', 'final'];
      expect(steps.at(-1)).toBe('final');
      expect(steps).toContain('confirmed');
      expect(steps).toEqual(steps.toSorted((left, right) => order.indexOf(left) - order.indexOf(right)));
    });

    test.skipIf(abilities.reorganise !== true)(
      'a replaced block is orphaned, and what it included is not included (F9)',
      async () => {
        const { chain, keeper, replaceAllSince } = fixture();
        const replace = await replaceAllSince();
        const { bytes, hash } = await signedCall(fixture(), keeper, { kind: 'noop' });
        must(await chain.broadcast(bytes));
        const { block } = await untilIncluded(fixture(), hash);
        await replace();
        expect(must(await chain.finality(block))).toBe('orphaned');
        // A pool may take it back in and a later block include it anew: another block, by all means.
        const status = some(must(await chain.status([hash]))[0]);
        expect(status.kind === 'included' ? status.block.hash : 'nowhere').not.toBe(block.hash);
      },
    );

    test('the final nonce is not ahead of the latest', async () => {
      const { chain, keeper } = fixture();
      const final = must(await chain.nonce(keeper.address, 'final'));
      expect(final).toBeLessThanOrEqual(must(await chain.nonce(keeper.address, 'latest')));
    });
  });
};
