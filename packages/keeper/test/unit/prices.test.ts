import { milliseconds, priceWad, type StoredPrice, seconds, WAD } from '@bulkhead/shared';
import { describe, expect, it } from 'vitest';
import { decideBid } from '../../src/decide/decideBid.ts';
import { newestPrice } from '../../src/decide/prices.ts';
import type { SeenPrice } from '../../src/decide/snapshot.ts';
import { createChainView } from '../../src/detection/chainView.ts';
import { block, decisionSettings, epoch, eth, market, report, seen, snapshot } from './fixtures.ts';

const stored: StoredPrice = {
  feed: eth,
  price: priceWad(2_000n * WAD),
  confidence: priceWad(WAD),
  stable: priceWad(1_999n * WAD),
  time: seconds(epoch - 10),
  held: undefined,
};
const now = milliseconds(epoch * 1_000);
/** Step 50 %, band 2 %. */
const bounds = market.priceBounds;
const seeing = (...reports: Parameters<typeof newestPrice>[1]) => newestPrice(stored, reports, now, bounds);

describe('the price that the chain would use', () => {
  it('is the stored one, with its own interval and stable price, where no newer report is known', () => {
    expect(newestPrice(stored, [report(1_900n, epoch - 10)], now, bounds)).toEqual({
      price: stored.price,
      time: stored.time,
      confidence: stored.confidence,
      stable: stored.stable,
      suspect: false,
      reports: [],
    } satisfies SeenPrice);
    expect(newestPrice(undefined, [], now, bounds)).toBeUndefined();
  });

  it('is the reported one, with the stable price as posting it will leave it (MRG-1)', () => {
    const newest = report(1_900n, epoch);
    // Ten seconds at 2000, which is within a tenth of a percent a second of 1999.
    expect(seeing(newest)).toMatchObject({
      price: newest.price,
      stable: stored.price,
      suspect: false,
      reports: [newest],
    });
  });

  it('is none during a jump that nothing confirms, and comes with both reports once it is (LIQ-1)', () => {
    const [first, second] = [report(900n, epoch - 1), report(905n, epoch)];
    expect(seeing(first)).toMatchObject({ price: stored.price, suspect: true, reports: [] });
    expect(seeing(first, second)).toMatchObject({ price: second.price, suspect: false, reports: [first, second] });
    const held = { ...stored, held: { price: first.price, time: first.time } };
    expect(newestPrice(held, [], now, bounds)).toMatchObject({ suspect: true, reports: [] });
    expect(newestPrice(held, [first, second], now, bounds)).toMatchObject({ suspect: false, reports: [second] });
  });

  it('is no report from the future, also where it would confirm a jump', () => {
    const [first, second] = [report(900n, epoch), report(905n, epoch + 3)];
    expect(seeing(first, second)).toMatchObject({ suspect: true, reports: [] });
  });
});

describe('what the contract would refuse is not planned (EFF-6)', () => {
  const decide = (changes: Parameters<typeof snapshot>[0]) => decideBid(snapshot(changes), decisionSettings);

  it('waits while a price is suspect', () => {
    const prices = new Map([...seen(1_900n, epoch)].map(([feed, price]) => [feed, { ...price, suspect: true }]));
    expect(decide({ prices })).toMatchObject({ act: 'wait', code: 'suspectPrice' });
  });

  it.each([
    ['liquidation', 'pausedPrice'],
    ['riskIncrease', undefined],
    ['settlement', undefined],
  ] as const)('a pause of %s', (use, code) => {
    const pause = { feed: eth, use, until: seconds(epoch + 100) };
    const decision = decide({ market: { ...market, paused: [pause] } });
    expect('code' in decision ? decision.code : undefined).toBe(code);
    const over = { ...pause, until: seconds(epoch) };
    expect(decide({ market: { ...market, paused: [over] } }).act).toBe('bid');
  });
});

describe('the view of a chain', () => {
  it('holds a feed suspect from the event that says so until one says that it was stored (LIQ-1)', () => {
    const view = createChainView(() => new Map());
    view.takeHead(block(1n, epoch));
    view.takeReading({ at: block(1n, epoch), groups: new Map(), market, stored: new Map([[eth, stored]]) }, []);
    const suspect = () => view.prices(now).get(eth)?.suspect;
    expect(suspect()).toBe(false);
    view.takeHeld(eth, { price: priceWad(900n * WAD), time: seconds(epoch - 5) });
    expect(suspect()).toBe(true);
    // An older read says nothing new.
    view.takeStored(stored);
    expect(suspect()).toBe(true);
    view.takeStored({ ...stored, price: priceWad(905n * WAD), time: seconds(epoch) });
    expect(suspect()).toBe(false);
  });
});
