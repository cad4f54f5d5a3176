import {
  type Attempt,
  type Call,
  type ChainError,
  type EffectEnd,
  type EffectRecord,
  type FeeQuote,
  type Fees,
  type Hex32,
  type Milliseconds,
  milliseconds,
  type Seconds,
  type Simulation,
  seconds,
  type Wei,
  wei,
} from '@bulkhead/shared';
import type { SignerError } from '@bulkhead/shared/ports';
import type { Prepared } from '../handler.ts';
import { type FeeBounds, firstFees, maxCostOf, replacementFees } from '../lane/fees.ts';
import { describeViolation, wallGuard } from '../wallGuard.ts';
import { describeError, type LaneContext, later } from './context.ts';

/** What came of getting an effect ready to be recorded. */
export type Readiness =
  | { readonly kind: 'ready'; readonly draft: Draft }
  | { readonly kind: 'end'; readonly end: EffectEnd }
  | { readonly kind: 'later'; readonly dueAt: Milliseconds; readonly note: string };

/** Everything about an attempt but its nonce. */
export interface Draft {
  readonly call: Call;
  readonly purpose: Attempt['purpose'];
  readonly deadline: Seconds;
  readonly gasLimit: bigint;
  readonly fees: Fees;
  readonly maxCost: Wei;
  readonly atBlock: bigint;
}

const notNow = (context: LaneContext, note: string, pause?: Milliseconds): Readiness => ({
  kind: 'later',
  dueAt: later(context, pause),
  note,
});

/** With a contract's own words; an endpoint's may hold what is not for a ledger, such as its address. */
const reasonOf = ({ code, message, details }: ChainError): string =>
  code === 'reverted' && details !== undefined ? `${code}: ${message} ${details}` : `${code}: ${message}`;

/** What a failed simulation means for the effect. */
const afterChainError = (context: LaneContext, error: ChainError): Readiness => {
  const reason = reasonOf(error);
  switch (error.kind) {
    case 'doneByUs':
      return { kind: 'end', end: { kind: 'superseded', by: 'us', reason } };
    case 'doneByOther':
      return { kind: 'end', end: { kind: 'superseded', by: 'other', reason } };
    case 'permanent':
      return { kind: 'end', end: { kind: 'failed', reason } };
    case 'operatorFixable':
      context.log.error('an operator must act', { chain: context.chain.id, code: error.code, message: error.message });
      return notNow(context, reason);
    case 'retryable':
    case 'replace':
    case 'resyncNonce':
      return notNow(context, reason);
  }
};

const gasLimitOf = (context: LaneContext, simulation: Simulation): bigint =>
  (simulation.gasUsed * BigInt(context.policy.gasLimitPercent) + 99n) / 100n + (simulation.gasReserve ?? 0n);

/** Attempts recorded at the nonce that the effect occupies. */
export const attemptsInSlot = (effect: EffectRecord): readonly Attempt[] =>
  effect.slot ? effect.attempts.filter(attempt => attempt.nonce === effect.slot?.nonce) : [];

const dearest = (attempts: readonly Attempt[]): bigint => {
  let most = 0n;
  for (const attempt of attempts) if (attempt.maxCost > most) most = attempt.maxCost;
  return most;
};

/** What this nonce may cost: the budget less what other nonces of the effect took. */
const budgetHere = (effect: EffectRecord, inSlot: readonly Attempt[]): Wei => {
  const elsewhere = effect.committed - dearest(inSlot);
  const left = effect.budget - (elsewhere > 0n ? elsewhere : 0n);
  return wei(left > 0n ? left : 0n);
};

const feesFor = (
  context: LaneContext,
  inSlot: readonly Attempt[],
  quote: FeeQuote,
  bounds: FeeBounds,
): Fees | undefined =>
  inSlot.length === 0
    ? firstFees(quote, bounds)
    : replacementFees(
        inSlot.map(attempt => attempt.fees),
        quote,
        context.chain.capabilities.replacementStepPercent,
        bounds,
      );

const draftOf = (
  context: LaneContext,
  effect: EffectRecord,
  wanted: Pick<Draft, 'call' | 'purpose' | 'deadline' | 'atBlock'>,
  simulation: Simulation,
  quote: FeeQuote,
  balance: bigint,
): Readiness => {
  const inSlot = attemptsInSlot(effect);
  const gasLimit = gasLimitOf(context, simulation);
  const filling = wanted.purpose === 'gapFill';
  const budget = filling ? context.policy.gapFillBudget : budgetHere(effect, inSlot);
  const fees = feesFor(context, inSlot, quote, { gasLimit, feeCap: context.policy.feeCap, budget });
  if (!fees)
    return notNow(
      context,
      `fees do not fit: base fee ${quote.baseFeePerGas} wei, cap ${context.policy.feeCap} wei, ${budget} wei left for ${gasLimit} gas`,
    );
  const maxCost = maxCostOf(gasLimit, fees, 0n);
  // What replaces an attempt is paid instead of it, so the balance must cover the dearer of both; an endpoint would refuse it anyway.
  if (balance < maxCost) {
    context.metrics.count('insufficient_funds_total', { chain: context.chain.id });
    context.log.error('the signer cannot pay', { signer: context.signer.address, balance, needed: maxCost });
    return notNow(
      context,
      `insufficientFunds: ${context.signer.address} holds ${balance} wei and needs ${maxCost}; send it more`,
    );
  }
  return { kind: 'ready', draft: { ...wanted, gasLimit, fees, maxCost } };
};

