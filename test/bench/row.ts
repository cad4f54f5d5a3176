/** One number, as `./bulkhead bench --json` prints it. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  /** Null: there is none, the number is there to be compared with later ones. */
  readonly target: number | null;
  /** Null without a target. */
  readonly met: boolean | null;
}

const rounded = (value: number): number => (Number.isInteger(value) ? value : Number(value.toPrecision(4)));

const isMet = (value: number, better: Row['better'], target: number): boolean =>
  better === 'lower' ? value <= target : value >= target;

/** Judged by the value as it is printed, so that nobody has to wonder about the fifth digit. */
export const row = (
  name: string,
  value: number,
  unit: string,
  better: Row['better'],
  target: number | null = null,
): Row => {
  const shown = rounded(value);
  return Object.freeze({
    name,
    value: shown,
    unit,
    better,
    target,
    met: target === null ? null : isMet(shown, better, target),
  });
};

/** One thing that is measured: some rows that belong together. */
export interface Bench {
  /** What `--only` takes. */
  readonly name: string;
  readonly about: string;
  /** @param say tells whoever watches how far it is, and the numbers behind a row. */
  run(say: (line: string) => void): Promise<readonly Row[]>;
}
