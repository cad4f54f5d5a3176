import { type GroupState, milliseconds, quoteAmount, seconds } from '@bulkhead/shared';
import { afterEach, describe, expect, test } from 'vitest';
import { createKeeper, type Keeper } from '../../src/createKeeper.ts';
import { bidId } from '../../src/effectIds.ts';
import type { KeeperSettings } from '../../src/settings.ts';
import { createWorld, type World } from './doubles.ts';
import {
  accountOf,
  bidder,
  bidSettings,
  chainId,
  chainSettings,
  epoch,
  group,
  keeperSettings,
  longVault,
  report,
  unit,
  vaultOf,
  withWeth,
  word,
} from './fixtures.ts';

const never = milliseconds(10 ** 9);
/** All paths off but the one under test: nothing is due by the clock. */
const slow = (changes: Partial<KeeperSettings> = {}): KeeperSettings =>
  keeperSettings({
    tiers: [{ name: 'all', upTo: Number.POSITIVE_INFINITY, every: never }],
    resyncEvery: never,
    ...changes,
  });

const running: { stop: AbortController; done: Promise<void> }[] = [];

const startKeeper = async (world: World): Promise<Keeper> => {
  const keeper = createKeeper(world.dependencies);
  const stop = new AbortController();
  running.push({ stop, done: keeper.start(stop.signal) });
  await world.clock.advance(0);
  return keeper;
};

afterEach(async () => {
  for (const { stop, done } of running.splice(0)) {
    stop.abort();
    await done;
  }
});

const safePrice = (world: World) => world.oracle.whisper(report(2_000n, epoch));
/** The same vault after its owner took most of its quote out: fails at 2000 too (E 300 < MM 1300). */
const drained = () => group(1, 300n, 10n, { lastTrade: word(7) });
const bidsIn = (world: World) => world.ledger.plans.filter(plan => plan.handler === 'bid');
const situation = {
  chain: chainId,
  vault: vaultOf(1),
  lastTrade: word(7),
  bidderVault: bidSettings.bidderVault,
} as const;

describe('each detection path alone finds a failing vault', () => {
  test('live: an event says that a vault changed', async () => {
    const world = createWorld([longVault(), bidder()], slow());
    safePrice(world);
    await startKeeper(world);
    expect(bidsIn(world)).toEqual([]);
    world.chain.put(drained());
    world.chain.mine({ kind: 'vaultsChanged', vaults: [vaultOf(1)], cause: 'withdrawal' });
    await world.clock.settle();
    expect(bidsIn(world).map(plan => plan.id)).toEqual([bidId(situation, 0)]);
  });

  test('live: with a posted price a venue may report otherwise than before, without any event of the vault', async () => {
    const reported = (value: bigint): GroupState => ({
      ...withWeth(group(1, 3_000n, 0n), 1n),
      reported: {
        value: quoteAmount(value * unit),
        notInitial: quoteAmount(0n),
        initial: quoteAmount(2_000n * unit),
        maintenance: quoteAmount(1_000n * unit),
        gross: quoteAmount(10_000n * unit),
      },
    });
    const world = createWorld([reported(0n), bidder()], slow());
    safePrice(world);
    await startKeeper(world);
    world.chain.put(reported(-2_500n));
    await world.clock.settle();
    expect(bidsIn(world)).toEqual([]);
    const { feed, price, confidence } = report(2_000n, epoch);
    const stored = { feed, price, confidence, stable: price, time: seconds(epoch), held: undefined };
    world.chain.mine({ kind: 'pricePosted', feed, price: stored });
    await world.clock.settle();
    expect(bidsIn(world).map(plan => plan.id)).toEqual([bidId(situation, 0)]);
  });

  test('price: a report moves the groups that depend on it', async () => {
    const world = createWorld([longVault(), bidder()], slow());
    world.chain.state.deaf = true;
    safePrice(world);
    await startKeeper(world);
    const { reads } = world.chain.state;
    world.oracle.say(report(1_900n, epoch + 1));
    await world.clock.settle();
    // Decided in memory: what is planned is read again before it is signed.
    expect(world.chain.state.reads).toBe(reads);
    expect(bidsIn(world)).toHaveLength(1);
    expect(JSON.parse(bidsIn(world)[0]?.payload ?? '')).toMatchObject({ vault: vaultOf(1), reportTime: epoch + 1 });
  });

  test('resync: a full read finds what nobody said (F22)', async () => {
    const world = createWorld([longVault(), bidder()], slow({ resyncEvery: milliseconds(5_000) }));
    world.chain.state.deaf = true;
    safePrice(world);
    await startKeeper(world);
    world.chain.put(drained());
    await world.clock.advance(4_000);
    expect(bidsIn(world)).toEqual([]);
    world.chain.mine();
    world.oracle.whisper(report(2_000n, epoch + 4));
    await world.clock.advance(2_000);
    expect(bidsIn(world)).toHaveLength(1);
  });

  test('schedule: a vault close to its threshold is read again, with a queue that forgets everything (F4)', async () => {
    const near = [
      { name: 'near', upTo: 0.05, every: milliseconds(2_000) },
      { name: 'far', upTo: Number.POSITIVE_INFINITY, every: never },
    ];
    const world = createWorld([longVault(), bidder()], slow({ tiers: near }));
    world.chain.state.deaf = true;
    safePrice(world);
    await startKeeper(world);
    world.chain.put(drained());
    world.chain.mine();
    world.oracle.whisper(report(2_000n, epoch + 4));
    await world.clock.advance(6_000);
    expect(bidsIn(world)).toHaveLength(1);
  });
});

