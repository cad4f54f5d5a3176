import { wallGuard } from '@bulkhead/effects';
import { bidderAfterBid, evaluateGroup } from '@bulkhead/risk';
import {
  type EffectRecord,
  type GroupState,
  milliseconds,
  priceWad,
  quoteAmount,
  type Touch,
  WAD,
  wad,
  wei,
} from '@bulkhead/shared';
import { describe, expect, test } from 'vitest';
import { decideBid } from '../../src/decide/decideBid.ts';
import { decideSettlement } from '../../src/decide/decideSettlement.ts';
import { effectiveReserve } from '../../src/decide/forecast.ts';
import { createChainView } from '../../src/detection/chainView.ts';
import { venueVaultsOf } from '../../src/handlers/footprint.ts';
import { createKeeperHandlers } from '../../src/handlers/index.ts';
import { encodePayload, type Payload } from '../../src/handlers/payload.ts';
import type { Reading } from '../../src/reading.ts';
import { createWorld } from './doubles.ts';
import {
  address,
  asset,
  bidder,
  bidSettings,
  block,
  chainId,
  chainSettings,
  crossGroup,
  decisionSettings,
  epoch,
  eth,
  freshness,
  group,
  keeperSettings,
  market,
  memberVault,
  report,
  seen,
  snapshot,
  unit,
  usdc,
  vaultOf,
  venue,
  weth,
  word,
} from './fixtures.ts';

const [lead, second, third] = [memberVault(0), memberVault(1), memberVault(2)] as const;
const bidderVault = bidSettings.bidderVault;
const ours = venueVaultsOf(chainId, venue);
if (!ours) throw new Error('no venue vaults');

const readingOf = (number: bigint, ...groups: readonly GroupState[]): Reading => ({
  at: block(number, epoch),
  groups: new Map(groups.flatMap(one => one.vaults.map(vault => [vault, one] as const))),
  market,
  stored: new Map(),
});

describe('who is margined with whom', () => {
  test('vaults that were margined alone and joined others are one group, under their lead', () => {
    const view = createChainView(() => new Map());
    view.takeReading(readingOf(100n, group(1, 5n, 0n), { ...group(1, 5n, 0n), vault: second, vaults: [second] }), [
      vaultOf(1),
      second,
    ]);
    expect(view.book?.size).toBe(2);
    view.takeReading(readingOf(101n, crossGroup()), [second]);
    expect([...(view.book?.vaults() ?? [])]).toEqual([lead]);
    expect([lead, second, third].map(view.leadOf)).toEqual([lead, lead, lead]);
    expect(view.takenAt(third)).toBe(101n);
  });

  test('a vault that left others is looked at anew', () => {
    const view = createChainView(() => new Map());
    view.takeReading(readingOf(100n, crossGroup()), [lead]);
    expect(view.takeLeavers()).toEqual([]);
    const smaller = crossGroup({ vaults: [lead, second] });
    view.takeReading(readingOf(101n, smaller), [lead]);
    expect(view.takeLeavers()).toEqual([third]);
    expect(view.leadOf(third)).toBe(third);
  });

  test('another order gives another lead, and the old one is no group of its own', () => {
    const view = createChainView(() => new Map());
    view.takeReading(readingOf(100n, crossGroup()), [lead]);
    const reordered = crossGroup({ vault: second, vaults: [second, lead, third], bucket: 1 });
    view.takeReading(readingOf(101n, reordered), [lead, second]);
    expect([...(view.book?.vaults() ?? [])]).toEqual([second]);
    expect(view.leadOf(lead)).toBe(second);
  });

  test('is kept while one of its vaults exists', () => {
    const view = createChainView(() => new Map());
    view.takeReading(readingOf(100n, crossGroup()), [lead]);
    view.keepOnly(new Set([third]));
    expect(view.book?.size).toBe(1);
    view.keepOnly(new Set());
    expect(view.book?.size).toBe(0);
  });
});

