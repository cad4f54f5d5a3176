import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './machine.ts';
import { type Bench, type Row, row } from './row.ts';

const snapshot = join(root, 'contracts', '.gas-snapshot');

/** "WithdrawWithAPerp" → "withdraw with a perp", "LIQ11TheWorstBid" → "LIQ11 the worst bid". */
const wordsOf = (name: string): string =>
  name
    .split(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/)
    .map(word => (/^[A-Z]{2,}\d*$/.test(word) ? word : word.toLowerCase()))
    .join(' ');

/** A line reads `BookGasTest:testGasDepositQuote() (gas: 12345)`. Fuzzed tests, which carry means, are not in this snapshot. */
const rowOf = (line: string): Row | undefined => {
  const found = /^(\w+?)(?:Gas)?Test:test_?(?:Gas)?_?(\w+)\(.*\) \(gas: (\d+)\)$/.exec(line.trim());
  return found
    ? row(`gas with set-up, ${wordsOf(found[1] ?? '')}: ${wordsOf(found[2] ?? '')}`, Number(found[3]), 'gas', 'lower')
    : undefined;
};

export const gasTable: Bench = {
  name: 'gas',
  about: 'the committed gas snapshot of the contracts, a row for each test of an operation',
  async run(say) {
    const rows = (await readFile(snapshot, 'utf8')).split('\n').flatMap(line => rowOf(line) ?? []);
    if (rows.length === 0) throw new Error('contracts/.gas-snapshot holds no gas numbers');
    say(
      `${rows.length} operations, from contracts/.gas-snapshot; "./bulkhead test contracts" compares it with the code`,
    );
    return rows;
  },
};
