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
  unitsField,
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
  marginGroups: addressField,
  portfolioRequirements: addressField,
  vaultLens: addressField,
  multicall3: addressField,
});

/** Contracts that a process is told of, by name. */
export const processContracts = contractsSchema.keyof().options;

/** Amounts of the underlying by instrument number: `{ "0": "12.5" }`. */
const byInstrument = z.record(
  z.string().regex(/^(0|[1-9][0-9]{0,9})$/, { error: 'an instrument number' }),
  unitsField,
  { error: 'a block of instrument numbers and amounts' },
);

/** Where a keeper hands on what it has taken. */
const shedSchema = z.strictObject({
  /** Vault that takes the other side; its owner must have given the keeper's signer the trade right. Without it inventory is only reported. */
  counterparty: bytes32Field.optional(),
  /** Positions above this are handed on whole; not named: any. */
  above: byInstrument.prefault({}),
  /** Shortest time between two attempts for one instrument, seconds. */
  interval: positiveField('seconds').default(5),
});

const feesSchema = z.strictObject({
  /** Highest fee per gas ever signed, wei. */
  cap: amountField.default(200_000_000_000n),
  /** Most that all attempts of one effect together may cost, wei. */
  liquidationBudget: amountField.default(100_000_000_000_000_000n),
  settlementBudget: amountField.default(20_000_000_000_000_000n),
  maintenanceBudget: amountField.default(10_000_000_000_000_000n),
});

const chainSchema = z.strictObject({
  id: chainField,
  endpoints: z.array(endpointSchema, { error: 'a list of endpoints' }).min(1, { error: 'at least one endpoint' }),
  contracts: contractsSchema,
  /** The keeper's own vault: bids are paid from it and land in it. Needed to act. */
  bidderVault: bytes32Field.optional(),
  /** Largest position held by instrument; an instrument that is not named is not bounded. */
  inventoryLimit: byInstrument.prefault({}),
  /** Collaterals not wanted: a bid leaves them with the vault and does not pay for them. The quote token cannot be skipped. */
  skip: z.array(addressField, { error: 'a list of token addresses' }).default([]),
  /**
   * Venues beside the clearing house whose vaults are watched, and bid on when the bidding vault has chosen the same venue. Naming one is trusting it to keep
   * its vaults apart: the wall guard cannot read its storage.
   */
  venues: z.array(addressField, { error: 'a list of venue addresses' }).default([]),
  /** Without it the keeper holds what it took. */
  shed: shedSchema.optional(),
  fees: feesSchema.prefault({}),
  /** Oldest head on which anything is decided, seconds (F11, EFF-6). */
  headMaxAge: positiveField('seconds').default(30),
  /** Blocks until an event is accounted for, and until a transaction counts as final; `finalized`: what the chain's consensus says. */
  confirmedAfter: countField('blocks').default(1),
  finalAfter: z
    .union([countField('blocks'), z.literal('finalized')], { error: 'a number of blocks, or "finalized"' })
    .default('finalized'),
  /** How settled an inclusion must be before its effect counts as done. */
  effectFinality: z.enum(['confirmed', 'final'], { error: '"confirmed" or "final"' }).default('final'),
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
export const signerSchema = z.union([keystoreSignerSchema, plainSignerSchema]);

const keeperSchema = z.strictObject({
  /** Waits this long after it first saw a vault fail, so that it bids only when others do not, seconds. */
  patience: nonNegativeField('seconds').default(0),
  /** Distance kept from the keeper's own initial margin after a bid. */
  marginReserve: shareField.default(0.05),
  /** A bid for less of a group is not worth a transaction. */
  minimumFraction: shareField.default(0.01),
  /** Least profit of a bid after gas and slippage, quote base units. */
  minimumProfit: amountField.default(0n),
  /** When a bid that costs money is made all the same. Absent: never. */
  solvencyLoss: z
    .strictObject({
      /** Most that one bid may lose, quote base units. */
      maximum: amountField,
      /** Only for vaults under this share of their maintenance. */
      belowHealth: shareField.default(0.5),
    })
    .optional(),
  /** Cost of getting rid of what a bid brings, as a share of its value. */
  slippage: shareField.default(0.002),
  /** Gas that a bid is expected to use. */
  bidGas: amountField.default(1_000_000n),
  /** Value of one native unit in quote, to weigh gas against profit: decimal text. */
  nativePrice: unitsField.prefault('0'),
  /** The contract refuses a bid so long after it was prepared, seconds. */
  bidLifetime: countField('seconds').default(30),
  /** Close rounds and settle vaults in the public interest. */
  settle: z
    .strictObject({
      enabled: z.boolean({ error: 'true or false' }).default(true),
      batch: countField('vaults').default(20),
      patience: nonNegativeField('seconds').default(0),
    })
    .prefault({}),
  /** Posts prices when a stored one is older, seconds. Absent: prices travel with the actions that need them. */
  postPricesAfter: positiveField('seconds').optional(),
  /** Full re-read of every vault, seconds. */
  resyncEvery: positiveField('seconds').default(300),
  /** Vaults a read. */
  readBatch: countField('vaults').default(50),
  /** A price must stay under the contract's age limit for so long yet, seconds. */
  priceReserve: countField('seconds').default(2),
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
    /** `redis://host:port/number`: keepers that compete with one another use servers or database numbers of their own. */
    url: redisUrlField,
  }),
  oracle: z.strictObject({ url: httpUrlField }),
  /** Needed to act. */
  signer: signerSchema.optional(),
  keeper: keeperSchema.prefault({}),
  http: httpSchema.prefault({}),
  log: z
    .strictObject({
      level: z.enum(logLevels, { error: logLevels.map(level => `"${level}"`).join(', ') }).default('info'),
      /** Where the lines go; stderr when absent. */
      file: z.string({ error: 'a path to a file' }).optional(),
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
