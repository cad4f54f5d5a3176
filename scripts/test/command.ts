import { spawn } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');
export const bin = (name: string) => join(root, 'node_modules', '.bin', name);
export const forge = join(root, 'scripts', 'bin', 'forge');
export const contracts = join(root, 'contracts');

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** Default: the workspace root. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Finished {
  /** 0 on success; a process ended by a signal counts as 1. */
  readonly code: number;
  readonly stdout: string;
  /** Both streams, in the order in which they arrived. */
  readonly output: string;
}

/** `live` shows the output while it comes as well as returning it. */
export function run(command: Command, live: boolean): Promise<Finished> {
  return new Promise(resolve => {
    const child = spawn(command.file, command.args, {
      cwd: command.cwd ?? root,
      env: { ...process.env, ...command.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const forward = (signal: NodeJS.Signals) => child.kill(signal);
    process.on('SIGINT', forward).on('SIGTERM', forward);
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output += text;
      if (live) process.stdout.write(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (live) process.stdout.write(text);
    });
    const finish = (code: number, note = '') => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
      resolve({ code, stdout, output: output + note });
    };
    child.on('error', error => finish(1, `${command.file} could not be started: ${error.message}\n`));
    child.on('close', code => finish(code ?? 1));
  });
}
