import { createPriceFeed, localKeys, startFeedServer } from '@bulkhead/localnet';
import { priceDigest } from '@bulkhead/sdk';
import { pricesWireSchema, seconds, WAD, wad } from '@bulkhead/shared';
import { keccak256, recoverAddress } from 'viem';
import { describe, expect, test } from 'vitest';

const keys = localKeys('feed', { priceSigners: 3, members: 1, keepers: 1 });
const feedSetId = keccak256('0x01');

const feedAt = (clock: { now: number }) =>
  createPriceFeed({
    feedSetId,
    signers: keys.priceSigners.map(key => key.account),
    threshold: 2,
    confidence: wad(10n ** 15n),
    now: () => clock.now,
  });

describe('the price feed', () => {
  test('signs with exactly the threshold of its signers, or with those asked for', async () => {
    const feed = feedAt({ now: 1_000_000 });
    const signersOf = async (signers?: readonly number[]) => {
      const [report] = await feed.sign({ 'ETH/USD': WAD }, signers === undefined ? {} : { signers });
      if (!report) throw new Error('nothing was signed');
      const hash = priceDigest(feedSetId, report);
      return Promise.all(report.signatures.map(signature => recoverAddress({ hash, signature })));
    };
    const [first, second, third] = keys.priceSigners.map(key => key.address);
    expect(await signersOf()).toEqual([first, second]);
    expect(await signersOf([2, 0])).toEqual([first, third]);
  });

  test('never publishes two prices of one second, because a chain would take the first only', async () => {
    const clock = { now: 1_000_000 };
    const feed = feedAt(clock);
    const [first] = await feed.publish({ 'ETH/USD': WAD });
    const [second] = await feed.publish({ 'ETH/USD': 2n * WAD });
    const [other] = await feed.publish({ 'BTC/USD': WAD });
    expect([first?.time, second?.time, other?.time]).toEqual([1_000, 1_001, 1_000]);
    expect([...feed.newest().values()].map(report => report.price)).toEqual([2n * WAD, WAD]);
  });

  test('keeps the newest by time: a late report of an old price changes nothing', async () => {
    const feed = feedAt({ now: 1_000_000 });
    await feed.publish({ 'ETH/USD': WAD }, { time: seconds(1_000) });
    await feed.publish({ 'ETH/USD': 9n * WAD }, { time: seconds(999) });
    expect([...feed.newest().values()].map(report => report.price)).toEqual([WAD]);
  });

  test('takes confidence as a share of the price, rounded down', async () => {
    const [report] = await feedAt({ now: 1_000_000 }).sign({ 'ETH/USD': 1_999n });
    expect(report?.confidence).toBe(1n);
  });

  test('answers for what it serves and says what it does not', async () => {
    const feed = feedAt({ now: 1_000_000 });
    const server = await startFeedServer(feed, { quote: 'USDC' });
    const get = (path: string, method = 'GET') => fetch(`${server.url}${path}`, { method });
    expect(await (await get('/healthz')).json()).toEqual({ status: 'ok', feeds: 0, subscribers: 0 });
    await feed.publish({ 'ETH/USD': WAD });
    expect(await (await get('/healthz')).json()).toMatchObject({ feeds: 1, newestTime: 1_000 });
    const served = pricesWireSchema.parse(await (await get('/prices')).json());
    expect(served).toMatchObject({
      threshold: 2,
      reports: [{ name: 'ETH/USD', unit: { symbol: 'USDC', decimals: 18 } }],
    });
    expect((await get('/elsewhere')).status).toBe(404);
    expect((await get('/prices', 'POST')).status).toBe(405);
    expect(new URL(server.url).hostname).toBe('127.0.0.1');
    await server.stop();
    await expect(get('/healthz')).rejects.toThrow();
  });
});
