import type { Hex32 } from '@bulkhead/shared';
import type { Candidates } from './candidates.ts';
import { type Explanations, type Meaning, shared } from './explain.ts';
import { arraySlot, mappingSlot, maskOf, structField, structWords, variableSlot } from './layout.ts';
import type { ChangedWord } from './stateDiff.ts';

type Explain = (word: ChangedWord) => readonly Meaning[];

const contract = 'ClearingHouse';
/** Vaults that name no member are counted as well. */
const noMember: Hex32 = `0x${'00'.repeat(32)}`;
/** Residuals that are remembered at all: far more than a house that is ever refilled leaves open. */
const residualEntries = 1024n;

const openVaults = structField(contract, 'Fund', 'openVaults');
const movable = maskOf(openVaults) | maskOf(structField(contract, 'Fund', 'callDeadline'));

/** How many clients hold something, and until when the member is called: what follows from trades and bids. Anything else is not theirs to change. */
const counted: Explain = ({ before, after }) => (((before ^ after) & ~movable) === 0n ? shared : []);

/** What all groups share of the default waterfall: counts and calls of members, and the list of residuals. */
export const explainWaterfall = (candidates: Candidates): Explanations => {
  const found = new Map<bigint, Explain>();
  for (const member of [noMember, ...candidates.members]) {
    found.set(mappingSlot(variableSlot(contract, '_funds'), member) + openVaults.word, counted);
  }
  const queue = variableSlot(contract, '_residualQueue');
  const length = queue + structField(contract, 'ResidualQueue', 'entries').word;
  found.set(length, () => shared);
  found.set(queue + structField(contract, 'ResidualQueue', 'total').word, () => shared);
  const first = arraySlot(length);
  const words = residualEntries * structWords(contract, 'Residual');
  for (let word = 0n; word < words; word += 1n) found.set(first + word, () => shared);
  return found;
};
