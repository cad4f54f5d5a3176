import { failure, ok, type Result } from '../result.ts';
import { keysAt } from './keys.ts';
import { type ConfigProblem, problemsFrom } from './problems.ts';
import { type Config, configSchema } from './schema.ts';

/** What no single field can say: fields that need one another. */
const across = (config: Config): readonly ConfigProblem[] => {
  const problems: ConfigProblem[] = [];
  const acting = config.mode === 'act';
  if (acting && !config.signer) {
    problems.push({
      path: 'signer',
      found: 'nothing',
      allowed: 'a block with address, keystore, passwordFile',
      remedy: 'Add a signer, or set mode: observe.',
    });
  }
  config.chains.forEach((chain, index) => {
    if (acting && !chain.bidderVault) {
      problems.push({
        path: `chains[${index}].bidderVault`,
        found: 'nothing',
        allowed: "the id of the keeper's own vault on this chain",
        remedy: 'Add it, or set mode: observe.',
      });
    }
    if (config.chains.findIndex(other => other.id === chain.id) !== index) {
      problems.push({
        path: `chains[${index}].id`,
        found: `${chain.id} a second time`,
        allowed: 'each chain once',
        remedy: 'Put all endpoints of a chain into one entry.',
      });
    }
  });
  return problems;
};

/** Checks parsed YAML or JSON. Every mistake is reported, not only the first. Pure: looks at no file and no chain. */
export const parseConfig = (raw: unknown): Result<Config, readonly ConfigProblem[]> => {
  const parsed = configSchema.safeParse(raw);
  if (!parsed.success) return failure(problemsFrom(parsed.error, raw, keysAt(configSchema)));
  const problems = across(parsed.data);
  return problems.length > 0 ? failure(problems) : ok(parsed.data);
};
