import { wei } from '@bulkhead/shared';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SendFault } from '../support/chainModel.ts';
import { type Coverage, createCoverage, createLaneWorld, type LaneWorld } from '../support/laneWorld.ts';

type Action = (world: LaneWorld) => Promise<void>;
interface Step {
  readonly name: string;
  readonly run: Action;
}

const named = (name: string, run: Action): Step => ({ name, run, toString: () => name }) as Step;
const sendFault = fc.constantFrom<SendFault>('refused', 'lostReply', 'claimsNonceTooLow', 'dropped');

const peaceful = [
  fc.constant(named('plan', world => world.plan())),
  fc.constant(named('mine', world => world.mine())),
  fc.integer({ min: 50, max: 6_000 }).map(ms => named(`wait ${ms}`, world => world.pass(ms))),
];
const rough = [
  fc
    .integer({ min: 1, max: 3 })
    .chain(depth => fc.boolean().map(keep => named(`reorg ${depth} ${keep}`, world => world.reorganise(depth, keep)))),
  fc.integer({ min: 0, max: 3 }).map(k => named(`drop ${k}`, world => world.drop(k))),
  fc
    .array(sendFault, { minLength: 1, maxLength: 4 })
    .map(faults => named(`sends ${faults}`, world => world.failSends(faults))),
  fc.constantFrom(0n, 1n, 2n).map(by => named(`pending lies by ${by}`, world => world.liePending(by))),
  fc
    .constantFrom<'pool' | 'promisedOnly'>('pool', 'promisedOnly')
    .map(mode => named(`foreign ${mode}`, world => world.foreign(mode))),
  fc
    .constantFrom(1n, 10n, 100n)
    .map(times => named(`base fee ×${times}`, world => world.setBaseFee(times * 10n ** 9n))),
  fc.constant(named('cancel', world => world.cancelOne())),
  fc.constant(named('queue forgets', world => world.forgetQueue())),
];
const decisive = [
  ...['store.plan', 'store.claimNext', 'signer.sign', 'store.record', 'chain.broadcast', 'store.markBroadcast'],
  ...['store.markIncluded', 'store.conclude', 'store.lane', 'store.claim', 'store.adopt', 'queue.wake'],
];
const place = fc.oneof(
  fc.record({ label: fc.constant(undefined), inCalls: fc.integer({ min: 0, max: 30 }) }),
  fc.record({ label: fc.constantFrom(...decisive), inCalls: fc.integer({ min: 0, max: 2 }) }),
);
const crashes = [
  fc
    .tuple(place, fc.constantFrom<'before' | 'afterEffect' | 'afterReply'>('before', 'afterEffect', 'afterReply'))
    .map(([{ label, inCalls }, moment]) =>
      named(`crash ${moment} ${label ?? 'any'} + ${inCalls}`, world => world.crash(label, inCalls, moment)),
    ),
  place.map(({ label, inCalls }) =>
    named(`pause before ${label ?? 'any'} + ${inCalls}`, world => world.pauseAndReplace(label, inCalls)),
  ),
  fc
    .record({
      label: fc.constantFrom(...decisive),
      inCalls: fc.integer({ min: 0, max: 3 }),
      moment: fc.constantFrom<'before' | 'afterEffect'>('before', 'afterEffect'),
    })
    .map(({ label, inCalls, moment }) =>
      named(`lose ${moment} ${label} + ${inCalls}`, world => world.lose(label, inCalls, moment)),
    ),
  fc.constant(named('wake the zombies', world => world.resumeZombies())),
];

const stepsOf = (...kinds: fc.Arbitrary<Step>[]) =>
  fc.array(fc.oneof(...kinds), { minLength: 1, maxLength: 40, size: 'max' });

