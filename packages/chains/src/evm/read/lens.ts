import {
  type Address,
  type AttestedRequirement,
  accountId,
  type CollateralTerms,
  type FeedId,
  type GroupState,
  type InstrumentKind,
  type InstrumentTerms,
  type MarketState,
  type PausedUse,
  type PriceUse,
  type PriceWad,
  priceWad,
  quoteAmount,
  type StoredPrice,
  seconds,
  sizeWad,
  tokenAmount,
  type VaultClaims,
  vaultId,
  wad,
} from '@bulkhead/shared';
import type { ContractFunctionReturnType } from 'viem';
import type { vaultLensAbi } from '../abis.ts';

type Returned<Name extends 'groups' | 'market' | 'prices'> = ContractFunctionReturnType<
  typeof vaultLensAbi,
  'view',
  Name
>;
export type LensGroup = Returned<'groups'>[number];
export type LensMarket = Returned<'market'>;
export type LensPrice = Returned<'prices'>[number];

/** PortfolioRequirements: RequirementMath.RAMP. */
const attestationLapse = seconds(21_600);

const noFeed = `0x${'00'.repeat(32)}`;
const lower = <Text extends `0x${string}`>(text: Text): Text => text.toLowerCase() as Text;

const auctionOf = ({ auction }: LensGroup): GroupState['auction'] =>
  auction.startedAt === 0n
    ? undefined
    : {
        startedAt: seconds(Number(auction.startedAt)),
        shownAt: seconds(Number(auction.shownAt)),
        solventSeconds: seconds(auction.solventSeconds),
        insolventSeconds: seconds(auction.insolventSeconds),
        reserved: quoteAmount(auction.reserved),
      };

/** A venue's own vaults have none, and no obligations. */
const isVenue = (venue: Address, house: Address): boolean => BigInt(venue) !== 0n && lower(venue) !== lower(house);

const modes = ['segregated', 'cross', 'portfolio'] as const;

const attestedOf = ({ attested, attestedHere }: LensGroup): AttestedRequirement | undefined =>
  attested.priceTime === 0n
    ? undefined
    : {
        initial: quoteAmount(attested.im),
        maintenance: quoteAmount(attested.mm),
        priceTime: seconds(Number(attested.priceTime)),
        expiry: seconds(Number(attested.expiry)),
        here: attestedHere,
      };

/** Attested requirements count at the clearing house only, so far. */
const reportedOf = ({ reported, answered, mode }: LensGroup): GroupState['reported'] =>
  answered && modes[mode] !== 'portfolio'
    ? {
        value: quoteAmount(reported.value),
        notInitial: quoteAmount(reported.notInitial),
        initial: quoteAmount(reported.im),
        maintenance: quoteAmount(reported.mm),
        gross: quoteAmount(reported.gross),
      }
    : 'silent';

const sumOf = (claims: readonly VaultClaims[], name: 'owed' | 'due') =>
  quoteAmount(claims.reduce((sum, each) => sum + each[name], 0n));

/** Undefined for a vault that was never opened. @param house the clearing house: what other venues hold, they report themselves. */
export const groupOf = (group: LensGroup, house: Address): GroupState | undefined => {
  if (!group.open) return undefined;
  const mode = modes[group.mode];
  if (mode === undefined) throw new RangeError(`The lens named margin mode ${group.mode}, which is none.`);
  const claims = group.claims.map(each => ({
    vault: vaultId(each.vaultId),
    owed: quoteAmount(each.owed),
    due: quoteAmount(each.due),
  }));
  return {
    vault: vaultId(group.vaultId),
    mode,
    vaults: group.vaults.map(vaultId),
    account: accountId(group.accountId),
    bucket: group.bucket,
    owner: lower(group.owner),
    venue: lower(group.venue),
    member: lower(group.memberId),
    assets: group.assets.map(asset => ({
      vault: vaultId(asset.vaultId),
      token: lower(asset.token),
      free: tokenAmount(asset.free),
      locked: tokenAmount(asset.locked),
      credit: tokenAmount(asset.credit),
    })),
    positions: group.positions.map(position => ({
      vault: vaultId(position.vaultId),
      instrument: position.instrument,
      size: sizeWad(position.size),
      carriedAt: priceWad(position.carriedAtWad),
      tradeGain: quoteAmount(position.tradeGain),
      tradeLoss: quoteAmount(position.tradeLoss),
    })),
    unsettled: group.unsettled.map(each => ({ vault: vaultId(each.vaultId), instrument: each.instrument })),
    owed: sumOf(claims, 'owed'),
    due: sumOf(claims, 'due'),
    claims: mode === 'segregated' ? [] : claims,
    intraDebts: group.debts.map(each => ({
      debtor: vaultId(each.debtor),
      payer: vaultId(each.payer),
      outstanding: quoteAmount(each.outstanding),
    })),
    attested: attestedOf(group),
    reported: isVenue(group.venue, house) ? reportedOf(group) : undefined,
    auction: auctionOf(group),
    lastTrade: lower(group.lastTrade),
  };
};