describe('deciding about a group of several vaults', () => {
  const failing = { group: crossGroup(), bidder: bidder(), prices: seen(1_820n, epoch) };

  test('the sums over its vaults decide: quote of siblings keeps it healthy, and then no more', () => {
    expect(decideBid(snapshot({ ...failing, prices: seen(1_900n, epoch) }), decisionSettings)).toMatchObject({
      act: 'nothing',
      code: 'healthy',
    });
    expect(decideBid(snapshot(failing), decisionSettings)).toMatchObject({ act: 'bid' });
  });

  test('R lies in the lead vault: quote of siblings does not make it whole', () => {
    const auction = {
      startedAt: 0,
      shownAt: 0,
      solventSeconds: 0,
      insolventSeconds: 0,
      reserved: 700n * unit,
    } as never;
    expect(effectiveReserve(crossGroup({ auction }), market)).toBe(500n * unit);
  });

  test('a vault of the keeper’s own that is margined with others does not bid', () => {
    const grouped = { ...bidder(), mode: 'cross', vaults: [bidderVault, vaultOf(901)] } as const;
    expect(decideBid(snapshot({ ...failing, bidder: grouped }), decisionSettings)).toMatchObject({
      act: 'nothing',
      code: 'bidderGrouped',
    });
  });

  test('what is taken of all its vaults lands in the acting vault, worth the fraction of the whole', () => {
    const all = {
      fraction: wad(WAD),
      paid: quoteAmount(0n),
      received: quoteAmount(0n),
      skip: [],
      quoteToken: usdc,
      quoteDecimals: 6,
    };
    const after = bidderAfterBid(bidder(0n), crossGroup(), all);
    const prices = new Map([[eth, priceWad(1_820n * WAD)]]);
    const worth = (state: typeof after) => {
      const health = evaluateGroup(state, market, prices);
      if (!health.ok) throw new Error(health.error.kind);
      return health.value;
    };
    expect(worth(after)).toEqual(worth(crossGroup()));
    expect(new Set([...after.assets, ...after.positions].map(entry => entry.vault))).toEqual(new Set([bidderVault]));
  });
});

describe('settling vaults of a group', () => {
  const [perp] = market.instruments;
  if (!perp) throw new Error('no instrument');
  const view = {
    now: milliseconds(epoch * 1000),
    headTime: perp.roundStart,
    market: { ...market, instruments: [{ ...perp, round: 2 }] },
    prices: seen(1_900n, epoch),
  };

  test('names the vaults that hold, and none of their siblings', () => {
    const unsettled = [{ vault: lead, instrument: 0 }];
    const behind = crossGroup({
      unsettled,
      owed: quoteAmount(5n),
      claims: [{ vault: lead, owed: quoteAmount(5n), due: quoteAmount(0n) }],
    });
    const duties = decideSettlement({ ...view, groups: [behind] }, { batch: 10, patience: milliseconds(0) }, freshness);
    expect(duties).toMatchObject([{ kind: 'settle', of: 'losers', vaults: [lead] }]);
  });

  test('a sibling’s debt makes no loser of a vault that gains', () => {
    const unsettled = [{ vault: second, instrument: 0 }];
    const claims = [
      { vault: lead, owed: quoteAmount(5n), due: quoteAmount(0n) },
      { vault: second, owed: quoteAmount(0n), due: quoteAmount(3n) },
    ];
    const behind = crossGroup({ unsettled, owed: quoteAmount(5n), due: quoteAmount(3n), claims, positions: [] });
    const duties = decideSettlement({ ...view, groups: [behind] }, { batch: 10, patience: milliseconds(0) }, freshness);
    expect(duties).toMatchObject([{ kind: 'settle', of: 'gainers', vaults: [second] }]);
  });
});

const record = (payload: Payload): EffectRecord => ({
  id: word(77),
  chain: chainId,
  urgency: 'liquidation',
  handler: payload.kind,
  subject: '',
  payload: encodePayload(payload),
  notBefore: milliseconds(0),
  deadline: milliseconds(epoch * 1000 + 80_000),
  budget: wei(10n ** 17n),
  trace: '',
  phase: 'claimed',
  end: undefined,
  claim: 1,
  attempts: [],
  slot: undefined,
  includedIn: undefined,
  committed: wei(0n),
  cancelRequested: false,
  plannedAt: milliseconds(epoch * 1000),
  updatedAt: milliseconds(epoch * 1000),
  dueAt: milliseconds(epoch * 1000),
  note: '',
});

const settings = keeperSettings({
  chains: [chainSettings({ settlement: { batch: 10, patience: milliseconds(0) } })],
});
const sent = async (state: ReturnType<typeof crossGroup>, effect: EffectRecord, price = 1_820n) => {
  const world = createWorld([state, bidder(), group(40, 5n, 0n)], settings);
  world.oracle.whisper(report(price, epoch));
  const handlers = createKeeperHandlers({ ...world.dependencies, settings });
  const prepared = await handlers[effect.handler as 'bid'].prepare(effect, address(0x515));
  if (prepared.kind !== 'send') throw new Error(`not sent: ${prepared.kind} ${prepared.reason}`);
  return prepared;
};
const change = (vault: Touch['vault'], aspect: Touch['aspect'], item: string, by: bigint): Touch => ({
  vault,
  aspect,
  item,
  before: 10n ** 30n,
  after: 10n ** 30n + by,
});

