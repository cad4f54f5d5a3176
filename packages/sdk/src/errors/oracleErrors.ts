import { iOracleHubAbi } from '@bulkhead/contracts';
import { defineContractError } from './contractError.ts';

export const BadSignaturesError = defineContractError(iOracleHubAbi, 'BadSignatures', ([feed]) => ({
  what: `The report of feed ${feed} is not signed by enough of the signers.`,
  remedy: 'Take it from the feed of this deployment: signers in increasing order, nothing changed, the right feed set.',
}));

export const BadSignerSetError = defineContractError(iOracleHubAbi, 'BadSignerSet', () => ({
  what: 'The signers or the threshold of a new oracle are not acceptable.',
  remedy: 'Give distinct signers in increasing order, and a threshold of at least two and more than half.',
}));

export const NoPriceError = defineContractError(iOracleHubAbi, 'NoPrice', ([feed]) => ({
  what: `No price was ever posted for feed ${feed}.`,
  remedy: 'Post a signed report of it, alone or with the action.',
}));

export const PriceFromTheFutureError = defineContractError(
  iOracleHubAbi,
  'PriceFromTheFuture',
  ([feed, time, blockTime]) => ({
    what: `The report of feed ${feed} is of ${time}, ahead of the block's time ${blockTime}.`,
    remedy: 'Wait a block, and look whether the publisher’s clock is right.',
  }),
);

export const PriceOutOfRangeError = defineContractError(iOracleHubAbi, 'PriceOutOfRange', ([feed, price]) => ({
  what: `The report of feed ${feed} with price ${price} has a number that cannot be stored.`,
  remedy: 'Prices are positive and WAD: quote per whole unit times 10^18.',
}));

export const StalePriceError = defineContractError(iOracleHubAbi, 'StalePrice', ([feed, time, maxAge]) => ({
  what: `The newest price of feed ${feed} is of ${time}: older than the ${maxAge} s that this action accepts.`,
  remedy: 'Send a newer signed report along with the action.',
}));

export const WrongEpochError = defineContractError(iOracleHubAbi, 'WrongEpoch', ([given, current]) => ({
  what: `The report was signed by the signer set of epoch ${given}; the current one is ${current}.`,
  remedy: 'Take a report signed by the current set.',
}));
