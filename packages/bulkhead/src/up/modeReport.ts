/** What one account was required to have in each mode, and what came of it, as the observer saw it. Pure. */
import { type AttesterView, defaultRiskParameters, evaluateGroup, requirementByMode } from '@bulkhead/risk';
import {
  type GroupState,
  type MarginMode,
  type MarketState,
  type QuoteAmount,
  quoteAmount,
  seconds,
} from '@bulkhead/shared';
import type { Tally } from '../observer/tally.ts';
import type { ModeLine } from '../screen/viewModel.ts';
import { attesterViewOf } from './attesterView.ts';
import type { ModeAccount } from './modeAccounts.ts';

/** Sums over an account's groups. Quote base units. */
interface ModeFacts {
  readonly mode: MarginMode;
  /** What the mode requires of these holdings at these prices: MM. */
  readonly required: QuoteAmount;
  /** V, what could be taken out if everything were closed at these prices. */
  readonly value: QuoteAmount;
}

const onlyOf = (group: GroupState, account: ModeAccount): boolean =>
  group.vaults.some(vault => account.vaults.includes(vault));

/** One group with all that the account holds, whatever it is margined in: to ask what each mode would require of it. */
const wholeOf = (account: ModeAccount, groups: readonly GroupState[]): GroupState | undefined => {
  const own = groups.filter(group => onlyOf(group, account));
  const [first] = own;
  return (
    first && {
      ...first,
      vaults: account.vaults,
      positions: own.flatMap(group => group.positions),
      assets: own.flatMap(group => group.assets),
    }
  );
};

/** What an account is worth and what its own mode requires of it; undefined while anything about it is unknown. */
const modeFactsOf = (
  account: ModeAccount,
  groups: readonly GroupState[],
  market: MarketState,
  view: AttesterView,
  marketValueOf: (group: GroupState) => bigint | undefined,
): ModeFacts | undefined => {
  const whole = wholeOf(account, groups);
  if (!whole) return undefined;
  const required = requirementByMode(whole, market, view, defaultRiskParameters);
  const values = groups.filter(group => onlyOf(group, account)).map(marketValueOf);
  if (!required.ok || values.some(value => value === undefined)) return undefined;
  return {
    mode: account.mode,
    required: required.value[account.mode].maintenance,
    value: quoteAmount(values.reduce<bigint>((sum, value) => sum + (value ?? 0n), 0n)),
  };
};

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
