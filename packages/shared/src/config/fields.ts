/** Field types of the configuration. Each says in its own message what is allowed, because an operator reads it, not a programmer. */
import { z } from 'zod';
import type { Address, Hex32 } from '../hex.ts';
import { type Caip2, evmChainIdOf } from '../ids/caip2.ts';

const matching = <Output>(allowed: string, accepts: (text: string) => boolean) =>
  z
    .string({ error: allowed })
    .refine(accepts, { error: allowed })
    .transform(text => text as Output);

export const chainField = matching<Caip2>(
  'a CAIP-2 chain id such as eip155:1',
  text => evmChainIdOf(text as Caip2) !== undefined,
);

export const addressField = matching<Address>('a 20-byte address: 0x and 40 hexadecimal digits', text =>
  /^0x[0-9a-fA-F]{40}$/.test(text),
).transform(text => text.toLowerCase() as Address);

export const bytes32Field = matching<Hex32>('32 bytes: 0x and 64 hexadecimal digits', text =>
  /^0x[0-9a-fA-F]{64}$/.test(text),
).transform(text => text.toLowerCase() as Hex32);

/** In base units. In quotes, because YAML numbers lose digits above 2^53. */
export const amountField = z
  .union([z.string(), z.number().int().nonnegative().safe()], { error: 'a whole number of base units, in quotes' })
  .refine(value => /^(0|[1-9][0-9]*)$/.test(String(value)), { error: 'a whole number of base units, in quotes' })
  .transform(value => BigInt(value));

/** Decimal text such as "12.5" → WAD. Pure string arithmetic: nothing passes through a float (F17). */
export const unitsField = z
  .union([z.string(), z.number().nonnegative()], { error: 'a decimal amount such as "12.5"' })
  .refine(value => /^[0-9]{1,30}(\.[0-9]{1,18})?$/.test(String(value)), { error: 'a decimal amount such as "12.5"' })
  .transform(value => {
    const [whole = '0', part = ''] = String(value).split('.');
    return BigInt(whole) * 10n ** 18n + BigInt(part.padEnd(18, '0'));
  });

const urlOf = (allowed: string, protocols: readonly string[]) =>
  z
    .string({ error: allowed })
    .refine(text => URL.canParse(text) && protocols.includes(new URL(text).protocol), { error: allowed });

export const httpUrlField = urlOf('an http:// or https:// URL', ['http:', 'https:']);
export const wsUrlField = urlOf('a ws:// or wss:// URL', ['ws:', 'wss:']);
export const redisUrlField = urlOf('a redis:// or rediss:// URL', ['redis:', 'rediss:']);

/** A path to a file that holds a secret; relative paths count from the configuration file. See `secretPaths` in schema.ts. */
export const secretPathField = z.string({ error: 'a path to a file' }).min(1, { error: 'a path to a file' });

export const nameField = matching<string>('a name of 1 to 40 small letters, digits and dashes', text =>
  /^[a-z0-9][a-z0-9-]{0,39}$/.test(text),
);

/** @param unit named in the message. */
export const positiveField = (unit: string) =>
  z.number({ error: `a number of ${unit} above zero` }).positive({ error: `a number of ${unit} above zero` });
export const nonNegativeField = (unit: string) =>
  z.number({ error: `a number of ${unit}, zero or more` }).nonnegative({ error: `a number of ${unit}, zero or more` });
export const countField = (what: string) =>
  z
    .int({ error: `a whole number of ${what}, one or more` })
    .min(1, { error: `a whole number of ${what}, one or more` });
export const portField = z
  .int({ error: 'a port number from 0 to 65535 (0: any free one)' })
  .min(0, { error: 'a port number from 0 to 65535 (0: any free one)' })
  .max(65_535, { error: 'a port number from 0 to 65535 (0: any free one)' });
/** A share such as 0.02 for two percent. */
export const shareField = z
  .number({ error: 'a share from 0 to 1, such as 0.02' })
  .min(0, { error: 'a share from 0 to 1, such as 0.02' })
  .max(1, { error: 'a share from 0 to 1, such as 0.02' });
