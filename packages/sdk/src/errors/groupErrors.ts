import { iMarginGroupsAbi, iPortfolioRequirementsAbi } from '@bulkhead/contracts';
import { defineContractError } from './contractError.ts';

export const AlreadyGroupedError = defineContractError(iMarginGroupsAbi, 'AlreadyGrouped', ([vault]) => ({
  what: `Vault ${vault} is in a margin group already, or named twice.`,
  remedy: 'Name each vault once; let it leave its group first.',
}));

export const AttestationLapsedError = defineContractError(
  iPortfolioRequirementsAbi,
  'AttestationLapsed',
  ([group, expiry]) => ({
    what: `The attested requirement of group ${group} lapsed at ${expiry}; nothing may raise its risk.`,
    remedy: 'Post a new attestation, or take the group out of portfolio mode.',
  }),
);

export const AuctionOpenError = defineContractError(iMarginGroupsAbi, 'AuctionOpen', ([lead]) => ({
  what: `Group ${lead} is being liquidated: what it consists of cannot change.`,
  remedy: 'Pay quote into it and touch it; its auction ends when it is healthy.',
}));

export const BadAttestationError = defineContractError(iPortfolioRequirementsAbi, 'BadAttestation', ([group]) => ({
  what: `The attestation for group ${group} makes no sense: maintenance above initial, expired, from the future, or for too long.`,
  remedy: 'Take a new one from the attesters.',
}));

export const BadFloorError = defineContractError(
  iPortfolioRequirementsAbi,
  'BadFloor',
  ([initialWad, maintenanceWad]) => ({
    what: `Floors ${initialWad} and ${maintenanceWad} are not acceptable.`,
    remedy: 'The initial floor must be at least the maintenance floor, both above zero and below one (10^18).',
  }),
);

export const BadGroupSizeError = defineContractError(iMarginGroupsAbi, 'BadGroupSize', ([count]) => ({
  what: `A margin group cannot have ${count} vaults.`,
  remedy: 'Give it two to eight.',
}));

export const BadModeError = defineContractError(iMarginGroupsAbi, 'BadMode', () => ({
  what: 'A margin group is cross or portfolio.',
  remedy: 'A vault becomes segregated by leaving its group.',
}));

export const DebtOutstandingError = defineContractError(
  iMarginGroupsAbi,
  'DebtOutstanding',
  ([debtor, payer, amount]) => ({
    what: `Vault ${debtor} still owes ${amount} to its sibling ${payer}.`,
    remedy: 'Deposit that much quote in the debtor: it is paid back by itself.',
  }),
);

export const NotAlikeError = defineContractError(iMarginGroupsAbi, 'NotAlike', ([vault]) => ({
  what: `Vault ${vault} is of another account, venue or member than the first.`,
  remedy: 'Only vaults of one account with the same venue and member are margined together.',
}));

export const NotGroupedError = defineContractError(iMarginGroupsAbi, 'NotGrouped', ([vault]) => ({
  what: `Vault ${vault} leads no margin group, and is in none.`,
  remedy: 'Name the lead vault of the group; leadOf says which.',
}));

export const NotTheAccountOwnerError = defineContractError(
  iMarginGroupsAbi,
  'NotTheAccountOwner',
  ([vault, caller]) => ({
    what: `Only the owner of vault ${vault} changes what it is margined with; ${caller} is not.`,
    remedy: 'Send it with the owner’s wallet, and name only vaults of one account.',
  }),
);
