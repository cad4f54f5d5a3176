import type { Assessor } from '../act/assessor.ts';
import type { KeeperDependencies } from '../dependencies.ts';
import type { ChainView } from './chainView.ts';

export interface PricedChain {
  readonly view: ChainView;
  readonly assessor: Assessor;
  readonly onPrice: () => void;
}

/** Second detection path: every report revalues every group that depends on it, in memory. */
export const watchPrices = async (
  dependencies: KeeperDependencies,
  chains: readonly PricedChain[],
  signal: AbortSignal,
): Promise<void> => {
  const { oracle, clock, metrics, log } = dependencies;

  const takeReport = (): void => {
    for (const { view, assessor, onPrice } of chains) {
      const ticked = view.reprice(clock.now());
      if (!ticked) continue;
      assessor.decideNow(ticked.failing.map(one => one.vault));
      onPrice();
      metrics.count('keeper_groups_revalued_total', {}, ticked.affected);
    }
  };

  while (!signal.aborted) {
    try {
      for await (const report of oracle.watch(signal)) {
        takeReport();
        metrics.gauge('keeper_report_age_seconds', clock.now() / 1000 - report.time, { feed: report.feed });
        if (signal.aborted) return;
      }
    } catch (error) {
      log.error('the stream of prices broke', { error: String(error) });
    }
    if (!signal.aborted) await clock.sleep(dependencies.settings.freshness.retry, signal);
  }
};