const askHandler = async (context: LaneContext, effect: EffectRecord): Promise<Prepared> => {
  const handler = context.handlers[effect.handler];
  if (!handler)
    return {
      kind: 'later',
      notBefore: later(context),
      reason: `no handler is called ${effect.handler} in this process`,
    };
  try {
    return await handler.prepare(effect, context.signer.address);
  } catch (error) {
    context.log.error('a handler threw while preparing', {
      effect: effect.id,
      trace: effect.trace,
      error: describeError(error),
    });
    return { kind: 'later', notBefore: later(context), reason: `its handler threw: ${describeError(error)}` };
  }
};

/**
 * Asks the handler what exactly to do now, simulates it at the block that the handler has read, lets the wall guard judge the state diff, and
 * chooses the fees. Nothing is signed here.
 */
export const prepareEffect = async (context: LaneContext, effect: EffectRecord): Promise<Readiness> => {
  const prepared = await askHandler(context, effect);
  if (prepared.kind === 'later') return { kind: 'later', dueAt: prepared.notBefore, note: prepared.reason };
  if (prepared.kind !== 'send') return { kind: 'end', end: prepared };

  const { chain, signer } = context;
  const [simulated, quoted, balance] = await Promise.all([
    chain.simulate(prepared.call, signer.address, prepared.at),
    chain.feeQuote(),
    chain.balance(signer.address),
  ]);
  if (!simulated.ok) return afterChainError(context, simulated.error);
  if (!quoted.ok) return afterChainError(context, quoted.error);
  if (!balance.ok) return afterChainError(context, balance.error);

  const [violation, ...others] = wallGuard(prepared.footprint, simulated.value.touches);
  if (violation) {
    const reason = `wall guard: ${describeViolation(violation)}${others.length > 0 ? ` and ${others.length} more` : ''}`;
    context.metrics.count('wall_guard_refusals_total', { chain: chain.id, kind: violation.kind });
    context.log.error('the wall guard refused to sign', { effect: effect.id, trace: effect.trace, reason });
    return notNow(context, reason);
  }
  const wanted = {
    call: prepared.call,
    purpose: 'effect',
    deadline: prepared.deadline,
    atBlock: prepared.at.number,
  } as const;
  return draftOf(context, effect, wanted, simulated.value, quoted.value, balance.value);
};

/** Gets a no-op ready that consumes the effect's nonce. */
export const prepareGapFill = async (context: LaneContext, effect: EffectRecord): Promise<Readiness> => {
  const { chain, signer } = context;
  const call: Call = { kind: 'noop' };
  const [simulated, quoted, balance] = await Promise.all([
    chain.simulate(call, signer.address, 'head'),
    chain.feeQuote(),
    chain.balance(signer.address),
  ]);
  if (!simulated.ok) return afterChainError(context, simulated.error);
  if (!quoted.ok) return afterChainError(context, quoted.error);
  if (!balance.ok) return afterChainError(context, balance.error);
  // A no-op is worth having however late it lands: its nonce must be consumed.
  const wanted = {
    call,
    purpose: 'gapFill',
    deadline: seconds(2 ** 32 - 1),
    atBlock: simulated.value.at.number,
  } as const;
  return draftOf(context, effect, wanted, simulated.value, quoted.value, balance.value);
};

const signerNote = (error: SignerError): string => `signer ${error.kind}: ${error.message}`;

/** Builds and signs a draft at a nonce. The bytes may not be sent before they are recorded. */
export const signDraft = async (
  context: LaneContext,
  effect: EffectRecord,
  draft: Draft,
  nonce: bigint,
): Promise<{ readonly kind: 'signed'; readonly attempt: Attempt } | Exclude<Readiness, { kind: 'ready' }>> => {
  const { chain, signer, clock } = context;
  const { gasLimit, fees } = draft;
  const built = chain.build(draft.call, {
    from: signer.address,
    nonce,
    gasLimit,
    fees,
    validity: { deadline: draft.deadline },
  });
  if (!built.ok) return { kind: 'end', end: { kind: 'failed', reason: `${built.error.code}: ${built.error.message}` } };
  const signed = await signer.sign(built.value);
  if (!signed.ok) {
    context.log.error('the signer refused', {
      effect: effect.id,
      trace: effect.trace,
      error: signerNote(signed.error),
    });
    return { kind: 'later', dueAt: later(context), note: signerNote(signed.error) };
  }
  const attempt: Attempt = {
    number: effect.attempts.length + 1,
    effect: effect.id,
    signer: signer.address,
    nonce,
    hash: signed.value.hash.toLowerCase() as Hex32,
    bytes: signed.value.bytes,
    fees,
    gasLimit,
    recordedAt: milliseconds(clock.now()),
    recordedAtBlock: draft.atBlock,
    maxCost: wei(draft.maxCost + built.value.value),
    purpose: draft.purpose,
  };
  return { kind: 'signed', attempt };
};
