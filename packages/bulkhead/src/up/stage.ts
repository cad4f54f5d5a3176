/** Sets the stage: chains, contracts, vaults with positions, keepers with members of their own. */

import type * as localnetModule from '@bulkhead/localnet';
import type { Localnet, Supervisor } from '@bulkhead/localnet';
import { milliseconds, type VaultId, vaultId } from '@bulkhead/shared';
import type { Clock } from '@bulkhead/shared/ports';
import { seededRandom } from '../adapters/seededRandom.ts';
import { admitKeepers, type KeeperPlan, planKeepers } from './keepers.ts';
import { readSp500 } from './marketData.ts';
import { type ModeAccount, modeAccounts, openModeAccounts } from './modeAccounts.ts';
import type { UpOptions } from './options.ts';
import { instruments, upParameterSet } from './parameterSet.ts';
import { parseDays } from './pricePath.ts';
import { layTicks, type Tick } from './ticks.ts';
import { openWeekendVaults, type WeekendTrader, weekendTrader } from './weekendTraders.ts';

export type LocalnetModule = typeof localnetModule;

export interface Stage {
  readonly localnet: Localnet;
  readonly module: LocalnetModule;
  readonly supervisor: Supervisor;
  readonly ticks: readonly Tick[];
  readonly keepers: readonly KeeperPlan[];
  readonly weekend: WeekendTrader;
  readonly marketMaker: VaultId;
  /** One account in each mode, on the first chain; not counted among the vaults that were asked for. */
  readonly modes: readonly ModeAccount[];
  /** Vaults of keepers and the market maker: no clients. */
  readonly others: ReadonlySet<VaultId>;
}

const chains = 2;
const weekendVaultsPerChain = 2;

/**
 * Opens nearly everything at one leverage or another, longs and shorts, so that the fall as well as the rallies on the way down find somebody whose
 * margin has run out.
 */
const leverage = [
  { weight: 25, from: 1, to: 2 },
  { weight: 35, from: 2, to: 4 },
  { weight: 25, from: 4, to: 6.5 },
  { weight: 15, from: 6.5, to: 9 },
];

const layPath = async (seed: string, days: UpOptions['days']): Promise<readonly Tick[]> =>
  layTicks(parseDays(await readSp500()), {
    days,
    collateralStart: (3_000n * 10n ** 18n) as Tick['collateral'],
    random: label => seededRandom(seed, label),
  });

const openVaults = async (localnet: Localnet, module: LocalnetModule, options: UpOptions): Promise<WeekendTrader> => {
  const perChain = Math.floor(options.vaults / chains);
  const weekendVaults = Math.min(weekendVaultsPerChain, perChain - 1);
  await module.seedMarket(localnet, {
    owners: Math.min(20, perChain - weekendVaults),
    vaultsPerChain: perChain - weekendVaults,
    seed: options.seed,
    members: 1,
    instruments: { [instruments.autumn]: 1, [instruments.spring]: 1 },
    longShare: 0.6,
    leverage,
    equity: { from: 5_000, to: 25_000 },
  });
  return openWeekendVaults(localnet, module, weekendVaults);
};

export const setStage = async (
  options: UpOptions,
  clock: Clock,
  keptIn: string | undefined,
  say: (line: string) => void,
  own: (stop: () => Promise<void>) => void,
): Promise<Stage> => {
  const module = await import('@bulkhead/localnet');
  const ticks = await layPath(options.seed, options.days);
  const [first] = ticks;
  if (!first) throw new RangeError('the price path is empty');
  const set = upParameterSet(module.demoParameterSet, { autumn: first.autumn.price, spring: first.spring.price });
  for (const line of module.describeParameterSet(set)) say(line);
  const localnet = await module.startLocalnet({
    chains,
    keepers: 2,
    members: 1,
    seed: options.seed,
    parameterSet: set,
    slotsInAnEpoch: 1,
    onProgress: say,
    ...(keptIn === undefined ? {} : { directory: keptIn }),
  });
  own(() => localnet.stop());
  const supervisor = module.createSupervisor();
  own(() => supervisor.stop());
  const keepers = planKeepers(localnet, module);
  const [member] = localnet.keys.members;
  if (!member) throw new TypeError('the local network has a member');
  const marketMaker = module.firstVaultOf(member);
  const weekend = localnet.resumed
    ? weekendTrader(localnet, module, weekendVaultsPerChain)
    : await openVaults(localnet, module, options);
  if (!localnet.resumed) {
    say(`${options.vaults} vaults opened and traded for on ${chains} chains`);
    await openModeAccounts(localnet, module);
    say('one account in each mode opened: segregated, cross, portfolio, with the same holdings');
    await admitKeepers(localnet, module, keepers, member);
  }
  // Prices are signed at the start of a second, blocks come half a second later: the mean of any phase, and the same in every run.
  await clock.sleep(milliseconds((1_500 - (clock.now() % 1_000)) % 1_000));
  await Promise.all(localnet.chains.map(chain => module.setMining(chain.client, { everySeconds: 1 })));
  return {
    localnet,
    module,
    supervisor,
    ticks,
    keepers,
    weekend,
    marketMaker,
    modes: modeAccounts(localnet, module),
    others: new Set([marketMaker, ...keepers.map(keeper => vaultId(keeper.vault))]),
  };
};
