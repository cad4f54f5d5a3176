import {
  type Address,
  type Caip2,
  type EffectId,
  type EffectPlan,
  type Milliseconds,
  milliseconds,
  type Wei,
} from '@bulkhead/shared';

/** Name of the built-in kind of effect that only consumes a nonce. No handler may use it. */
export const gapFillHandler = 'gapFill';

/** One id for one (signer, nonce): 20 bytes of address, 12 of nonce. Filling a gap twice is the same effect. */
export const gapEffectId = (signer: Address, nonce: bigint): EffectId =>
  `0x${signer.slice(2).toLowerCase()}${nonce.toString(16).padStart(24, '0')}`;

/** An effect for a nonce that a transaction of unknown origin has taken and that nothing consumes. */
export const gapEffect = (
  chain: Caip2,
  signer: Address,
  nonce: bigint,
  budget: Wei,
  now: Milliseconds,
): EffectPlan => ({
  id: gapEffectId(signer, nonce),
  chain,
  urgency: 'maintenance',
  handler: gapFillHandler,
  subject: `nonce ${nonce} of ${signer}`,
  payload: '{}',
  notBefore: now,
  // A nonce never stops being worth filling.
  deadline: milliseconds(Number.MAX_SAFE_INTEGER),
  budget,
  trace: `gap-${nonce}`,
});
