import { deploymentOn, withDeployment } from '@bulkhead/addresses';
import { type DeploymentStep, type Examined, firstBlockOf, verifyDeployment } from '@bulkhead/deployment';
import type { AddressBookEntry, DeploymentFile } from '@bulkhead/shared/config';
import type { Hex } from 'viem';
import { unlockKey } from '../adapters/keystore.ts';
import { readAddressBook, writeAddressBook } from '../config/addressBookFile.ts';
import { type OnChain, reachChain, type Surveyed, surveyChain } from './onChain.ts';
import { sendSteps } from './sendSteps.ts';

/** What is being done, for whoever watches. */
export interface DeploymentWatcher {
  surveyed(on: Surveyed): void;
  sent(on: OnChain, step: DeploymentStep, hash: Hex): void;
  verified(on: OnChain, examined: readonly Examined[]): void;
}

/** What came of one chain. */
export interface ChainOutcome {
  readonly chain: string;
  readonly contracts: OnChain['plan']['addresses'];
  /** Contracts that stood there before. */
  readonly present: readonly string[];
  /** Contracts that were, or in a dry run would be, deployed. */
  readonly deployed: readonly string[];
  readonly warnings: readonly string[];
  /** Empty in a dry run, and when it was interrupted before. */
  readonly examined: readonly Examined[];
  readonly ok: boolean;
}

const every = <Result>(file: DeploymentFile, ask: (index: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(file.chains.map((_, index) => ask(index)));

const outcomeOf = (on: Surveyed, deployed: number, examined: readonly Examined[], ok: boolean): ChainOutcome => ({
  chain: on.chain.id,
  contracts: on.plan.addresses,
  present: on.survey.present.map(({ name }) => name),
  deployed: on.steps.slice(0, deployed).map(({ name }) => name),
  warnings: on.survey.warnings,
  examined,
  ok,
});

const isSound = (examined: readonly Examined[]): boolean => examined.every(({ findings }) => findings.length === 0);

/** Everything that a run would send and where, without a key. */
export const dryRun = async (file: DeploymentFile, watcher: DeploymentWatcher): Promise<readonly ChainOutcome[]> => {
  const surveyed = await every(file, async index => surveyChain(await reachChain(file, index)));
  return surveyed.map(on => {
    watcher.surveyed(on);
    return outcomeOf(on, on.steps.length, [], true);
  });
};

/** From where the roles of the timelock are counted: the book's block, else the chain's first. */
const blockInBook = async (file: DeploymentFile, { chainId }: OnChain): Promise<bigint> =>
  BigInt(deploymentOn(chainId, await readAddressBook(file.addressBook, 'empty'))?.block ?? 0);

/** Looks at a deployment that stands, without a key. */
export const verifyOnly = async (
  file: DeploymentFile,
  watcher: DeploymentWatcher,
): Promise<readonly ChainOutcome[]> => {
  const outcomes: ChainOutcome[] = [];
  for (const on of await every(file, index => reachChain(file, index))) {
    const examined = await verifyDeployment(on.client, on.plan, await blockInBook(file, on));
    watcher.verified(on, examined);
    const nothing = { present: [], deployed: [], warnings: [] };
    outcomes.push({ chain: on.chain.id, contracts: on.plan.addresses, ...nothing, examined, ok: isSound(examined) });
  }
  return outcomes;
};

/** An entry that a verified deployment gets. What an earlier run wrote of its block stays. */
const remember = async (file: DeploymentFile, on: OnChain, firstBlock: bigint): Promise<void> => {
  const book = await readAddressBook(file.addressBook, 'empty');
  const entry: AddressBookEntry = {
    deployer: file.signer.address,
    label: file.label,
    block: Number(firstBlock),
    quoteToken: on.chain.quoteToken,
    contracts: on.plan.addresses,
  };
  await writeAddressBook(file.addressBook, withDeployment(book, on.chainId, entry));
};

interface Acting {
  readonly file: DeploymentFile;
  readonly key: Hex;
  readonly watcher: DeploymentWatcher;
  readonly signal: AbortSignal;
}

const deployOn = async (on: Surveyed, { file, key, watcher, signal }: Acting): Promise<ChainOutcome> => {
  const before = await on.client.getBlockNumber();
  const sent = await sendSteps(on.steps, {
    endpoint: on.chain.endpoint,
    chainId: on.chainId,
    key,
    spendCap: file.signer.dailySpendCap,
    signal,
    onSent: (step, hash) => watcher.sent(on, step, hash),
  });
  if (sent < on.steps.length) return outcomeOf(on, sent, [], false);
  // An endpoint that serves no old events: nothing that is sent now is older than this block.
  const firstBlock = (await firstBlockOf(on.client, on.plan)) ?? before;
  const examined = await verifyDeployment(on.client, on.plan, firstBlock);
  watcher.verified(on, examined);
  const ok = isSound(examined);
  if (ok) await remember(file, on, firstBlock);
  return outcomeOf(on, sent, examined, ok);
};

/**
 * Puts the deployment on every chain of the file, goes on where an earlier run stopped, verifies it, and writes the addresses down.
 * Every chain is looked at before anything is sent to any.
 */
export const deployEverywhere = async (
  file: DeploymentFile,
  watcher: DeploymentWatcher,
  signal: AbortSignal,
): Promise<readonly ChainOutcome[]> => {
  const surveyed = await every(file, async index => surveyChain(await reachChain(file, index)));
  // A book that cannot be read is found before it is needed.
  await readAddressBook(file.addressBook, 'empty');
  const chainIds = surveyed.map(({ chainId }) => chainId);
  const key = await unlockKey(file.signer, chainIds);
  const outcomes: ChainOutcome[] = [];
  for (const on of surveyed) {
    watcher.surveyed(on);
    outcomes.push(await deployOn(on, { file, key, watcher, signal }));
    if (signal.aborted) break;
  }
  return outcomes;
};