const mine = named('mine', world => world.mine());
const plan = named('plan', world => world.plan());
const foreign = named('foreign pool', world => world.foreign('pool'));
const forgotten = (depth: number) => named(`reorg ${depth} false`, world => world.reorganise(depth, false));
/** Worlds that once went wrong: lived through first, every time. */
const regressions: [readonly Step[]][] = [
  [[foreign, mine, plan, forgotten(1), named('sends refused', world => world.failSends(['refused']))]],
  [[foreign, foreign, mine, plan, mine, forgotten(2), plan, mine]],
];

/** The same worlds every run, so that a failure is a change of the code; `BULKHEAD_RUNS=20` lives through twenty times as many new ones. */
const more = process.env.BULKHEAD_RUNS;
const runs = (usual: number): fc.Parameters<[readonly Step[]]> => ({
  examples: regressions,
  ...(more === undefined ? { seed: 4, numRuns: usual } : { numRuns: usual * Number(more) }),
});

const live = async (
  steps: readonly Step[],
  options: { losesTail?: boolean; coverage?: Coverage } = {},
): Promise<void> => {
  const world = createLaneWorld(options);
  try {
    await world.boot();
    for (const step of steps) await step.run(world);
    await world.calm();
    await world.judge();
  } finally {
    await world.end();
  }
};

describe('lane properties (T0: the production runtime over a modelled chain, store and queue, in virtual time)', () => {
  const everyRun = [
    ...['effects_concluded_total final', 'effects_concluded_total again', 'effects_concluded_total obsolete'],
    ...[
      'broadcasts_total accepted',
      'broadcasts_total retry',
      'broadcasts_total nonceUsed',
      'broadcasts_total underpriced',
    ],
    ...['replacements_total', 'retractions_total', 'gapFill'],
  ];
  const everyCrash = [
    ...['die before', 'die afterEffect', 'die afterReply', 'pause before', 'ledger_refusals_total fenced'],
    ...[
      'die at store.record',
      'die at chain.broadcast',
      'die at store.markBroadcast',
      'die at signer.sign',
      'die at store.conclude',
    ],
    ...[
      'pause at store.record',
      'pause at chain.broadcast',
      'lose at store.record',
      'lose at store.conclude',
      'lose at queue.wake',
    ],
  ];

  test('EFF-1…5, F2, F9: whatever the chain does, each effect happens at most once, ends, and leaves no gap', async () => {
    const coverage = createCoverage();
    await fc.assert(
      fc.asyncProperty(stepsOf(...peaceful, ...rough), steps => live(steps, { coverage })),
      runs(200),
    );
    expect(coverage.missing(everyRun), coverage.report()).toEqual([]);
  });

  test('EFF-1…5, F1: the same under crashes at any port call, and under paused predecessors that come back', async () => {
    const coverage = createCoverage();
    await fc.assert(
      fc.asyncProperty(stepsOf(...peaceful, ...rough, ...crashes), steps => live(steps, { coverage })),
      runs(500),
    );
    expect(coverage.missing([...everyRun, ...everyCrash]), coverage.report()).toEqual([]);
  });

  test('EFF-1: the same when each crash loses what the store had not synced; only gas may be lost', async () => {
    await fc.assert(
      fc.asyncProperty(stepsOf(...peaceful, ...rough, ...crashes), steps => live(steps, { losesTail: true })),
      runs(200),
    );
  });

  test('the world itself can fail: an effect done twice is seen by the judge', async () => {
    const world = createLaneWorld({});
    await world.boot();
    await world.plan();
    await world.calm();
    world.forgeSecondEffect();
    await expect(world.judge()).rejects.toThrow(/once/);
    await world.end();
  });

  test('EFF-5: no attempt passes the fee cap or the budget', async () => {
    const world = createLaneWorld({ budget: wei(390_000n * 3n * 10n ** 9n) });
    await world.boot();
    await world.plan();
    for (let n = 0; n < 30; n++) await world.pass(4_000);
    await world.mineEmpty();
    for (let n = 0; n < 30; n++) await world.pass(4_000);
    await world.calm();
    await world.judge();
    await world.end();
  });
});
