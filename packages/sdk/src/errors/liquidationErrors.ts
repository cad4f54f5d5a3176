import { iLiquidationEngineAbi } from '@bulkhead/contracts';
import { defineContractError } from './contractError.ts';

export const BidderNotAuthorisedError = defineContractError(
  iLiquidationEngineAbi,
  'NotAuthorised',
  ([bidderVault, caller]) => ({
    what: `${caller} may not bid with vault ${bidderVault}.`,
    remedy: 'Bid with a vault on which the caller has the trade right.',
  }),
);

export const CannotSkipError = defineContractError(iLiquidationEngineAbi, 'CannotSkip', ([vault, left]) => ({
  what: `Without the skipped collaterals vault ${vault} would be worth ${left}.`,
  remedy: 'Skip less: what is left must be worth something.',
}));

export const DeadlinePassedError = defineContractError(
  iLiquidationEngineAbi,
  'DeadlinePassed',
  ([deadline, blockTime]) => ({
    what: `The deadline ${deadline} has passed: the block is of ${blockTime}.`,
    remedy: 'Make the call anew with a later deadline.',
  }),
);

export const DustLeftError = defineContractError(iLiquidationEngineAbi, 'DustLeft', ([vault]) => ({
  what: `The bid would leave dust in vault ${vault}.`,
  remedy: 'Take all of it.',
}));

export const EffectKeyUsedError = defineContractError(iLiquidationEngineAbi, 'EffectKeyUsed', ([bidderVault, key]) => ({
  what: `The effect ${key} was already done for vault ${bidderVault}.`,
  remedy: 'It is done; for another bid use another key.',
}));

export const HealthyError = defineContractError(iLiquidationEngineAbi, 'Healthy', ([vault, equity, maintenance]) => ({
  what: `Vault ${vault} is healthy: equity ${equity}, maintenance ${maintenance}.`,
  remedy: 'Only a vault below its maintenance requirement can be bid on.',
}));

export const LimitExceededError = defineContractError(iLiquidationEngineAbi, 'LimitExceeded', ([rate, limit]) => ({
  what: `The auction's rate ${rate} is worse than the limit ${limit} of the bid.`,
  remedy: 'Wait for the auction to move, or change the limit.',
}));

export const NotImprovedError = defineContractError(iLiquidationEngineAbi, 'NotImproved', ([vault]) => ({
  what: `The bid would not make vault ${vault} healthier.`,
  remedy: 'Take a larger fraction.',
}));

export const PositionChangedError = defineContractError(
  iLiquidationEngineAbi,
  'PositionChanged',
  ([vault, seen, current]) => ({
    what: `Vault ${vault} has traded since: the bid saw ${seen}, now it is ${current}.`,
    remedy: 'Read the vault again and bid anew.',
  }),
);

export const ResidualTooLargeError = defineContractError(
  iLiquidationEngineAbi,
  'ResidualTooLarge',
  ([residual, max]) => ({
    what: `${residual} of the pay would be covered by nobody; the bid accepts ${max}.`,
    remedy: 'Accept a larger residual, or wait for house capital.',
  }),
);

export const SelfLiquidationError = defineContractError(
  iLiquidationEngineAbi,
  'SelfLiquidation',
  ([vault, bidderVault]) => ({
    what: `Vaults ${vault} and ${bidderVault} have one owner, or the caller acts for both.`,
    remedy: 'Bid on vaults of others only.',
  }),
);

export const TooManySkippedError = defineContractError(iLiquidationEngineAbi, 'TooManySkipped', () => ({
  what: 'More collaterals are skipped than a vault can hold.',
}));

export const VenueMismatchError = defineContractError(
  iLiquidationEngineAbi,
  'VenueMismatch',
  ([vault, bidderVault]) => ({
    what: `Vaults ${vault} and ${bidderVault} did not choose the same venue.`,
    remedy: 'Bid with a vault of the same venue.',
  }),
);

export const ZeroFractionError = defineContractError(iLiquidationEngineAbi, 'ZeroFraction', () => ({
  what: 'The fraction is zero, or was cut down to zero.',
  remedy: 'Ask for more than nothing, or skip less.',
}));

export const NotTheLeadError = defineContractError(iLiquidationEngineAbi, 'NotTheLead', ([vault, lead]) => ({
  what: `Vault ${vault} is margined with others, under ${lead}.`,
  remedy: 'Name the lead vault of the group.',
}));
