import type { Redis } from 'ioredis';
import * as effects from './lua/effects.ts';
import * as lane from './lua/lane.ts';
import * as leases from './lua/leases.ts';
import * as notes from './lua/notes.ts';

const sources = { ...leases, ...effects, ...lane, ...notes } as const;
export type ScriptName = keyof typeof sources;

/** What a script answers: strings, numbers, and arrays of them. */
export type Reply = string | number | null | readonly Reply[];

/** Runs one atomic step. ioredis sends the hash first and the text only to a server that does not have it. */
export type RunScript = (name: ScriptName, prefix: string, args: Readonly<Record<string, unknown>>) => Promise<Reply>;

const commandOf = (name: ScriptName): string => `bulkhead${name[0]?.toUpperCase()}${name.slice(1)}`;

export const scriptsOn = (redis: Redis): RunScript => {
  for (const [name, lua] of Object.entries(sources))
    redis.defineCommand(commandOf(name as ScriptName), { numberOfKeys: 1, lua });
  const commands = redis as unknown as Record<string, (key: string, args: string) => Promise<Reply>>;
  return (name, prefix, args) => {
    const command = commands[commandOf(name)];
    if (!command) throw new Error(`script ${name} is not defined`);
    return command.call(redis, prefix, JSON.stringify(args));
  };
};
