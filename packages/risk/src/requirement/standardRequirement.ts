import {
  failure,
  type InstrumentTerms,
  type MarketState,
  ok,
  type PositionState,
  type PriceWad,
  type QuoteAmount,
  quoteAmount,
  type Result,
  type Seconds,
  WAD,
} from '@bulkhead/shared';
import { absolute, divideUp, larger, powerOfTen } from '../arithmetic.ts';
import type { EvaluationError, Prices } from '../evaluateGroup.ts';
import { isOption } from '../isOption.ts';
import { maintenanceRateAt } from '../parameterRamp.ts';
import { expiryRequirement, type OptionLeg } from './optionRequirement.ts';

/** What a book must have beside its equity, quote decimals. */
export interface StandardRequirement {
  readonly initial: QuoteAmount;
  readonly maintenance: QuoteAmount;
}

/** A position with its terms, its mark and the price of what it is on. */
interface Priced {
  readonly position: PositionState;
  readonly terms: InstrumentTerms;
  readonly mark: PriceWad;
  readonly spot: PriceWad;
  /** In force. */
  readonly maintenanceRate: bigint;
}

const priced = (
  positions: readonly PositionState[],
  market: MarketState,
  prices: Prices,
  at: Seconds | undefined,
): Result<readonly Priced[], EvaluationError> => {
  const found: Priced[] = [];
  for (const position of positions) {
    const terms = market.instruments.find(one => one.instrument === position.instrument);
    if (!terms) return failure({ kind: 'unknownInstrument', instrument: position.instrument });
    // Only options are margined by what they are on.
    const [feed, spotFeed] = [terms.feed, isOption(terms) ? terms.indexFeed : terms.feed];
    const [mark, spot] = [prices.get(feed), prices.get(spotFeed)];
    if (mark === undefined) return failure({ kind: 'missingPrice', feed });
    if (spot === undefined) return failure({ kind: 'missingPrice', feed: spotFeed });
    const maintenanceRate = maintenanceRateAt(terms, at);
    if (maintenanceRate === undefined) return failure({ kind: 'unknownTime' });
    found.push({ position, terms, mark, spot, maintenanceRate });
  }
  return ok(found);
};

/** |size| × mark × rate, each step rounded up. */
const linearRequirement = ({ position, terms, mark, maintenanceRate }: Priced, quoteDecimals: number) => {
  const notional = divideUp(absolute(position.size) * mark, powerOfTen(36 - quoteDecimals));
  return {
    initial: divideUp(notional * terms.initialRate, WAD),
    maintenance: divideUp(notional * maintenanceRate, WAD),
  };
};

const legOf = ({ position, terms, mark }: Priced): OptionLeg | undefined =>
  isOption(terms) ? { kind: terms.kind, strike: terms.strike, size: position.size, mark } : undefined;

/** Options are margined together with what is on the same underlying and expires with them. */
const expiryOf = ({ terms }: Priced): string => `${terms.indexFeed} ${terms.expiry}`;

/**
 * RISK §2's standard requirement of the positions of one vault: Σ over linear positions, and per underlying and expiry over its options. IM is never under
 * MM (MRG-8). Rates are those in force at `at`, without which none may be moving. Vaults are not netted here: a group's requirement in segregated and in cross mode is the sum over its vaults.
 */
export const standardRequirement = (
  positions: readonly PositionState[],
  market: MarketState,
  prices: Prices,
  at?: Seconds,
): Result<StandardRequirement, EvaluationError> => {
  const found = priced(positions, market, prices, at);
  if (!found.ok) return found;
  const { decimals } = market.quote;
  const parts = found.value.filter(one => !legOf(one)).map(one => linearRequirement(one, decimals));
  const options = found.value.filter(one => legOf(one));
  for (const together of Map.groupBy(options, expiryOf).values()) {
    const legs = together.flatMap(one => legOf(one) ?? []);
    parts.push(expiryRequirement(legs, (together[0] as Priced).spot, decimals));
  }
  const sum = (of: 'initial' | 'maintenance'): bigint => parts.reduce((total, part) => total + part[of], 0n);
  const maintenance = sum('maintenance');
  return ok({ initial: quoteAmount(larger(sum('initial'), maintenance)), maintenance: quoteAmount(maintenance) });
};
