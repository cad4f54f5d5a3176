import { toJson } from '../http/json.ts';
import { type Paint, paintFor } from '../screen/paint.ts';

/** Exit codes of every verb. Documented in docs/reference/cli.md. */
export const exitCodes = { ok: 0, failed: 1, interrupted: 130 } as const;

/** Where a verb speaks: answers to stdout, everything else to stderr. */
export interface Terminal {
  /** An answer for people. */
  print(line: string): void;
  /** An answer for machines, one JSON document a line. */
  json(value: unknown): void;
  /** What is going on. */
  note(line: string): void;
  readonly paint: Paint;
  /** Colours for stderr. */
  readonly notePaint: Paint;
}

export const processTerminal = (): Terminal => ({
  print: line => void process.stdout.write(`${line}\n`),
  json: value => void process.stdout.write(`${toJson(value)}\n`),
  note: line => void process.stderr.write(`${line}\n`),
  paint: paintFor(process.stdout, process.env),
  notePaint: paintFor(process.stderr, process.env),
});

/** An abort signal that follows Ctrl-C and SIGTERM; a second Ctrl-C ends the process at once. */
export const stopSignal = (
  onFirst: () => void = () => {},
): { readonly signal: AbortSignal; readonly interrupted: () => boolean } => {
  const controller = new AbortController();
  let interrupted = false;
  const stop = (isInterrupt: boolean) => () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    interrupted = isInterrupt;
    onFirst();
    controller.abort();
  };
  process.on('SIGINT', stop(true));
  process.on('SIGTERM', stop(false));
  return { signal: controller.signal, interrupted: () => interrupted };
};
