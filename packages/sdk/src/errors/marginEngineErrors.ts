import { iMarginEngineAbi } from '@bulkhead/contracts';
import { defineContractError } from './contractError.ts';

export const AlreadyListedError = defineContractError(iMarginEngineAbi, 'AlreadyListed', ([token]) => ({
  what: `Collateral ${token} is already listed; only its haircuts change.`,
}));

export const BadHaircutError = defineContractError(iMarginEngineAbi, 'BadHaircut', ([maintenance, initial]) => ({
  what: `Haircuts ${maintenance} and ${initial} are not acceptable.`,
  remedy: 'The initial haircut must be at least the maintenance haircut, and below one (10^18).',
}));

export const BookedAssetMissingError = defineContractError(
  iMarginEngineAbi,
  'BookedAssetMissing',
  ([vaultId, token]) => ({
    what: `Vault ${vaultId} would hold less of ${token} than is booked.`,
    remedy: 'Claim the surplus under the token’s main address.',
  }),
);

export const GroupTooLargeError = defineContractError(
  iMarginEngineAbi,
  'GroupTooLarge',
  ([lead, assets, positions]) => ({
    what: `Group ${lead} would hold ${assets} collaterals and ${positions} positions: more than one bid can take.`,
    remedy: 'A group may hold sixteen of each over all its vaults.',
  }),
);

export const InsufficientFreeError = defineContractError(
  iMarginEngineAbi,
  'InsufficientFree',
  ([vaultId, token, free, wanted]) => ({
    what: `Vault ${vaultId} has ${free} of ${token} free; ${wanted} was asked for.`,
    remedy: 'Ask for at most what is free. Locked amounts and credits are not.',
  }),
);

export const MovedInexactlyError = defineContractError(iMarginEngineAbi, 'MovedInexactly', ([token]) => ({
  what: `The token ${token} moved another amount than it was told to.`,
  remedy: 'A token that takes a fee cannot be moved here.',
}));

export const NotCollateralError = defineContractError(iMarginEngineAbi, 'NotCollateral', ([token]) => ({
  what: `${token} is not listed as collateral on this chain.`,
  remedy: 'Deposit the quote token or a listed collateral.',
}));

export const NotEnoughGasError = defineContractError(iMarginEngineAbi, 'NotEnoughGas', () => ({
  what: 'Too little gas was left to tell a token’s refusal from a trick of the caller.',
  remedy: 'Send it again with a higher gas limit.',
}));

export const NotTheLiquidationEngineError = defineContractError(
  iMarginEngineAbi,
  'NotTheLiquidationEngine',
  ([caller]) => ({
    what: `Only the liquidation engine may do this; ${caller} is not.`,
  }),
);

export const NotTheMarginGroupsError = defineContractError(iMarginEngineAbi, 'NotTheMarginGroups', ([caller]) => ({
  what: `Only the margin groups may do this; ${caller} is not.`,
}));

export const NotTheMarginEngineError = defineContractError(iMarginEngineAbi, 'NotTheMarginEngine', ([caller]) => ({
  what: `Only the margin engine may do this; ${caller} is not.`,
}));

/** The margin engine and the clearing house share it. */
export const NotTheRiskConfigError = defineContractError(iMarginEngineAbi, 'NotTheRiskConfig', ([caller]) => ({
  what: `Only RiskConfig may do this; ${caller} is not.`,
  remedy: 'Push or set parameters there.',
}));

export const NotTheVenueError = defineContractError(iMarginEngineAbi, 'NotTheVenue', ([vaultId, caller]) => ({
  what: `${caller} is not the venue of vault ${vaultId}.`,
  remedy: 'A venue may charge only vaults that chose it.',
}));

export const NothingToClaimError = defineContractError(iMarginEngineAbi, 'NothingToClaim', ([vaultId, token]) => ({
  what: `There is nothing of ${token} to claim in vault ${vaultId}.`,
}));

export const ReenteredError = defineContractError(iMarginEngineAbi, 'Reentered', () => ({
  what: 'A token that was being moved called back.',
  remedy: 'Do not act on Bulkhead from inside a transfer.',
}));

export const SameVaultError = defineContractError(iMarginEngineAbi, 'SameVault', ([vaultId]) => ({
  what: `Vault ${vaultId} is named on both sides.`,
  remedy: 'Name two different vaults.',
}));

export const TooManyAssetsError = defineContractError(iMarginEngineAbi, 'TooManyAssets', ([vaultId, max]) => ({
  what: `Vault ${vaultId} already holds ${max} different assets.`,
  remedy: 'Use another vault, or top up an asset that it holds.',
}));

export const UnhealthyError = defineContractError(iMarginEngineAbi, 'Unhealthy', ([vaultId, equity, requirement]) => ({
  what: `Vault ${vaultId} would end with equity ${equity}, below the requirement ${requirement}.`,
  remedy: 'Withdraw or trade less, or deposit first.',
}));

export const UnsupportedDecimalsError = defineContractError(
  iMarginEngineAbi,
  'UnsupportedDecimals',
  ([token, decimals]) => ({
    what: `The token ${token} has ${decimals} decimals, more than is supported.`,
  }),
);

export const ZeroAmountError = defineContractError(iMarginEngineAbi, 'ZeroAmount', () => ({
  what: 'The amount is zero.',
  remedy: 'Give an amount above zero.',
}));
