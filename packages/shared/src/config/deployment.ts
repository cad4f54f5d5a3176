/** The deployment file: everything that constructors fix, for every chain. Pure: looks at no file and no chain. Reference: docs/reference/deployment.md. */
import { z } from 'zod';
import { failure, ok, type Result } from '../result.ts';
import { addressField, amountField, bytes32Field, chainField, countField, httpUrlField, shareField } from './fields.ts';
import { keysAt } from './keys.ts';
import { type ConfigProblem, problemsFrom } from './problems.ts';
import { signerSchema } from './schema.ts';

/** Seconds that a contract keeps in 32 bits. */
const secondsField = countField('seconds').max(4_294_967_295, { error: 'seconds below 2^32' });

/** A share such as 0.02 → WAD. YAML numbers are short decimals here: fifteen digits survive. */
const wadField = shareField.transform(share => BigInt(Math.round(share * 1e15)) * 1_000n);

const addressesField = (what: string, least: number) =>
  z.array(addressField, { error: `a list of ${what}` }).min(least, { error: `at least ${least} of ${what}` });

/** M of N keys that sign together (BR-4). In any order here; contracts want them ascending. */
const quorum = (what: string) => ({
  signers: addressesField(what, 2).refine(list => new Set(list).size === list.length, {
    error: `each of ${what} once`,
  }),
  threshold: countField('signers').min(2, { error: 'at least two signers' }),
});

const chainSchema = z.strictObject({
  id: chainField,
  endpoint: httpUrlField,
  /** The ERC-20 that everything is counted in, on this chain. */
  quoteToken: addressField,
  /** A rollup's sequencer: where its uptime is reported, and for how long after its return nobody is liquidated. */
  sequencer: z.strictObject({ feed: addressField, grace: secondsField }).optional(),
});

const timelockSchema = z.strictObject({
  /** Seconds between the announcement of an act of the admin and the act. */
  minDelay: countField('seconds'),
  /** Who announces and cancels. */
  proposers: addressesField('proposers', 1),
  /** Who executes what is due; the zero address: anybody. */
  executors: addressesField('executors', 1),
});

const oracleSchema = z.strictObject({
  /** Salt of the prices' signing domain: names the set of feeds. */
  feedSetId: bytes32Field,
  ...quorum('price signers'),
  /** Oldest price for each use, seconds. */
  maxAge: z.strictObject({ riskIncrease: secondsField, liquidation: secondsField, settlement: secondsField }),
  /** Largest move that one report is believed for. */
  maxStep: wadField,
  /** How near to a held price a later report must be to confirm it. */
  confirmBand: wadField,
  /** Widest half-width of the confidence interval at which risk may be raised. */
  maxConfidence: wadField,
  /** How much of itself the stable price moves by in a second, at most. */
  stableRate: wadField,
});

const auctionSchema = z.strictObject({
  buffer: wadField,
  startDiscount: wadField,
  kneeDiscount: wadField,
  floorDiscount: wadField,
  knee: secondsField,
  floor: secondsField,
  reward: secondsField,
  gap: secondsField,
  /** Below it a vault is taken whole, quote base units. */
  dust: amountField,
});

export const deploymentSchema = z.strictObject({
  /** Part of every address: a second deployment of the same deployer has another. */
  label: z
    .string({ error: 'a word of small letters, digits and dashes' })
    .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, { error: 'a word of small letters, digits and dashes' })
    .default('bulkhead'),
  chains: z.array(chainSchema, { error: 'a list of chains' }).min(1, { error: 'at least one chain' }),
  /** Who deploys: part of every address, and nothing afterwards. `--verify-only` and `--dry-run` read its address alone. */
  signer: signerSchema,
  timelock: timelockSchema,
  /** The one key that can pause. */
  guardian: addressField,
  oracle: oracleSchema,
  /** Who may tighten parameters, and by how much in one push. */
  risk: z.strictObject({ ...quorum('risk signers'), maxStep: wadField }),
  portfolio: z.strictObject({ ...quorum('attesters'), floorInitial: wadField, floorMaintenance: wadField }),
  auction: auctionSchema,
  /** Where the addresses are written; relative paths count from this file. */
  addressBook: z
    .string({ error: 'a path to a file' })
    .min(1, { error: 'a path to a file' })
    .default('address-book.json'),
});

export type DeploymentFile = z.output<typeof deploymentSchema>;
export type DeploymentChain = DeploymentFile['chains'][number];
/** What may be written in the file. */
export type DeploymentFileInput = z.input<typeof deploymentSchema>;

const tooFew = (
  path: string,
  { signers, threshold }: { readonly signers: readonly string[]; readonly threshold: number },
) =>
  threshold > signers.length || threshold * 2 <= signers.length
    ? [
        {
          path: `${path}.threshold`,
          found: `${threshold} of ${signers.length}`,
          allowed: 'more than half of the signers, and no more than there are (BR-4)',
          remedy: 'Name another threshold, or other signers.',
        },
      ]
    : [];

const wrongOrder = (path: string, found: string, allowed: string, wrong: boolean): readonly ConfigProblem[] =>
  wrong ? [{ path, found, allowed, remedy: 'The constructor would refuse it.' }] : [];

/** What no single field can say, and a constructor would refuse. */
const across = (file: DeploymentFile): readonly ConfigProblem[] => {
  const { oracle, risk, portfolio, auction, chains } = file;
  const twice = chains.flatMap(({ id }, index) =>
    wrongOrder(
      `chains[${index}].id`,
      `${id} a second time`,
      'each chain once',
      chains.findIndex(each => each.id === id) !== index,
    ),
  );
  return [
    ...twice,
    ...tooFew('oracle', oracle),
    ...tooFew('risk', risk),
    ...tooFew('portfolio', portfolio),
    ...wrongOrder('oracle.maxStep', 'zero', 'above zero', oracle.maxStep === 0n),
    ...wrongOrder('oracle.maxConfidence', 'zero', 'above zero', oracle.maxConfidence === 0n),
    ...wrongOrder(
      'oracle.stableRate',
      'zero or over a tenth',
      'above zero, at most 0.1',
      oracle.stableRate === 0n || oracle.stableRate > 10n ** 17n,
    ),
    ...wrongOrder(
      'oracle.confirmBand',
      'more than half of maxStep',
      'at most half of maxStep',
      oracle.confirmBand * 2n > oracle.maxStep,
    ),
    ...wrongOrder(
      'risk.maxStep',
      'zero or one',
      'between zero and one',
      risk.maxStep === 0n || risk.maxStep >= 10n ** 18n,
    ),
    ...wrongOrder(
      'portfolio.floorMaintenance',
      'zero, or above floorInitial',
      'above zero, at most floorInitial',
      portfolio.floorMaintenance === 0n || portfolio.floorMaintenance > portfolio.floorInitial,
    ),
    ...wrongOrder(
      'auction',
      'discounts that rise again, or a floor of zero',
      'startDiscount ≥ kneeDiscount ≥ floorDiscount > 0',
      auction.kneeDiscount > auction.startDiscount ||
        auction.floorDiscount > auction.kneeDiscount ||
        auction.floorDiscount === 0n,
    ),
  ];
};

/** Checks parsed YAML or JSON. Every mistake is reported, not only the first. */
export const parseDeployment = (raw: unknown): Result<DeploymentFile, readonly ConfigProblem[]> => {
  const parsed = deploymentSchema.safeParse(raw);
  if (!parsed.success) return failure(problemsFrom(parsed.error, raw, keysAt(deploymentSchema)));
  const problems = across(parsed.data);
  return problems.length > 0 ? failure(problems) : ok(parsed.data);
};
