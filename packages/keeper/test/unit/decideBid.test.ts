import { evaluateGroup, isHealthy } from '@bulkhead/risk';
import { milliseconds, priceWad, quoteAmount, seconds, sizeWad, WAD, wad } from '@bulkhead/shared';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideBid } from '../../src/decide/decideBid.ts';
import type { Decision } from '../../src/decide/decision.ts';
import { bidderAfter, forecastBid, quoteShare } from '../../src/decide/forecast.ts';
import { plainPrices, type Snapshot } from '../../src/decide/snapshot.ts';
import {
  asset,
  bidder,
  bidSettings,
  block,
  decisionSettings,
  epoch,
  eth,
  group,
  longVault,
  market,
  position,
  seen,
  snapshot,
  unit,
  usdc,
  vaultOf,
  weth,
  withWeth,
  word,
} from './fixtures.ts';

const bidWith = (changes: Partial<typeof bidSettings>) => ({
  ...decisionSettings,
  bid: { ...bidSettings, ...changes },
});

const decide = (changes: Partial<Snapshot> = {}, bid: Partial<typeof bidSettings> = {}): Decision =>
  decideBid(snapshot(changes), bidWith(bid));

const bidOf = (decision: Decision) => {
  if (decision.act !== 'bid') throw new Error(`expected a bid, got ${decision.act}: ${decision.reason}`);
  return decision.bid;
};

const auctionSince = (ago: number, shownAgo = 0, reserved = 0n) => ({
  startedAt: seconds(epoch - ago),
  shownAt: seconds(epoch - shownAgo),
  solventSeconds: seconds(ago - shownAgo),
  insolventSeconds: seconds(0),
  reserved: quoteAmount(reserved),
});

const anySnapshot = fc
  .record({
    price: fc.integer({ min: 500, max: 4_000 }),
    quote: fc.bigInt({ min: 0n, max: 20_000n }),
    size: fc.bigInt({ min: -200n * WAD, max: 200n * WAD }),
    own: fc.bigInt({ min: 0n, max: 50_000n }),
    ownSize: fc.bigInt({ min: -50n * WAD, max: 50n * WAD }),
    owed: fc.bigInt({ min: 0n, max: 1_000n * unit }),
    house: fc.bigInt({ min: 0n, max: 10_000n * unit }),
    elapsed: fc.integer({ min: 0, max: 29 }),
    auction: fc.boolean(),
  })
  .map(one =>
    snapshot({
      prices: seen(BigInt(one.price), epoch),
      group: group(1, one.quote, 0n, {
        positions: one.size === 0n ? [] : [position(one.size)],
        owed: quoteAmount(one.owed),
        auction: one.auction ? auctionSince(one.elapsed) : undefined,
      }),
      bidder: group(900, one.own, 0n, {
        positions: one.ownSize === 0n ? [] : [position(one.ownSize, undefined, vaultOf(900))],
      }),
      market: { ...market, houseCapital: quoteAmount(one.house) },
    }),
  );

