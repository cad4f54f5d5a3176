import { type BlockRef, type ChainError, failure, ok, type Result, type VaultId } from '@bulkhead/shared';
import type { Chain } from '@bulkhead/shared/ports';
import type { Assessor } from '../act/assessor.ts';
import type { KeeperDependencies } from '../dependencies.ts';
import type { ReadSituation } from '../reading.ts';
import type { ChainView } from './chainView.ts';

const idsPerPage = 1_000;

/** All vault ids at one block. */
const readAllVaults = async (chain: Chain, at: BlockRef): Promise<Result<readonly VaultId[], ChainError>> => {
  const vaults: VaultId[] = [];
  for (;;) {
    const page = await chain.readVaults(at, vaults.length, idsPerPage);
    if (!page.ok) return page;
    vaults.push(...page.value.value.vaults);
    if (vaults.length >= page.value.value.total || page.value.value.vaults.length === 0) return ok(vaults);
  }
};

export interface ResyncParts {
  readonly chain: Chain;
  readonly read: ReadSituation;
  readonly view: ChainView;
  readonly assessor: Assessor;
  readonly bidderVault: VaultId;
}

/**
 * Third detection path: reads every vault again, at one block. Slow, and loses nothing (F22). Also how the book is built at the start.
 * @returns the block that was read.
 */
export const resync = async (
  dependencies: KeeperDependencies,
  parts: ResyncParts,
  signal: AbortSignal,
): Promise<Result<BlockRef, ChainError>> => {
  const { chain, read, view, assessor, bidderVault } = parts;
  const head = await chain.head();
  if (!head.ok) return head;
  const [vaults] = await Promise.all([readAllVaults(chain, head.value), assessor.learnGasPrice()]);
  if (!vaults.ok) return failure(vaults.error);
  const size = dependencies.settings.readBatch;
  for (let from = 0; from < vaults.value.length && !signal.aborted; from += size) {
    const batch = vaults.value.slice(from, from + size);
    const reading = await read([...new Set([...batch, bidderVault])], head.value);
    if (!reading.ok) return reading;
    await assessor.assess(reading.value, batch, 'resync');
  }
  if (!signal.aborted) view.keepOnly(new Set([...vaults.value, bidderVault]));
  dependencies.metrics.gauge('keeper_vaults', view.book?.size ?? 0, { chain: chain.id });
  return head;
};
