import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';

/**
 * Children and temporary directories that must not outlive their owner, however it ends:
 * - `stop()`: asked to end, killed after a grace period, directories removed;
 * - `process.exit` or the end of the program: killed and removed on the spot;
 * - SIGKILL, a crash, an unhandled signal: a watchdog shell sees the end of its standard input and does the same.
 * The watchdog learns a child's pid right after it was started; only a SIGKILL within that instant could leave a child behind.
 */
export interface Supervisor {
  /** Starts a program in a process group of its own, so that Ctrl-C on the terminal reaches the owner alone. */
  start(name: string, command: string, args: readonly string[], options: StartOptions): Child;
  /** A directory to be removed at the end. */
  owns(directory: string): void;
  /** Ends everything, newest first. Idempotent. */
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly directory: string;
  /** It writes what must be kept when it ends: at `process.exit` it is asked to, and left to the watchdog. */
  readonly keepsState?: boolean;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  /** Last few kilobytes of what it wrote, to explain a failed start. */
  output(): string;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  hasEnded(): boolean;
  readonly keepsState: boolean;
  stop(): Promise<void>;
}

/** Reads `pid N`, `gone N` and `dir PATH` lines; at the end of input ends what is left. */
const watchdogScript = `
trap '' INT HUP TERM
pids=' '
dirs=
while IFS= read -r line; do
  value=\${line#* }
  case $line in
    pid*) pids="$pids$value " ;;
    gone*) pids="\${pids%% $value *} \${pids#* $value }" ;;
    dir*) dirs="$dirs$value
" ;;
  esac
done
[ -z "\${pids# }" ] || {
  for signal in TERM KILL; do
    alive=
    for pid in $pids; do kill -$signal "$pid" 2>/dev/null && alive=yes; done
    tries=0
    while [ -n "$alive" ] && [ $tries -lt 30 ]; do
      alive=
      for pid in $pids; do kill -0 "$pid" 2>/dev/null && alive=yes; done
      [ -z "$alive" ] || sleep 0.1
      tries=$((tries + 1))
    done
  done
}
printf '%s' "$dirs" | while IFS= read -r dir; do [ -z "$dir" ] || rm -rf "$dir"; done
`;

/** Milliseconds between being asked to end and being killed. */
const grace = 5000;

interface Watchdog {
  tell(line: string): void;
  end(): void;
}

const startWatchdog = (): Watchdog => {
  const shell = spawn('/bin/sh', ['-c', watchdogScript], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  shell.unref();
  // The pipe must not keep the owner's event loop alive; a watchdog that died is no reason to fail either.
  (shell.stdin as { unref?: () => void }).unref?.();
  shell.stdin.on('error', () => {});
  return {
    tell: line => {
      shell.stdin.write(`${line}\n`);
    },
    end: () => {
      shell.stdin.end();
    },
  };
};

const keepTail = (process: ChildProcess): (() => string) => {
  const limit = 8192;
  let tail = '';
  const add = (chunk: Buffer): void => {
    tail = (tail + chunk.toString('utf8')).slice(-limit);
  };
  process.stdout?.on('data', add);
  process.stderr?.on('data', add);
  return () => tail;
};

const signalIfAlive = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended in the meantime: that is what was wanted.
  }
};

const startChild = (
  watchdog: Watchdog,
  name: string,
  command: string,
  args: readonly string[],
  options: StartOptions,
): Child => {
  const child = spawn(command, args, { cwd: options.directory, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const pid = child.pid ?? 0;
  if (pid > 0) watchdog.tell(`pid ${pid}`);
  const output = keepTail(child);
  let hasEnded = false;
  let spawnFailure = '';
  const ended = new Promise<void>(resolve => {
    const finish = (): void => {
      if (!hasEnded && pid > 0) watchdog.tell(`gone ${pid}`);
      hasEnded = true;
      resolve();
    };
    child.once('exit', finish);
    child.once('error', error => {
      spawnFailure = error.message;
      finish();
    });
  });
  const stop = async (): Promise<void> => {
    if (hasEnded) return;
    signalIfAlive(pid, 'SIGTERM');
    const timer = setTimeout(() => signalIfAlive(pid, 'SIGKILL'), grace);
    await ended;
    clearTimeout(timer);
  };
  return Object.freeze({
    name,
    pid,
    ended,
    stop,
    hasEnded: () => hasEnded,
    output: () => output() + spawnFailure,
    keepsState: options.keepsState ?? false,
  });
};

export const createSupervisor = (): Supervisor => {
  const watchdog = startWatchdog();
  const children: Child[] = [];
  const directories: string[] = [];
  let stopping: Promise<void> | undefined;

  const endAtExit = (): void => {
    for (const child of children) {
      if (!child.hasEnded()) signalIfAlive(child.pid, child.keepsState ? 'SIGTERM' : 'SIGKILL');
    }
    for (const directory of directories) rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once('exit', endAtExit);

  const stopAll = async (): Promise<void> => {
    await Promise.all([...children].reverse().map(child => child.stop()));
    await Promise.all(directories.map(directory => rm(directory, { recursive: true, force: true, maxRetries: 5 })));
    process.removeListener('exit', endAtExit);
    watchdog.end();
  };

  return Object.freeze({
    start: (name: string, command: string, args: readonly string[], options: StartOptions): Child => {
      if (stopping) throw new Error(`${name} cannot be started: the local network is being stopped.`);
      const child = startChild(watchdog, name, command, args, options);
      children.push(child);
      return child;
    },
    owns: (directory: string): void => {
      directories.push(directory);
      watchdog.tell(`dir ${directory}`);
    },
    stop: (): Promise<void> => {
      stopping ??= stopAll();
      return stopping;
    },
  });
};
