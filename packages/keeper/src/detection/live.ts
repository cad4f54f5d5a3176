import type { VaultId, WatchItem } from '@bulkhead/shared';
import { milliseconds } from '@bulkhead/shared';
import type { Chain } from '@bulkhead/shared/ports';
import type { Assessor } from '../act/assessor.ts';
import type { KeeperDependencies } from '../dependencies.ts';
import type { ChainView } from './chainView.ts';

/** Name of the durable watermark: events up to it were taken in. */
export const watermarkName = 'keeper';

/** Changes of the last blocks, so that a reorganisation can name what it voids. */
const rememberedBlocks = 256n;

export interface LiveParts {
  readonly chain: Chain;
  readonly view: ChainView;
  readonly assessor: Assessor;
  /** The stream lost something that cannot be replayed: read everything again. */
  readonly onGap: () => void;
  readonly onHead: () => void;
  /** Rounds were closed, vaults settled or filled: settlement and inventory are worth a look. */
  readonly onSettlement: () => void;
  /** A bid of ours was filled. */
  readonly onOwnBid: () => void;
  readonly bidderVault: VaultId;
}

interface Change {
  readonly block: bigint;
  readonly vaults: readonly VaultId[];
}

/** First detection path: what the chain says happened. Fast, and may lose things; prices and resync make up for that (F22). */
export const createLiveWatch = (dependencies: KeeperDependencies, parts: LiveParts) => {
  const { clock, effects, log, metrics, store } = dependencies;
  const { chain, view, assessor } = parts;
  let changes: Change[] = [];

  const vaultsChanged = (block: bigint, vaults: readonly VaultId[]): void => {
    changes.push({ block, vaults });
    changes = changes.filter(change => change.block + rememberedBlocks > block);
    assessor.request(vaults, 'live');
  };

  const takeEvent = (item: Extract<WatchItem, { kind: 'event' }>): void => {
    const { event, place } = item;
    if (event.kind === 'vaultsChanged') {
      vaultsChanged(place.block.number, event.vaults);
      if (event.cause !== 'auction') parts.onSettlement();
    } else if (event.kind === 'bidFilled') {
      vaultsChanged(place.block.number, [event.vault, event.bidderVault]);
      if (event.bidderVault === parts.bidderVault) parts.onOwnBid();
    } else if (event.kind === 'pricePosted') {
      view.takeStored(event.price);
      const ticked = view.reprice(clock.now());
      if (ticked) assessor.decideNow(ticked.failing.map(one => one.vault));
      assessor.request(view.reported(), 'price');
    } else if (event.kind === 'priceHeld') view.takeHeld(event.feed, event.held);
    else if (event.kind === 'roundClosed') {
      // Also what a write-off is told as: the gainers whose due it lowers are in no event.
      vaultsChanged(place.block.number, view.holders(event.instrument));
      parts.onSettlement();
    } else if (event.kind === 'marketChanged') parts.onGap();
  };

  const retract = (from: bigint): void => {
    const voided = changes.filter(change => change.block >= from).flatMap(change => change.vaults);
    changes = changes.filter(change => change.block < from);
    view.forgetFrom(from);
    metrics.count('keeper_retractions_total', { chain: chain.id });
    log.warn('the chain was reorganised: what it said is read again', { chain: chain.id, from, vaults: voided.length });
    assessor.request(new Set(voided), 'live');
  };

  const take = async (item: WatchItem): Promise<void> => {
    if (item.kind === 'event') takeEvent(item);
    else if (item.kind === 'head') {
      view.takeHead(item.block);
      effects.headSeen(chain.id, item.block);
      parts.onHead();
    } else if (item.kind === 'retraction') retract(item.from);
    else if (item.kind === 'gap') {
      log.warn('the live stream lost blocks: everything is read again', {
        chain: chain.id,
        from: item.from,
        to: item.to,
      });
      parts.onGap();
    } else await store.advanceWatermark(chain.id, watermarkName, item.block.number);
  };

  return {
    /** Watches from the block on until the signal aborts. A stream that ends or breaks is opened again, after a full read. */
    async run(cursor: bigint, signal: AbortSignal): Promise<void> {
      let from = cursor;
      while (!signal.aborted) {
        try {
          for await (const item of chain.watch(from, signal)) {
            await take(item);
            if (signal.aborted) return;
          }
        } catch (error) {
          log.error('the live stream broke', { chain: chain.id, error: String(error) });
        }
        if (signal.aborted) return;
        from = view.head?.number ?? from;
        parts.onGap();
        await clock.sleep(milliseconds(dependencies.settings.freshness.retry), signal);
      }
    },
  };
};
