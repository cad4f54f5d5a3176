import { iClearingHouseAbi } from '@bulkhead/contracts';
import { defineContractError } from './contractError.ts';

export const BadTermsError = defineContractError(iClearingHouseAbi, 'BadTerms', () => ({
  what: 'The terms are not acceptable.',
  remedy:
    'Requirements: maintenance ≤ initial, trade band ≤ maintenance, rounds and gaps above zero, discounts falling.',
}));

export const ExpiredError = defineContractError(iClearingHouseAbi, 'Expired', ([instrument, expiry]) => ({
  what: `Instrument ${instrument} expires, or has expired, at ${expiry}: it is too late for this.`,
  remedy: 'Trade another expiry. The last round is closed once; then settle with settleMany.',
}));

export const MemberCapExceededError = defineContractError(
  iClearingHouseAbi,
  'MemberCapExceeded',
  ([instrument, memberId, openInterest, cap]) => ({
    what: `Member ${memberId} would have ${openInterest} open in instrument ${instrument}, and may have ${cap}.`,
    remedy: 'Trade less, or reduce first: what reduces is never refused for it.',
  }),
);

export const NoCodeError = defineContractError(iClearingHouseAbi, 'NoCode', ([code]) => ({
  what: `There is no contract at ${code}, which the clearing house was to run code from.`,
  remedy: 'Deploy what ClearingCode names first, with the same modules.',
}));

export const BadRatesError = defineContractError(
  iClearingHouseAbi,
  'BadRates',
  ([instrument, initialWad, maintenanceWad]) => ({
    what: `Rates ${initialWad} and ${maintenanceWad} are not acceptable for instrument ${instrument}.`,
    remedy: 'Maintenance must be above zero, not below the trade band, and not above initial.',
  }),
);

export const NoRatesError = defineContractError(iClearingHouseAbi, 'NoRates', ([instrument]) => ({
  what: `Instrument ${instrument} is an option: what it requires is fixed.`,
  remedy: 'Set rates of perps and futures only.',
}));

export const NoTradeRightError = defineContractError(iClearingHouseAbi, 'NoTradeRight', ([vaultId, operator]) => ({
  what: `The account of vault ${vaultId} did not let ${operator}, its member's operator, trade for it.`,
  remedy: 'Let the owner grant the trade right with setRights.',
}));

export const NotAMemberError = defineContractError(iClearingHouseAbi, 'NotAMember', ([caller]) => ({
  what: `${caller} operates the member of neither side.`,
  remedy: 'Send it from the operator of the buyer’s or the seller’s member.',
}));

export const NotTheClearingHouseError = defineContractError(iClearingHouseAbi, 'NotTheClearingHouse', ([deployed]) => ({
  what: `The modules name another clearing house than ${deployed}.`,
  remedy: 'Deploy it at the address that every module was given.',
}));

export const NotThisVenueError = defineContractError(iClearingHouseAbi, 'NotThisVenue', ([vaultId]) => ({
  what: `Vault ${vaultId} did not choose the clearing house as its venue.`,
  remedy: 'Open a vault with the clearing house as venue, or change the venue of a flat one.',
}));

export const OpenInterestCapExceededError = defineContractError(
  iClearingHouseAbi,
  'OpenInterestCapExceeded',
  ([instrument, openInterest, cap]) => ({
    what: `Instrument ${instrument} would have ${openInterest} open, and may have ${cap}.`,
    remedy: 'Trade less, or take over what others give up: what raises no open interest is never refused for it.',
  }),
);

export const OutsideTradeBandError = defineContractError(
  iClearingHouseAbi,
  'OutsideTradeBand',
  ([price, mark, band]) => ({
    what: `The price ${price} is further than ${band} (of 10^18) from the mark ${mark}.`,
    remedy: 'Trade nearer the mark: an off-market trade would carry money through a wall.',
  }),
);

export const QuoteTooFineError = defineContractError(iClearingHouseAbi, 'QuoteTooFine', ([decimals]) => ({
  what: `A quote token with ${decimals} decimals is too fine.`,
}));

export const RoundNotOverError = defineContractError(iClearingHouseAbi, 'RoundNotOver', ([instrument, endsAt]) => ({
  what: `The round of instrument ${instrument} cannot be closed before ${endsAt}.`,
  remedy: 'Wait, or send a newer price along.',
}));

export const TooManyOpenRoundsError = defineContractError(
  iClearingHouseAbi,
  'TooManyOpenRounds',
  ([instrument, oldest]) => ({
    what: `Too many rounds of instrument ${instrument} wait for their losers, the oldest of them round ${oldest}.`,
    remedy: 'Settle the losers with settleMany, or liquidate them, then close the round.',
  }),
);

export const TooManyPositionsError = defineContractError(iClearingHouseAbi, 'TooManyPositions', ([vaultId, max]) => ({
  what: `Vault ${vaultId} already has ${max} positions.`,
  remedy: 'Use another vault, or close a position first.',
}));

export const TradeIdUsedError = defineContractError(iClearingHouseAbi, 'TradeIdUsed', ([tradeId]) => ({
  what: `Trade ${tradeId} was already done.`,
  remedy: 'It is done; for another trade use another id.',
}));

export const TradeWouldUndermarginError = defineContractError(
  iClearingHouseAbi,
  'TradeWouldUndermargin',
  ([vaultId, equity, requirement]) => ({
    what: `The trade would leave vault ${vaultId} with equity ${equity}, below ${requirement}.`,
    remedy: 'Trade at the mark or better for that side, or deposit first.',
  }),
);

export const UnknownInstrumentError = defineContractError(iClearingHouseAbi, 'UnknownInstrument', ([instrument]) => ({
  what: `There is no instrument ${instrument}.`,
}));

export const ZeroSizeError = defineContractError(iClearingHouseAbi, 'ZeroSize', () => ({
  what: 'The size is zero.',
  remedy: 'Give a size above zero; who buys and who sells gives its sign.',
}));

export const VenueCapExceededError = defineContractError(
  iClearingHouseAbi,
  'VenueCapExceeded',
  ([openInterest, cap]) => ({
    what: `All instruments together would have ${openInterest} open (quote units), and may have ${cap}.`,
    remedy:
      'Trade less, or take over what others give up. Where bids or prices have lowered what is open, have it counted again: countOpenInterest.',
  }),
);
