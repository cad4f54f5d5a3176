/** The main job, from nothing to its summary. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Address, milliseconds, type PriceWad, type VaultId, vaultId } from '@bulkhead/shared';
import type { Clock } from '@bulkhead/shared/ports';
import { pino } from 'pino';
import { pinoLog } from '../adapters/pinoLog.ts';
import { promMetrics } from '../adapters/promMetrics.ts';
import { seededRandom } from '../adapters/seededRandom.ts';
import { systemClock } from '../adapters/systemClock.ts';
import { stopSignal, type Terminal } from '../commands/context.ts';
import { isWasted } from '../observer/effects.ts';
import type { Counts } from '../observer/tally.ts';
import { attestUntil } from './attester.ts';
import { keeperStates } from './keeperStates.ts';
import { type KeeperChild, sharedConfig, startKeeper, untilReady } from './keepers.ts';
import { type ModeStart, modeLinesOf, modeSummariesOf, startOfModes } from './modeReport.ts';
import { type Observation, openObservation } from './observe.ts';
import type { UpOptions } from './options.ts';
import { feeds, putInstrument } from './parameterSet.ts';
import { createPriceDriver, type PriceDriver } from './priceDriver.ts';
import { loadProgress, type Progress, saveProgress } from './progress.ts';
import { putMark } from './putMark.ts';
import { type Reporter, reporterFor } from './report.ts';
import { type Stage, setStage } from './stage.ts';
import { exitCodeOf, type SummaryInput, summaryLine, summaryLines } from './summary.ts';
import { rebase } from './ticks.ts';
import { chainLetter, failingVaults, liquidationLine, type ViewInput, viewOf } from './view.ts';
import { buyAtTheClose } from './weekendTraders.ts';

/** Milliseconds between two frames of the screen. */
const frameEvery = 250;
/** After the path, prices stand still until no vault fails any more, but no longer than this. */
const longestHold = milliseconds(30_000);

interface Place {
  /** Configurations, keystores and logs of this run. */
  readonly run: string;
  /** Chains and ledger that are kept, when they are. */
  readonly kept: string | undefined;
}

const choosePlace = async (options: UpOptions): Promise<Place> => {
  const base = resolve(options.stateDir ?? join('.bulkhead', 'up'));
  await mkdir(base, { recursive: true });
  return { run: await mkdtemp(join(base, 'run-')), kept: options.keep ? join(base, 'kept') : undefined };
};

/** Ends what was started, newest first. Runs each step once. */
const createEnding = () => {
  const steps: (() => Promise<void>)[] = [];
  return {
    own: (step: () => Promise<void>): void => void steps.unshift(step),
    run: async (): Promise<void> => {
      for (const step of steps.splice(0)) await step().catch(() => undefined);
    },
  };
};

/** Everything that a run knows while it runs. */
interface Run {
  readonly options: UpOptions;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly startedAt: number;
  readonly place: Place;
  readonly signal: AbortSignal;
  readonly failures: string[];
  phase: string;
  ticksDone: number;
}

interface Cast {
  readonly stage: Stage;
  readonly observation: Observation;
  readonly keepers: readonly KeeperChild[];
  readonly driver: PriceDriver;
  readonly progress: Progress;
  /** What the accounts that show the modes were worth when all of them were first seen. */
  modesBegan: readonly ModeStart[];
}

const viewInput = (run: Run, cast: Cast, states: ReadonlyMap<string, string>): ViewInput => ({
  title: `Bulkhead up · ${cast.stage.localnet.parameterSet.name} · seed ${run.options.seed}`,
  elapsed: (run.clock.now() - run.startedAt) / 1000,
  startedAt: run.startedAt,
  phase: run.phase,
  ticks: run.options.serve ? { done: cast.driver.board.ticks } : { done: run.ticksDone, of: cast.stage.ticks.length },
  prices: cast.driver.board.lines(),
  tally: cast.observation.tally,
  keepers: cast.keepers.map(({ plan }) => ({
    name: plan.name,
    vault: vaultId(plan.vault),
    address: plan.key.address.toLowerCase() as Address,
    state: states.get(plan.name) ?? 'starting',
  })),
  others: cast.stage.others,
  modes: modeLinesOf(cast.stage.modes, cast.observation.tally),
  vaults: clientVaults(cast),
});