describe('deciding whether to bid', () => {
  test('a failing group is bid on, with the reports that the chain lacks', () => {
    const bid = bidOf(decide());
    expect(bid.fraction).toBeGreaterThan(0n);
    expect(bid.reports.map(report => report.feed)).toEqual([eth]);
    expect(bid.expected.profit).toBeGreaterThan(0n);
  });

  test('a healthy group is left alone (LIQ-1)', () => {
    expect(decide({ prices: seen(2_000n, epoch) })).toMatchObject({ act: 'nothing', code: 'healthy' });
  });

  test('never bids on a healthy group, whatever the rest (LIQ-1)', () => {
    fc.assert(
      fc.property(anySnapshot, one => {
        const health = evaluateGroup(one.group, one.market, plainPrices(one.prices));
        if (health.ok && isHealthy(health.value)) expect(decideBid(one, decisionSettings).act).not.toBe('bid');
      }),
      { numRuns: 500 },
    );
  });

  test('the bidding vault ends above its initial requirement with reserve, and pays no more quote than it has', () => {
    let bids = 0;
    fc.assert(
      fc.property(anySnapshot, one => {
        const decision = decideBid(
          one,
          bidWith({ solvencyLoss: { maximum: quoteAmount(10n ** 12n), belowHealth: wad(WAD) } }),
        );
        if (decision.act !== 'bid') return;
        bids++;
        const health = evaluateGroup(one.group, one.market, plainPrices(one.prices));
        if (!health.ok) throw new Error('undecidable');
        const context = {
          group: one.group,
          bidder: one.bidder,
          market: one.market,
          health: health.value,
          takeable: decision.bid.expected.takeable,
          skipped: quoteAmount(0n),
          reserved: quoteAmount(0n),
          rate: decision.bid.expected.rate,
          skip: [],
          exposure: quoteAmount(0n),
          gasCost: quoteAmount(0n),
          slippage: wad(0n),
          at: one.head.time,
        };
        const forecast = forecastBid(context, decision.bid.fraction);
        const own = one.bidder.assets.find(asset => asset.token === usdc)?.free ?? 0n;
        expect(forecast.paid - quoteShare(context, decision.bid.fraction)).toBeLessThanOrEqual(own);
        const after = evaluateGroup(bidderAfter(context, decision.bid.fraction), one.market, plainPrices(one.prices));
        if (!after.ok) throw new Error('undecidable');
        expect(after.value.initialEquity * 100n).toBeGreaterThanOrEqual(after.value.initial * 105n);
      }),
      { numRuns: 1_000 },
    );
    expect(bids).toBeGreaterThan(50);
  });

  test('a bid is cut down to what a poor vault can carry', () => {
    const rich = bidOf(decide({ prices: seen(1_850n, epoch) }));
    const poor = bidOf(decide({ prices: seen(1_850n, epoch), bidder: bidder(500n) }));
    expect(poor.fraction).toBeLessThan(rich.fraction);
  });

  test('a bid costs no more quote than the vault has, however much other collateral it holds', () => {
    const richInKind = withWeth(bidder(100n), 1_000n * WAD);
    // No quote to set off: 1.1 WETH carries a long of 10.
    const inKind = withWeth(group(1, 0n, 10n), (WAD * 11n) / 10n);
    const bid = bidOf(decide({ group: inKind, bidder: richInKind, prices: seen(1_900n, epoch) }));
    expect(bid.expected.paid).toBeLessThanOrEqual(100n * unit);
    expect(bid.expected.paid).toBeGreaterThan(99n * unit);
  });

  test('a vault that can carry nothing waits, and shows the group unhealthy so that its discount falls', () => {
    expect(decide({ bidder: bidder(0n) })).toMatchObject({ act: 'touch' });
    const shown = group(1, 2_000n, 10n, { auction: auctionSince(2) });
    expect(decide({ group: shown, bidder: bidder(0n) })).toMatchObject({ act: 'wait', code: 'bidderFull' });
  });

  test('while a rate ramps, group and bidder are judged by what is in force at the time of the block (MRG-7)', () => {
    const [perp] = market.instruments;
    if (!perp) throw new Error('the market has a perp');
    const rated = (maintenanceFrom: bigint, maintenanceRate: bigint) => {
      const rates = { maintenanceFrom: wad(maintenanceFrom), maintenanceRate: wad(maintenanceRate) };
      return { ...market, instruments: [{ ...perp, ...rates, rampStart: seconds(epoch - 43_200) }] };
    };
    const [low, middle, high] = [WAD / 20n, (WAD * 7n) / 100n, (WAD * 9n) / 100n];
    const ramping = bidOf(decide({ market: rated(low, high) }));
    const standing = bidOf(decide({ market: rated(middle, middle) }));
    expect(ramping).toEqual(standing);
    expect(ramping).not.toEqual(bidOf(decide({ market: rated(high, high) })));
  });

  test('the inventory limit bounds a bid, and a bid that lowers inventory is not bounded by it', () => {
    const limit = new Map([[0, sizeWad(2n * WAD)]]);
    const bid = bidOf(decide({}, { inventoryLimit: limit }));
    expect((bid.fraction * 10n * WAD) / WAD).toBeLessThanOrEqual(2n * WAD);
    const short = bidder(1_000_000n, -20n);
    expect(bidOf(decide({ bidder: short }, { inventoryLimit: limit })).fraction).toBe(bidOf(decide()).fraction);
  });

  test('its own account, and an owner that is its own, are never liquidated (LIQ-7)', () => {
    const sameOwner = { ...longVault(), owner: bidder().owner };
    expect(decide({ group: sameOwner })).toMatchObject({ act: 'nothing', code: 'ownAccount' });
    const upperCase = { ...longVault(), owner: bidder().owner.toUpperCase().replace('0X', '0x') as `0x${string}` };
    expect(decide({ group: upperCase })).toMatchObject({ act: 'nothing', code: 'ownAccount' });
    expect(decide({ group: { ...longVault(), account: bidder().account } })).toMatchObject({ code: 'ownAccount' });
  });
});

