import type { Touch, VaultId } from '@bulkhead/shared';
import type { ChangedWord } from './stateDiff.ts';

/**
 * What a changed word means. `touch`: something behind a vault's wall. `shared`: market data that every group shares, or a key that the call is
 * there to consume. `listed`: bookkeeping of a vault that follows from its other changes; it counts as a touch when there are none.
 */
export type Meaning =
  | { readonly kind: 'touch'; readonly touch: Touch }
  | { readonly kind: 'shared' }
  | { readonly kind: 'listed'; readonly vault: VaultId };

/** Everything that a word can mean to one contract, by slot. */
export type Explanations = ReadonlyMap<bigint, (word: ChangedWord) => readonly Meaning[]>;

export const shared: readonly Meaning[] = [{ kind: 'shared' }];

export const touched = (
  vault: VaultId,
  aspect: Touch['aspect'],
  item: string,
  before: bigint,
  after: bigint,
): readonly Meaning[] => (before === after ? [] : [{ kind: 'touch', touch: { vault, aspect, item, before, after } }]);
