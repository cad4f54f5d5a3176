import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalnetError } from './localnetError.ts';

/** What a persistent network must remember to go on, and what another process needs to find it while it runs. */
export interface StateFile {
  readonly version: 1;
  readonly seed: string;
  /** Name of the parameter set that it was deployed with. */
  readonly parameterSet: string;
  readonly chainIds: readonly number[];
  readonly prices: { readonly signers: number; readonly threshold: number };
  readonly members: number;
  readonly keepers: number;
  /** Present while it runs. */
  readonly running?: {
    readonly pid: number;
    readonly chains: readonly {
      readonly chainId: number;
      readonly http: string;
      readonly ws: string;
      readonly pid: number;
    }[];
    readonly redis?: { readonly url: string; readonly pid: number };
    readonly feed: string;
  };
}

const nameIn = (directory: string): string => join(directory, 'localnet.json');

export const readStateFile = async (directory: string): Promise<StateFile | undefined> => {
  const text = await readFile(nameIn(directory), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const state = JSON.parse(text) as StateFile;
  if (state.version === 1) return state;
  throw new LocalnetError(`${nameIn(directory)} was written by another version.`, {
    remedy: 'Use an empty directory.',
  });
};

/** Written whole or not at all. */
export const writeStateFile = async (directory: string, state: StateFile): Promise<void> => {
  const partial = `${nameIn(directory)}.partial`;
  await writeFile(partial, `${JSON.stringify(state, null, 2)}\n`);
  await rename(partial, nameIn(directory));
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** The network that runs in this directory now, if its owner is alive. */
export const runningIn = (state: StateFile | undefined): StateFile['running'] =>
  state?.running && isAlive(state.running.pid) ? state.running : undefined;
