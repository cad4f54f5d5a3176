import type { Caip2 } from '@bulkhead/shared';

/** Raised when a key's name, type or meaning changes (F20). Keys of another version are never read. */
export const schemaVersion = 1;

/** All keys of one chain: the hash tag keeps them in one slot, so that one script may touch them, on Redis Cluster too. */
export const chainPrefix = (chain: Caip2): string => `bulkhead:v${schemaVersion}:{${chain}}:`;

/** Says which schema version a chain's ledger was written with. Its own name never changes. */
export const schemaKey = (chain: Caip2): string => `bulkhead:{${chain}}:schema`;

/**
 * Every key of this version and its Redis type: what a migration has to know, and what the tests compare with what is really there. `*` stands
 * for an id, a name or a signer.
 */
export const keyTypes: Readonly<Record<string, 'hash' | 'list' | 'zset' | 'string'>> = {
  'lease:*': 'hash',
  'effect:*': 'hash',
  'effect:*:attempts': 'list',
  'ready:*': 'zset',
  open: 'zset',
  'lane:*': 'hash',
  'lane:*:slots': 'hash',
  spend: 'hash',
  counters: 'hash',
  paused: 'string',
  watermarks: 'hash',
  decisions: 'hash',
  'decisions:age': 'zset',
};
