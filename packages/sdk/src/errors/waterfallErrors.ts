import { iDefaultWaterfallAbi } from '@bulkhead/contracts';
import { defineContractError } from './contractError.ts';

export const AboveWithdrawableError = defineContractError(
  iDefaultWaterfallAbi,
  'AboveWithdrawable',
  ([memberId, amount, withdrawable]) => ({
    what: `Member ${memberId} may withdraw at most ${withdrawable} of its contribution now, not ${amount}.`,
    remedy: 'Take no more than was announced and is above what is required; announce more and wait for the rest.',
  }),
);

export const ClientsRemainError = defineContractError(
  iDefaultWaterfallAbi,
  'ClientsRemain',
  ([memberId, openVaults]) => ({
    what: `Member ${memberId} cannot leave: ${openVaults} vaults of its clients hold a position or a claim.`,
    remedy: 'Have the positions closed or moved, and the rounds settled, first.',
  }),
);

export const ContributionOutOfBoundsError = defineContractError(
  iDefaultWaterfallAbi,
  'ContributionOutOfBounds',
  ([required, most]) => ({
    what: `A required contribution of ${required} is more than one step allows: at most ${most}.`,
    remedy: 'Raise it in steps, each once the last is met.',
  }),
);

export const MemberNotInGoodStandingError = defineContractError(
  iDefaultWaterfallAbi,
  'MemberNotInGoodStanding',
  ([memberId]) => ({
    what: `Clients of member ${memberId} may only reduce: its contribution is overdue, or it is leaving.`,
    remedy: 'Pay what is missing into the member’s vault; anyone may. contributionOf tells how much.',
  }),
);

export const NoContributionError = defineContractError(iDefaultWaterfallAbi, 'NoContribution', ([memberId]) => ({
  what: `Member ${memberId} was never asked for a contribution.`,
  remedy: 'The admin asks for one with setRequiredContribution.',
}));

export const NotLeavingError = defineContractError(iDefaultWaterfallAbi, 'NotLeaving', ([memberId]) => ({
  what: `Member ${memberId} did not announce that it leaves, or has left already.`,
  remedy: 'Call announceDeparture, and leave once the notice has run.',
}));

export const NotTheMembersOperatorError = defineContractError(
  iDefaultWaterfallAbi,
  'NotTheMembersOperator',
  ([memberId, caller]) => ({
    what: `${caller} is not the operator of member ${memberId}.`,
    remedy: 'Send it from the operator that the registry names.',
  }),
);

export const OutsideNoticeError = defineContractError(
  iDefaultWaterfallAbi,
  'OutsideNotice',
  ([memberId, usableFrom, usableUntil]) => ({
    what: `The notice of member ${memberId} can be used from ${usableFrom} to ${usableUntil} (seconds).`,
    remedy: 'Wait for it, or announce again.',
  }),
);

export const ReplenishmentPendingError = defineContractError(
  iDefaultWaterfallAbi,
  'ReplenishmentPending',
  ([memberId, free, required]) => ({
    what: `Member ${memberId} holds ${free} of the ${required} that it was asked for last: no raise before that is met.`,
    remedy: 'Wait until it has replenished.',
  }),
);

export const TooManyContributorsError = defineContractError(iDefaultWaterfallAbi, 'TooManyContributors', ([max]) => ({
  what: `${max} members contribute already, which is as many as there can be.`,
  remedy: 'One of them has to leave first.',
}));
