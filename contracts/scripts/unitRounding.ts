const health =
  'value of an asset down, before and after the haircut; profits down, losses and requirements up: toward ill health, for everybody else';
const venue =
  'value toward −∞ (gains and due down, losses up); im, mm, gross and what is not initial up: against the group';

/** Where a function rounds, which way, and in whose favour. `Contract.function`. */
export const roundings: Readonly<Record<string, string>> = {
  'ClearingHouse.claimsOf': 'gain was rounded down, owed up: in favour of the settlement escrow',
  'ClearingHouse.closeRound':
    'time-weighted price down, one for both sides; funding toward zero; total loss up: no gainer is promised more than losers owe',
  'ClearingHouse.memberOpenInterestOf': 'exact; the cap that it is held against is rounded down',
  'ClearingHouse.novate':
    'what a trade away from the carrying price fixes: gain down, loss up, in favour of the settlement escrow; requirements up, against both sides',
  'ClearingHouse.owedAndDueOf': 'due down, owed as it was billed: in favour of the settlement escrow',
  'ClearingHouse.positionOf': 'tradeGain was rounded down, tradeLoss up: in favour of the settlement escrow',
  'ClearingHouse.ratesOf': 'a ramp in progress counts down, as it began: by less than 10^-18, in favour of the vault',
  'ClearingHouse.roundOf': 'totalLoss was rounded up, what is paid of it down: in favour of the settlement escrow',
  'ClearingHouse.setRates': 'maintenanceFromWad down: by less than 10^-18, in favour of the vault',
  'ClearingHouse.settleMany':
    'gains and what is paid of them down, losses up: in favour of the settlement escrow, where the difference stays',
  'ClearingHouse.stateOf': 'tradeLoss up: in favour of the settlement escrow',
  'ClearingHouse.venueOpenInterest': 'up, once for each instrument: against whoever opens',
  'DefaultWaterfall.repayResiduals': 'exact',
  'LiquidationEngine.bid':
    'fraction down, paid up, received down, every share that moves down and every debt up: against the bidder',
  'LiquidationEngine.ratesOf': 'd up and x down: in favour of the group',
  'MarginEngine.charge': 'exact',
  'MarginEngine.deposit': 'exact: what arrived',
  'MarginEngine.haircutsOf': 'a ramp in progress counts down, as it began: by less than 10^-18, in favour of the vault',
  'MarginEngine.healthForBid': health,
  'MarginEngine.healthOf': health,
  'MarginEngine.setHaircuts': 'maintenanceFromWad down: by less than 10^-18, in favour of the vault',
  'PortfolioRequirements.onBid': 'what is left of im and mm up: against the group',
  'PortfolioRequirements.requirementOf': 'the floor and the ramp after a lapse up: against the group',
  'RiskConfig.effectiveOf': 'a ramp in progress down: by less than 10^-18, in favour of the vault',
  'VaultLens.ask': venue,
  'VaultLens.groups': 'what unsettled rounds bill: due down, owed up, as settling them will',
  'Venue.closeOut': 'sizes, gains and due that move down, losses and owed up, value toward −∞: against the bidder',
  'Venue.cover': 'shares of members down, the rest from the last that has it: what is paid is exact',
  'Venue.margin': venue,
};
