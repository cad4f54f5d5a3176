import { wallGuard } from '@bulkhead/effects';
import {
  type BidFilled,
  type EffectRecord,
  milliseconds,
  priceWad,
  quoteAmount,
  seconds,
  type Touch,
  vaultIdOf,
  WAD,
  wad,
  wei,
} from '@bulkhead/shared';
import { describe, expect, test } from 'vitest';
import { bidId } from '../../src/effectIds.ts';
import { createCommitments } from '../../src/handlers/commitments.ts';
import { venueVaultsOf } from '../../src/handlers/footprint.ts';
import { createKeeperHandlers } from '../../src/handlers/index.ts';
import { encodePayload, type Payload } from '../../src/handlers/payload.ts';
import { createWorld } from './doubles.ts';
import {
  address,
  bidder,
  bidSettings,
  block,
  chainId,
  chainSettings,
  epoch,
  group,
  keeperSettings,
  longVault,
  report,
  usdc,
  vaultOf,
  venue,
  weth,
  withWeth,
  word,
} from './fixtures.ts';

const lastTrade = word(7);
const bidderVault = bidSettings.bidderVault;
const signer = address(0x515);

const record = (
  payload: Payload,
  id = bidId({ chain: chainId, vault: vaultOf(1), lastTrade, bidderVault }, 0),
): EffectRecord => ({
  id,
  chain: chainId,
  urgency: 'liquidation',
  handler: payload.kind,
  subject: '',
  payload: encodePayload(payload),
  notBefore: milliseconds(0),
  deadline: milliseconds(epoch * 1000 + 80_000),
  budget: wei(10n ** 17n),
  trace: id,
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

const bidOn = (number: number) => record({ kind: 'bid', vault: vaultOf(number), bidderVault, lastTrade }, word(number));
const effect = record({ kind: 'bid', vault: vaultOf(1), bidderVault, lastTrade });

const setUp = (groups = [longVault(), bidder()], settings = keeperSettings()) => {
  const world = createWorld(groups, settings);
  const handlers = createKeeperHandlers({ ...world.dependencies, settings });
  world.oracle.whisper(report(1_900n, epoch));
  return { world, handlers };
};

describe('preparing a bid', () => {
  test('sizes it anew at the newest block and names the situation that it is for', async () => {
    const { handlers } = setUp();
    const prepared = await handlers.bid.prepare(effect, signer);
    expect(prepared).toMatchObject({
      kind: 'send',
      call: { kind: 'bid', vault: vaultOf(1), bidderVault, lastTrade, effectKey: effect.id, deadline: epoch + 20 },
      at: { number: 100n },
    });
  });

  test('a stale price means later, not a bid (F13)', async () => {
    const { world, handlers } = setUp();
    world.oracle.whisper(report(1_900n, epoch - 30));
    expect(await handlers.bid.prepare(effect, signer)).toMatchObject({ kind: 'later' });
  });

  test('a head that stands still means later (F11)', async () => {
    const { world, handlers } = setUp();
    world.chain.state.head = block(100n, epoch - 60);
    expect(await handlers.bid.prepare(effect, signer)).toMatchObject({ kind: 'later' });
  });

  test('an unreachable chain means later', async () => {
    const { world, handlers } = setUp();
    world.chain.state.unreachable = true;
    expect(await handlers.bid.prepare(effect, signer)).toMatchObject({ kind: 'later' });
  });

  test('a group that recovered is obsolete', async () => {
    const { world, handlers } = setUp();
    world.oracle.whisper(report(2_100n, epoch));
    expect(await handlers.bid.prepare(effect, signer)).toMatchObject({ kind: 'obsolete' });
  });

  test('a group that somebody else changed is done by other, at once (F15)', async () => {
    const { world, handlers } = setUp();
    world.chain.put({ ...longVault(), lastTrade: word(8) });
    expect(await handlers.bid.prepare(effect, signer)).toMatchObject({ kind: 'superseded', by: 'other' });
  });

  test('a consumed key means that it was ours (EFF-1)', async () => {
    const { world, handlers } = setUp();
    world.chain.put({ ...longVault(), lastTrade: word(8) });
    world.chain.state.done.add(effect.id);
    expect(await handlers.bid.prepare(effect, signer)).toMatchObject({ kind: 'superseded', by: 'us' });
  });

  test('a payload of another version is never guessed at', async () => {
    const { handlers } = setUp();
    for (const payload of ['', '{}', 'null', '{"version":2,"kind":"bid"}']) {
      expect(await handlers.bid.prepare({ ...effect, payload }, signer)).toMatchObject({ kind: 'obsolete' });
    }
  });

  test('the same margin is not promised to two bids', async () => {
    // Enough for one bid of this size, not for two.
    const { world, handlers } = setUp([longVault(1), longVault(2), bidder(1_300n)]);
    world.oracle.whisper(report(1_850n, epoch));
    const first = await handlers.bid.prepare(bidOn(1), signer);
    const second = await handlers.bid.prepare(bidOn(2), signer);
    const alone = await setUpAlone();
    const fractionOf = (prepared: typeof first) =>
      prepared.kind === 'send' && prepared.call.kind === 'bid' ? prepared.call.fraction : 0n;
    expect(fractionOf(first)).toBe(alone);
    expect(fractionOf(second)).toBeLessThan(alone);
    // Once the first is on chain the vault's state speaks for itself.
    world.chain.state.done.add(word(1));
    expect(fractionOf(await handlers.bid.prepare(bidOn(2), signer))).toBe(alone);
  });

  test('nor to two that are prepared at the same time', async () => {
    const { world, handlers } = setUp([longVault(1), longVault(2), bidder(1_300n)]);
    world.oracle.whisper(report(1_850n, epoch));
    const both = await Promise.all([handlers.bid.prepare(bidOn(1), signer), handlers.bid.prepare(bidOn(2), signer)]);
    const [first = 0n, second = 0n] = both.map(prepared =>
      prepared.kind === 'send' && prepared.call.kind === 'bid' ? prepared.call.fraction : 0n,
    );
    expect(first).toBe(await setUpAlone());
    expect(second).toBeLessThan(first);
  });

  test('the same house capital is not promised to two bids: the second waits for its loss to be owed', async () => {
    const gasless = keeperSettings({ chains: [chainSettings({ bid: { ...bidSettings, gas: 0n } })] });
    const { world, handlers } = setUp([longVault(1), longVault(2), bidder()], gasless);
    world.chain.state.market = { ...world.chain.state.market, houseCapital: quoteAmount(1_200_000_000n) };
    world.oracle.whisper(report(1_700n, epoch));
    const first = await handlers.bid.prepare(bidOn(1), signer);
    expect(first).toMatchObject({ kind: 'send' });
    expect(await handlers.bid.prepare(bidOn(2), signer)).toMatchObject({
      kind: 'later',
      reason: expect.stringContaining('the loss becomes owed when the round closes'),
    });
  });

  test('a promise on one chain takes nothing from the vault of the same id on another', async () => {
    const { world } = setUp([longVault(1), bidder(1_300n)]);
    const { clock } = world.dependencies;
    const commitments = createCommitments(clock);
    const promise = {
      bidderVault,
      group: longVault(1),
      bid: {
        fraction: wad(WAD),
        paid: quoteAmount(500n),
        received: quoteAmount(0n),
        skip: [],
        quoteToken: usdc,
        quoteDecimals: 6,
      },
      fromHouse: quoteAmount(7n),
      fromMembers: [{ vault: vaultOf(5), amount: quoteAmount(3n) }],
      until: milliseconds(clock.now() + 1_000),
    };
    const { chain } = world;
    commitments.add(word(1), { ...promise, chain: 'eip155:1' });
    const untouched = { bidder: bidder(1_300n), promisedHouse: 0n, promisedMembers: new Map() };
    expect(await commitments.applied(bidder(1_300n), word(9), chain.chain, block(100n, epoch))).toEqual(untouched);
    commitments.add(word(2), { ...promise, chain: chainId });
    const after = await commitments.applied(bidder(1_300n), word(9), chain.chain, block(100n, epoch));
    expect(after.promisedHouse).toBe(7n);
    expect([...after.promisedMembers]).toEqual([[vaultOf(5), 3n]]);
    expect(after.bidder).not.toEqual(bidder(1_300n));
  });

  const setUpAlone = async () => {
    const { world, handlers } = setUp([longVault(1), bidder(1_300n)]);
    world.oracle.whisper(report(1_850n, epoch));
    const prepared = await handlers.bid.prepare(bidOn(1), signer);
    return prepared.kind === 'send' && prepared.call.kind === 'bid' ? prepared.call.fraction : 0n;
  };
});

describe('verifying a bid (F10)', () => {
  const filled = (changes: Partial<BidFilled> = {}): BidFilled => ({
    kind: 'bidFilled',
    vault: vaultOf(1),
    bidderVault,
    effectKey: effect.id,
    fraction: wad(WAD / 2n),
    rate: wad(WAD),
    paid: quoteAmount(1n),
    received: quoteAmount(0n),
    forgiven: quoteAmount(0n),
    residual: quoteAmount(0n),
    equityBefore: quoteAmount(1n),
    equityAfter: quoteAmount(1n),
    ...changes,
  });
  const at = block(101n, epoch + 1);

  test('a fill with our key, and a group that changed, are done', async () => {
    const { world, handlers } = setUp();
    world.chain.put({ ...longVault(), lastTrade: word(8) });
    expect(await handlers.bid.verify(effect, { block: at, events: [filled()] })).toEqual({ kind: 'done' });
  });

  test('included without the fill is not done, whatever the status bit says', async () => {
    const { world, handlers } = setUp();
    // Somebody else's bid changed the group in the same block.
    world.chain.put({ ...longVault(), lastTrade: word(8) });
    const others = [filled({ effectKey: word(3) }), filled({ vault: vaultOf(2) }), filled({ bidderVault: vaultOf(3) })];
    expect(await handlers.bid.verify(effect, { block: at, events: [] })).toMatchObject({ kind: 'again' });
    expect(await handlers.bid.verify(effect, { block: at, events: others })).toMatchObject({ kind: 'again' });
  });

  test('a fill is not believed when the group is unchanged', async () => {
    const { handlers } = setUp();
    expect(await handlers.bid.verify(effect, { block: at, events: [filled()] })).toMatchObject({ kind: 'again' });
  });
});

describe('the footprint of a bid (wall guard)', () => {
  const touch = (vault: Touch['vault'], aspect: Touch['aspect'], item: string, change: bigint): Touch => ({
    vault,
    aspect,
    item,
    before: 10n ** 15n,
    after: 10n ** 15n + change,
  });
  const ours = venueVaultsOf(chainId, venue);
  if (!ours) throw new Error('no venue vaults');

  const footprint = async () => {
    const { world, handlers } = setUp([withWeth(longVault(), WAD), bidder()]);
    world.oracle.whisper(report(1_700n, epoch));
    const prepared = await handlers.bid.prepare(effect, signer);
    if (prepared.kind !== 'send' || prepared.call.kind !== 'bid')
      throw new Error(`not sent: ${JSON.stringify(prepared, (_k, v) => (typeof v === 'bigint' ? String(v) : v))}`);
    return { entries: prepared.footprint, call: prepared.call };
  };

  test('lets through what a bid does', async () => {
    const { entries, call } = await footprint();
    const taken = (WAD * call.fraction) / WAD;
    const touches = [
      touch(vaultOf(1), 'free', weth, -taken),
      touch(bidderVault, 'escrow', weth, taken),
      touch(vaultOf(1), 'position', '0', -1n),
      touch(bidderVault, 'position', '0', 1n),
      touch(ours.settlement(0), 'escrow', usdc, -100n),
      touch(vaultOf(1), 'auction', '', 1n),
    ];
    expect(wallGuard(entries, touches)).toEqual([]);
  });

  test('refuses another vault, more collateral than the fraction, and house capital that rises', async () => {
    const { entries, call } = await footprint();
    const taken = (WAD * call.fraction) / WAD;
    const outside = [
      touch(vaultOf(2), 'free', usdc, -1n),
      touch(vaultOf(1), 'free', weth, -taken - 2n),
      touch(bidderVault, 'escrow', weth, -1n),
      touch(ours.house, 'escrow', usdc, 1n),
      touch(vaultIdOf(bidder().account, 5), 'position', '0', 1n),
      touch(vaultOf(1), 'rights', '', 1n),
    ];
    for (const one of outside)
      expect(wallGuard(entries, [one]), JSON.stringify([one.aspect, one.item])).not.toEqual([]);
  });
});

describe('settling and closing', () => {
  const settling = keeperSettings({
    chains: [chainSettings({ settlement: { batch: 10, patience: milliseconds(0) } })],
  });

  test('a round that somebody closed is done by other', async () => {
    const { world, handlers } = setUp(undefined, settling);
    const close = (round: number) => record({ kind: 'closeRound', instrument: 0, round });
    expect(await handlers.closeRound.prepare(close(0), signer)).toMatchObject({ kind: 'superseded', by: 'other' });
    expect(await handlers.closeRound.prepare(close(1), signer)).toMatchObject({ kind: 'later' });
    world.chain.state.head = block(101n, epoch + 10);
    await world.clock.advance(10_000);
    world.oracle.whisper(report(1_900n, epoch + 10));
    expect(await handlers.closeRound.prepare(close(1), signer)).toMatchObject({ kind: 'send', footprint: [] });
  });

  test('closing is done when the event of that very round is there (F10)', async () => {
    const { handlers } = setUp(undefined, settling);
    const close = record({ kind: 'closeRound', instrument: 0, round: 3 });
    const event = { kind: 'roundClosed', instrument: 0, round: 3 } as const;
    const at = block(101n, epoch);
    expect(await handlers.closeRound.verify(close, { block: at, events: [event] })).toEqual({ kind: 'done' });
    expect(await handlers.closeRound.verify(close, { block: at, events: [{ ...event, round: 2 }] })).toMatchObject({
      kind: 'again',
    });
  });

  test('settling touches the vaults named and their instrument’s settlement escrow only', async () => {
    const { handlers } = setUp(undefined, settling);
    const settle = record({ kind: 'settle', instrument: 0, round: 1, vaults: [vaultOf(1)] });
    const prepared = await handlers.settle.prepare(settle, signer);
    if (prepared.kind !== 'send') throw new Error('not sent');
    const vaults = new Set(prepared.footprint.map(entry => entry.vault));
    expect(vaults).toEqual(new Set([vaultOf(1), venueVaultsOf(chainId, venue)?.settlement(0)]));
  });
});

describe('shedding', () => {
  const shedding = (above = 0n) =>
    keeperSettings({
      chains: [
        chainSettings({
          shedding: { counterparty: vaultOf(50), above: new Map([[0, above as never]]), interval: milliseconds(1_000) },
        }),
      ],
    });
  const shed = record({ kind: 'shed', instrument: 0, bidderVault, counterparty: vaultOf(50) }, word(77));

  test('sells a long and buys back a short, at the mark, under its own id', async () => {
    for (const size of [10n, -10n]) {
      const { handlers } = setUp([bidder(1_000_000n, size), group(50, 1_000_000n, 0n)], shedding());
      const prepared = await handlers.shed.prepare(shed, signer);
      const [buyer, seller] = size > 0n ? [vaultOf(50), bidderVault] : [bidderVault, vaultOf(50)];
      expect(prepared).toMatchObject({
        kind: 'send',
        call: { kind: 'novate', buyer, seller, size: 10n * WAD, price: priceWad(1_900n * WAD), tradeId: word(77) },
      });
    }
  });

  test('no more than the counterparty can carry, and nothing when it can carry nothing', async () => {
    const { handlers } = setUp([bidder(1_000_000n, 10n), group(50, 950n, 0n)], shedding());
    const prepared = await handlers.shed.prepare(shed, signer);
    if (prepared.kind !== 'send' || prepared.call.kind !== 'novate') throw new Error('not sent');
    expect(prepared.call.size).toBeLessThanOrEqual(5n * WAD);
    expect(prepared.call.size).toBeGreaterThan(49n * (WAD / 10n));
    const poor = setUp([bidder(1_000_000n, 10n), group(50, 0n, 0n)], shedding());
    expect(await poor.handlers.shed.prepare(shed, signer)).toMatchObject({ kind: 'later' });
  });

  test('what is within the limit stays', async () => {
    const { handlers } = setUp([bidder(1_000_000n, 10n), group(50, 1_000_000n, 0n)], shedding(10n * WAD));
    expect(await handlers.shed.prepare(shed, signer)).toMatchObject({ kind: 'obsolete' });
  });
});

describe('touching', () => {
  const touch = (shownAt: number) => record({ kind: 'touch', vault: vaultOf(1), shownAt: seconds(shownAt) });

  test('shows a failing group: settles it for what is decided, writes its auction, and touches no other vault', async () => {
    const { handlers } = setUp();
    const prepared = await handlers.touch.prepare(touch(0), signer);
    if (prepared.kind !== 'send') throw new Error(`expected to send, got ${prepared.kind}`);
    const own = new Set([vaultOf(1), venueVaultsOf(chainId, venue)?.settlement(0)]);
    expect(prepared.footprint.every(entry => own.has(entry.vault))).toBe(true);
    expect(prepared.footprint[0]).toMatchObject({ aspects: expect.arrayContaining(['auction', 'owed', 'position']) });
    expect(await handlers.touch.prepare(touch(5), signer)).toMatchObject({ kind: 'superseded', by: 'other' });
  });

  test('a healthy group without auction needs none', async () => {
    const { world, handlers } = setUp();
    world.oracle.whisper(report(2_100n, epoch));
    expect(await handlers.touch.prepare(touch(0), signer)).toMatchObject({ kind: 'obsolete' });
  });
});
