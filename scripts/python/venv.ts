import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../test/command.ts';

/**
 * The virtual environment of one Python tool under .bulkhead/python, made on first use and whenever the tool's list of pinned packages changes.
 * @param tool names the list, `scripts/python/TOOL.txt`. @returns its folder of executables.
 */
export function pythonTool(tool: string): string {
  const list = join(import.meta.dirname, `${tool}.txt`);
  const folder = join(root, '.bulkhead', 'python', tool);
  const installed = join(folder, 'installed.txt');
  const wanted = readFileSync(list, 'utf8');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === wanted) return join(folder, 'bin');
  console.error(`installing into .bulkhead/python/${tool}, as scripts/python/${tool}.txt says: once, from PyPI`);
  rmSync(folder, { recursive: true, force: true });
  run('python3', ['-m', 'venv', folder]);
  run(join(folder, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', '--no-deps', '-r', list]);
  cpSync(list, installed);
  return join(folder, 'bin');
}

function run(file: string, args: readonly string[]): void {
  const { status, error } = spawnSync(file, args, { stdio: ['ignore', 2, 2] });
  if (status !== 0)
    throw new Error(
      `${file} failed${error ? `: ${error.message}` : '; its output is above'}. Python 3.11 with venv is needed.`,
    );
}
