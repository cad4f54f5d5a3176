import { parseArgs } from 'node:util';
import { blockToSigned } from './blockToSigned.ts';
import { gasTable } from './gasTable.ts';
import { describeMachine } from './machine.ts';
import { priceTicks } from './priceTicks.ts';
import { pricing } from './pricing.ts';
import { queueThroughput } from './queueThroughput.ts';
import { describe, table } from './report.ts';
import type { Bench, Row } from './row.ts';
import { startUp } from './startUp.ts';

/** What holds much memory last, so that its garbage is nobody else's. */
const benches: readonly Bench[] = [gasTable, queueThroughput, blockToSigned, startUp, pricing, priceTicks];

const help = `usage: ./bulkhead bench [--json] [--only NAME]

Measures this checkout on this machine. Rows with a target say whether it was met; no row fails the command.
Numbers that others measured, and why a target is missed, are in docs/reference/numbers.md.

options
  --only NAME  measure only this; may be given several times
  --json       JSON lines on stdout: the machine, each row, and at the end one line {"rows": [...]}
  --help       this

names
${benches.map(each => `  ${each.name.padEnd(8)} ${each.about}`).join('\n')}

examples
  ./bulkhead bench
  ./bulkhead bench --only ticks
  ./bulkhead bench --json --only signed --only queue | tail -n 1

exit codes
  0  everything asked for was measured, targets met or not
  1  something could not be measured; the rows that could are printed all the same`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const readArguments = (): { readonly json: boolean; readonly chosen: readonly Bench[] } | undefined => {
  const options = {
    json: { type: 'boolean' },
    only: { type: 'string', multiple: true },
    help: { type: 'boolean' },
  } as const;
  const { values } = parseArgs({ options });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  const unknown = values.only?.find(name => !benches.some(each => each.name === name));
  if (unknown !== undefined)
    throw new Error(
      `there is nothing called "${unknown}" to measure; there are ${benches.map(each => each.name).join(', ')}`,
    );
  const chosen = benches.filter(each => values.only?.includes(each.name) ?? true);
  return { json: values.json ?? false, chosen };
};

const measure = async (bench: Bench): Promise<readonly Row[] | undefined> => {
  say(`── ${bench.name}: ${bench.about}`);
  try {
    return await bench.run(line => say(`   ${line}`));
  } catch (error) {
    say(`   could not be measured: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
};

const main = async (): Promise<void> => {
  const wanted = readArguments();
  if (!wanted) return;
  // What a measurement has started ends with this process.
  process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));
  const machine = await describeMachine();
  say(describe(machine));
  if (wanted.json) console.log(JSON.stringify({ machine }));

  const rows: Row[] = [];
  for (const bench of wanted.chosen) {
    const measured = await measure(bench);
    if (!measured) process.exitCode = 1;
    for (const row of measured ?? []) {
      rows.push(row);
      if (wanted.json) console.log(JSON.stringify({ row }));
    }
  }
  console.log(wanted.json ? JSON.stringify({ rows }) : `\n${describe(machine)}\n\n${table(rows)}`);
};

try {
  await main();
} catch (error) {
  say(`bulkhead: ${error instanceof Error ? error.message : String(error)}`);
  say('  ./bulkhead bench --help says what there is.');
  process.exitCode = 1;
}
