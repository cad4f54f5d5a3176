/** What one account was required to have in each mode, and what came of it, as the observer saw it. Pure. */
import { evaluateGroup } from '@bulkhead/risk';
import { type GroupState, type MarginMode, seconds } from '@bulkhead/shared';
import type { Tally } from '../observer/tally.ts';
import type { ModeLine } from '../screen/viewModel.ts';
import { attesterViewOf, type ModeAccount, type ModeFacts, modeFactsOf } from './modeAccounts.ts';

/** Before prices moved. */
export type ModeStart = ModeFacts;

/** Amounts in quote base units. */
export interface ModeSummary {
  readonly mode: MarginMode;
  /** MM at the start. */
  readonly required: bigint;
  readonly liquidations: number;
  readonly valueBefore: bigint;
  readonly valueAfter: bigint;
}

const factsOf = (account: ModeAccount, tally: Tally): ModeFacts | undefined => {
  const [chain] = tally.chains();
  if (!chain) return undefined;
  const prices = tally.prices();
  const at = chain.time ?? seconds(0);
  const marketValueOf = (group: GroupState): bigint | undefined => {
    const health = evaluateGroup(group, chain.market, prices, { at });
    return health.ok ? health.value.marketValue : undefined;
  };
  return modeFactsOf(
    account,
    [...chain.groups.values()],
    chain.market,
    attesterViewOf(chain.market, prices, at),
    marketValueOf,
  );
};

const allFacts = (accounts: readonly ModeAccount[], tally: Tally): readonly ModeFacts[] =>
  accounts.flatMap(account => factsOf(account, tally) ?? []);

export const startOfModes = (accounts: readonly ModeAccount[], tally: Tally): readonly ModeStart[] =>
  allFacts(accounts, tally);

/** For the screen, in quote units. */
export const modeLinesOf = (accounts: readonly ModeAccount[], tally: Tally): readonly ModeLine[] => {
  const unit = 10 ** (tally.chains()[0]?.market.quote.decimals ?? 0);
  return allFacts(accounts, tally).map(({ mode, required, value }) => ({
    mode,
    required: Number(required) / unit,
    value: Number(value) / unit,
  }));
};

export const modeSummariesOf = (
  began: readonly ModeStart[],
  accounts: readonly ModeAccount[],
  tally: Tally,
): readonly ModeSummary[] =>
  accounts.flatMap(account => {
    const before = began.find(each => each.mode === account.mode);
    const after = factsOf(account, tally);
    if (!before || !after) return [];
    const liquidations = tally.liquidations().filter(each => account.vaults.includes(each.vault)).length;
    return [
      {
        mode: account.mode,
        required: before.required,
        liquidations,
        valueBefore: before.value,
        valueAfter: after.value,
      },
    ];
  });
