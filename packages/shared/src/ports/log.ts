export type LogFields = Readonly<Record<string, string | number | bigint | boolean | undefined>>;

/** Structured log. One `trace` id follows an effect from detection to finality. Never given keys, passwords or signed bytes. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log that adds these fields to every line. */
  with(fields: LogFields): Log;
}