const collateralOf = ({ token, symbol, terms, haircuts }: LensMarket['collaterals'][number]): CollateralTerms => ({
  token: lower(token),
  symbol,
  decimals: terms.decimals,
  feed: terms.feed === noFeed ? undefined : lower(terms.feed),
  haircutMaintenance: wad(terms.haircutMaintenanceWad),
  haircutInitial: wad(terms.haircutInitialWad),
  haircutMaintenanceFrom: wad(haircuts.maintenanceFromWad),
  rampStart: seconds(Number(haircuts.rampStart)),
});

/** In the order of the contract's enum. */
const kinds: readonly InstrumentKind[] = ['perp', 'future', 'call', 'put'];

/** What nobody knows how to value must not look like something else. */
const kindOf = (index: number): InstrumentKind => {
  const kind = kinds[index];
  if (kind === undefined) throw new RangeError(`The lens named an instrument of kind ${index}, which is not known.`);
  return kind;
};

const instrumentOf = (
  { terms, rates, state }: LensMarket['instruments'][number],
  instrument: number,
): InstrumentTerms => ({
  instrument,
  name: terms.name,
  kind: kindOf(terms.kind),
  feed: lower(terms.feed),
  // A perp without funding names no index: its mark stands for it.
  indexFeed: lower(terms.indexFeed === noFeed ? terms.feed : terms.indexFeed),
  strike: priceWad(terms.strikeWad),
  expiry: seconds(Number(terms.expiry)),
  initialRate: wad(terms.imRateWad),
  maintenanceRate: wad(terms.mmRateWad),
  maintenanceFrom: wad(rates.maintenanceFromWad),
  rampStart: seconds(Number(rates.rampStart)),
  fundingCap: wad(terms.fundingCapWad),
  openInterestCap: sizeWad(terms.openInterestCapWad),
  tradeBand: wad(terms.tradeBandWad),
  roundLength: seconds(terms.roundSeconds),
  round: state.round,
  roundStart: seconds(Number(state.roundStart)),
  lastPrice: priceWad(state.lastPriceWad),
  openInterest: sizeWad(state.openInterest),
  expired: state.expired,
});

/** In the order of the contract's enum. */
const uses: readonly PriceUse[] = ['riskIncrease', 'liquidation', 'settlement'];

/** Once for each feed: several listings may share one. */
const feedTermsOf = ({ feeds }: LensMarket) => new Map(feeds.map(terms => [lower(terms.feed), terms] as const));

const pausesOf = (market: LensMarket): readonly PausedUse[] =>
  [...feedTermsOf(market)].flatMap(([feed, { pausedUntil }]) =>
    uses
      .map((use, index) => ({ feed, use, until: seconds(Number(pausedUntil[index] ?? 0n)) }))
      .filter(({ until }) => until > 0),
  );

const stepFloorsOf = (market: LensMarket): ReadonlyMap<FeedId, PriceWad> =>
  new Map(
    [...feedTermsOf(market)]
      .filter(([, { floorWad }]) => floorWad > 0n)
      .map(([feed, { floorWad }]) => [feed, priceWad(floorWad)] as const),
  );

export const marketOf = (market: LensMarket): MarketState => {
  const collaterals = market.collaterals.map(collateralOf);
  const [quote] = collaterals;
  // The lens puts the quote token first, always.
  if (quote === undefined) throw new RangeError('The lens named no quote token.');
  const { auction, oracle } = market;
  const [riskIncrease, liquidation, settlement] = oracle.maxAges;
  return {
    quote,
    collaterals,
    instruments: market.instruments.map(instrumentOf),
    auction: {
      buffer: wad(auction.bufferWad),
      startDiscount: wad(auction.startDiscountWad),
      kneeDiscount: wad(auction.kneeDiscountWad),
      floorDiscount: wad(auction.floorDiscountWad),
      knee: seconds(auction.kneeSeconds),
      floor: seconds(auction.floorSeconds),
      reward: seconds(auction.rewardSeconds),
      gap: seconds(auction.gapSeconds),
      dust: quoteAmount(auction.dustQuote),
    },
    priceAges: {
      riskIncrease: seconds(riskIncrease),
      liquidation: seconds(liquidation),
      settlement: seconds(settlement),
    },
    priceBounds: {
      maxStep: wad(oracle.maxStepWad),
      confirmBand: wad(oracle.confirmBandWad),
      stableRate: wad(oracle.stableRateWad),
      stepFloors: stepFloorsOf(market),
    },
    houseCapital: quoteAmount(market.houseCapital),
    memberFunds: market.funds.map(fund => ({
      member: lower(fund.memberId),
      vault: vaultId(fund.vaultId),
      free: quoteAmount(fund.free),
    })),
    portfolio: {
      floorInitial: wad(market.floorInitialWad),
      floorMaintenance: wad(market.floorMaintenanceWad),
      lapse: attestationLapse,
    },
    paused: pausesOf(market),
  };
};

/** Undefined for a feed that nobody ever posted. */
export const priceOf = (feed: FeedId, state: LensPrice): StoredPrice | undefined =>
  state.stored.time === 0n
    ? undefined
    : {
        feed,
        price: priceWad(state.stored.priceWad),
        confidence: priceWad(state.stored.confWad),
        stable: priceWad(state.stored.stableWad),
        time: seconds(Number(state.stored.time)),
        held:
          state.held.time === 0 ? undefined : { price: priceWad(state.held.priceWad), time: seconds(state.held.time) },
      };