describe('the paths reconcile', () => {
  test('three paths that see the same failure plan one effect (EFF-1)', async () => {
    const world = createWorld([longVault(), bidder()], keeperSettings({ resyncEvery: milliseconds(1_000) }));
    safePrice(world);
    await startKeeper(world);
    world.oracle.say(report(1_900n, epoch + 1));
    for (let second = 2; second < 10; second++) {
      world.chain.mine({ kind: 'vaultsChanged', vaults: [vaultOf(1)], cause: 'auction' });
      await world.clock.advance(1_000);
      world.oracle.say(report(1_900n - BigInt(second), epoch + second));
    }
    expect(bidsIn(world)).toHaveLength(1);
  });

  test('a restart plans the same effect again, and the ledger knows it (EFF-1)', async () => {
    const world = createWorld([longVault(), bidder()], slow());
    world.oracle.whisper(report(1_900n, epoch));
    await startKeeper(world);
    const first = running.splice(0);
    for (const { stop, done } of first) {
      stop.abort();
      await done;
    }
    await startKeeper(world);
    expect(bidsIn(world)).toHaveLength(1);
  });

  test('a read that failed starts no cool-down: the next look acts (F16)', async () => {
    const world = createWorld([longVault(), bidder()], slow());
    safePrice(world);
    await startKeeper(world);
    world.chain.put(drained());
    const said = { kind: 'vaultsChanged', vaults: [vaultOf(1)], cause: 'withdrawal' } as const;
    world.chain.state.unreachable = true;
    world.chain.mine(said);
    await world.clock.settle();
    expect(bidsIn(world)).toEqual([]);
    world.chain.state.unreachable = false;
    world.chain.mine(said);
    await world.clock.settle();
    expect(bidsIn(world)).toHaveLength(1);
  });

  test('an empty first read starts no long wait: the book is built as soon as the chain answers (F16)', async () => {
    const world = createWorld([longVault(), bidder()], slow());
    world.chain.state.unreachable = true;
    world.oracle.whisper(report(1_900n, epoch));
    const keeper = await startKeeper(world);
    expect(keeper.status().chains[0]?.ready).toBe(false);
    world.chain.state.unreachable = false;
    await world.clock.advance(1_100);
    expect(keeper.status().chains[0]?.ready).toBe(true);
    expect(bidsIn(world)).toHaveLength(1);
  });

  test('a full read that failed is repeated soon, not a whole period later (F16)', async () => {
    const world = createWorld([longVault(), bidder()], slow({ resyncEvery: milliseconds(60_000) }));
    world.chain.state.deaf = true;
    safePrice(world);
    await startKeeper(world);
    world.chain.put(drained());
    world.chain.state.unreachable = true;
    await world.clock.advance(61_000);
    world.chain.state.unreachable = false;
    world.chain.mine();
    world.oracle.whisper(report(2_000n, epoch + 61));
    await world.clock.advance(2_000);
    expect(bidsIn(world)).toHaveLength(1);
  });

  test('a store that fails for one vault keeps no other waiting, and starts no cool-down (F16)', async () => {
    const world = createWorld([longVault(1), longVault(2), bidder()], slow());
    world.oracle.whisper(report(1_900n, epoch));
    let broken = true;
    const plan: typeof world.ledger.effects.plan = async wish => {
      if (broken && wish.payload.includes(vaultOf(1))) throw new Error('test double: the store is unreachable');
      return world.ledger.effects.plan(wish);
    };
    const dependencies = { ...world.dependencies, effects: { ...world.ledger.effects, plan } };
    await startKeeper({ ...world, dependencies });
    expect(bidsIn(world)).toHaveLength(1);
    broken = false;
    world.oracle.say(report(1_899n, epoch + 1));
    await world.clock.settle();
    expect(bidsIn(world)).toHaveLength(2);
  });

  test('a gap in the stream has everything read again (F22)', async () => {
    const world = createWorld([longVault(), bidder()], slow());
    safePrice(world);
    await startKeeper(world);
    world.chain.put(drained());
    world.chain.mine();
    world.chain.say({ kind: 'gap', from: 90n, to: 101n });
    await world.clock.settle();
    expect(bidsIn(world)).toHaveLength(1);
  });

  test('a reorganisation has the vaults of the lost blocks read again', async () => {
    const world = createWorld([longVault(), bidder()], slow());
    safePrice(world);
    await startKeeper(world);
    world.chain.mine({ kind: 'vaultsChanged', vaults: [vaultOf(1)], cause: 'deposit' });
    await world.clock.settle();
    expect(bidsIn(world)).toEqual([]);
    // The deposit is gone; the new branch is shorter for a moment.
    world.chain.state.head = { ...world.chain.state.head, number: 100n };
    world.chain.put(drained());
    world.chain.say({ kind: 'retraction', from: 101n });
    await world.clock.settle();
    expect(bidsIn(world)).toHaveLength(1);
  });

  test('a keeper that does not lead plans nothing, and tries again at once when it does', async () => {
    const world = createWorld([longVault(), bidder()], slow());
    world.ledger.lead(false);
    world.oracle.whisper(report(1_900n, epoch));
    await startKeeper(world);
    expect(world.ledger.plans).toEqual([]);
    world.ledger.lead(true);
    world.oracle.say(report(1_899n, epoch + 1));
    await world.clock.settle();
    expect(bidsIn(world)).toHaveLength(1);
  });
});

