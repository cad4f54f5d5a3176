/** SEG-2, judged from outside: which (transaction, vault) pairs changed something behind a wall that the call did not name. */
import type { GroupState, Hex32, VaultId } from '@bulkhead/shared';
import type { DeclaredChange, TransactionView, VaultView } from './model.ts';

/** A wall crossed: the transaction changed this vault, and neither acted on it nor named it. */
export interface Crossing {
  /** Undefined when several transactions of the block could have done it. */
  readonly transaction: Hex32 | undefined;
  readonly vault: VaultId;
  /** What changed, for people: "free 0x… fell by 5". */
  readonly what: string;
}

interface Change {
  readonly vault: VaultId;
  readonly aspect: 'free' | 'locked' | 'credit' | 'owed' | 'due' | 'position';
  readonly item: string;
  readonly change: bigint;
}

const keyOf = (change: { readonly vault: VaultId; readonly aspect: string; readonly item: string }): string =>
  `${change.vault}|${change.aspect}|${change.item}`;

const describe = (change: Change): string => {
  const size = change.change < 0n ? -change.change : change.change;
  return `${[change.aspect, change.item].filter(Boolean).join(' ')} ${change.change < 0n ? 'fell' : 'rose'} by ${size}`;
};

const noAsset = { live: 0n, free: 0n, locked: 0n, credit: 0n };

const changesOfAssets = (before: VaultView | undefined, after: VaultView): readonly Change[] => {
  const tokens = new Set([...(before?.assets.keys() ?? []), ...after.assets.keys()]);
  return [...tokens].flatMap(token => {
    const was = before?.assets.get(token) ?? noAsset;
    const is = after.assets.get(token) ?? noAsset;
    return (['free', 'locked', 'credit'] as const).map(aspect => ({
      vault: after.vault,
      aspect,
      item: token,
      change: is[aspect] - was[aspect],
    }));
  });
};

/** Everything that differs between two views of a vault. A vault seen for the first time is compared with an empty one. */
export const changesBetween = (before: VaultView | undefined, after: VaultView): readonly Change[] => {
  const instruments = new Set([...(before?.positions.keys() ?? []), ...after.positions.keys()]);
  const positions = [...instruments].map(instrument => ({
    vault: after.vault,
    aspect: 'position' as const,
    item: String(instrument),
    change: (after.positions.get(instrument) ?? 0n) - (before?.positions.get(instrument) ?? 0n),
  }));
  const sums: readonly Change[] = [
    { vault: after.vault, aspect: 'owed', item: '', change: after.owed - (before?.owed ?? 0n) },
    { vault: after.vault, aspect: 'due', item: '', change: after.due - (before?.due ?? 0n) },
  ];
  return [...changesOfAssets(before, after), ...positions, ...sums].filter(change => change.change !== 0n);
};

const declaredOutside = (transaction: TransactionView, shared: ReadonlySet<VaultId>): readonly Crossing[] =>
  transaction.declared
    .filter(change => change.change !== 0n && !transaction.parties.has(change.vault) && !shared.has(change.vault))
    .map(change => ({ transaction: transaction.hash, vault: change.vault, what: describe(change) }));

const sumsOf = (transactions: readonly TransactionView[]): ReadonlyMap<string, bigint> => {
  const sums = new Map<string, bigint>();
  const add = (change: DeclaredChange): void => {
    sums.set(keyOf(change), (sums.get(keyOf(change)) ?? 0n) + change.change);
  };
  for (const transaction of transactions) transaction.declared.forEach(add);
  return sums;
};

const eachOnce = (crossings: readonly Crossing[]): readonly Crossing[] => {
  const seen = new Map<string, Crossing>();
  for (const crossing of crossings) {
    const key = `${crossing.transaction ?? ''}|${crossing.vault}`;
    if (!seen.has(key)) seen.set(key, crossing);
  }
  return [...seen.values()];
};

const ended = (after: readonly VaultView[], { vault, item }: Change): boolean =>
  !after.some(view => view.vault === vault && view.positions.has(Number(item)));

/** The vaults that each vault was margined with, before the block or after it. */
export const membersIn = (groups: readonly GroupState[]): ReadonlyMap<VaultId, ReadonlySet<VaultId>> => {
  const members = new Map<VaultId, Set<VaultId>>();
  for (const { vaults } of groups.filter(group => group.vaults.length > 1)) {
    for (const vault of vaults) members.set(vault, new Set([...(members.get(vault) ?? []), ...vaults]));
  }
  return members;
};

/** A call that acts on a vault acts on the group that it is margined in (SEG-2). */
export const withSiblings =
  (members: ReadonlyMap<VaultId, ReadonlySet<VaultId>>) =>
  (transaction: TransactionView): TransactionView => ({
    ...transaction,
    parties: new Set([...transaction.parties].flatMap(vault => [vault, ...(members.get(vault) ?? [])])),
  });

/**
 * Judges one block. What a block's transactions may change is what they act on or name, plus the clearing house's own escrows (`shared`). A gains
 * haircut changes `due` of others, and nothing else of them: at once, and again whenever somebody is settled for the same round and sets a gain off against a
 * loss, because what is left of the round then bears the same haircut.
 * @param haircutBefore whether gains were ever written off on this chain, in an earlier block.
 */
export const wallsCrossedIn = (
  before: ReadonlyMap<VaultId, VaultView>,
  after: readonly VaultView[],
  transactions: readonly TransactionView[],
  shared: ReadonlySet<VaultId>,
  haircutBefore = false,
): readonly Crossing[] => {
  const parties = new Set(transactions.flatMap(transaction => [...transaction.parties]));
  const settles = transactions.some(transaction => transaction.events.includes('Settled'));
  const haircut = transactions.some(transaction => transaction.writesOffGains) || (haircutBefore && settles);
  const declared = sumsOf(transactions);
  const expired = new Set(transactions.flatMap(transaction => transaction.expired.map(String)));
  const culprit = transactions.length === 1 ? transactions[0]?.hash : undefined;

  const isAllowed = (change: Change): boolean => {
    if (shared.has(change.vault) || parties.has(change.vault)) return true;
    if (change.aspect === 'due' && change.change < 0n && haircut) return true;
    // What expired has ended for all who held it, and its last round is closed for all alike.
    if (change.aspect === 'position' && expired.has(change.item)) return ended(after, change);
    // Declared by an event: already judged, with the transaction that did it.
    return declared.get(keyOf(change)) === change.change;
  };

  const silent = after
    .flatMap(view => changesBetween(before.get(view.vault), view))
    .filter(change => !isAllowed(change))
    .map(change => ({ transaction: culprit, vault: change.vault, what: describe(change) }));
  return eachOnce([...transactions.flatMap(transaction => declaredOutside(transaction, shared)), ...silent]);
};