describe('the footprint of a bid on a group (wall guard, SEG-2)', () => {
  const bid = record({ kind: 'bid', vault: lead, bidderVault, lastTrade: word(7) });

  test('each of its vaults gives at most its own share', async () => {
    const { footprint, call } = await sent(crossGroup(), bid);
    if (call.kind !== 'bid') throw new Error('no bid');
    const share = (amount: bigint) => (amount * call.fraction) / WAD;
    const slack = (amount: bigint) => amount + amount / 20n + 1_010n;
    expect(
      wallGuard(footprint, [
        change(second, 'free', usdc, -share(1_000n * unit)),
        change(second, 'escrow', usdc, -share(1_000n * unit)),
        change(third, 'free', weth, -share(WAD / 2n)),
        change(bidderVault, 'free', weth, share(WAD / 2n)),
        change(lead, 'position', '0', -1n),
        change(lead, 'requirement', '', 1n),
        change(second, 'intraDebt', lead, 1n),
      ]),
    ).toEqual([]);
    const outside = [
      change(second, 'free', usdc, -slack(share(1_000n * unit))),
      change(third, 'free', usdc, -slack(share(500n * unit))),
      change(second, 'free', weth, -1n),
      change(lead, 'free', weth, -1n),
      change(third, 'free', weth, -share(WAD / 2n) - 2n),
      change(bidderVault, 'free', weth, share(WAD / 2n) + 2n),
      change(second, 'free', usdc, 1_001n),
      change(vaultOf(40), 'free', usdc, -1n),
      change(vaultOf(40), 'requirement', '', 1n),
      change(memberVault(3), 'position', '0', 1n),
    ];
    for (const one of outside)
      expect(wallGuard(footprint, [one]), JSON.stringify([one.vault, one.item])).not.toEqual([]);
  });
});

describe('the footprint of a settlement in a group (wall guard, SEG-2)', () => {
  const settle = record({ kind: 'settle', instrument: 0, round: 1, vaults: [lead] });
  const owing = crossGroup({
    assets: [asset(usdc, 0n, lead), asset(usdc, 1_000n * unit, second), asset(weth, WAD, third)],
    owed: quoteAmount(100n * unit),
    claims: [{ vault: lead, owed: quoteAmount(100n * unit), due: quoteAmount(0n) }],
    intraDebts: [{ debtor: lead, payer: second, outstanding: quoteAmount(20n * unit) }],
  });

  test('siblings may be drawn on for what the vault owes, and repaid what it owes them: in quote, and no further', async () => {
    const { footprint, call } = await sent(owing, settle);
    expect(call).toMatchObject({ kind: 'settle', vaults: [lead] });
    const slack = (amount: bigint) => amount + amount / 20n + 1_010n;
    expect(
      wallGuard(footprint, [
        change(second, 'free', usdc, -100n * unit),
        change(ours.settlement(0), 'escrow', usdc, 100n * unit),
        change(lead, 'intraDebt', second, 100n * unit),
        change(lead, 'owed', '0', -100n * unit),
      ]),
    ).toEqual([]);
    expect(wallGuard(footprint, [change(second, 'free', usdc, 20n * unit)])).toEqual([]);
    const outside = [
      change(second, 'free', usdc, -slack(100n * unit)),
      change(second, 'free', usdc, slack(20n * unit)),
      change(third, 'free', usdc, 1_001n),
      change(third, 'free', weth, -1n),
      change(third, 'intraDebt', second, 1n),
      change(second, 'position', '0', 1n),
      change(vaultOf(40), 'free', usdc, -1n),
    ];
    for (const one of outside)
      expect(wallGuard(footprint, [one]), JSON.stringify([one.vault, one.item])).not.toEqual([]);
  });
});

describe('a keeper that watches a group', () => {
  const tick = async (world: ReturnType<typeof createWorld>, price: bigint) => {
    world.oracle.say(report(price, epoch));
    await world.clock.settle();
    await world.clock.settle();
  };

  test('news of any of its vaults has the lead bid on, once', async () => {
    const { createKeeper } = await import('../../src/createKeeper.ts');
    const world = createWorld([crossGroup(), bidder()], settings);
    world.oracle.whisper(report(2_000n, epoch));
    const stop = new AbortController();
    const running = createKeeper(world.dependencies).start(stop.signal);
    await world.clock.settle();
    await world.clock.advance(1_000);
    await tick(world, 1_820n);
    world.chain.mine({ kind: 'vaultsChanged', vaults: [third, second], cause: 'settlement' });
    await world.clock.settle();
    await world.clock.advance(2_000);
    const bids = world.ledger.plans.filter(plan => plan.handler === 'bid').map(plan => JSON.parse(plan.payload).vault);
    expect(bids).toEqual([lead]);
    stop.abort();
    await world.clock.advance(10_000);
    await running;
  });
});