describe('not acting', () => {
  test('a stale price plans nothing and says why (F13)', async () => {
    const world = createWorld([longVault(), bidder()], slow());
    world.oracle.whisper(report(1_900n, epoch - 60));
    const keeper = await startKeeper(world);
    expect(world.ledger.plans).toEqual([]);
    const explained = await keeper.explain({ chain: chainId, account: accountOf(1), bucket: 0 });
    expect(JSON.parse(explained.lastDecision?.decision ?? '')).toMatchObject({ act: 'wait', code: 'stalePrice' });
    expect(explained.known).toBe(true);
    expect(explained.health?.equity).toBe(1_000_000_000n);
  });

  test('a keeper without a vault of its own says what it would need, and shows the group unhealthy', async () => {
    const world = createWorld([longVault()], slow());
    world.oracle.whisper(report(1_900n, epoch));
    const keeper = await startKeeper(world);
    expect(world.ledger.plans.map(plan => plan.handler)).toEqual(['touch']);
    const { lastDecision } = await keeper.explain({ chain: chainId, account: accountOf(1), bucket: 0 });
    expect(lastDecision?.decision).toContain('cannot take any of it');
  });

  test('a frozen head plans nothing (F11)', async () => {
    const world = createWorld([longVault(), bidder()], slow());
    safePrice(world);
    await startKeeper(world);
    await world.clock.advance(11_000);
    world.oracle.say(report(1_900n, epoch + 11));
    await world.clock.settle();
    expect(world.ledger.plans).toEqual([]);
    world.chain.mine();
    world.oracle.say(report(1_899n, epoch + 11));
    await world.clock.advance(1_000);
    world.oracle.say(report(1_898n, epoch + 12));
    await world.clock.settle();
    expect(bidsIn(world)).toHaveLength(1);
  });
});

