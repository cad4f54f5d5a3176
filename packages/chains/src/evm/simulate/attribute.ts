import type { Address, Touch, VaultId } from '@bulkhead/shared';
import type { EvmAddresses } from '../addresses.ts';
import type { Candidates, Surroundings } from './candidates.ts';
import { type Explanations, type Meaning, touched } from './explain.ts';
import { explainCredits, explainEntries } from './explainBook.ts';
import { explainObligations, explainRounds } from './explainClearing.ts';
import { explainDebts, explainRequirements } from './explainGroups.ts';
import { explainAuctions, explainPrices } from './explainOthers.ts';
import { explainWaterfall } from './explainWaterfall.ts';
import type { AccountDiff, ChangedWord, StateDiff } from './stateDiff.ts';
import type { BalanceSlot } from './tokenSlots.ts';

export interface Attribution {
  readonly addresses: EvmAddresses;
  readonly around: Surroundings;
  readonly escrowOf: (vault: VaultId) => Address;
  /** Where each listed token keeps balances; absent: unknown, so that nothing of it is explained. */
  readonly balanceSlots: ReadonlyMap<Address, BalanceSlot>;
  /** The signer: its own purse is behind no wall. */
  readonly from: Address;
  /** By token, words that hold what the signer allows the margin engine to take; only for a deposit. */
  readonly allowances: ReadonlyMap<Address, ReadonlySet<bigint>>;
  /** The acted vault's venue when that is not the clearing house, but one that the operator trusts: all its words count as that vault's position. */
  readonly foreign?: { readonly venue: Address; readonly vault: VaultId } | undefined;
}

type Explain = (candidates: Candidates) => Explanations;

/** Lazily, in the order of likelihood: a contract whose words are all explained costs no further hashing. */
const explainersOf = (account: Address, { addresses, around }: Attribution): readonly Explain[] | undefined => {
  switch (account) {
    case addresses.marginEngine:
      return [candidates => explainEntries(candidates, around), candidates => explainCredits(candidates, around)];
    case addresses.clearingHouse:
      return [explainObligations, explainRounds, explainWaterfall];
    case addresses.liquidationEngine:
      return [explainAuctions];
    case addresses.oracleHub:
      return [explainPrices];
    case addresses.marginGroups:
      return [explainDebts];
    case addresses.portfolioRequirements:
      return [explainRequirements];
    default:
      return undefined;
  }
};

const tokenExplainer =
  (token: Address, attribution: Attribution): Explain =>
  ({ vaults }) => {
    const found = new Map<bigint, (word: ChangedWord) => readonly Meaning[]>();
    const balanceSlot = attribution.balanceSlots.get(token);
    if (balanceSlot === undefined) return found;
    const own: readonly bigint[] = [balanceSlot(attribution.from), ...(attribution.allowances.get(token) ?? [])];
    for (const slot of own) found.set(slot, () => [{ kind: 'shared' }]);
    for (const vault of vaults) {
      found.set(balanceSlot(attribution.escrowOf(vault)), ({ before, after }) =>
        touched(vault, 'escrow', token, before, after),
      );
    }
    return found;
  };

const unknownWord = (account: Address, { slot, before, after }: ChangedWord): Meaning => ({
  kind: 'touch',
  touch: { vault: undefined, aspect: 'unattributed', item: `${account}:0x${slot.toString(16)}`, before, after },
});

const meaningsOf = (
  account: Address,
  words: readonly ChangedWord[],
  explainers: readonly Explain[],
  candidates: Candidates,
): readonly Meaning[] => {
  const meanings: Meaning[] = [];
  let open = words;
  for (const explain of explainers) {
    if (open.length === 0) break;
    const explanations = explain(candidates);
    const left: ChangedWord[] = [];
    for (const word of open) {
      const found = explanations.get(word.slot)?.(word) ?? [];
      if (found.length > 0) meanings.push(...found);
      else left.push(word);
    }
    open = left;
  }
  return [...meanings, ...open.map(word => unknownWord(account, word))];
};

const created = (account: Address, candidates: Candidates, attribution: Attribution): readonly Meaning[] => {
  const vault = candidates.vaults.find(one => attribution.escrowOf(one) === account);
  if (vault !== undefined) return [{ kind: 'shared' }];
  return [
    {
      kind: 'touch',
      touch: { vault: undefined, aspect: 'unattributed', item: `${account}:code`, before: 0n, after: 1n },
    },
  ];
};

const accountMeanings = (
  account: Address,
  diff: AccountDiff,
  candidates: Candidates,
  attribution: Attribution,
): readonly Meaning[] => {
  const { quoteToken, tokens } = attribution.around;
  const { foreign } = attribution;
  if (foreign?.venue === account) {
    return diff.words.flatMap(({ slot, before, after }) =>
      touched(foreign.vault, 'position', `${account}:0x${slot.toString(16)}`, before, after),
    );
  }
  const isToken = account === quoteToken || tokens.includes(account);
  const explainers = isToken ? [tokenExplainer(account, attribution)] : (explainersOf(account, attribution) ?? []);
  return [
    ...meaningsOf(account, diff.words, explainers, candidates),
    ...(diff.created ? created(account, candidates, attribution) : []),
  ];
};

/** Bookkeeping words count as a touch only where nothing else of the vault changed: else they follow from what did. */
const touchesOf = (meanings: readonly Meaning[]): readonly Touch[] => {
  const touches = meanings.flatMap(meaning => (meaning.kind === 'touch' ? [meaning.touch] : []));
  const named = new Set(touches.map(({ vault }) => vault));
  const bare = new Set(
    meanings.flatMap(meaning => (meaning.kind === 'listed' && !named.has(meaning.vault) ? [meaning.vault] : [])),
  );
  const listed = [...bare].map((vault): Touch => ({ vault, aspect: 'position', item: '', before: 0n, after: 1n }));
  return [...touches, ...listed];
};

/** Several words of one place (claims that moved up) as one touch; what nets to nothing there stays visible as a touch without change. */
const merged = (touches: readonly Touch[]): readonly Touch[] => {
  const places = new Map<string, Touch>();
  for (const touch of touches) {
    const place = `${touch.vault}|${touch.aspect}|${touch.item}`;
    const first = places.get(place);
    const mergeable = touch.aspect === 'owed' || touch.aspect === 'due';
    if (first === undefined) places.set(place, touch);
    else if (mergeable)
      places.set(place, { ...first, before: first.before + touch.before, after: first.after + touch.after });
    else places.set(`${place}|${places.size}`, touch);
  }
  return [...places.values()];
};

/**
 * Says for every storage word that a transaction changes whose wall it is behind. What is neither a candidate's nor on the short list of shared
 * market data comes out as `unattributed`: the guard refuses it. Pure.
 */
export const attribute = (diff: StateDiff, candidates: Candidates, attribution: Attribution): readonly Touch[] =>
  merged(
    touchesOf(
      [...diff].flatMap(([account, accountDiff]) => accountMeanings(account, accountDiff, candidates, attribution)),
    ),
  );
