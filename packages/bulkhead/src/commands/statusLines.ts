import { left } from '../screen/format.ts';
import type { Paint } from '../screen/paint.ts';

/** The parts of `/status` that people read. Everything is optional: an older process may say less. */
interface StatusAnswer {
  readonly name?: string;
  readonly mode?: string;
  readonly chains?: readonly {
    readonly chain: string;
    readonly ready?: boolean;
    readonly head?: { readonly number: string };
    readonly headAgeSeconds?: number;
    readonly vaults?: number;
    readonly failing?: number;
    readonly paused?: boolean;
    readonly draining?: boolean;
    readonly leading?: boolean;
    readonly signer?: string;
    readonly open?: readonly {
      readonly id: string;
      readonly urgency: string;
      readonly subject: string;
      readonly phase: string;
      readonly note: string;
    }[];
    readonly ended?: Readonly<Record<string, number>>;
    readonly wastedTransactions?: number;
  }[];
}

const flags = (chain: NonNullable<StatusAnswer['chains']>[number]): string =>
  [
    chain.ready ? 'ready' : 'reading',
    chain.leading ? 'leading' : 'waiting for the lease',
    ...(chain.paused ? ['paused'] : []),
    ...(chain.draining ? ['draining'] : []),
  ].join(', ');

export const statusLines = (answer: unknown, paint: Paint): readonly string[] => {
  const status = answer as StatusAnswer;
  const chains = (status.chains ?? []).flatMap(chain => [
    `${paint('bold', chain.chain)}  ${flags(chain)}`,
    `  head ${chain.head?.number ?? '–'} (${chain.headAgeSeconds ?? '–'} s old) · ${chain.vaults ?? 0} vaults, ${chain.failing ?? 0} under maintenance`,
    `  done ${chain.ended?.final ?? 0} · obsolete ${chain.ended?.obsolete ?? 0} · superseded ${chain.ended?.superseded ?? 0} · failed ${chain.ended?.failed ?? 0} · wasted ${chain.wastedTransactions ?? 0}`,
    ...(chain.open ?? []).map(
      effect =>
        `  ${left(effect.urgency, 12)}${left(effect.phase, 10)}${effect.id.slice(0, 12)}…  ${effect.subject}  ${paint('dim', effect.note)}`,
    ),
  ]);
  return [`${status.name ?? 'keeper'} · mode ${status.mode ?? '–'}`, ...chains];
};
