import { storageLayouts } from '@bulkhead/contracts';
import { describe, expect, test } from 'vitest';

/**
 * What the wall guard makes of every variable that the contracts store. A word that nobody here has thought of makes a keeper refuse to act on the day
 * on which a call first changes it; two were found so, by tests on a chain and by nothing earlier.
 *
 * explained: some explain*.ts says whose wall a change of it touches, or that all share it. nobody: no call of a keeper changes it, so that a change is
 * refused; the words say who does.
 */
const explained = 'explained';
const nobody = (who: string) => `nobody: ${who}`;

const admin = nobody('the admin alone');
const listing = nobody('fixed when it is listed');
const rates = nobody('RiskConfig alone');
const owners = nobody('what owners and members arrange among themselves');
const groupsOf = nobody('what an owner arranges for a group');
const signers = nobody('the admin rotates signers');

const words: Readonly<Record<keyof typeof storageLayouts, Readonly<Record<string, string>>>> = {
  ClearingHouse: {
    _listings: explained,
    _instruments: explained,
    _positions: explained,
    _claims: explained,
    _lastTrade: explained,
    _tradeUsed: explained,
    _memberOpenInterest: explained,
    _funds: explained,
    _contributors: admin,
    _fundCount: admin,
    _residualQueue: explained,
    _venueInterest: explained,
    'ClaimSlot.round': explained,
    'ClaimSlot.debt': explained,
    'ClaimSlot.amount': explained,
    'ClaimSlot.paid': explained,
    'Fund.bucket': admin,
    'Fund.place': admin,
    'Fund.leaving': owners,
    'Fund.openVaults': explained,
    'Fund.callDeadline': explained,
    'Fund.required': admin,
    'Fund.announced': owners,
    'Fund.usableFrom': owners,
    'IndexPoint.time': explained,
    'IndexPoint.cumulativeWad': explained,
    'InstrumentState.round': explained,
    'InstrumentState.roundStart': explained,
    'InstrumentState.lastPriceWad': explained,
    'InstrumentState.holders': explained,
    'InstrumentState.openInterest': explained,
    'InstrumentState.tradeLoss': explained,
    'InstrumentState.shortfall': explained,
    'InstrumentState.residual': explained,
    'InstrumentState.openRounds': explained,
    'InstrumentState.expired': explained,
    'Listing.terms': listing,
    'Listing.state': explained,
    'Listing.startCumulative': explained,
    'Listing.indexStart': explained,
    'Listing.oldestOpen': explained,
    'Listing.roundSeconds': listing,
    'Listing.counted': explained,
    'Listing.rounds': explained,
    'Position.size': explained,
    'Position.settledRound': explained,
    'Position.tradeGain': explained,
    'Position.tradeLoss': explained,
    'Residual.vault': explained,
    'Residual.instrument': explained,
    'Residual.amount': explained,
    'ResidualQueue.entries': explained,
    'ResidualQueue.next': explained,
    'ResidualQueue.total': explained,
    'Round.priceWad': explained,
    'Round.totalLoss': explained,
    'Round.collected': explained,
    'Round.writtenOff': explained,
    'Round.paid': explained,
    'Round.unsettled': explained,
    'Round.fundingWad': explained,
    'Round.last': explained,
    'Terms.feed': listing,
    'Terms.indexFeed': listing,
    'Terms.kind': listing,
    'Terms.imRateWad': rates,
    'Terms.mmRateWad': rates,
    'Terms.mmFromWad': rates,
    'Terms.rampStart': rates,
    'Terms.memberCapBps': listing,
    'Terms.expiry': listing,
    'Terms.fundingCapWad': listing,
    'Terms.strikeWad': listing,
    'Terms.openInterestCapWad': listing,
    'Terms.tradeBandWad': listing,
    'Terms.name': listing,
    'VenueInterest.capQuote': admin,
    'VenueInterest.counted': explained,
  },
  LiquidationEngine: {
    _auctions: explained,
    _effectKeyUsed: explained,
    'Auction.startedAt': explained,
    'Auction.shownAt': explained,
    'Auction.solventSeconds': explained,
    'Auction.insolventSeconds': explained,
    'Auction.reserved': explained,
  },
  MarginEngine: {
    _entries: explained,
    _creditTotal: explained,
    _credit: explained,
    _collaterals: nobody('the admin lists, RiskConfig sets haircuts'),
    _collateralNumberOf: admin,
    _collateralCount: admin,
    _nothing: nobody('never written'),
    'Entry.free': explained,
    'Entry.locked': explained,
    'Entry.tag': explained,
    'ListedCollateral.haircuts': rates,
    'ListedCollateral.feed': listing,
    'ListedCollateral.token': listing,
  },
  MarginGroups: {
    _groups: groupsOf,
    _leads: groupsOf,
    _debts: explained,
    _payers: explained,
    'Group.mode': groupsOf,
    'Group.vaults': groupsOf,
  },
  OracleHub: {
    epoch: signers,
    threshold: signers,
    _signers: signers,
    _seats: signers,
    _feeds: explained,
    stepFloorOf: admin,
    _pausedUntil: nobody('the guardian alone'),
    'StoredFeed.newest': explained,
    'StoredFeed.history': explained,
    'StoredFeed.held': explained,
  },
  PortfolioRequirements: {
    _nameFallback: nobody('never written after construction'),
    _versionFallback: nobody('never written after construction'),
    epoch: signers,
    threshold: signers,
    _attesters: signers,
    _isAttester: signers,
    _attested: explained,
    _newest: explained,
    'AttestedRequirement.im': explained,
    'AttestedRequirement.mm': explained,
    'AttestedRequirement.priceTime': explained,
    'AttestedRequirement.expiry': explained,
  },
  VaultRegistry: Object.fromEntries(
    Object.entries({
      '': ['_accounts', '_accountIds', '_vaults', '_grants', '_members', '_choices', '_choiceNumbers'],
      Account: ['owner', 'number', 'generation', 'nonce'],
      Choice: ['venue', 'memberId'],
      Grant: ['rights', 'expiry', 'generation'],
      Member: ['operator', 'admitted'],
      PackedVault: ['owner', 'bucket', 'accountNumber', 'choiceNumber'],
    })
      .flatMap(([struct, labels]) => labels.map(label => (struct === '' ? label : `${struct}.${label}`)))
      .concat('_accountCount', '_choiceCount')
      .map(label => [label, owners]),
  ),
};

interface Layout {
  readonly storage: readonly { readonly label: string }[];
  readonly types: Readonly<Record<string, { readonly members?: readonly { readonly label: string }[] }>>;
}

const storedBy = (contract: keyof typeof storageLayouts): readonly string[] => {
  const { storage, types } = storageLayouts[contract] as unknown as Layout;
  const fields = Object.entries(types).flatMap(([type, { members }]) => {
    const struct = /^t_struct\((\w+)\)_storage$/.exec(type)?.[1];
    return struct === undefined ? [] : (members ?? []).map(({ label }) => `${struct}.${label}`);
  });
  return [...storage.map(({ label }) => label), ...fields];
};

describe('every word that a walled contract stores', () => {
  test.each(Object.keys(storageLayouts) as (keyof typeof storageLayouts)[])(
    'SEG-2: of %s is either explained to the wall guard or nobody’s to change',
    contract => {
      expect(Object.keys(words[contract]).toSorted()).toEqual([...storedBy(contract)].toSorted());
    },
  );
});
