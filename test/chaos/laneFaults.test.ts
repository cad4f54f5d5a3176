import { chainPrefix } from '@bulkhead/effects/redis';
import { milliseconds, wei } from '@bulkhead/shared';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { realClock } from '../support/clocks.ts';
import { openTradeRig, type RunningEffects, type TradeRig } from '../support/tradeRig.ts';

let rig: TradeRig;
let live: RunningEffects | undefined;
beforeAll(async () => {
  rig = await openTradeRig();
});
afterEach(async () => {
  await live?.stop();
  live = undefined;
});
afterAll(() => rig?.close());

const start = async (...options: Parameters<TradeRig['start']>): Promise<RunningEffects> => {
  live = await rig.start(...options);
  return live;
};
const send = 'eth_sendRawTransaction';
const minedNonce = async (): Promise<bigint> => {
  const nonce = await rig.chain.nonce(rig.signer.address, 'latest');
  if (!nonce.ok) throw new Error(nonce.error.message);
  return nonce.value;
};
/** Each planned trade happened exactly once, is final, and the lane stands where the chain stands. */
const allDone = async (run: RunningEffects, ids: readonly `0x${string}`[]): Promise<void> => {
  for (const id of ids) {
    expect(await rig.net.timesDone(id)).toBe(1);
    expect((await run.effect(id)).phase).toBe('final');
  }
  const lane = await run.store.lane(rig.net.desk.chain, rig.signer.address);
  expect(lane).toMatchObject({ nextNonce: await minedNonce(), slots: [] });
};

