import type { Hex } from 'viem';
import type { LocalKeys } from './keys.ts';
import type { LocalChain } from './localnet.ts';
import { LocalnetError } from './localnetError.ts';
import type { ParameterSet } from './parameterSets.ts';
import { type Settings, settingsFrom } from './settings.ts';
import { localChainOf } from './startChain.ts';
import { readStateFile, runningIn } from './stateFile.ts';

/** A network that another process runs: everything that can be used without owning it. */
export interface ConnectedLocalnet {
  /** Process that owns it. */
  readonly pid: number;
  readonly chains: readonly LocalChain[];
  readonly redis: { readonly url: string; readonly pid: number } | undefined;
  /** Base URL of the price feed. */
  readonly feedUrl: string;
  readonly feedSetId: Hex;
  readonly keys: LocalKeys;
  readonly parameterSet: ParameterSet;
  readonly seed: string;
}

/**
 * Reaches a network that runs in `directory`, for example one that `up --keep` started.
 *
 * @param parameterSet only needed when it was started with a set of one's own.
 * @example
 * import { connectLocalnet } from '@bulkhead/localnet'
 *
 * const { chains, keys } = await connectLocalnet('.bulkhead/up')
 */
export const connectLocalnet = async (directory: string, parameterSet?: ParameterSet): Promise<ConnectedLocalnet> => {
  const state = await readStateFile(directory);
  const running = runningIn(state);
  if (state === undefined || running === undefined) {
    throw new LocalnetError(`No local network runs in ${directory}.`, {
      remedy: 'Start one with that directory first.',
    });
  }
  const settings: Settings = settingsFrom(state, directory, parameterSet);
  return Object.freeze({
    pid: running.pid,
    chains: running.chains.map(chain => localChainOf(chain, settings)),
    redis: running.redis,
    feedUrl: running.feed,
    feedSetId: settings.feedSetId,
    keys: settings.keys,
    parameterSet: settings.set,
    seed: settings.seed,
  });
};