const clientVaults = ({ stage, observation }: Cast): number =>
  observation.tally
    .chains()
    .reduce(
      (sum, chain) => sum + [...chain.groups.keys()].filter(vault => isClient(stage, chain.own, vault)).length,
      0,
    );

const isClient = (stage: Stage, own: ReadonlySet<VaultId>, vault: VaultId): boolean =>
  !own.has(vault) && !stage.others.has(vault) && !stage.modes.some(account => account.vaults.includes(vault));

/** A keeper that ends by itself while the job runs is a failure of the job. */
const watchKeepers = (run: Run, keepers: readonly KeeperChild[]): void => {
  for (const { plan, child } of keepers) {
    void child.ended.then(() => {
      if (run.signal.aborted || run.phase === 'stopping') return;
      run.failures.push(`${plan.name} ended by itself; its log is in ${run.place.run}`);
      run.reporter.say(`${plan.name} ended by itself:\n${child.output()}`);
    });
  }
};

const prepare = async (run: Run, own: (stop: () => Promise<void>) => void): Promise<Cast> => {
  const { options, reporter, clock, place, signal } = run;
  const stage = await setStage(options, clock, place.kept, reporter.say, own);
  const { localnet, module } = stage;
  const progress = await loadProgress(place.kept, localnet.resumed);
  const log = pinoLog({
    level: 'info',
    name: 'observer',
    destination: pino.destination({ dest: join(place.run, 'observer.log'), sync: true }),
  });
  const addresses = new Set(stage.keepers.map(plan => plan.key.address.toLowerCase() as Address));
  let cast: Cast | undefined;
  const observation = await openObservation(
    sharedConfig(localnet),
    addresses,
    { clock, log, metrics: promMetrics() },
    {
      onBlock: (chain, block, crossed) => {
        for (const crossing of crossed) {
          reporter.event({ kind: 'wallCrossed', chain, block: block.at.number, ...crossing });
          reporter.say(`a wall was crossed on ${chain}: ${crossing.vault} ${crossing.what}`);
        }
        for (const transaction of block.transactions.filter(each => isWasted(each, addresses))) {
          const { hash, from, call, succeeded } = transaction;
          reporter.event({ kind: 'wasted', chain, block: block.at.number, transaction: hash, from, call, succeeded });
        }
        if (!cast) return;
        noteModes(cast);
        reportNew(run, cast);
      },
    },
  );
  own(() => observation.close());
  const keepers = await Promise.all(
    stage.keepers.map(plan => startKeeper(localnet, module, stage.supervisor, place.run, plan, stage.marketMaker)),
  );
  const driver = createPriceDriver(localnet.feed, clock, seededRandom(options.seed, 'serve'), {
    onTick: (index, tick) => {
      run.ticksDone = index + 1;
      reporter.event({
        kind: 'prices',
        tick: index + 1,
        autumn: tick.autumn,
        spring: tick.spring,
        collateral: tick.collateral,
      });
    },
    derive: (prices, now) => putPrice(stage, observation, prices, now),
    atClose: async reports => void (await Promise.all(localnet.chains.map(chain => chain.post(reports)))),
    onClose: (price, reports) => closeOfMarket(run, stage, price, reports),
  });
  watchKeepers(run, keepers);
  cast = { stage, observation, keepers, driver, progress, modesBegan: [] };
  // Prices stand at their start while the keepers come up: a keeper without a fresh price is not ready.
  const starting = new AbortController();
  await driver.begin({ ...localnet.parameterSet.startPrices, ...progress.prices });
  const holding = driver.goOn('hold', AbortSignal.any([signal, starting.signal]));
  try {
    await Promise.all(keepers.map(keeper => untilReady(keeper, signal)));
  } finally {
    starting.abort();
    await holding;
  }
  return cast;
};

