import type { StartupError } from './startupError.ts';

/** What looking found. Problems stop a process; warnings are told and that is all. */
export interface Findings {
  /** A detail worth showing when there is no problem. */
  readonly detail: string;
  readonly problems: readonly StartupError[];
  readonly warnings: readonly string[];
}

/** One question that is asked before a process starts. It only reads. */
export interface Check {
  /** Where in the configuration its answer lies. */
  readonly field: string;
  /** What holds when it passes, for people. */
  readonly what: string;
  /** May throw a StartupError instead of answering with one. */
  run(): Promise<Findings>;
}

export const passed = (detail: string, warnings: readonly string[] = []): Findings => ({
  detail,
  problems: [],
  warnings,
});
