import { iGuardianAbi } from '@bulkhead/contracts';
import { defineContractError } from './contractError.ts';

export const AllRestError = defineContractError(iGuardianAbi, 'AllRest', () => ({
  what: 'Each of the feeds is paused for that use, or was not long ago.',
  remedy: 'Wait until one of them has rested: as long as it was paused. restsUntil says when.',
}));

export const BadPauseError = defineContractError(iGuardianAbi, 'BadPause', ([duration]) => ({
  what: `A pause of ${duration} s is not acceptable.`,
  remedy: 'Pause for at least a second and at most three days.',
}));

export const NotGuardianError = defineContractError(iGuardianAbi, 'NotGuardian', ([caller]) => ({
  what: `Only the guardian pauses, and only the guardian or the admin lifts a pause; ${caller} is neither.`,
  remedy: 'Send it with the guardian’s wallet.',
}));

export const NotPausedError = defineContractError(iGuardianAbi, 'NotPaused', ([feed]) => ({
  what: `Feed ${feed} is not paused for that use: there is nothing to lift.`,
}));