/** The put's mark from the index; its strike and expiry as the first chain lists them. */
const putPrice = (
  stage: Stage,
  observation: Observation,
  prices: Readonly<Record<string, PriceWad>>,
  now: number,
): Readonly<Record<string, PriceWad>> => {
  const terms = observation.tally.chains()[0]?.market.instruments[putInstrument];
  const index = prices[feeds.autumn];
  if (!terms || index === undefined)
    return { [feeds.put]: stage.localnet.parameterSet.startPrices[feeds.put] as PriceWad };
  return { [feeds.put]: putMark(index, terms.strike, terms.expiry - now) };
};

/** Once, as soon as blocks and prices tell all of it. */
const noteModes = (cast: Cast): void => {
  const { modes } = cast.stage;
  if (cast.modesBegan.length < modes.length) cast.modesBegan = startOfModes(modes, cast.observation.tally);
};

const closeOfMarket = async (
  run: Run,
  stage: Stage,
  ...[price, reports]: Parameters<Parameters<typeof createPriceDriver>[3]['onClose']>
) => {
  run.reporter.say(
    'Friday, 13 March 2020, close: some owners buy with the least margin allowed and hold over the weekend',
  );
  await buyAtTheClose(stage.localnet, stage.weekend, stage.marketMaker, price, reports).catch((error: unknown) => {
    run.failures.push(error instanceof Error ? error.message : String(error));
  });
};

/** Liquidations that were not told yet. */
const reportNew = (() => {
  const told = new WeakMap<Run, number>();
  return (run: Run, cast: Cast): void => {
    const all = cast.observation.tally.liquidations();
    const from = told.get(run) ?? 0;
    told.set(run, all.length);
    for (const liquidation of all.slice(from)) {
      run.reporter.liquidation(liquidation, liquidationLine(liquidation, viewInput(run, cast, new Map())));
    }
  };
})();

/** Frames for the screen and states of the keepers, until the returned function is called. */
const showing = (run: Run, cast: Cast): (() => void) => {
  const states = keeperStates(cast.keepers);
  const timer = setInterval(() => run.reporter.frame(viewOf(viewInput(run, cast, states.all()))), frameEvery);
  return () => {
    clearInterval(timer);
    states.stop();
  };
};

const holdUntilQuiet = async (run: Run, cast: Cast): Promise<void> => {
  run.phase = 'prices stand still';
  const quiet = new AbortController();
  const both = AbortSignal.any([run.signal, quiet.signal]);
  const holding = cast.driver.goOn('hold', both);
  const deadline = run.clock.now() + longestHold;
  let calm = 0;
  while (!both.aborted && run.clock.now() < deadline && calm < 3) {
    await run.clock.sleep(milliseconds(1_000), both);
    calm = failingVaults(cast.observation.tally, cast.stage.others) === 0 ? calm + 1 : 0;
  }
  quiet.abort();
  await holding;
};

/** The attesters of the group in portfolio mode, on the first chain, until the run ends. */
const attest = (run: Run, cast: Cast, signal: AbortSignal): Promise<void> => {
  const { localnet, module, modes } = cast.stage;
  const [chain] = localnet.chains;
  const lead = modes.find(account => account.mode === 'portfolio')?.vaults[0];
  if (!chain || lead === undefined) return Promise.resolve();
  const facts = () => cast.observation.tally.chains()[0];
  const input = {
    module,
    chain,
    keys: localnet.keys,
    clock: run.clock,
    group: () => facts()?.groups.get(lead),
    market: () => facts()?.market,
    prices: () => cast.observation.tally.prices(),
  };
  return attestUntil(input, signal, run.reporter.say);
};

/** @returns whether the path was walked to its end. */
const play = async (run: Run, cast: Cast): Promise<boolean> => {
  const { stage, driver, progress } = cast;
  const restarts = progress.nextTick >= stage.ticks.length;
  const ticks =
    progress.nextTick === 0 && !restarts
      ? stage.ticks
      : rebase(stage.ticks, restarts ? 0 : progress.nextTick, progress);
  run.phase = 'prices move';
  await driver.walk(ticks, restarts ? 0 : progress.nextTick, run.signal);
  if (run.signal.aborted) return false;
  if (run.options.serve) {
    run.phase = 'serving random prices, Ctrl-C ends';
    await driver.goOn('wander', run.signal);
    return true;
  }
  await holdUntilQuiet(run, cast);
  return !run.signal.aborted;
};

