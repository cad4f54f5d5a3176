import type { Candidates } from './candidates.ts';
import { type Explanations, type Meaning, shared, touched } from './explain.ts';
import { mappingSlot, readField, structField, structWords, variableSlot } from './layout.ts';
import type { ChangedWord } from './stateDiff.ts';

type Explain = (word: ChangedWord) => readonly Meaning[];

const reserved = structField('LiquidationEngine', 'Auction', 'reserved');
const startedAt = structField('LiquidationEngine', 'Auction', 'startedAt');

/** Auctions of the candidates, and the effect key that a bid consumes. */
export const explainAuctions = (candidates: Candidates): Explanations => {
  const found = new Map<bigint, Explain>();
  for (const vault of candidates.vaults) {
    const first = mappingSlot(variableSlot('LiquidationEngine', '_auctions'), vault);
    // The clocks move with every proof, so that the start alone would hide them.
    found.set(first + startedAt.word, ({ before, after }) => touched(vault, 'auction', '', before, after));
    found.set(first + reserved.word, ({ before, after }) =>
      touched(vault, 'auction', '', readField(before, reserved), readField(after, reserved)),
    );
  }
  if (candidates.effectKey) {
    const { bidderVault, key } = candidates.effectKey;
    found.set(mappingSlot(variableSlot('LiquidationEngine', '_effectKeyUsed'), bidderVault, key), () => shared);
  }
  return found;
};

/** Prices that the call itself brings. */
export const explainPrices = (candidates: Candidates): Explanations => {
  const found = new Map<bigint, Explain>();
  const words = structWords('OracleHub', 'StoredFeed');
  for (const feed of candidates.feeds) {
    const first = mappingSlot(variableSlot('OracleHub', '_feeds'), feed);
    for (let word = 0n; word < words; word += 1n) found.set(first + word, () => shared);
  }
  return found;
};