describe('a second, poorer keeper', () => {
  const patient = () =>
    slow({
      chains: [chainSettings({ bid: { ...bidSettings, patience: milliseconds(3_000) } })],
      tiers: [{ name: 'all', upTo: Number.POSITIVE_INFINITY, every: milliseconds(1_000) }],
    });

  const tick = async (world: World, second: number, price = 1_900n) => {
    world.chain.mine();
    world.oracle.whisper(report(price, epoch + second));
    await world.clock.advance(1_000);
  };

  test('leaves the vault to the first, and steps in when nobody has acted in time', async () => {
    const world = createWorld([longVault(), bidder()], patient());
    world.oracle.whisper(report(1_900n, epoch));
    await startKeeper(world);
    await tick(world, 1);
    await tick(world, 2);
    expect(bidsIn(world)).toEqual([]);
    for (let second = 3; second < 7; second++) await tick(world, second);
    expect(bidsIn(world)).toHaveLength(1);
  });

  test('does nothing when the first has acted', async () => {
    const world = createWorld([longVault(), bidder()], patient());
    world.oracle.whisper(report(1_900n, epoch));
    await startKeeper(world);
    await tick(world, 1);
    world.chain.put(group(1, 2_000n, 5n, { lastTrade: word(8) }));
    world.chain.mine({ kind: 'vaultsChanged', vaults: [vaultOf(1)], cause: 'bid' });
    for (let second = 2; second < 8; second++) await tick(world, second);
    expect(world.ledger.plans).toEqual([]);
  });
});

describe('effects that ended without being done', () => {
  test('the situation is tried anew as the next generation, not before a pause', async () => {
    const world = createWorld([longVault(), bidder()], slow());
    world.oracle.whisper(report(1_900n, epoch));
    await startKeeper(world);
    world.ledger.end(bidId(situation, 0), { kind: 'obsolete', reason: 'healthy for a moment' });
    world.chain.mine({ kind: 'vaultsChanged', vaults: [vaultOf(1)], cause: 'auction' });
    await world.clock.settle();
    expect(bidsIn(world)).toHaveLength(1);
    world.chain.mine();
    await world.clock.advance(1_100);
    world.oracle.say(report(1_898n, epoch + 1));
    await world.clock.settle();
    expect(bidsIn(world).map(plan => plan.id)).toEqual([bidId(situation, 0), bidId(situation, 1)]);
  });
});