describe('lane under faults (real chain behind the fault proxy, real Redis and BullMQ)', () => {
  test('F2: an endpoint refuses the second of three sends; the lane drains without a restart and without a gap', async () => {
    const run = await start();
    rig.proxy.onSend(2, { kind: 'error', code: -32000, message: 'service unavailable, try later' });
    const ids = [await run.plan(), await run.plan(), await run.plan()];
    await run.rest();
    await allDone(run, ids);
    expect(rig.proxy.count(send)).toBeGreaterThanOrEqual(4);
  });

  test('F2: the connection dies before or after the node took it; each trade still happens once', async () => {
    const run = await start();
    rig.proxy.onSend(1, { kind: 'loseReply' });
    const first = await run.plan();
    await run.rest();
    rig.proxy.onSend(1, { kind: 'loseRequest' });
    const second = await run.plan();
    await run.rest();
    await allDone(run, [first, second]);
  });

  test('F3: all four slots hold transactions that were never broadcast; when the endpoint recovers the lane drains', async () => {
    const run = await start();
    const takeAway = rig.proxy.addRule(({ method }) =>
      method === send ? { kind: 'error', code: -32005, message: 'limit exceeded' } : undefined,
    );
    const ids = [await run.plan(), await run.plan(), await run.plan(), await run.plan(), await run.plan()];
    await run.until(async () => (await run.effects.snapshot())[0]?.slots.length === 4);
    expect((await run.effect(ids[4] as `0x${string}`)).slot).toBeUndefined();
    takeAway();
    await run.rest();
    await allDone(run, ids);
  });

  test('F3: a ledger whose nonce is above the chain’s finds the gap at boot and fills it', async () => {
    const first = await start();
    const known = await minedNonce();
    await first.stop();
    // What a lost transaction leaves: nonces that were given away and that no slot explains.
    await rig.redis
      .connect()
      .hset(`${chainPrefix(rig.net.desk.chain)}lane:${rig.signer.address}`, 'next', String(known + 2n));
    const run = await start({ keep: true });
    const id = await run.plan();
    await run.rest();
    await allDone(run, [id]);
    expect(await minedNonce()).toBe(known + 3n);
  });

  test('F4: every key of the queue is deleted while work waits in it; the sweeper wakes it again from the ledger', async () => {
    const run = await start();
    // Nothing is in flight, so that nothing else gives the lane a reason to look.
    await run.rest();
    const soon = milliseconds(realClock.now() + 700);
    const ids = [await run.plan({ notBefore: soon }), await run.plan({ notBefore: soon, urgency: 'liquidation' })];
    const redis = rig.redis.connect();
    const keys = await redis.keys('bulkhead:v1:*:queue:*');
    expect(keys.some(key => key.endsWith(':delayed'))).toBe(true);
    await redis.del(...keys);
    // No head is told of and nothing is planned meanwhile: only the sweeper can make it go on.
    await run.until(async () => (await Promise.all(ids.map(run.effect))).every(effect => effect.attempts.length === 1));
    await run.rest();
    await allDone(run, ids);
  });

  test('F5: an endpoint says -32603 "nonce too low" for a nonce that is free; it stays in use and the effect happens once', async () => {
    const run = await start();
    rig.proxy.onSend(1, { kind: 'error', code: -32603, message: 'nonce too low' });
    const id = await run.plan();
    await run.rest();
    await allDone(run, [id]);
    expect((await run.effect(id)).attempts).toHaveLength(1);
    expect(rig.chain.endpoints().every(standing => standing.usable)).toBe(true);
  });

  test('F5: somebody else used the nonce; the effect goes on under the next one, only once that is final', async () => {
    const run = await start();
    const nonce = await minedNonce();
    rig.proxy.onSend(1, { kind: 'error', code: -32603, message: 'internal error: nonce too low' });
    const { account } = rig.net.localnet.keys.members[0] as (typeof rig.net.localnet.keys.members)[number];
    const foreign = await account.signTransaction({
      chainId: 31_337,
      type: 'eip1559',
      to: account.address,
      nonce: Number(nonce),
      gas: 21_000n,
      maxFeePerGas: 10n ** 11n,
      maxPriorityFeePerGas: 10n ** 10n,
    });
    const hold = rig.proxy.addRule(({ method }) =>
      method === send ? { kind: 'error', code: -32603, message: 'nonce too low' } : undefined,
    );
    const id = await run.plan();
    await run.until(async () => (await run.effect(id)).attempts.length === 1);
    await rig.net.localnet.chains[0]?.client.sendRawTransaction({ serializedTransaction: foreign });
    await run.block();
    hold();
    await run.rest();
    await allDone(run, [id]);
    const nonces = (await run.effect(id)).attempts.map(attempt => attempt.nonce);
    expect(nonces).toEqual([nonce, nonce + 1n]);
  });

  test('F18: forty blocks in a second raise no fee; the minimum interval rules', async () => {
    const run = await start();
    const client = rig.net.localnet.chains[0]?.client;
    const dear = async (): Promise<void> => {
      await client?.setNextBlockBaseFeePerGas({ baseFeePerGas: 10n ** 12n });
      await run.block();
    };
    const began = realClock.now();
    const id = await run.plan();
    await run.until(async () => (await run.effect(id)).phase === 'broadcast');
    for (let n = 0; n < 40; n++) await dear();
    const elapsed = realClock.now() - began;
    const { attempts } = await run.effect(id);
    expect(attempts.length).toBeLessThanOrEqual(1 + Math.floor(elapsed / 1_500));
    await client?.setNextBlockBaseFeePerGas({ baseFeePerGas: 10n ** 9n });
    await run.rest();
    await allDone(run, [id]);
  });

  test('F7, F18: past the interval the replacement rises by the pool’s step, and one of them lands', async () => {
    rig.proxy.enforceReplacement(10);
    const run = await start({ policy: { replacement: { afterBlocks: 2, minimumInterval: milliseconds(200) } } });
    const client = rig.net.localnet.chains[0]?.client;
    const id = await run.plan();
    await run.until(async () => (await run.effect(id)).phase === 'broadcast');
    await run.until(async () => {
      await client?.setNextBlockBaseFeePerGas({ baseFeePerGas: 10n ** 12n });
      await run.block();
      return (await run.effect(id)).attempts.length >= 2;
    });
    const [before, after] = (await run.effect(id)).attempts;
    if (!before || !after) throw new Error('two attempts');
    expect(after.nonce).toBe(before.nonce);
    expect(after.fees.maxFeePerGas * 10n >= before.fees.maxFeePerGas * 11n).toBe(true);
    expect(after.fees.maxPriorityFeePerGas * 10n >= before.fees.maxPriorityFeePerGas * 11n).toBe(true);
    await client?.setNextBlockBaseFeePerGas({ baseFeePerGas: 10n ** 9n });
    await run.rest();
    await allDone(run, [id]);
    rig.proxy.enforceReplacement(undefined);
  });

  test('F19: an effect whose preparation outlives its claim records nothing; the next claim does, once', async () => {
    let calls = 0;
    const run = await start({
      policy: { claimTtl: milliseconds(200) },
      trade: usual => ({
        ...usual,
        prepare: async (...args) => {
          calls += 1;
          if (calls === 1) await realClock.sleep(milliseconds(400));
          return usual.prepare(...args);
        },
      }),
    });
    const id = await run.plan();
    await run.rest();
    await allDone(run, [id]);
    const { attempts, claim } = await run.effect(id);
    expect(attempts).toHaveLength(1);
    expect(claim).toBeGreaterThanOrEqual(2);
    expect(run.log.lines.some(line => line.includes('refusal=claimLost'))).toBe(true);
  });

  test('F24: a burst of thirty trades through one key: no gap, none twice', async () => {
    const run = await start();
    const before = await minedNonce();
    const ids = await Promise.all(Array.from({ length: 30 }, () => run.plan()));
    await run.rest();
    await allDone(run, ids);
    expect(await minedNonce()).toBe(before + 30n);
    expect((await run.effects.snapshot())[0]?.wastedTransactions).toBe(0);
  });

  test('insufficientFunds: the effect waits, says so, and goes on when the signer can pay', async () => {
    const run = await start();
    const client = rig.net.localnet.chains[0]?.client;
    const balance = (await client?.getBalance({ address: rig.signer.address })) ?? 0n;
    await client?.setBalance({ address: rig.signer.address, value: 1n });
    const id = await run.plan();
    await run.until(async () => (await run.effect(id)).note.startsWith('insufficientFunds'));
    expect((await run.effect(id)).attempts).toEqual([]);
    await client?.setBalance({ address: rig.signer.address, value: balance });
    await run.rest();
    await allDone(run, [id]);
  });

  test('the daily spend cap holds an effect back before anything is signed away, and says so', async () => {
    const run = await start({ policy: { dailySpendCap: wei(1n) } });
    const id = await run.plan({ deadline: milliseconds(realClock.now() + 700) });
    await run.until(async () => (await run.effect(id)).note.startsWith('daily spend cap'));
    await run.rest();
    expect(await run.effect(id)).toMatchObject({ phase: 'obsolete', attempts: [] });
    expect(await rig.net.timesDone(id)).toBe(0);
  });
});
