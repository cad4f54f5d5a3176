import type { Machine } from './machine.ts';
import type { Row } from './row.ts';

const shown = (value: number): string =>
  Math.abs(value) >= 1_000 ? Math.round(value).toLocaleString('en') : Number(value.toPrecision(4)).toString();

const verdictOf = ({ target, met, better }: Row): string => {
  if (target === null) return '';
  return `${met ? 'met' : 'MISSED'} (${better === 'lower' ? 'at most' : 'at least'} ${target})`;
};

const cellsOf = (row: Row): readonly string[] => [row.name, shown(row.value), row.unit, verdictOf(row)];

/** The rows in columns, numbers to the right. */
export const table = (rows: readonly Row[]): string => {
  const lines = [['what', 'value', 'unit', 'target'], ...rows.map(cellsOf)];
  const widths = [0, 1, 2].map(column => Math.max(...lines.map(cells => cells[column]?.length ?? 0)));
  return lines
    .map(([what = '', value = '', unit = '', target = '']) =>
      `${what.padEnd(widths[0] ?? 0)}  ${value.padStart(widths[1] ?? 0)}  ${unit.padEnd(widths[2] ?? 0)}  ${target}`.trimEnd(),
    )
    .join('\n');
};

export const describe = (machine: Machine): string =>
  [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, disk sync ${machine.diskSyncMs} ms`,
    `Node ${machine.node}, anvil ${machine.anvil}, Redis ${machine.redis}, forge ${machine.forge}, commit ${machine.commit}`,
  ].join('\n');
