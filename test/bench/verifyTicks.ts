import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { evaluateGroup, isHealthy } from '@bulkhead/risk';
import type { VaultId } from '@bulkhead/shared';
import { market, seedGroups } from './market.ts';
import type { Tick } from './pricePath.ts';

/** What a run decided: for each tick, which of the `groups` seeded vaults it found failing. */
export interface Decisions {
  readonly groups: number;
  readonly ticks: readonly Tick[];
  readonly failing: readonly (readonly VaultId[])[];
}

interface Part extends Decisions {
  readonly part: number;
  readonly parts: number;
}

type Verdict = { readonly checked: number } | { readonly wrong: string };

/** Every group of this part at every tick, by the exact integers and nothing else. */
const verifyPart = ({ groups, ticks, failing, part, parts }: Part): Verdict => {
  const mine = seedGroups(groups).filter((_, index) => index % parts === part);
  let checked = 0;
  for (const [index, tick] of ticks.entries()) {
    const prices = new Map(tick);
    const found = new Set(failing[index]);
    for (const group of mine) {
      const health = evaluateGroup(group, market, prices);
      if (!health.ok) return { wrong: `tick ${index}: ${group.vault} cannot be evaluated: ${health.error.kind}` };
      if (isHealthy(health.value) === found.has(group.vault))
        return {
          wrong: `tick ${index}: ${group.vault} is ${isHealthy(health.value) ? 'healthy' : 'failing'}; the book said otherwise`,
        };
      checked++;
    }
  }
  return { checked };
};

const verifyElsewhere = (part: Part): Promise<Verdict> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: part });
    worker.once('message', resolve).once('error', reject);
    worker.once('exit', code => reject(new Error(`the verification ended with ${code}`)));
  });

/** Decides everything again on all cores, outside whatever is timed. @returns how many decisions were compared. Throws when one differs. */
export const verifyTicks = async (decisions: Decisions): Promise<number> => {
  const parts = availableParallelism();
  const verdicts = await Promise.all(
    Array.from({ length: parts }, (_, part) => verifyElsewhere({ ...decisions, part, parts })),
  );
  let checked = 0;
  for (const verdict of verdicts) {
    if ('wrong' in verdict) throw new Error(`a decision is wrong: ${verdict.wrong}`);
    checked += verdict.checked;
  }
  return checked;
};

if (!isMainThread) parentPort?.postMessage(verifyPart(workerData as Part));
