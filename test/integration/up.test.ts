/** The main job, short: three days with the weekend of 13–16 March 2020 among them. Real chains, real Redis, real keepers. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli, type RunningCli, startCli } from '../support/bulkheadCli.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bulkhead-up-test-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

interface Line {
  readonly kind: string;
  readonly [field: string]: unknown;
}

const linesOf = (stdout: string): readonly Line[] =>
  stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Line);

/** Processes whose command line names the directory of this test: the keepers. */
const processesOfThisTest = async (): Promise<readonly string[]> => {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter(line => line.includes(`${directory}/`) && line.includes('--config'));
};

const untilLine = async (running: RunningCli, kind: string): Promise<void> => {
  const seen = () => running.stdout().includes(`"kind":"${kind}"`);
  let over = false;
  void running.ended.then(() => {
    over = true;
  });
  while (!seen() && !over) await new Promise(resolve => setTimeout(resolve, 50));
};

describe('up --json', () => {
  test('walks its path to the end, liquidates, and no wall is crossed (SEG-1, SEG-2, EFF-1)', async () => {
    const outcome = await cli(['up', '--json', '--days', '18-20', '--vaults', '40', '--state-dir', directory]);
    expect(outcome.stderr).toContain('parameter set "demo"');
    const lines = linesOf(outcome.stdout);
    const summary = lines.at(-1);
    expect(lines.filter(line => line.kind === 'summary')).toHaveLength(1);
    expect(summary).toMatchObject({
      kind: 'summary',
      vaults: 40,
      wallsCrossed: 0,
      duplicateEffects: 0,
      escrowsShort: 0,
      latencyMs: { p50: expect.any(Number), p95: expect.any(Number) },
      wastedTransactions: expect.any(Number),
      shortfallQuote: expect.stringMatching(/^[0-9]+$/),
    });
    expect(summary?.priceTicks).toBe(lines.filter(line => line.kind === 'prices').length);
    // Vaults of clients, keepers, the market maker and the clearing house itself, on both chains.
    expect(summary?.escrowsChecked).toBeGreaterThan(40);
    expect(summary?.liquidations).toBe(lines.filter(line => line.kind === 'liquidation').length);
    expect(summary?.liquidations).toBeGreaterThan(0);
    // The weekend gap is wider than a margin can be.
    expect(BigInt(String(summary?.shortfallQuote))).toBeGreaterThan(0n);
    const modes = summary?.modes as readonly { mode: string; maintenanceRequired: string; valueAfter: string }[];
    expect(modes.map(each => each.mode)).toEqual(['segregated', 'cross', 'portfolio']);
    // The same holdings: sums over legs in two modes, and less where the scan sees that they cancel.
    const [segregated, cross, portfolio] = modes.map(each => BigInt(each.maintenanceRequired));
    expect(cross).toBe(segregated);
    expect(portfolio).toBeLessThan((segregated ?? 0n) / 2n);
    expect(summary).not.toHaveProperty('interrupted');
    expect(outcome.code).toBe(0);
    expect(await processesOfThisTest()).toEqual([]);
  }, 180_000);

  test('ends cleanly on Ctrl-C: exit code 130, a summary that says so, nothing left behind', async () => {
    const running = startCli(['up', '--json', '--vaults', '20', '--state-dir', directory]);
    await untilLine(running, 'prices');
    expect((await processesOfThisTest()).length).toBe(2);
    running.signal('SIGINT');
    const outcome = await running.ended;
    expect(linesOf(outcome.stdout).at(-1)).toMatchObject({ kind: 'summary', interrupted: true, vaults: 20 });
    expect(outcome.code).toBe(130);
    expect(await processesOfThisTest()).toEqual([]);
    expect(await readdir(directory)).toEqual([]);
  }, 120_000);

  test('refuses what it does not know, with a hint', async () => {
    const outcome = await cli(['up', '--vault', '3']);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain("unknown option '--vault'");
    expect(outcome.stderr).toContain('Did you mean --vaults?');
  });
});
