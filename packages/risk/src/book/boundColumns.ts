import type { LinearBound } from './linearBound.ts';

/**
 * Linear bounds of many groups as dense columns: one of constants, and one of coefficients for each feed. The reverse index from a price to the groups
 * that depend on it is a bit for each feed in words beside them. Dense columns beat lists here: a tick is a few additions in memory order, about
 * 0.15 ms for each feed and 100,000 groups, and a chain has tens of feeds, not thousands. No step branches on a group's own coefficients: which
 * groups hold what is random, and mispredicted branches would cost more than the arithmetic.
 */
export interface BoundColumns {
  /** Sets a row's bound; undefined: the bound never clears it. @param feeds column of each coefficient. */
  set(row: number, bound: LinearBound | undefined, feeds: readonly number[]): void;
  /** Takes a row out: it depends on nothing and is always clear. */
  clear(row: number): void;
  /**
   * Finds the rows that depend on a changed feed and are not proven healthy at these prices.
   * @param prices by column; NaN: not known, and then no row that needs it is clear.
   */
  uncleared(
    changed: readonly number[],
    prices: Float64Array,
  ): { readonly affected: number; readonly rows: readonly number[] };
  /** Lower bound of one row's slack; never above zero when a price it needs is missing. */
  lowerBound(row: number, prices: Float64Array): number;
  /** Σ |coefficient · price| of one row: by how much a uniform relative move of all prices can move its slack. */
  exposure(row: number, prices: Float64Array): number;
}

/** Marks a row that the bound cannot decide. */
const never = Number.NEGATIVE_INFINITY;

/** Stands for a coefficient of zero of a group that needs the price all the same: far too small to move a sum, but not zero. */
const dependent = -1e-300;

const grown = (column: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> => {
  const larger = new Float64Array(length);
  larger.set(column);
  return larger;
};

const grownWord = (word: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> => {
  const larger = new Uint32Array(length);
  larger.set(word);
  return larger;
};

const addColumn = (sums: Float64Array, column: Float64Array, price: number, rows: number): void => {
  for (let row = 0; row < rows; row++) {
    sums[row] = (sums[row] as number) + (column[row] as number) * price;
  }
};

/** A price is missing: whoever needs it is not clear; whoever does not, is not concerned. */
const spoilColumn = (sums: Float64Array, column: Float64Array, rows: number): void => {
  for (let row = 0; row < rows; row++) {
    if (column[row] !== 0) sums[row] = never;
  }
};

const feedsPerWord = 32;
const wordOf = (feed: number): number => Math.floor(feed / feedsPerWord);
const bitOf = (feed: number): number => 1 << (feed % feedsPerWord);

/** Marks the rows that have one of the wanted bits in this word. */
const markWord = (marks: Uint32Array, word: Uint32Array, wanted: number, rows: number): void => {
  for (let row = 0; row < rows; row++) {
    marks[row] = (marks[row] as number) | ((word[row] as number) & wanted);
  }
};

/** Rows that have one of the wanted bits, and of them those that their sum does not clear. */
const collect = (
  word: Uint32Array,
  wanted: number,
  sums: Float64Array,
  rows: number,
): { readonly affected: number; readonly rows: readonly number[] } => {
  const found: number[] = [];
  let affected = 0;
  for (let row = 0; row < rows; row++) {
    if (((word[row] as number) & wanted) === 0) continue;
    affected++;
    if (!((sums[row] as number) > 0)) found.push(row);
  }
  return { affected, rows: found };
};

export const createBoundColumns = (): BoundColumns => {
  let capacity = 1024;
  let rows = 0;
  let constants = new Float64Array(capacity);
  let sums = new Float64Array(capacity);
  let marks = new Uint32Array(capacity);
  const columns: Float64Array<ArrayBuffer>[] = [];
  const dependencies: Uint32Array<ArrayBuffer>[] = [];

  const reserveRow = (row: number): void => {
    rows = Math.max(rows, row + 1);
    if (rows <= capacity) return;
    capacity = Math.max(rows, capacity * 2);
    constants = grown(constants, capacity);
    sums = new Float64Array(capacity);
    marks = new Uint32Array(capacity);
    for (const [index, column] of columns.entries()) columns[index] = grown(column, capacity);
    for (const [index, word] of dependencies.entries()) dependencies[index] = grownWord(word, capacity);
  };

  const columnOf = (feed: number): Float64Array => {
    while (columns.length <= feed) columns.push(new Float64Array(capacity));
    return columns[feed] as Float64Array;
  };

  const dependenciesOn = (word: number): Uint32Array => {
    while (dependencies.length <= word) dependencies.push(new Uint32Array(capacity));
    return dependencies[word] as Uint32Array;
  };

  const depends = (row: number, feed: number): void => {
    const word = dependenciesOn(wordOf(feed));
    word[row] = (word[row] as number) | bitOf(feed);
  };

  const forget = (row: number): void => {
    for (const column of columns) column[row] = 0;
    for (const word of dependencies) word[row] = 0;
  };

  /** The rows that depend on a changed feed, as bits of a word: one that is there anyway as long as the changed feeds share it. */
  const dependentOn = (changed: readonly number[]): { readonly word: Uint32Array; readonly bits: number } => {
    const wanted = new Map<number, number>();
    for (const feed of changed) wanted.set(wordOf(feed), (wanted.get(wordOf(feed)) ?? 0) | bitOf(feed));
    const [only, ...others] = wanted;
    if (only && others.length === 0) return { word: dependenciesOn(only[0]), bits: only[1] };
    marks.fill(0);
    for (const [word, bits] of wanted) markWord(marks, dependenciesOn(word), bits, rows);
    return { word: marks, bits: -1 };
  };

  const term = (column: Float64Array, row: number, price: number | undefined): number => {
    const coefficient = column[row] ?? 0;
    return coefficient === 0 ? 0 : coefficient * (price ?? Number.NaN);
  };

  return {
    set(row, bound, feeds) {
      reserveRow(row);
      forget(row);
      constants[row] = bound ? bound.constant : never;
      for (const [i, feed] of feeds.entries()) {
        columnOf(feed)[row] = bound?.coefficients[i] || dependent;
        depends(row, feed);
      }
    },
    clear(row) {
      reserveRow(row);
      forget(row);
      constants[row] = 1;
    },
    uncleared(changed, prices) {
      sums.set(constants);
      for (const [feed, column] of columns.entries()) {
        const price = prices[feed] ?? Number.NaN;
        if (Number.isNaN(price)) spoilColumn(sums, column, rows);
        else addColumn(sums, column, price, rows);
      }
      const { word, bits } = dependentOn(changed);
      return collect(word, bits, sums, rows);
    },
    lowerBound: (row, prices) =>
      columns.reduce((sum, column, feed) => sum + term(column, row, prices[feed]), constants[row] ?? never),
    exposure: (row, prices) =>
      columns.reduce((sum, column, feed) => sum + Math.abs(term(column, row, prices[feed])), 0),
  };
};
