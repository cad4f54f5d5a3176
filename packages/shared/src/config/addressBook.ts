/** The address book: which contracts make up a deployment, by chain. Written by `bulkhead deploy`, read by the SDK and by a process's configuration. */
import { z } from 'zod';
import { failure, ok, type Result } from '../result.ts';
import { addressField, chainField } from './fields.ts';
import { keysAt } from './keys.ts';
import { type ConfigProblem, problemsFrom } from './problems.ts';

const contractsSchema = z.strictObject({
  create3Factory: addressField,
  /** The admin: OpenZeppelin's TimelockController. */
  timelock: addressField,
  vaultRegistry: addressField,
  oracleHub: addressField,
  guardian: addressField,
  marginEngine: addressField,
  marginGroups: addressField,
  portfolioRequirements: addressField,
  riskConfig: addressField,
  liquidationEngine: addressField,
  /** Code that the clearing house runs on its own storage, as `closeOut` and `defaultWaterfall` are. */
  trading: addressField,
  closeOut: addressField,
  defaultWaterfall: addressField,
  clearingHouse: addressField,
  vaultLens: addressField,
});

const blockField = z.int({ error: 'a block number' }).min(0, { error: 'a block number' });

const entrySchema = z.strictObject({
  /** Whose deployment it is: with `label` all that the addresses depend on. */
  deployer: addressField,
  label: z.string({ error: 'the label of the deployment' }).min(1, { error: 'the label of the deployment' }),
  /** Nothing of the deployment is older. */
  block: blockField,
  /** The asset that everything is counted in; not a part of the deployment. */
  quoteToken: addressField,
  contracts: contractsSchema,
});

export const addressBookSchema = z.strictObject({
  version: z.literal(1, { error: 'the version of this form, 1' }),
  chains: z.record(chainField, entrySchema, { error: 'a block of chain ids and deployments' }),
});

/** Where each contract of one deployment is. */
export type ContractAddresses = z.output<typeof contractsSchema>;
export type AddressBookEntry = z.output<typeof entrySchema>;
/** Deployments by CAIP-2 chain id. */
export type AddressBook = z.output<typeof addressBookSchema>;

/** Checks parsed JSON. Every mistake is reported, not only the first. */
export const parseAddressBook = (raw: unknown): Result<AddressBook, readonly ConfigProblem[]> => {
  const parsed = addressBookSchema.safeParse(raw);
  return parsed.success ? ok(parsed.data) : failure(problemsFrom(parsed.error, raw, keysAt(addressBookSchema)));
};
