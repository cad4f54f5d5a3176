import { iOracleHubAbi } from '@bulkhead/contracts';
import { defineContractError } from './contractError.ts';

export const BadOracleTermsError = defineContractError(iOracleHubAbi, 'BadOracleTerms', () => ({
  what: 'The terms of a new oracle are not acceptable.',
  remedy:
    'Ages are above zero and at most 30 days, step and confidence above zero, the band that confirms at most half of the step, and the stable rate above zero and at most a tenth a second.',
}));

export const BadSignaturesError = defineContractError(iOracleHubAbi, 'BadSignatures', ([feed]) => ({
  what: `The report of feed ${feed} is not signed by enough of the signers.`,
  remedy: 'Take it from the feed of this deployment: signers in increasing order, nothing changed, the right feed set.',
}));

export const BadSignerSetError = defineContractError(iOracleHubAbi, 'BadSignerSet', () => ({
  what: 'The signers or the threshold are not acceptable.',
  remedy: 'Give distinct signers in increasing order, and a threshold of at least two and more than half.',
}));

export const NotTheGuardianContractError = defineContractError(iOracleHubAbi, 'NotTheGuardianContract', ([caller]) => ({
  what: `Only the guardian contract pauses a feed; ${caller} is not it.`,
  remedy: 'Call pause of the guardian contract, with the guardian’s wallet.',
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

export const PricePausedError = defineContractError(iOracleHubAbi, 'PricePaused', ([feed, , until]) => ({
  what: `The guardian stopped this use of feed ${feed} until ${until}.`,
  remedy: 'Wait until then. Deposits, and withdrawals without obligations, read no price and are never stopped.',
}));

export const PriceSuspectError = defineContractError(iOracleHubAbi, 'PriceSuspect', ([feed, stored, held]) => ({
  what: `The newest report of feed ${feed} moved it from ${stored} to ${held}: too far to be believed before another confirms it.`,
  remedy: 'Post the next signed report, alone or with the action: near to either price it decides.',
}));

export const PriceTooWideError = defineContractError(iOracleHubAbi, 'PriceTooWide', ([feed, price, conf]) => ({
  what: `The price ${price} of feed ${feed} is uncertain by ${conf}: too much to raise risk at.`,
  remedy: 'Wait for a report with a narrower confidence interval, or lower risk instead.',
}));

export const SequencerNotReadyError = defineContractError(iOracleHubAbi, 'SequencerNotReady', ([since]) => ({
  what: `The chain’s sequencer is down, or came back only at ${since}.`,
  remedy: 'Wait for the grace period to end. Deposits are possible meanwhile.',
}));

export const StalePriceError = defineContractError(iOracleHubAbi, 'StalePrice', ([feed, time, maxAge]) => ({
  what: `The newest price of feed ${feed} is of ${time}: older than the ${maxAge} s that this action accepts.`,
  remedy: 'Send a newer signed report along with the action.',
}));

export const WrongEpochError = defineContractError(iOracleHubAbi, 'WrongEpoch', ([given, current]) => ({
  what: `The report was signed by the signer set of epoch ${given}; the current one is ${current}.`,
  remedy: 'Take a report signed by the current set.',
}));
