import type { KeeperChild } from './keepers.ts';

/** What `/status` says that fits on a line. */
interface Status {
  readonly mode?: string;
  readonly chains?: readonly {
    readonly leading?: boolean;
    readonly failing?: number;
    readonly open?: readonly unknown[];
  }[];
}

const describe = (status: Status, patience: number): string => {
  const chains = status.chains ?? [];
  const open = chains.reduce((sum, chain) => sum + (chain.open?.length ?? 0), 0);
  const failing = chains.reduce((sum, chain) => sum + (chain.failing ?? 0), 0);
  const leading = chains.filter(chain => chain.leading).length;
  return [
    `${status.mode ?? '–'}`,
    `leads ${leading}/${chains.length}`,
    `${failing} failing`,
    `${open} open`,
    ...(patience > 0 ? [`waits ${patience} s`] : []),
  ].join(' · ');
};

/** Asks each keeper every second how it is. Only for the screen: nothing is counted from it. */
export const keeperStates = (keepers: readonly KeeperChild[]) => {
  const states = new Map<string, string>();
  const ask = async ({ plan, url, child }: KeeperChild): Promise<void> => {
    if (child.hasEnded()) {
      states.set(plan.name, 'ended');
      return;
    }
    const answer = await fetch(`${url}/status`, { signal: AbortSignal.timeout(900) }).catch(() => undefined);
    const status = answer?.ok ? ((await answer.json().catch(() => undefined)) as Status | undefined) : undefined;
    states.set(plan.name, status ? describe(status, plan.patience) : 'does not answer');
  };
  const timer = setInterval(() => void Promise.all(keepers.map(ask)), 1_000);
  return {
    all: (): ReadonlyMap<string, string> => states,
    stop: (): void => clearInterval(timer),
  };
};
