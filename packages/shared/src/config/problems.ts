/** Turns what a schema found wrong into sentences for the person who wrote the file: where, what was found, what is allowed. */
import type { z } from 'zod';

/** One mistake in a configuration. `path` is as a person would write it: `chains[0].endpoints[1].http`. */
export interface ConfigProblem {
  readonly path: string;
  readonly found: string;
  readonly allowed: string;
  /** What to do, when that can be said. */
  readonly remedy: string | undefined;
}

type Issue = z.core.$ZodIssue;

export const formatPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '') || '(the whole file)';

export const valueAt = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    root,
  );

const longest = 60;

/** What a value looks like in a message: its kind, and the value itself where that is short. */
export const describeValue = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (value === null) return 'an empty value';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'a block of keys';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return `the ${typeof value === 'string' ? 'text' : typeof value} ${shown}`;
};

/** Number of single-letter changes between two words; small sizes only. */
const distance = (from: string, to: string): number => {
  const step = (row: readonly number[], letter: string, line: number): number[] => {
    const next = [line + 1];
    for (let column = 0; column < to.length; column += 1) {
      const replaced = (row[column] ?? 0) + (letter === to[column] ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    return next;
  };
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  [...from].forEach((letter, line) => {
    row = step(row, letter, line);
  });
  return row[to.length] ?? 0;
};

/** The allowed word that was probably meant; undefined when none is near. */
export const nearest = (word: string, allowed: readonly string[]): string | undefined => {
  const ranked = allowed
    .map(candidate => ({ candidate, steps: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((left, right) => left.steps - right.steps);
  const best = ranked[0];
  return best && best.steps <= Math.max(2, Math.floor(word.length / 3)) ? best.candidate : undefined;
};

const unknownKeys = (issue: Extract<Issue, { code: 'unrecognized_keys' }>, keysAt: KeysAt): ConfigProblem[] =>
  issue.keys.map(key => {
    const allowed = keysAt(issue.path);
    const meant = nearest(key, allowed);
    return {
      path: formatPath([...issue.path, key]),
      found: 'a key that is not known here',
      allowed: allowed.join(', '),
      remedy: meant ? `Did you mean "${meant}"?` : 'Remove it, or look the right name up.',
    };
  });

/** The alternative that the author seems to have meant: the one with the fewest keys out of place. */
const meantBranch = (issue: Extract<Issue, { code: 'invalid_union' }>): readonly Issue[] => {
  const misplaced = (issues: readonly Issue[]): number =>
    issues.reduce((sum, each) => sum + (each.code === 'unrecognized_keys' ? each.keys.length : 0), 0);
  const ranked = [...issue.errors].sort(
    (left, right) => misplaced(left) - misplaced(right) || left.length - right.length,
  );
  return ranked[0] ?? [];
};

/** Says which keys a block may hold. */
export type KeysAt = (path: readonly PropertyKey[]) => readonly string[];

const isOwnMessage = (issue: Issue): boolean => issue.code === 'custom' || issue.message.length > 0;

const problemsOf = (issue: Issue, root: unknown, keysAt: KeysAt): ConfigProblem[] => {
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue, keysAt);
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return meantBranch(issue).flatMap(inner =>
      problemsOf({ ...inner, path: [...issue.path, ...inner.path] }, root, keysAt),
    );
  }
  const value = valueAt(root, issue.path);
  const wantsBlock = issue.code === 'invalid_type' && issue.expected === 'object';
  return [
    {
      path: formatPath(issue.path),
      found: describeValue(value),
      allowed: wantsBlock
        ? `a block with the keys ${keysAt(issue.path).join(', ')}`
        : isOwnMessage(issue)
          ? issue.message
          : issue.code,
      remedy: value === undefined ? 'Add it.' : undefined,
    },
  ];
};

export const problemsFrom = (error: z.core.$ZodError, root: unknown, keysAt: KeysAt): readonly ConfigProblem[] => {
  const seen = new Set<string>();
  return error.issues
    .flatMap(issue => problemsOf(issue, root, keysAt))
    .filter(problem => {
      // A field that fails several rules is one mistake to its author.
      const first = !seen.has(problem.path);
      seen.add(problem.path);
      return first;
    });
};

export const formatProblem = (problem: ConfigProblem): string =>
  [`${problem.path}: found ${problem.found}; allowed: ${problem.allowed}.`, problem.remedy].filter(Boolean).join(' ');
