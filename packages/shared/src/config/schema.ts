/** The configuration of a process, as pure data: nothing here reads a file or looks at a chain. Reference: docs/reference/configuration.md. */
import { z } from 'zod';
import {
  addressField,
  amountField,
  bytes32Field,
  chainField,
  countField,
  httpUrlField,
  nameField,
  nonNegativeField,
  portField,
  positiveField,
  redisUrlField,
  secretPathField,
  shareField,
  wsUrlField,
} from './fields.ts';

/**
 * Fields that name a file with a secret. Only in these is ${NAME} replaced from the environment, so that no other value depends on
 * where a process happens to run.
 */
export const secretPaths = ['signer.keystore', 'signer.passwordFile', 'http.tokenFile'] as const;

const endpointSchema = z.strictObject({
  http: httpUrlField,
  /** Without it the chain is polled. */
  ws: wsUrlField.optional(),
});

const contractsSchema = z.strictObject({
  vaultRegistry: addressField,
  marginEngine: addressField,
  clearingHouse: addressField,
  liquidationEngine: addressField,
  oracleHub: addressField,
  multicall3: addressField,
});

/** Where a keeper hands on what it has taken. */
const shedSchema = z.strictObject({
  /** Vault of the member that takes the positions. */
  counterpartyVault: bytes32Field,
  /** Distance from the mark that is offered to it; within the instrument's trade band. */
  concession: shareField.default(0.005),
});

const chainSchema = z.strictObject({
  id: chainField,
  endpoints: z.array(endpointSchema, { error: 'a list of endpoints' }).min(1, { error: 'at least one endpoint' }),
  contracts: contractsSchema,
  /** The keeper's own vault: bids are paid from it and land in it. Needed to act. */
  bidderVault: bytes32Field.optional(),
  shed: shedSchema.optional(),
  /** Oldest head on which anything is decided, seconds (F11, EFF-6). */
  headMaxAge: positiveField('seconds').default(30),
  /** Blocks until an event is accounted for, and until a transaction counts as final. */
  confirmedAfter: countField('blocks').default(1),
  finalAfter: countField('blocks').default(12),
  /** Start of the history that is read, so that a fresh process need not begin at genesis. */
  fromBlock: z.int({ error: 'a block number' }).min(0, { error: 'a block number' }).default(0),
});

const keystoreSignerSchema = z.strictObject({
  address: addressField,
  keystore: secretPathField,
  passwordFile: secretPathField,
  /** Most that all transactions of one day (UTC) may cost together, wei per chain. */
  dailySpendCap: amountField.default(1_000_000_000_000_000_000n),
});

const plainSignerSchema = z.strictObject({
  address: addressField,
  /** Name of the environment variable that holds the key. Local test chains only. */
  privateKeyEnv: z
    .string({ error: 'the name of an environment variable' })
    .regex(/^[A-Z_][A-Z0-9_]*$/, { error: 'the name of an environment variable' }),
  dailySpendCap: amountField.default(1_000_000_000_000_000_000n),
});

/** Which kind of signer is meant is seen from its fields, so that a mistake in one is reported for that one. */
const signerSchema = z.union([keystoreSignerSchema, plainSignerSchema]);

const keeperSchema = z.strictObject({
  /** Waits this long after a vault became liquidatable, so that it bids only when others do not, seconds. */
  patience: nonNegativeField('seconds').default(0),
  /** Least profit of a bid after gas, quote base units. */
  minProfit: amountField.default(0n),
  /** Loss accepted per bid where a vault would otherwise become insolvent, quote base units. */
  maxLossForSolvency: amountField.default(0n),
  /** Largest notional held per instrument, quote base units. */
  inventoryLimit: amountField.optional(),
  /** Value of one native unit in quote base units, to weigh gas against profit. */
  nativeValue: amountField.default(0n),
});

const httpSchema = z.strictObject({
  host: z.string({ error: 'a host name or address' }).min(1, { error: 'a host name or address' }).default('127.0.0.1'),
  port: portField.default(9464),
  /** File with the token that state-changing requests must carry. Without it there are none. */
  tokenFile: secretPathField.optional(),
});

const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

export const configSchema = z.strictObject({
  name: nameField.default('keeper'),
  /** observe: everything up to the signature. act: sign and send. */
  mode: z.enum(['observe', 'act'], { error: '"observe" or "act"' }).default('observe'),
  chains: z.array(chainSchema, { error: 'a list of chains' }).min(1, { error: 'at least one chain' }),
  redis: z.strictObject({
    url: redisUrlField,
    /** First part of every key, so that several deployments may share one server. */
    prefix: nameField.default('bulkhead'),
  }),
  oracle: z.strictObject({ url: httpUrlField }),
  /** Needed to act. */
  signer: signerSchema.optional(),
  keeper: keeperSchema.prefault({}),
  http: httpSchema.prefault({}),
  log: z
    .strictObject({
      level: z.enum(logLevels, { error: logLevels.map(level => `"${level}"`).join(', ') }).default('info'),
    })
    .prefault({}),
});

/** A configuration that has been checked: types are branded, defaults filled in. */
export type Config = z.output<typeof configSchema>;
export type ChainConfig = Config['chains'][number];
export type SignerConfig = NonNullable<Config['signer']>;
export type KeystoreSignerConfig = z.output<typeof keystoreSignerSchema>;
/** What may be written in the file. */
export type ConfigInput = z.input<typeof configSchema>;
