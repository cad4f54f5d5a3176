/** What a number of an interface can be. A signed type makes a quote amount or a size signed; nothing else differs by type. */
export type Kind =
  | 'token'
  | 'quote'
  | 'price'
  | 'size'
  | 'share'
  | 'basis points'
  | 'price seconds'
  | 'time'
  | 'seconds'
  | 'count'
  | 'id'
  | 'enum'
  | 'bits';

/** What each kind is on the page. */
export const meanings: Readonly<Record<Kind, string>> = {
  token: "amount of an asset, in the asset's own decimals (at most 36)",
  quote: 'amount of quote, in the decimals of the quote token (at most 18)',
  price: 'quote for one whole unit, times 10^18 (WAD), whatever the decimals of either',
  size: 'whole units of the underlying, times 10^18 (WAD); long > 0 where it has a sign',
  share: 'part of one, times 10^18 (WAD): rates, haircuts, fractions',
  'basis points': 'part of one, times 10,000',
  'price seconds': 'price (WAD) times seconds, summed up',
  time: 'seconds since 1970',
  seconds: 'a length of time in seconds',
  count: 'a plain number',
  id: 'a number that names something: a bucket, an instrument, a round, an epoch',
  enum: 'one of the values of an enum, from 0',
  bits: 'a bit field',
};

/**
 * Names that mean the same wherever they stand, the first that matches. What a name ending in Wad is follows from the word before: a name with
 * another word is not guessed at.
 */
export const names: readonly (readonly [RegExp, Kind])[] = [
  [/^cumulative\w*Wad$/i, 'price seconds'],
  [/^(size(Wad)?|openInterest(Cap)?(Wad)?)$/, 'size'],
  [/(^p|P)riceWad$/, 'price'],
  [/(^c|C)onfWad$/, 'price'],
  [/(Mark|Index|Strike|Stable|Reserve|Below|Above|Held|Stored|Funding|At)Wad$/, 'price'],
  [/^(mark|index|strike|stable|reserve|below|above|held|stored|funding|floor)Wad$/, 'price'],
  [
    /(Rate|Haircut|Discount|Fraction|Initial|Maintenance|From|Reward|Buffer|Limit|Step|Band|Cap|Share|Tolerance|Divergence|Deviation)Wad$/,
    'share',
  ],
  [
    /^(rate|haircut|discount|fraction|initial|maintenance|reward|buffer|limit|step|band|share|tolerance|divergence|deviation)Wad$/,
    'share',
  ],
  [/Bps$/, 'basis points'],
  [/(Seconds|^duration|^maxAge\w*)$/, 'seconds'],
  [/^(time|until|expiry|deadline)$|([a-z](At|Time|From|Until|Start|Deadline|Expiry))$/, 'time'],
  [/^(equity|maintenance|initialEquity|initial|marketValue|skippedEquity|skippedMarket)$/, 'quote'],
  [/^(value|valueMoved|notInitial|im|mm|gross|crossIm|crossMm)$/, 'quote'],
  [/^(owed|due|gain|loss|paid|received|forgiven|residual|maxResidual|reserved|outstanding|repaid)$/, 'quote'],
  [/^(tradeGain|tradeLoss|totalLoss|collected|writtenOff|shortfall|required|announced)$/, 'quote'],
  [/^houseCapital$|[a-z]Quote$/, 'quote'],
  [/^(bucket|firstBucket|instrument|round|settledRound|id|epoch|number)$/, 'id'],
  [/^(count|threshold|accepted|decimals|nonce|most|holders|unsettled|openRounds|openVaults)$/, 'count'],
  [/^rights$/, 'bits'],
];

/** Fields of structs whose name alone does not say it. `Struct.field`. */
export const structs: Readonly<Record<string, Kind>> = {
  'AssetView.free': 'token',
  'AssetView.locked': 'token',
  'AssetView.credit': 'token',
  'Book.free': 'token',
  'Book.locked': 'token',
  'Book.credit': 'token',
  'Contribution.free': 'quote',
  'FundView.free': 'quote',
  'OracleTerms.maxConfWad': 'share',
  'Residual.amount': 'quote',
};

/** Single values whose name does not say it. `Contract.function.path`, as on the page. */
export const exact: Readonly<Record<string, Kind>> = {
  'ClearingHouse.instrumentCount.returns': 'count',
  'ClearingHouse.instrumentsOf.returns': 'id',
  'ClearingHouse.memberOpenInterestOf.returns': 'size',
  'DefaultWaterfall.announceWithdrawal.amount': 'quote',
  'DefaultWaterfall.residualTotal.returns': 'quote',
  'DefaultWaterfall.withdrawContribution.amount': 'quote',
  'Escrow.release.amount': 'token',
  'Escrow.release6909.amount': 'token',
  'MarginEngine.charge.amount': 'quote',
  'MarginEngine.chargeSiblings.amount': 'quote',
  'MarginEngine.claimCredit.amount': 'token',
  'MarginEngine.claimSurplus.amount': 'token',
  'MarginEngine.claimSurplus6909.amount': 'token',
  'MarginEngine.creditOf.returns': 'token',
  'MarginEngine.deposit.amount': 'token',
  'MarginEngine.deposit.booked': 'token',
  'MarginEngine.moveForBid.amount': 'token',
  'MarginEngine.pay.amount': 'quote',
  'MarginEngine.quoteDecimals.returns': 'count',
  'MarginEngine.withdraw.amount': 'token',
  'MarginGroups.addDebt.amount': 'quote',
  'MarginGroups.debtBetween.returns': 'quote',
  'MarginGroups.debtsOf.amounts': 'quote',
  'MarginGroups.reduceDebt.amount': 'quote',
  'OracleHub.epoch.returns': 'id',
  'OracleHub.maxAge.returns': 'seconds',
  'OracleHub.threshold.returns': 'count',
  'PortfolioRequirements.epoch.returns': 'id',
  'PortfolioRequirements.threshold.returns': 'count',
  'RiskConfig.RAMP.returns': 'seconds',
  'RiskConfig.countOf.returns': 'count',
  'RiskConfig.epoch.returns': 'id',
  'RiskConfig.maxStep.returns': 'share',
  'RiskConfig.nextPushOf.returns': 'time',
  'RiskConfig.threshold.returns': 'count',
  'VaultRegistry.permitNonceOf.returns': 'count',
  'VaultRegistry.rightsOf.returns': 'bits',
  'Venue.cover.amount': 'quote',
  'Venue.positionCount.returns': 'count',
};