const emptyCounts: Counts = {
  liquidations: 0,
  vaultsLiquidated: 0,
  vaultsClosed: 0,
  wallsCrossed: 0,
  duplicateEffects: 0,
  wastedTransactions: 0,
  escrowsChecked: 0,
  escrowsShort: 0,
  expiries: 0,
  latency: { p50: null, p95: null },
  losses: { members: 0n, house: 0n, gainers: 0n, residual: 0n },
};

const finish = async (run: Run, cast: Cast, following: AbortController, followed: Promise<void>): Promise<void> => {
  run.phase = 'stopping';
  await Promise.all(cast.keepers.map(keeper => keeper.child.stop()));
  // One more block, so that what the keepers sent last is judged too.
  await run.clock.sleep(milliseconds(1_500));
  following.abort();
  await followed;
  await cast.observation.lookAgain();
  reportNew(run, cast);
  if (run.place.kept !== undefined) await saveProgress(run.place.kept, run.ticksDone, cast.driver.board);
};

const summaryOf = (run: Run, cast: Cast | undefined, ended: boolean, interrupted: boolean): SummaryInput => {
  const quote = cast?.observation.tally.chains()[0]?.market.quote;
  return {
    vaults: cast ? clientVaults(cast) : 0,
    priceTicks: cast?.driver.board.ticks ?? 0,
    counts: cast?.observation.tally.counts() ?? emptyCounts,
    quote: { symbol: quote?.symbol ?? '', decimals: quote?.decimals ?? 0 },
    seconds: (run.clock.now() - run.startedAt) / 1000,
    seed: run.options.seed,
    interrupted,
    ended,
    modes: cast ? modeSummariesOf(cast.modesBegan, cast.stage.modes, cast.observation.tally) : [],
    failures: run.failures,
    resumed: cast?.stage.localnet.resumed ?? false,
  };
};

const perform = async (
  run: Run,
  own: (stop: () => Promise<void>) => void,
): Promise<{ cast: Cast | undefined; ended: boolean }> => {
  let cast: Cast | undefined;
  let ended = false;
  const following = new AbortController();
  try {
    cast = await prepare(run, own);
    const followed = cast.observation.follow(following.signal).catch((error: unknown) => {
      run.failures.push(`the observer stopped: ${error instanceof Error ? error.message : String(error)}`);
    });
    const attesting = attest(run, cast, following.signal);
    const stopShowing = showing(run, cast);
    try {
      if (!run.signal.aborted) ended = await play(run, cast);
      await finish(run, cast, following, followed);
      await attesting;
    } finally {
      stopShowing();
    }
  } catch (error) {
    following.abort();
    if (!run.signal.aborted) run.failures.push(error instanceof Error ? error.message : String(error));
  }
  return { cast, ended };
};

/**
 * Runs the main job and answers with its exit code: 0 when the path ended and what must be zero is zero, 130 after Ctrl-C, 1 otherwise.
 * Everything that it started has stopped when it resolves.
 */
export const up = async (options: UpOptions, terminal: Terminal): Promise<number> => {
  const clock = systemClock();
  const reporter = reporterFor(terminal, options.json ?? false);
  const stop = stopSignal(() => reporter.say('stopping: everything that was started is ended first'));
  const ending = createEnding();
  const run: Run = {
    options,
    reporter,
    clock,
    startedAt: clock.now(),
    place: await choosePlace(options),
    signal: stop.signal,
    failures: [],
    phase: 'starting',
    ticksDone: 0,
  };
  reporter.event({
    kind: 'start',
    seed: options.seed,
    vaults: options.vaults,
    chains: [chainLetter(0), chainLetter(1)],
  });
  const { cast, ended } = await perform(run, ending.own);
  await ending.run();
  reporter.close();
  const summary = summaryOf(run, cast, ended, stop.signal.aborted && stop.interrupted());
  const code = exitCodeOf(summary);
  for (const line of summaryLines(summary, terminal.paint)) reporter.say(line);
  if (code === 1) reporter.say(`Configurations and logs of this run are in ${run.place.run}`);
  else await rm(run.place.run, { recursive: true, force: true });
  reporter.event(summaryLine(summary));
  return code;
};
