import type { Address, VaultId } from '@bulkhead/shared';
import type { Candidates, Surroundings } from './candidates.ts';
import { type Explanations, type Meaning, touched } from './explain.ts';
import { mappingSlot, readField, structField, structWords, variableSlot } from './layout.ts';
import type { ChangedWord } from './stateDiff.ts';

const contract = 'MarginEngine';
/** BookStore.MAX_ASSETS: entry 0 is quote. */
const entriesPerVault = 8n;
/** BookStore.FLAG_AUCTION_OPEN, in the tag of entry 0. */
const auctionFlag = 1n;

/** Pairs of vaults grow with the square: in the wide search for an unannounced change, the sums have to do. */
const mostBeneficiaries = 64;

const free = structField(contract, 'Entry', 'free');
const locked = structField(contract, 'Entry', 'locked');
const tag = structField(contract, 'Entry', 'tag');

const amounts = (vault: VaultId, token: Address, before: bigint, after: bigint): readonly Meaning[] => [
  ...touched(vault, 'free', token, readField(before, free), readField(after, free)),
  ...touched(vault, 'locked', token, readField(before, locked), readField(after, locked)),
];

/** Its tag holds flags. The auction's is told; the others (has obligations, is known to the registry) follow from what else changed. */
const quoteEntry = (vault: VaultId, quote: Address, { before, after }: ChangedWord): readonly Meaning[] => [
  ...amounts(vault, quote, before, after),
  ...touched(vault, 'auction', '', readField(before, tag) & auctionFlag, readField(after, tag) & auctionFlag),
  { kind: 'listed', vault },
];

/** An emptied entry can be taken by another token: then both tokens' amounts change. A tag without a listing explains nothing. */
const tokenEntry = (vault: VaultId, tokens: readonly Address[], { before, after }: ChangedWord): readonly Meaning[] => {
  const tokenOf = (word: bigint): Address | undefined => tokens[Number(readField(word, tag)) - 1];
  const old = tokenOf(before);
  const now = tokenOf(after);
  if (now === undefined) return [];
  if (old === now) return amounts(vault, now, before, after);
  const left = old === undefined ? [] : amounts(vault, old, before, 0n);
  const taken = amounts(vault, now, 0n, after);
  return [...left, ...taken, { kind: 'listed', vault }];
};

const addEntries = (
  found: Map<bigint, (word: ChangedWord) => readonly Meaning[]>,
  vault: VaultId,
  around: Surroundings,
) => {
  const first = mappingSlot(variableSlot(contract, '_entries'), vault);
  const words = structWords(contract, 'Entry');
  found.set(first, word => quoteEntry(vault, around.quoteToken, word));
  for (let entry = 1n; entry < entriesPerVault; entry += 1n) {
    found.set(first + entry * words, word => tokenEntry(vault, around.tokens, word));
  }
};

/** Both the sum and each beneficiary's part: the sum alone would not show one beneficiary's credit become another's. */
const addCredits = (
  found: Map<bigint, (word: ChangedWord) => readonly Meaning[]>,
  vault: VaultId,
  token: Address,
  beneficiaries: readonly VaultId[],
) => {
  found.set(mappingSlot(variableSlot(contract, '_creditTotal'), vault, token), ({ before, after }) =>
    touched(vault, 'credit', token, before, after),
  );
  const ofToken = mappingSlot(variableSlot(contract, '_credit'), vault, token);
  for (const beneficiary of beneficiaries) {
    found.set(mappingSlot(ofToken, beneficiary), ({ before, after }) => touched(vault, 'credit', token, before, after));
  }
};

/** The book of the candidates. Everything else that the margin engine stores is no call's to change. */
export const explainEntries = (candidates: Candidates, around: Surroundings): Explanations => {
  const found = new Map<bigint, (word: ChangedWord) => readonly Meaning[]>();
  for (const vault of candidates.vaults) addEntries(found, vault, around);
  return found;
};

export const explainCredits = (candidates: Candidates, around: Surroundings): Explanations => {
  const found = new Map<bigint, (word: ChangedWord) => readonly Meaning[]>();
  const beneficiaries = candidates.vaults.length <= mostBeneficiaries ? candidates.vaults : [];
  for (const vault of candidates.vaults) {
    for (const token of [around.quoteToken, ...around.tokens]) addCredits(found, vault, token, beneficiaries);
  }
  return found;
};
