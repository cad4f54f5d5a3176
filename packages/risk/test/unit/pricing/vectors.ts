import type { Option, SpotOption } from '../../../src/index.ts';
import vectors from '../../fixtures/pricing.json' with { type: 'json' };

/** Rows of the fixture by the names of their columns. */
const named = (columns: readonly string[], rows: readonly (readonly number[])[]): readonly Record<string, number>[] =>
  rows.map(row => Object.fromEntries(columns.map((column, index) => [column, row[index] as number])));

const kindOf = (row: Record<string, number>) => (row['sign'] === 1 ? ('call' as const) : ('put' as const));

export const errorVectors = named(vectors.errorColumns, vectors.errors) as readonly {
  readonly x: number;
  readonly erfc: number;
  readonly erfcx: number;
}[];

export const exactVectors = named(vectors.exactColumns, vectors.exact).map(row => ({
  option: { ...row, kind: kindOf(row) } as unknown as Option,
  values: row as Readonly<Record<string, number>>,
}));

export const quantlibVectors = named(vectors.quantlibColumns, vectors.quantlib).map(row => ({
  option: { ...row, kind: kindOf(row) } as unknown as SpotOption,
  values: row as Readonly<Record<string, number>>,
}));
