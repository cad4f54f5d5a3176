import { appendFileSync } from 'node:fs';
import { createBullQueue } from '@bulkhead/effects/bullmq';
import { createRedisStore } from '@bulkhead/effects/redis';
import { type Hex32, milliseconds } from '@bulkhead/shared';
import type { Chain } from '@bulkhead/shared/ports';
import { Redis } from 'ioredis';
import { createMemoryLog, realClock } from './clocks.ts';
import { openDeskChain } from './deskChain.ts';
import { effectsOn } from './effectsBench.ts';
import { type FaultPoint, withFaults } from './faults.ts';
import { deskSigner, quickPolicy, type TradeDesk, tradeHandler, tradePlan } from './tradeNet.ts';

/** What a child process is told: who it is, what to do once it leads, and where to be struck. */
export interface ProcessOrder {
  readonly desk: TradeDesk;
  readonly redisPath: string;
  /** Planned once this process leads and what a predecessor left is done. */
  readonly effect: Hex32;
  readonly fault?: FaultPoint & { readonly action: 'kill' | 'stop' };
  /** Every point passed after planning is written here, one a line. */
  readonly pointsFile?: string;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const order = JSON.parse(process.env['BULKHEAD_TEST_ORDER'] ?? '') as ProcessOrder;
let armed = false;
const counts = new Map<string, number>();

/** Counts from the moment of planning, so that a point has the same number whatever recovery went before. */
const strike = ({ label, moment }: FaultPoint): void => {
  if (!armed) return;
  const key = `${label} ${moment}`;
  const n = (counts.get(key) ?? 0) + 1;
  counts.set(key, n);
  if (order.pointsFile) appendFileSync(order.pointsFile, `${label} ${n} ${moment}\n`);
  const { fault } = order;
  if (!fault || fault.label !== label || fault.moment !== moment || fault.n !== n) return;
  if (fault.action === 'kill') process.kill(process.pid, 'SIGKILL');
  say('stopping');
  process.kill(process.pid, 'SIGSTOP');
};

const mineOnce = async (http: string): Promise<void> => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'evm_mine', params: [] });
  await fetch(http, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
};

const main = async (): Promise<void> => {
  const connect = (): Redis => new Redis({ path: order.redisPath, maxRetriesPerRequest: null });
  const opened = await openDeskChain(order.desk, order.desk.http);
  const plan = { strike };
  let looks = 0;
  const watched: Chain = {
    ...opened,
    head: () => {
      looks += 1;
      return opened.head();
    },
  };
  const chain = withFaults('chain', watched, plan, ['build', 'watch', 'head', 'endpoints', 'close']);
  // Leases and looking around go by the clock, and taking over from somebody is no part of an undisturbed life: their number says nothing about
  // the effect. Crashes at those are lived through in virtual time.
  const leases = ['renewLease', 'acquireLease', 'releaseLease'];
  const byTheClock = [...leases, 'claim', 'adopt', 'overdue', 'counters', 'openEffects', 'effect'];
  const store = withFaults('store', createRedisStore(connect()), plan, byTheClock);
  const bull = createBullQueue({ connect, clock: realClock, log: createMemoryLog() });
  const queue = { ...withFaults('queue', bull, plan, ['consume', 'close']) };
  const signer = withFaults('signer', deskSigner(order.desk), plan);
  const log = createMemoryLog();
  const effects = effectsOn({
    chain,
    store,
    queue,
    signer,
    log,
    clock: realClock,
    policy: quickPolicy,
    handlers: { trade: tradeHandler(order.desk, chain, realClock) },
  });
  const stop = new AbortController();
  const running = effects.start(stop.signal);
  const until = async (reached: () => Promise<boolean>, mining: boolean): Promise<void> => {
    while (!(await reached())) {
      if (mining) await mineOnce(order.desk.http);
      const head = await opened.head();
      if (head.ok) effects.headSeen(order.desk.chain, head.value);
      await looked();
    }
  };
  /**
   * Until the lane has looked at the newest block from beginning to end, or has nothing to look at: each stage of an inclusion is then seen in
   * every run, and a point that the clean run passed is passed again.
   */
  const looked = async (): Promise<void> => {
    const enough = looks + 2;
    for (let n = 0; n < 150 && looks < enough; n++) {
      await realClock.sleep(milliseconds(20));
      if (n > 3 && (await ofChain())?.slots.length === 0) return;
    }
  };
  const ofChain = async () => (await effects.snapshot())[0];
  const atRest = async (): Promise<boolean> => {
    const snapshot = await ofChain();
    return snapshot !== undefined && snapshot.open.length === 0 && snapshot.slots.length === 0;
  };
  await until(async () => (await ofChain())?.leading === true, false);
  await until(atRest, true);
  armed = true;
  say('armed');
  const outcome = await effects.plan(tradePlan(order.desk, order.effect, realClock.now()));
  say(`planned ${outcome}`);
  await until(atRest, true);
  armed = false;
  stop.abort();
  await running;
  for (const line of log.lines) if (line.includes('leadership ends')) say(line);
  say('done');
  process.exit(0);
};

process.stdin.once('data', () => void main());
