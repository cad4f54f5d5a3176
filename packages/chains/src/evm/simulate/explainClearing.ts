import type { VaultId } from '@bulkhead/shared';
import type { Candidates } from './candidates.ts';
import { type Explanations, type Meaning, shared, touched } from './explain.ts';
import { arraySlot, mappingSlot, maskOf, readField, structField, structWords, variableSlot } from './layout.ts';
import type { ChangedWord } from './stateDiff.ts';

type Explain = (word: ChangedWord) => readonly Meaning[];

const contract = 'ClearingHouse';
/** ClearingBase: at most 16 instruments a vault, eight of their numbers to a word. */
const instrumentListWords = 2n;
/** Eight open rounds, a debt and a gain each, and room for gains of complete rounds not collected yet. */
const claimSlots = 32n;

const size = structField(contract, 'Position', 'size');
const tradeGain = structField(contract, 'Position', 'tradeGain');
const tradeLoss = structField(contract, 'Position', 'tradeLoss');
const debt = structField(contract, 'ClaimSlot', 'debt');
const amount = structField(contract, 'ClaimSlot', 'amount');
const paid = structField(contract, 'ClaimSlot', 'paid');
const member = (label: string): bigint => structField(contract, 'Listing', label).word;

/** A changed word always shows: where the size stays, as the rest of the word. */
const always = (vault: VaultId, item: string, before: bigint, after: bigint, word: ChangedWord): readonly Meaning[] =>
  before === after
    ? [{ kind: 'touch', touch: { vault, aspect: 'position', item, before: word.before, after: word.after } }]
    : touched(vault, 'position', item, before, after);

const addPosition = (found: Map<bigint, Explain>, vault: VaultId, instrument: number) => {
  const first = mappingSlot(variableSlot(contract, '_positions'), vault, BigInt(instrument));
  const item = String(instrument);
  found.set(first + size.word, word =>
    always(vault, item, readField(word.before, size), readField(word.after, size), word),
  );
  const traded = (word: bigint): bigint => readField(word, tradeGain) - readField(word, tradeLoss);
  found.set(first + tradeGain.word, word => always(vault, item, traded(word.before), traded(word.after), word));
};

const owedIn = (word: bigint): bigint => (readField(word, debt) === 1n ? readField(word, amount) : 0n);
const dueIn = (word: bigint): bigint =>
  readField(word, debt) === 1n ? 0n : readField(word, amount) - readField(word, paid);

const addClaims = (found: Map<bigint, Explain>, vault: VaultId, instrument: number) => {
  const length = mappingSlot(variableSlot(contract, '_claims'), vault, BigInt(instrument));
  const item = String(instrument);
  found.set(length, () => [{ kind: 'listed', vault }]);
  const first = arraySlot(length);
  for (let index = 0n; index < claimSlots; index += 1n) {
    // Claims move up when one before them goes: a place says little, the sum over all places says what changed.
    found.set(first + index, ({ before, after }) => [
      { kind: 'listed', vault },
      ...touched(vault, 'owed', item, owedIn(before), owedIn(after)),
      ...touched(vault, 'due', item, dueIn(before), dueIn(after)),
    ]);
  }
};

const addInstrumentList = (found: Map<bigint, Explain>, vault: VaultId) => {
  const length = mappingSlot(variableSlot(contract, '_instruments'), vault);
  const first = arraySlot(length);
  const listed: Explain = () => [{ kind: 'listed', vault }];
  found.set(length, listed);
  for (let word = 0n; word < instrumentListWords; word += 1n) found.set(first + word, listed);
  found.set(mappingSlot(variableSlot(contract, '_lastTrade'), vault), listed);
};

/** What candidates owe, are due and hold. */
export const explainObligations = (candidates: Candidates): Explanations => {
  const found = new Map<bigint, Explain>();
  for (const vault of candidates.vaults) {
    addInstrumentList(found, vault);
    for (const instrument of candidates.instruments) {
      addPosition(found, vault, instrument);
      addClaims(found, vault, instrument);
    }
  }
  return found;
};

const addWords = (found: Map<bigint, Explain>, first: bigint, count: bigint) => {
  for (let word = 0n; word < count; word += 1n) found.set(first + word, () => shared);
};

/** Shared where nothing of the word changes but these fields: what lies beside them is nobody's to change. */
const sharedIn =
  (...masks: readonly bigint[]): Explain =>
  ({ before, after }) =>
    ((before ^ after) & ~masks.reduce((all, mask) => all | mask, 0n)) === 0n ? shared : [];

const listingCounters = sharedIn(
  maskOf(structField(contract, 'Listing', 'oldestOpen')),
  maskOf(structField(contract, 'Listing', 'counted')),
);
const venueCounter = sharedIn(maskOf(structField(contract, 'VenueInterest', 'counted')));

/** Running state and rounds of the instruments, which all groups share, and the trade id that a novation consumes. Terms are nobody's to change. */
export const explainRounds = (candidates: Candidates): Explanations => {
  const found = new Map<bigint, Explain>();
  const listings = arraySlot(variableSlot(contract, '_listings'));
  for (const instrument of candidates.instruments) {
    const listing = listings + BigInt(instrument) * structWords(contract, 'Listing');
    addWords(found, listing + member('state'), structWords(contract, 'InstrumentState'));
    addWords(found, listing + member('startCumulative'), 1n);
    addWords(found, listing + member('indexStart'), structWords(contract, 'IndexPoint'));
    found.set(listing + member('oldestOpen'), listingCounters);
    for (const memberId of candidates.members) {
      // A sum over all clients of a member: market data like open interest.
      const counted = mappingSlot(variableSlot(contract, '_memberOpenInterest'), memberId, BigInt(instrument));
      found.set(counted, () => shared);
    }
    for (const round of candidates.rounds.get(instrument) ?? []) {
      addWords(found, mappingSlot(listing + member('rounds'), BigInt(round)), structWords(contract, 'Round'));
    }
  }
  found.set(variableSlot(contract, '_venueInterest'), venueCounter);
  if (candidates.tradeId !== undefined) {
    found.set(mappingSlot(variableSlot(contract, '_tradeUsed'), candidates.tradeId), () => shared);
  }
  return found;
};