describe('settlement and inventory', () => {
  const settling = (changes = {}) =>
    slow({ chains: [chainSettings({ settlement: { batch: 2, patience: milliseconds(0) }, ...changes })] });

  test('a round is closed when it is over, and not before', async () => {
    const world = createWorld([longVault(), bidder()], settling());
    safePrice(world);
    await startKeeper(world);
    world.chain.mine();
    await world.clock.advance(2_000);
    expect(world.ledger.plans).toEqual([]);
    await world.clock.advance(9_000);
    world.oracle.whisper(report(2_000n, epoch + 10));
    world.chain.mine();
    await world.clock.settle();
    expect(world.ledger.plans.map(plan => plan.handler)).toEqual(['closeRound']);
  });

  test('losers are settled before gainers', async () => {
    const world = createWorld([longVault(1), group(2, 5_000n, -10n), bidder()], settling());
    safePrice(world);
    await startKeeper(world);
    const [terms] = world.chain.state.market.instruments;
    if (!terms) throw new Error('no instrument');
    const closed = { ...terms, round: 2, roundStart: seconds(epoch), lastPrice: 1_990n * 10n ** 18n } as typeof terms;
    world.chain.state.market = { ...world.chain.state.market, instruments: [closed] };
    world.chain.mine({ kind: 'roundClosed', instrument: 0, round: 1 });
    await world.clock.settle();
    const payloads = () => world.ledger.plans.map(plan => JSON.parse(plan.payload));
    expect(payloads()).toMatchObject([{ kind: 'settle', round: 1, vaults: [vaultOf(1)] }]);
    const loser = world.chain.state.groups.get(vaultOf(1));
    if (!loser?.positions[0]) throw new Error('no position');
    world.chain.put({ ...loser, positions: [{ ...loser.positions[0], carriedAt: closed.lastPrice }] });
    await world.clock.advance(1_500);
    world.chain.mine({ kind: 'vaultsChanged', vaults: [vaultOf(1)], cause: 'settlement' });
    await world.clock.settle();
    world.chain.mine();
    await world.clock.advance(1_500);
    world.chain.mine();
    await world.clock.settle();
    expect(payloads().slice(1)).toMatchObject([{ kind: 'settle', vaults: [vaultOf(2)] }]);
  });

  test('a round that closed at an unchanged price is settled too: eight unsettled ones would stop the instrument', async () => {
    const world = createWorld([longVault(1), bidder()], settling());
    safePrice(world);
    await startKeeper(world);
    const [terms] = world.chain.state.market.instruments;
    if (!terms) throw new Error('no instrument');
    const closed = { ...terms, round: 2, roundStart: seconds(epoch) };
    world.chain.state.market = { ...world.chain.state.market, instruments: [closed] };
    world.chain.put({ ...longVault(1), unsettled: [{ vault: vaultOf(1), instrument: 0 }] });
    world.chain.mine({ kind: 'roundClosed', instrument: 0, round: 1 });
    await world.clock.settle();
    await world.clock.advance(1_500);
    world.chain.mine();
    await world.clock.settle();
    const payloads = world.ledger.plans.map(plan => JSON.parse(plan.payload));
    expect(payloads).toMatchObject([{ kind: 'settle', round: 1, vaults: [vaultOf(1)] }]);
  });

  test('a write-off lowers the due of gainers in no event: holders are read again (WF-2)', async () => {
    const owedTo = (due: bigint) => group(1, 500n, 10n, { due: quoteAmount(due * unit) });
    const world = createWorld([owedTo(2_000n), bidder()], settling());
    safePrice(world);
    await startKeeper(world);
    expect(world.ledger.plans).toEqual([]);
    world.chain.put(owedTo(0n));
    world.chain.mine({ kind: 'roundClosed', instrument: 0, round: 1 });
    await world.clock.settle();
    expect(world.ledger.plans.map(plan => plan.handler)).toContain('bid');
  });

  test('inventory goes to the configured counterparty, or is reported', async () => {
    const shedding = { counterparty: vaultOf(50), above: new Map(), interval: milliseconds(1_000) };
    const maker = group(50, 1_000_000n, 0n);
    const world = createWorld([maker, bidder(1_000_000n, 10n)], settling({ shedding }));
    safePrice(world);
    await startKeeper(world);
    world.chain.mine();
    await world.clock.settle();
    expect(world.ledger.plans.map(plan => plan.handler)).toEqual(['shed']);

    const alone = createWorld(
      [bidder(1_000_000n, 10n)],
      settling({ shedding: { ...shedding, counterparty: undefined } }),
    );
    safePrice(alone);
    await startKeeper(alone);
    alone.chain.mine();
    await alone.clock.settle();
    expect(alone.ledger.plans).toEqual([]);
    expect(alone.silence.lines.some(line => line.startsWith('warn inventory cannot be shed'))).toBe(true);
  });
});

describe('status and stopping', () => {
  test('liveness follows the sweep, heads reach the lanes, and abort ends everything (F21)', async () => {
    const world = createWorld([longVault(), bidder()], slow());
    safePrice(world);
    const keeper = await startKeeper(world);
    world.chain.mine();
    await world.clock.advance(3_000);
    expect(keeper.status().lastPassAt).toBeGreaterThanOrEqual(epoch * 1000 + 2_000);
    expect(world.ledger.heads).toEqual([101n]);
    expect(keeper.status().chains[0]).toMatchObject({ ready: true, vaults: 2, failing: 0 });
    const [{ stop, done }] = running.splice(0) as [(typeof running)[0]];
    stop.abort();
    await done;
    world.oracle.say(report(1_000n, epoch + 3));
    await world.clock.advance(5_000);
    expect(world.ledger.plans).toEqual([]);
  });
});
