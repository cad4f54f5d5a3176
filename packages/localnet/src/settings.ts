import type { DeploymentPlan } from '@bulkhead/deployment';
import { type Hex, keccak256, stringToHex } from 'viem';
import { type LocalAddresses, localAddresses } from './deploy/addresses.ts';
import { localPlan } from './deploy/deployContracts.ts';
import { type LocalKeys, localKeys } from './keys.ts';
import type { LocalnetOptions, Mining } from './localnet.ts';
import { LocalnetError } from './localnetError.ts';
import { type ParameterSet, parameterSets } from './parameterSets.ts';
import type { StateFile } from './stateFile.ts';

/** The options with every default filled in, and everything that follows from them without starting anything. */
export interface Settings {
  readonly seed: string;
  readonly chainIds: readonly number[];
  readonly withRedis: boolean;
  readonly set: ParameterSet;
  readonly mining: Mining;
  readonly prices: { readonly signers: number; readonly threshold: number };
  readonly members: number;
  readonly keepers: number;
  readonly slotsInAnEpoch: number;
  readonly directory: string | undefined;
  readonly keys: LocalKeys;
  readonly addresses: LocalAddresses;
  readonly plan: DeploymentPlan;
  readonly feedSetId: Hex;
  readonly say: (line: string) => void;
}

export const settingsOf = (options: LocalnetOptions): Settings => {
  const seed = options.seed ?? 'bulkhead';
  const first = options.firstChainId ?? 31_337;
  const chosen = options.parameterSet ?? 'demo';
  const set = typeof chosen === 'string' ? parameterSets[chosen] : chosen;
  const prices = options.prices ?? { signers: 3, threshold: 2 };
  const [members, keepers] = [options.members ?? 2, options.keepers ?? 2];
  if (prices.threshold > prices.signers || prices.threshold < 2 || prices.threshold * 2 <= prices.signers) {
    throw new LocalnetError(`A feed cannot be signed by ${prices.threshold} of ${prices.signers}.`, {
      remedy: 'At least two and more than half must sign (BR-4).',
    });
  }
  const keys = localKeys(seed, { priceSigners: prices.signers, members, keepers });
  const addresses = localAddresses(keys.proposer.address, set);
  const feedSetId = keccak256(stringToHex(`bulkhead localnet | ${seed}`));
  return {
    seed,
    chainIds: Array.from({ length: options.chains ?? 1 }, (_, index) => first + index),
    withRedis: options.redis ?? true,
    set,
    mining: options.mining ?? 'auto',
    prices,
    members,
    keepers,
    slotsInAnEpoch: options.slotsInAnEpoch ?? 2,
    directory: options.directory,
    keys,
    addresses,
    plan: localPlan({
      set,
      addresses,
      proposer: keys.proposer,
      guardian: keys.guardian.address,
      feedSetId,
      priceSigners: keys.priceSigners.map(signer => signer.address),
      threshold: prices.threshold,
    }),
    feedSetId,
    say: options.onProgress ?? (() => {}),
  };
};

/** The settings that a state file was written under. */
export const settingsFrom = (state: StateFile, directory: string, parameterSet: ParameterSet | undefined): Settings => {
  const known = Object.values(parameterSets).find(set => set.name === state.parameterSet);
  const set = parameterSet ?? known;
  if (set === undefined || set.name !== state.parameterSet) {
    throw new LocalnetError(`${directory} was started with the parameter set "${state.parameterSet}".`, {
      remedy: 'Give that set.',
    });
  }
  const { seed, chainIds, prices, members, keepers } = state;
  const first = chainIds[0] ?? 31_337;
  return settingsOf({
    ...{ seed, prices, members, keepers, directory },
    chains: chainIds.length,
    firstChainId: first,
    parameterSet: set,
  });
};

/** What a state file says of these settings. */
export const stateOf = (settings: Settings): StateFile => ({
  version: 1,
  seed: settings.seed,
  parameterSet: settings.set.name,
  chainIds: settings.chainIds,
  prices: settings.prices,
  members: settings.members,
  keepers: settings.keepers,
});

/** A directory can only be gone on from with the settings that it was made with. */
export const requireSameSettings = (settings: Settings, found: StateFile): void => {
  const { running: _running, ...before } = found;
  const now = stateOf(settings);
  const differing = (Object.keys(now) as (keyof typeof now)[]).filter(
    key => JSON.stringify(now[key]) !== JSON.stringify(before[key as keyof typeof before]),
  );
  if (differing.length === 0) return;
  throw new LocalnetError(`${settings.directory} holds a network with another ${differing.join(', ')}.`, {
    remedy: 'Use the same options as before, or an empty directory.',
  });
};
