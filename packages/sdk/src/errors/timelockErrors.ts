import { timelockControllerAbi } from '@bulkhead/contracts';
import { defineContractError } from './contractError.ts';

export const AccessControlUnauthorizedAccountError = defineContractError(
  timelockControllerAbi,
  'AccessControlUnauthorizedAccount',
  ([account, neededRole]) => ({
    what: `${account} has not the timelock’s role ${neededRole}.`,
    remedy: 'Announce with a proposer’s wallet, execute with an executor’s.',
  }),
);

export const TimelockInsufficientDelayError = defineContractError(
  timelockControllerAbi,
  'TimelockInsufficientDelay',
  ([delay, minDelay]) => ({
    what: `A delay of ${delay} s is shorter than the timelock’s ${minDelay} s.`,
    remedy: 'Announce it with the timelock’s delay, or a longer one.',
  }),
);

export const TimelockUnexpectedOperationStateError = defineContractError(
  timelockControllerAbi,
  'TimelockUnexpectedOperationState',
  ([operationId]) => ({
    what: `Operation ${operationId} is not in the state that this needs: not announced, not due yet, announced already, or done.`,
    remedy:
      'Ask the timelock’s getTimestamp when it is due (0: not announced, 1: done); give another salt to do the same again.',
  }),
);
