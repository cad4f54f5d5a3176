import type { VaultId } from '@bulkhead/shared';
import type { Candidates } from './candidates.ts';
import type { Explanations, Meaning } from './explain.ts';
import { arraySlot, mappingSlot, structWords, variableSlot } from './layout.ts';

type Explain = () => readonly Meaning[];

/** A group has at most eight vaults: nobody owes more siblings. */
const mostPayers = 8n;
/** Pairs are tried among so few: more than a call, its events and the venue's own vaults name. */
const mostVaults = 64;

/** What siblings owe one another follows from the quote that moved between their escrows: bookkeeping of the debtor. */
export const explainDebts = ({ vaults }: Candidates): Explanations => {
  const found = new Map<bigint, Explain>();
  const follows =
    (vault: VaultId): Explain =>
    () => [{ kind: 'listed', vault }];
  if (vaults.length > mostVaults) return found;
  for (const debtor of vaults) {
    const debts = mappingSlot(variableSlot('MarginGroups', '_debts'), debtor);
    for (const payer of vaults) found.set(mappingSlot(debts, payer), follows(debtor));
    const payers = mappingSlot(variableSlot('MarginGroups', '_payers'), debtor);
    found.set(payers, follows(debtor));
    for (let at = 0n; at < mostPayers; at += 1n) found.set(arraySlot(payers) + at, follows(debtor));
  }
  return found;
};

/** An attested requirement that a bid leaves for the rest: of the group that the call is about. */
export const explainRequirements = ({ vaults, attested }: Candidates): Explanations => {
  const found = new Map<bigint, Explain>();
  const follows =
    (vault: VaultId): Explain =>
    () => [{ kind: 'listed', vault }];
  for (const vault of vaults) {
    found.set(mappingSlot(variableSlot('PortfolioRequirements', '_newest'), vault), follows(vault));
  }
  const words = structWords('PortfolioRequirements', 'AttestedRequirement');
  for (const { vault, positions } of attested) {
    const first = mappingSlot(variableSlot('PortfolioRequirements', '_attested'), vault, positions);
    for (let word = 0n; word < words; word += 1n) found.set(first + word, follows(vault));
  }
  return found;
};
