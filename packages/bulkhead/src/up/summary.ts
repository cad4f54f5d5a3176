/** The last word of a run: one JSON line for machines, some lines for people. Pure. */
import type { Counts } from '../observer/tally.ts';
import { amountText, clockText } from '../screen/format.ts';
import type { Paint } from '../screen/paint.ts';
import type { ModeSummary } from './modeReport.ts';

export interface SummaryInput {
  readonly vaults: number;
  readonly priceTicks: number;
  readonly counts: Counts;
  readonly quote: { readonly symbol: string; readonly decimals: number };
  readonly seconds: number;
  readonly seed: string;
  readonly interrupted: boolean;
  /** The path was walked to its end. */
  readonly ended: boolean;
  /** The account that was held in each mode; empty when it was never seen whole. */
  readonly modes: readonly ModeSummary[];
  /** What went wrong besides, for people. */
  readonly failures: readonly string[];
  readonly resumed: boolean;
}

/** The contract with whoever reads `up --json`: amounts are decimal strings in base units beside their unit, counts are numbers. */
export const summaryLine = (input: SummaryInput) => {
  const { counts } = input;
  const { losses } = counts;
  return {
    kind: 'summary',
    vaults: input.vaults,
    priceTicks: input.priceTicks,
    liquidations: counts.liquidations,
    vaultsLiquidated: counts.vaultsLiquidated,
    vaultsClosed: counts.vaultsClosed,
    wallsCrossed: counts.wallsCrossed,
    duplicateEffects: counts.duplicateEffects,
    wastedTransactions: counts.wastedTransactions,
    escrowsChecked: counts.escrowsChecked,
    escrowsShort: counts.escrowsShort,
    expiries: counts.expiries,
    latencyMs: counts.latency,
    shortfallQuote: String(losses.members + losses.house + losses.gainers + losses.residual),
    shortfallBorneBy: {
      memberContributions: String(losses.members),
      houseCapital: String(losses.house),
      gainers: String(losses.gainers),
      residual: String(losses.residual),
    },
    modes: input.modes.map(({ mode, required, liquidations, valueBefore, valueAfter }) => ({
      mode,
      maintenanceRequired: String(required),
      liquidations,
      valueBefore: String(valueBefore),
      valueAfter: String(valueAfter),
    })),
    quote: input.quote,
    seconds: Math.round(input.seconds),
    seed: input.seed,
    ...(input.resumed ? { resumed: true } : {}),
    ...(input.interrupted ? { interrupted: true } : {}),
    ...(input.failures.length > 0 ? { failures: input.failures } : {}),
  };
};

/** 130 after Ctrl-C; 0 when the path ended and what must be zero is zero; 1 otherwise. */
export const exitCodeOf = (input: SummaryInput): 0 | 1 | 130 => {
  if (input.interrupted) return 130;
  const { wallsCrossed, duplicateEffects, escrowsShort } = input.counts;
  const clean = wallsCrossed === 0 && duplicateEffects === 0 && escrowsShort === 0;
  return input.ended && clean && input.failures.length === 0 ? 0 : 1;
};

const zero = (value: number, paint: Paint): string =>
  value === 0 ? paint('green', '0') : paint(['bold', 'red'], String(value));

const modeLines = (modes: readonly ModeSummary[], amount: (value: bigint) => string): readonly string[] =>
  modes.length === 0
    ? []
    : [
        '  the same holdings in each mode:',
        ...modes.map(
          ({ mode, required, liquidations, valueBefore, valueAfter }) =>
            `    ${mode.padEnd(10)} required ${amount(required)} at the start, ${liquidations} liquidations, ` +
            `worth ${amount(valueBefore)} before and ${amount(valueAfter)} after`,
        ),
      ];

export const summaryLines = (input: SummaryInput, paint: Paint): readonly string[] => {
  const { counts, quote } = input;
  const amount = (value: bigint): string => `${amountText(Number(value) / 10 ** quote.decimals, 2)} ${quote.symbol}`;
  const { members, house, gainers, residual } = counts.losses;
  const { p50, p95 } = counts.latency;
  return [
    '',
    paint('bold', input.interrupted ? 'Interrupted. What happened until then:' : 'What happened'),
    `  ${input.priceTicks} price ticks in ${clockText(input.seconds)}, ${input.vaults} vaults`,
    `  ${counts.liquidations} liquidations of ${counts.vaultsLiquidated} vaults, ${counts.vaultsClosed} closed whole`,
    `  from the report that made a vault fail to the first sight of the bid's block: p50 ${p50 ?? '–'} ms, p95 ${p95 ?? '–'} ms`,
    `  shortfall ${amount(members + house + gainers + residual)}: members' contributions bore ${amount(members)}, house capital bore ${amount(house)}, ` +
      `unpaid gains of counterparties ${amount(gainers)}, recorded and covered by nobody ${amount(residual)}`,
    `  walls crossed ${zero(counts.wallsCrossed, paint)}, effects doubled ${zero(counts.duplicateEffects, paint)}, transactions wasted ${counts.wastedTransactions}`,
    `  ${counts.expiries} expiries of options settled`,
    `  live ≥ book over ${counts.escrowsChecked} escrows, undeployed ones included: short ${zero(counts.escrowsShort, paint)}`,
    ...modeLines(input.modes, amount),
    ...input.failures.map(failure => `  ${paint('red', failure)}`),
  ];
};