describe('refusing to act on what is stale or contradictory (EFF-6)', () => {
  test('a stale head waits (F11)', () => {
    expect(decide({ head: block(100n, epoch - 11), at: block(100n, epoch - 11) })).toMatchObject({
      act: 'wait',
      code: 'staleHead',
    });
  });

  test('a read behind the own book waits (F12)', () => {
    expect(decide({ bookAt: 101n })).toMatchObject({ act: 'wait', code: 'booksDisagree' });
  });

  test('a price that would be too old at inclusion waits (F13)', () => {
    expect(decide({ prices: seen(1_900n, epoch - 17) }).act).toBe('bid');
    expect(decide({ prices: seen(1_900n, epoch - 18) })).toMatchObject({ act: 'wait', code: 'stalePrice' });
  });

  test('a missing price waits', () => {
    expect(decide({ prices: new Map() })).toMatchObject({ act: 'wait', code: 'missingPrice' });
  });

  test('whatever the group, a stale price never lets it act (F13)', () => {
    fc.assert(
      fc.property(anySnapshot, fc.integer({ min: 18, max: 10_000 }), (one, age) => {
        const price = one.prices.get(eth)?.price ?? priceWad(0n);
        const stale = { ...one, prices: seen(price / WAD, epoch - age) };
        const { act } = decideBid(stale, decisionSettings);
        const priced = one.group.positions.length + one.bidder.positions.length > 0;
        if (priced) expect(['wait', 'nothing']).toContain(act);
      }),
    );
  });

  test('a group with something unlisted is not judged', () => {
    const odd = {
      ...longVault(),
      assets: [{ ...(longVault().assets[0] as never as object), token: word(5) }],
    } as never;
    expect(decide({ group: odd })).toMatchObject({ act: 'nothing', code: 'notListed' });
  });
});

describe('amounts below one unit (F17)', () => {
  test('a fraction that rounds to nothing is no bid', () => {
    // One unit of size and no collateral: nothing that a bid could move after rounding is ever acted on.
    const dust = group(1, 0n, 0n, {
      assets: [asset(usdc, 0n)],
      positions: [position(0n)],
    });
    const decision = decide({ group: dust });
    expect(decision.act).toBe('nothing');
  });

  test('sub-unit sizes are decided by the integers, never by a rounding to zero', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
        fc.bigInt({ min: 0n, max: 3n }),
        fc.integer({ min: 1, max: 4_000 }),
        (size, free, price) => {
          const tiny = group(1, 0n, 0n, {
            assets: [asset(usdc, free)],
            positions: [position(size)],
          });
          const one = snapshot({ group: tiny, prices: seen(BigInt(price), epoch) });
          const decision = decideBid(one, bidWith({ gas: 0n }));
          const health = evaluateGroup(tiny, market, plainPrices(one.prices));
          if (!health.ok) throw new Error('undecidable');
          // Healthy by the integers ⇔ nothing for being healthy.
          expect(decision.act === 'nothing' && decision.code === 'healthy').toBe(isHealthy(health.value));
          if (decision.act === 'bid') {
            const moved = (tiny.positions[0]?.size ?? 0n) !== 0n || free > 0n;
            expect(decision.bid.fraction > 0n && moved).toBe(true);
          }
        },
      ),
    );
  });
});

