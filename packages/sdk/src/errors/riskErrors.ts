import { iRiskConfigAbi } from '@bulkhead/contracts';
import { defineContractError } from './contractError.ts';

export const BadExpiryError = defineContractError(iRiskConfigAbi, 'BadExpiry', ([key, expiry]) => ({
  what: `The push for key ${key} expires at ${expiry}: that is past, or more than an hour ahead.`,
  remedy: 'Have it signed anew, for less than an hour.',
}));

export const BadStepError = defineContractError(iRiskConfigAbi, 'BadStep', ([maxStepWad]) => ({
  what: `A largest step of ${maxStepWad} is no bound.`,
  remedy: 'Give one above zero and below one (10^18).',
}));

export const PushChangesNothingError = defineContractError(iRiskConfigAbi, 'PushChangesNothing', ([key]) => ({
  what: `The push for key ${key} has the numbers of its newest set.`,
  remedy: 'Push only what is tighter: a push that changes nothing would use up the day.',
}));

export const PushLoosensError = defineContractError(iRiskConfigAbi, 'PushLoosens', ([key]) => ({
  what: `The push for key ${key} would loosen it.`,
  remedy: 'Loosen through the timelock: signers only tighten.',
}));

export const PushNotSignedError = defineContractError(iRiskConfigAbi, 'PushNotSigned', ([key]) => ({
  what: `The push for key ${key} is not signed by enough of the signers.`,
  remedy: 'Give signatures of this chain’s and this contract’s domain, signers in increasing order, nothing changed.',
}));

export const PushTooSoonError = defineContractError(iRiskConfigAbi, 'PushTooSoon', ([key, from]) => ({
  what: `Key ${key} cannot be pushed before ${from}: it was pushed within a day, or its maintenance is still moving.`,
  remedy: 'Wait until then.',
}));

export const StepTooLargeError = defineContractError(iRiskConfigAbi, 'StepTooLarge', ([key, stepWad, maxStepWad]) => ({
  what: `The push for key ${key} is a step of ${stepWad}, above the ${maxStepWad} that one push may add.`,
  remedy: 'Push a smaller step, or set it through the timelock.',
}));

export const UnknownKeyError = defineContractError(iRiskConfigAbi, 'UnknownKey', ([key]) => ({
  what: `Key ${key} has no such set of parameters.`,
  remedy: 'Take the key from collateralKey or instrumentKey, and the number of a set below countOf.',
}));

export const WrongNonceError = defineContractError(iRiskConfigAbi, 'WrongNonce', ([key, given, expected]) => ({
  what: `The push for key ${key} has nonce ${given}; the key has ${expected} sets.`,
  remedy: 'Have it signed anew for the set that is the newest now.',
}));
