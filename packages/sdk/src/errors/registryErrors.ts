import { iVaultRegistryAbi } from '@bulkhead/contracts';
import { defineContractError } from './contractError.ts';

export const InvalidPermitError = defineContractError(iVaultRegistryAbi, 'InvalidPermit', ([accountId, nonce]) => ({
  what: `The owner of account ${accountId} did not sign this permit with nonce ${nonce}.`,
  remedy: 'Read permitNonceOf again and have the owner sign for this chain and this registry.',
}));

export const MemberAlreadyAdmittedError = defineContractError(
  iVaultRegistryAbi,
  'MemberAlreadyAdmitted',
  ([memberId]) => ({
    what: `Member ${memberId} is already admitted.`,
    remedy: 'Choose another name, or go on with the member that exists.',
  }),
);

export const NotAdminError = defineContractError(iVaultRegistryAbi, 'NotAdmin', ([caller]) => ({
  what: `Only the admin may do this; ${caller} is not.`,
  remedy: 'Send it from the admin address of the deployment.',
}));

/** The caller neither owns the account, nor holds the rights that the call needs. The registry and the margin engine share it. */
export const NotAuthorisedError = defineContractError(
  iVaultRegistryAbi,
  'NotAuthorised',
  ([subject, caller, needed]) => ({
    what: `${caller} may not do this for ${subject}: it needs the rights ${needed}.`,
    remedy: 'Let the owner send it, or let the owner grant the rights with setRights.',
  }),
);

export const NotTheOwnerError = defineContractError(iVaultRegistryAbi, 'NotTheOwner', ([expected, caller]) => ({
  what: `The account belongs to ${expected}, but ${caller} sent the call.`,
  remedy: 'Send it from the owner itself.',
}));

export const PermitExpiredError = defineContractError(iVaultRegistryAbi, 'PermitExpired', ([accountId, deadline]) => ({
  what: `The permit for account ${accountId} could be used until ${deadline} (seconds).`,
  remedy: 'Have the owner sign a new one with a later deadline.',
}));

export const UnknownAccountError = defineContractError(iVaultRegistryAbi, 'UnknownAccount', ([accountId]) => ({
  what: `Account ${accountId} is not registered on this chain.`,
  remedy: 'Register it first with ensureAccount.',
}));

export const UnknownMemberError = defineContractError(iVaultRegistryAbi, 'UnknownMember', ([memberId]) => ({
  what: `There is no member ${memberId} on this chain.`,
  remedy: 'Name an admitted member, or have it admitted first.',
}));

export const UnknownRightsError = defineContractError(iVaultRegistryAbi, 'UnknownRights', ([given]) => ({
  what: `The rights ${given} have a bit that names no right.`,
  remedy: 'Give a sum of the members of `rights`.',
}));

export const UnknownVaultError = defineContractError(iVaultRegistryAbi, 'UnknownVault', ([vaultId]) => ({
  what: `Vault ${vaultId} is not open on this chain.`,
  remedy: 'Open it with openVaults, or look whether the chain is the right one.',
}));

export const UnsupportedOwnerKeyError = defineContractError(iVaultRegistryAbi, 'UnsupportedOwnerKey', ([ownerKey]) => ({
  what: `The owner key ${ownerKey} is neither an externally owned account nor a contract of this chain.`,
  remedy: 'Use ownerKeyOf: an address without chain reference, or a contract with this chain’s reference.',
}));

export const VaultAlreadyOpenError = defineContractError(iVaultRegistryAbi, 'VaultAlreadyOpen', ([vaultId]) => ({
  what: `Vault ${vaultId} is already open.`,
  remedy: 'Choose a bucket that is not used yet.',
}));

export const VaultNotFlatError = defineContractError(iVaultRegistryAbi, 'VaultNotFlat', ([vaultId]) => ({
  what: `Vault ${vaultId} still has positions, or owes, or is owed something.`,
  remedy: 'Close its positions and settle its rounds before changing its venue.',
}));

export const VaultGroupedError = defineContractError(iVaultRegistryAbi, 'VaultGrouped', ([vaultId]) => ({
  what: `Vault ${vaultId} is margined with others, and all of them have one venue.`,
  remedy: 'Let it leave its margin group first.',
}));