describe('profit', () => {
  // Slippage of 0.3 % of 19,000 is 57: more than 2 % of V (1,000) brings, and less than 6 % do.
  const costly = { slippage: wad((WAD * 3n) / 1_000n) };

  test('an unprofitable bid waits for a better discount, no longer than it takes to fall', () => {
    const shown = group(1, 2_000n, 10n, { auction: auctionSince(0) });
    const decision = decide({ group: shown }, costly);
    expect(decision).toMatchObject({ act: 'wait', code: 'unprofitable' });
    if (decision.act !== 'wait') return;
    const later = Math.round((decision.until - epoch * 1000) / 1000);
    expect(later).toBeGreaterThan(1);
    const then = { ...shown, auction: auctionSince(later, 0) };
    expect(decide({ group: then }, costly).act).toBe('bid');
    const before = { ...shown, auction: auctionSince(later - 1, 0) };
    expect(decide({ group: before }, costly).act).toBe('wait');
  });

  test('without an auction it first shows the group unhealthy', () => {
    expect(decide({}, costly)).toMatchObject({ act: 'touch' });
  });

  test('a loss is taken for solvency, up to the maximum and only for groups far enough under water', () => {
    const allow = (maximum: bigint, belowHealth: bigint) =>
      decide({}, { ...costly, solvencyLoss: { maximum: quoteAmount(maximum * unit), belowHealth: wad(belowHealth) } });
    expect(allow(1_000n, WAD).act).toBe('bid');
    expect(allow(1n, WAD).act).not.toBe('bid');
    // E/MM is 1000/1235 here.
    expect(allow(1_000n, WAD / 2n).act).not.toBe('bid');
  });

  test('gas counts: the same bid is refused where gas costs more than it brings', () => {
    expect(decide({}, { gas: 400_000_000n }).act).not.toBe('bid');
  });

  test('a worthless group is taken for what house capital pays', () => {
    const insolvent = { prices: seen(1_700n, epoch) };
    const bid = bidOf(decide(insolvent, { gas: 0n }));
    expect(bid.fraction).toBe(WAD);
    expect(bid.expected.paid).toBe(0n);
    expect(bid.expected.received).toBe(1_000n * unit);
    expect(bid.maxResidual).toBe(bid.expected.profit);
    const poorHouse = { ...insolvent, market: { ...market, houseCapital: quoteAmount(0n) } };
    expect(decide(poorHouse, { gas: 0n }).act).not.toBe('bid');
  });

  test('a worthless group is taken for what its member, the house and the other members pay, in this order (WF-1)', () => {
    const own = group(1, 2_000n, 10n);
    const fund = (index: number, member: typeof own.member, free: bigint) => ({
      member,
      vault: vaultOf(700 + index),
      free: quoteAmount(free * unit),
    });
    const other = `0x${'ab'.repeat(32)}` as const;
    const layered = {
      ...market,
      houseCapital: quoteAmount(300n * unit),
      memberFunds: [fund(0, other, 2_000n), fund(1, own.member, 200n)],
    };
    const { expected } = bidOf(decide({ prices: seen(1_700n, epoch), group: own, market: layered }, { gas: 0n }));
    expect(expected.received).toBe(1_000n * unit);
    expect(expected.fromHouse).toBe(300n * unit);
    expect(expected.fromMembers).toEqual([
      { vault: vaultOf(701), amount: 200n * unit },
      { vault: vaultOf(700), amount: 500n * unit },
    ]);
  });

  const emptyHouse = { ...market, houseCapital: quoteAmount(0n) };

  test('a worthless group whose takeover nobody pays for waits for its loss to be owed, one round at most (WF-2)', () => {
    const worthless = { prices: seen(1_700n, epoch), market: emptyHouse };
    const first = decide(worthless, { gas: 0n });
    expect(first.act).toBe('touch');
    expect(first.reason).toContain('the loss becomes owed when the round closes');

    const shown = (insolvent: number) => ({
      ...auctionSince(20),
      solventSeconds: seconds(0),
      insolventSeconds: seconds(insolvent),
    });
    const waiting = group(1, 2_000n, 10n, { auction: shown(14) });
    expect(decide({ ...worthless, group: waiting }, { gas: 0n })).toMatchObject({
      act: 'wait',
      code: 'roundPending',
      until: (epoch + 10) * 1000,
    });
    const longEnough = group(1, 2_000n, 10n, { auction: shown(15) });
    expect(decide({ ...worthless, group: longEnough }, { gas: 0n })).toMatchObject({ code: 'unprofitable' });
  });

  test('a loss within the solvency setting is not put off to the end of the round', () => {
    const solvencyLoss = { maximum: quoteAmount(10_000n * unit), belowHealth: wad(WAD) };
    const worthless = { prices: seen(1_700n, epoch), market: emptyHouse };
    expect(bidOf(decide(worthless, { gas: 0n, solvencyLoss })).expected.residual).toBe(1_000n * unit);
  });

  test('a worthless group whose loss is owed is taken at once: the debts it brings can be struck off', () => {
    const settledLoss = group(1, 0n, 10n, {
      owed: quoteAmount(1_500n * unit),
      positions: [position(10n * WAD, 1_700n * WAD)],
    });
    const bid = bidOf(decide({ prices: seen(1_700n, epoch), market: emptyHouse, group: settledLoss }, { gas: 0n }));
    expect(bid.expected.residual).toBe(0n);
    expect(bid.expected.forgiven).toBe(1_500n * unit);
  });

  test('the limit is the worst discount that is still worth it', () => {
    const bid = bidOf(decide({}, { minimumProfit: quoteAmount(5n * unit), gas: 0n }));
    expect(bid.limit).toBeGreaterThanOrEqual(bid.expected.rate);
    const share = (bid.expected.takeable * bid.fraction) / WAD;
    const gainAtLimit = share - (share * bid.limit) / WAD;
    expect(gainAtLimit).toBeGreaterThanOrEqual(5n * unit - 2n);
    expect(gainAtLimit).toBeLessThan(5n * unit + 10n);
  });
});

