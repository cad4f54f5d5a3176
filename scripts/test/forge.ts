import { contracts, forge, run } from './command.ts';
import { add, judged, none, type Tally } from './tally.ts';

interface TestResult {
  readonly status: 'Success' | 'Failure' | 'Skipped';
  readonly reason?: string | null;
}
interface Suite {
  readonly duration: string;
  readonly test_results: Readonly<Record<string, TestResult>>;
}

const tests = (suite: Suite) => Object.values(suite.test_results);

function count(suite: Suite): Tally {
  const having = (status: TestResult['status']) => tests(suite).filter(test => test.status === status).length;
  return { passed: having('Success'), failed: having('Failure'), skipped: having('Skipped') };
}

/** Forge prints one JSON object after all suites have ended; anything else on stdout means that it did not get that far. */
function parse(stdout: string): Readonly<Record<string, Suite>> | undefined {
  const start = stdout.indexOf('{');
  if (start < 0) return undefined;
  try {
    return JSON.parse(stdout.slice(start));
  } catch {
    return undefined;
  }
}

function show(name: string, suite: Suite): void {
  const { passed, failed, skipped } = count(suite);
  const skips = skipped > 0 ? `, ${skipped} skipped` : '';
  console.log(` ${failed === 0 ? '✓' : '✗'} ${name} ${passed} passed, ${failed} failed${skips} (${suite.duration})`);
  for (const [test, result] of Object.entries(suite.test_results)) {
    if (result.status === 'Failure') console.log(`   ✗ ${test}: ${result.reason ?? 'failed'}`);
  }
}

/** Runs every Solidity test; the failed ones are run once more with traces, for the reader only. */
export async function forgeTest(): Promise<{ readonly tally: Tally; readonly complaint?: string }> {
  console.log(' building and running; forge reports when all suites have ended');
  const { code, stdout, output } = await run({ file: forge, args: ['test', '--json'], cwd: contracts }, false);
  const suites = parse(stdout);
  if (suites === undefined) {
    console.log(output);
    return judged(none, code);
  }
  for (const [name, suite] of Object.entries(suites)) show(name, suite);
  const tally = Object.values(suites).map(count).reduce(add, none);
  if (tally.failed > 0) await run({ file: forge, args: ['test', '--rerun', '-vvv'], cwd: contracts }, true);
  return judged(tally, code);
}
