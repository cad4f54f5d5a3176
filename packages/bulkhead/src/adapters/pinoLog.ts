import type { Log, LogFields } from '@bulkhead/shared/ports';
import { type DestinationStream, type Logger, pino } from 'pino';

/** Names under which a secret could slip into a log line. */
const secretNames = ['password', 'privateKey', 'key', 'token', 'authorization', 'bytes', 'mnemonic', 'secret'];

/** JSON has no integers above 2^53: bigints are written as decimal text. */
const plain = (fields: LogFields): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'bigint' ? value.toString() : value]),
  );

const wrap = (logger: Logger): Log =>
  Object.freeze<Log>({
    debug: (message, fields = {}) => logger.debug(plain(fields), message),
    info: (message, fields = {}) => logger.info(plain(fields), message),
    warn: (message, fields = {}) => logger.warn(plain(fields), message),
    error: (message, fields = {}) => logger.error(plain(fields), message),
    with: fields => wrap(logger.child(plain(fields))),
  });

/** JSON lines with ISO times. @param destination where they go; stderr unless given, because stdout belongs to the command's answer. */
export const pinoLog = (options: {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly name: string;
  readonly destination?: DestinationStream;
}): Log =>
  wrap(
    pino(
      {
        name: options.name,
        level: options.level,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: label => ({ level: label }) },
        redact: { paths: secretNames.flatMap(name => [name, `*.${name}`]), censor: '[redacted]' },
      },
      options.destination ?? pino.destination({ fd: 2, sync: true }),
    ),
  );
