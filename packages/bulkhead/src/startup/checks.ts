import { evmChainIdOf } from '@bulkhead/shared';
import type { Config } from '@bulkhead/shared/config';
import type { Clock } from '@bulkhead/shared/ports';
import { unlockKey } from '../adapters/keystore.ts';
import { chainChecks } from './chainChecks.ts';
import { type Check, type Findings, passed } from './check.ts';
import { redisCheck } from './redisCheck.ts';
import { StartupError, wordsOf } from './startupError.ts';

const signerCheck = (config: Config): readonly Check[] => {
  const { signer } = config;
  if (!signer) return [];
  const chainIds = config.chains.flatMap(chain => evmChainIdOf(chain.id) ?? []);
  return [
    {
      field: 'signer',
      what: 'the key is that of signer.address',
      run: async () => {
        await unlockKey(signer, chainIds);
        return passed(signer.address);
      },
    },
  ];
};

/** Everything that must hold before a process starts, cheapest first. None of it sends or writes anything. */
export const startupChecks = (config: Config, clock: Clock): readonly Check[] => [
  ...signerCheck(config),
  redisCheck(config),
  ...config.chains.flatMap((chain, index) => chainChecks(config, chain, index, clock)),
];

export interface CheckOutcome extends Findings {
  readonly check: Check;
}

/** Whatever a check throws, said as a StartupError about its field. */
const asStartupError = (check: Check, error: unknown): StartupError =>
  error instanceof StartupError
    ? error
    : new StartupError({
        code: 'endpointUnreachable',
        field: check.field,
        problem: `it could not be checked that ${check.what}.`,
        remedy: 'Mend what the details say and try again.',
        details: wordsOf(error),
      });

/** Asks one question. Never throws. */
export const runCheck = async (check: Check): Promise<CheckOutcome> => {
  try {
    return { check, ...(await check.run()) };
  } catch (error) {
    return { check, detail: '', problems: [asStartupError(check, error)], warnings: [] };
  }
};

/**
 * Asks in order and stops at the first failure, so that one clear message is all there is to read.
 * @throws StartupError
 */
export const requireStartup = async (
  config: Config,
  clock: Clock,
  onPassed: (outcome: CheckOutcome) => void = () => {},
): Promise<void> => {
  for (const check of startupChecks(config, clock)) {
    const outcome = await runCheck(check);
    const [problem] = outcome.problems;
    if (problem) throw problem;
    onPassed(outcome);
  }
};
