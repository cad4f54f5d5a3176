import type { Paint } from '../screen/paint.ts';

/** The parts of `/explain` that people read: an Explanation and the DecisionRecord in it, as JSON. */
interface ExplainAnswer {
  readonly known?: boolean;
  readonly mode?: string;
  readonly vaults?: number;
  readonly lead?: string;
  readonly health?: { readonly equity: string; readonly maintenance: string; readonly marketValue: string };
  readonly quote?: { readonly symbol: string; readonly decimals: number };
  readonly distance?: number;
  readonly tier?: string;
  readonly takenAtBlock?: string;
  readonly failingSince?: number;
  readonly lastDecision?: { readonly decision: string; readonly at: number };
}

interface Decision {
  readonly keeper?: string;
  readonly act?: string;
  readonly code?: string;
  readonly reason?: string;
  readonly block?: { readonly number: string };
  readonly prices?: readonly {
    readonly feed: string;
    readonly price: string;
    readonly time: number;
    readonly from: string;
  }[];
  readonly bid?: {
    readonly fraction: string;
    readonly paid: string;
    readonly received: string;
    readonly profit: string;
  };
}

const amountOf = (text: string, decimals: number): string => {
  const negative = text.startsWith('-');
  const digits = text.replace('-', '').padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const part = digits.slice(digits.length - decimals).slice(0, 2);
  return `${negative ? '−' : ''}${whole}.${part.padEnd(2, '0')}`;
};

const parse = (text: string): Decision => {
  try {
    return JSON.parse(text) as Decision;
  } catch {
    return {};
  }
};

const time = (at: number): string => new Date(at).toISOString();

const decisionLines = (decision: Decision, at: number): readonly string[] => [
  `last decision: ${decision.act ?? '–'} (${decision.code ?? '–'}) by ${decision.keeper ?? '–'} at ${time(at)}, block ${decision.block?.number ?? '–'}`,
  `  because: ${decision.reason ?? '–'}`,
  ...(decision.prices ?? []).map(
    price =>
      `  price ${price.feed.slice(0, 10)}… = ${amountOf(price.price, 18)} of ${time(price.time * 1000)}, from the ${price.from}`,
  ),
  ...(decision.bid
    ? [`  bid: fraction ${amountOf(decision.bid.fraction, 18)}, expected profit ${decision.bid.profit} (base units)`]
    : []),
];

export const explainLines = (answer: unknown, paint: Paint): readonly string[] => {
  const explanation = answer as ExplainAnswer;
  if (!explanation.known)
    return [
      'This process does not know the vault: its venue is another, it is on another chain, or it was not opened.',
    ];
  const { health, quote } = explanation;
  const decimals = quote?.decimals ?? 0;
  const symbol = quote?.symbol ?? '';
  const healthy = health && BigInt(health.equity) >= BigInt(health.maintenance);
  return [
    ...((explanation.vaults ?? 1) > 1
      ? [`margined with ${(explanation.vaults ?? 1) - 1} others, ${explanation.mode} mode, under ${explanation.lead}`]
      : []),
    health
      ? `E ${amountOf(health.equity, decimals)} ${healthy ? '≥' : '<'} MM ${amountOf(health.maintenance, decimals)} ${symbol} · V ${amountOf(health.marketValue, decimals)} · ${healthy ? paint('green', 'healthy') : paint('red', 'liquidatable')}`
      : 'It cannot be evaluated: a price is missing.',
    `distance to the threshold ${explanation.distance === undefined ? '–' : `${(explanation.distance * 100).toFixed(2)} % of price`}, checked as "${explanation.tier ?? '–'}", read at block ${explanation.takenAtBlock ?? '–'}`,
    ...(explanation.failingSince === undefined ? [] : [`failing since ${time(explanation.failingSince)}`]),
    ...(explanation.lastDecision
      ? decisionLines(parse(explanation.lastDecision.decision), explanation.lastDecision.at)
      : ['No decision about it is recorded: it never failed while a keeper watched.']),
  ];
};