describe('collaterals not wanted', () => {
  test('are left out of the value and named in the bid', () => {
    const mixed = withWeth(group(1, 1_500n, 10n), (WAD * 3n) / 10n);
    const prices = seen(1_900n, epoch);
    const all = bidOf(decide({ group: mixed, prices }, { gas: 0n }));
    const without = bidOf(decide({ group: mixed, prices }, { gas: 0n, skip: [weth] }));
    expect(all.skip).toEqual([]);
    expect(without.skip).toEqual([weth]);
    expect(without.expected.takeable).toBe(all.expected.takeable - 570n * unit);
  });

  test('a group whose value is only in what is skipped is left alone: the contract would refuse', () => {
    const inKind = withWeth(group(1, 0n, 10n), (WAD * 11n) / 10n);
    expect(decide({ group: inKind }, { skip: [weth] })).toMatchObject({ act: 'nothing', code: 'unwanted' });
  });

  test('quote cannot be skipped', () => {
    expect(bidOf(decide({}, { skip: [usdc] })).skip).toEqual([]);
  });
});

describe('patience', () => {
  const patient = { patience: milliseconds(5_000) };
  test('a second keeper leaves a failing group to others for a while from its own first sight', () => {
    expect(decide({}, patient)).toMatchObject({ act: 'wait', code: 'patience', until: epoch * 1000 + 5_000 });
    const now = milliseconds(epoch * 1000 + 5_000);
    expect(decide({ now, failingSince: milliseconds(epoch * 1000) }, patient).act).toBe('bid');
    expect(decide({ now, failingSince: undefined }, patient)).toMatchObject({ code: 'patience' });
  });
});
