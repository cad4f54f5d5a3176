/** The keepers of the main job: real processes, started with real configuration files and keystores, through `bulkhead run`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vaultRegistryAbi } from '@bulkhead/contracts';
import type * as localnetModule from '@bulkhead/localnet';
import type { Child, LocalKey, Localnet, Supervisor } from '@bulkhead/localnet';
import { rights } from '@bulkhead/sdk';
import type { ConfigInput } from '@bulkhead/shared/config';
import * as Keystore from 'ox/Keystore';
import { encodeFunctionData, type Hex, keccak256, stringToHex } from 'viem';
import { stringify } from 'yaml';

type LocalnetModule = typeof localnetModule;

export interface KeeperPlan {
  readonly name: string;
  readonly key: LocalKey;
  readonly vault: Hex;
  readonly patience: number;
  readonly settles: boolean;
  /** Its own ledger in the shared Redis. */
  readonly database: number;
}

export interface KeeperChild {
  readonly plan: KeeperPlan;
  readonly url: string;
  readonly child: Child;
}

/** The first keeper is rich and quick; the second is poor, and bids only where the first has left a vault alone for some seconds. */
export const planKeepers = (localnet: Localnet, module: LocalnetModule): readonly KeeperPlan[] =>
  localnet.keys.keepers.slice(0, 2).map((key, index) => ({
    name: index === 0 ? 'keeper-rich' : 'keeper-poor',
    key,
    vault: module.firstVaultOf(key),
    patience: index === 0 ? 0 : 4,
    settles: index === 0,
    database: index,
  }));

const memberNameOf = (plan: KeeperPlan): string => plan.name;

/**
 * Makes each keeper the operator of a member of its own. A novation is called by the operator of one side's member: this is what lets a keeper hand
 * its inventory on to the market maker by itself.
 */
export const admitKeepers = async (
  localnet: Localnet,
  module: LocalnetModule,
  plans: readonly KeeperPlan[],
  marketMaker: LocalKey,
): Promise<void> => {
  await Promise.all(
    localnet.chains.map(async chain => {
      const registry = chain.addresses.vaultRegistry;
      await chain.asAdmin(
        plans.map(plan => ({
          to: registry,
          data: encodeFunctionData({
            abi: vaultRegistryAbi,
            functionName: 'admitMember',
            args: [memberNameOf(plan), plan.key.address],
          }),
        })),
      );
      const outbox = module.createOutbox(chain.client, chain.chainId);
      for (const plan of plans) {
        outbox.add({
          from: plan.key,
          to: registry,
          data: encodeFunctionData({
            abi: vaultRegistryAbi,
            functionName: 'changeVenue',
            args: [plan.vault, chain.addresses.clearingHouse, keccak256(stringToHex(memberNameOf(plan)))],
          }),
          gas: 500_000n,
          what: `moving the vault of ${plan.name} to its own member`,
        });
        // A member trades only with accounts that let it: the market maker lets both keepers.
        outbox.add(module.setRightsCall(chain.addresses, marketMaker, plan.key.address, rights.trade));
      }
      await outbox.flush();
    }),
  );
};

const chainsOf = (localnet: Localnet): ConfigInput['chains'] =>
  localnet.chains.map(chain => ({
    id: chain.id,
    endpoints: [{ http: chain.http, ws: chain.ws }],
    contracts: {
      vaultRegistry: chain.addresses.vaultRegistry,
      marginEngine: chain.addresses.marginEngine,
      clearingHouse: chain.addresses.clearingHouse,
      liquidationEngine: chain.addresses.liquidationEngine,
      oracleHub: chain.addresses.oracleHub,
      marginGroups: chain.addresses.marginGroups,
      portfolioRequirements: chain.addresses.portfolioRequirements,
      vaultLens: chain.addresses.vaultLens,
      multicall3: chain.addresses.multicall3,
    },
    headMaxAge: 10,
    confirmedAfter: 1,
    finalAfter: 2,
  }));

/** Everything but what differs between keepers: also what the observer opens its own chains with. */
export const sharedConfig = (localnet: Localnet): Pick<ConfigInput, 'chains' | 'oracle'> => ({
  chains: chainsOf(localnet),
  oracle: { url: localnet.feed.url },
});

const configOf = (
  localnet: Localnet,
  plan: KeeperPlan,
  files: { readonly keystore: string; readonly password: string; readonly log: string; readonly port: number },
  marketMaker: Hex,
): ConfigInput => {
  const common = sharedConfig(localnet);
  return {
    name: plan.name,
    mode: 'act',
    ...common,
    chains: common.chains.map(chain => ({
      ...chain,
      bidderVault: plan.vault,
      // The market maker is scripted: its member always takes the other side at the mark.
      shed: { counterparty: marketMaker, interval: 3 },
    })),
    redis: { url: `${localnet.redis?.url ?? ''}/${plan.database}` },
    signer: { address: plan.key.address, keystore: files.keystore, passwordFile: files.password },
    keeper: {
      patience: plan.patience,
      settle: { enabled: plan.settles, patience: 0, batch: 50 },
      minimumFraction: 0.001,
      slippage: 0.0005,
      resyncEvery: 60,
    },
    http: { port: files.port },
    log: { level: 'info', file: files.log },
  };
};

/** A keystore of little work: its key is worth nothing outside this machine, and two of them must open in a moment. */
const writeKeystore = async (directory: string, plan: KeeperPlan) => {
  const password = keccak256(stringToHex(`${plan.name} | ${plan.key.privateKey}`)).slice(2, 34);
  const [key, options] = Keystore.pbkdf2({ password, iterations: 10_000 });
  const keystore = join(directory, `${plan.name}.keystore.json`);
  const passwordFile = join(directory, `${plan.name}.password`);
  await writeFile(keystore, `${JSON.stringify(Keystore.encrypt(plan.key.privateKey, key, options))}\n`, {
    mode: 0o600,
  });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  return { keystore, password: passwordFile };
};

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

/** Writes a keeper's files and starts it, exactly as an operator would: `bulkhead run --config FILE`. */
export const startKeeper = async (
  localnet: Localnet,
  module: LocalnetModule,
  supervisor: Supervisor,
  directory: string,
  plan: KeeperPlan,
  marketMaker: Hex,
): Promise<KeeperChild> => {
  await mkdir(directory, { recursive: true });
  const port = await module.freePort();
  const secrets = await writeKeystore(directory, plan);
  const file = join(directory, `${plan.name}.yaml`);
  const config = configOf(localnet, plan, { ...secrets, log: join(directory, `${plan.name}.log`), port }, marketMaker);
  await writeFile(file, stringify(config, { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' }));
  const child = supervisor.start(plan.name, process.execPath, [main, 'run', '--config', file], { directory });
  return { plan, url: `http://127.0.0.1:${port}`, child };
};

/** Resolves when the keeper says that it is ready; rejects with its own words when it ended instead. */
export const untilReady = async ({ plan, url, child }: KeeperChild, signal: AbortSignal): Promise<void> => {
  const deadline = Date.now() + 60_000;
  while (!signal.aborted) {
    if (child.hasEnded()) throw new Error(`${plan.name} ended while it started:\n${child.output()}`);
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    if (Date.now() > deadline) throw new Error(`${plan.name} was not ready within a minute:\n${child.output()}`);
    await new Promise(resolve => setTimeout(resolve, 100));
  }
};
