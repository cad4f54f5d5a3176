import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bin, root, run } from './command.ts';
import { judged, none, type Tally } from './tally.ts';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

/** Runs one project of vitest.config.ts; its own reporter shows progress and failures, the JSON file gives the count. */
export async function vitest(project: string): Promise<{ readonly tally: Tally; readonly complaint?: string }> {
  const folder = join(root, '.bulkhead', 'test');
  const file = join(folder, `vitest-${project}.json`);
  mkdirSync(folder, { recursive: true });
  rmSync(file, { force: true });
  const args = ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const { code } = await run({ file: bin('vitest'), args }, true);
  return judged(existsSync(file) ? count(JSON.parse(readFileSync(file, 'utf8'))) : none, code);
}

function count(report: Report): Tally {
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
