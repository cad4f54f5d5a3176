import type { Address } from '@bulkhead/shared';
import { isHex, record } from '../endpoints/answers.ts';
import { malformed } from '../errors/chainFault.ts';

/** One storage word that a transaction changes. */
export interface ChangedWord {
  readonly slot: bigint;
  readonly before: bigint;
  readonly after: bigint;
}

export interface AccountDiff {
  readonly words: readonly ChangedWord[];
  /** Code was put where there was none. */
  readonly created: boolean;
}

export type StateDiff = ReadonlyMap<Address, AccountDiff>;

const method = 'debug_traceCall';

const storageOf = (account: Readonly<Record<string, unknown>> | undefined): ReadonlyMap<bigint, bigint> => {
  const storage = account?.['storage'];
  if (storage == null) return new Map();
  return new Map(
    Object.entries(record(method, storage)).map(([slot, word]) => {
      if (!isHex(slot) || !isHex(word)) throw malformed(method, storage);
      return [BigInt(slot), BigInt(word)] as const;
    }),
  );
};

const accountsOf = (side: unknown): ReadonlyMap<Address, Readonly<Record<string, unknown>>> =>
  new Map(
    Object.entries(record(method, side)).map(
      ([address, account]) => [address.toLowerCase() as Address, record(method, account)] as const,
    ),
  );

/**
 * From the prestate tracer in diff mode: `pre` has what was there, `post` what changed. A word absent on one side is zero there.
 * @throws ChainFault when it is no such diff.
 */
export const parseStateDiff = (answer: unknown): StateDiff => {
  const sides = record(method, answer);
  const before = accountsOf(sides['pre']);
  const after = accountsOf(sides['post']);
  const addresses = new Set([...before.keys(), ...after.keys()]);
  const diff = new Map<Address, AccountDiff>();
  for (const address of addresses) {
    const old = storageOf(before.get(address));
    const now = storageOf(after.get(address));
    const words = [...new Set([...old.keys(), ...now.keys()])]
      .map(slot => ({ slot, before: old.get(slot) ?? 0n, after: now.get(slot) ?? 0n }))
      .filter(word => word.before !== word.after);
    const created = after.get(address)?.['code'] !== undefined && before.get(address)?.['code'] === undefined;
    if (words.length > 0 || created) diff.set(address, { words, created });
  }
  return diff;
};
