// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IDefaultWaterfallEvents } from "./IDefaultWaterfall.sol";
import { PriceReport } from "./IOracleHub.sol";
import { IVenue } from "./IVenue.sol";
import { RampedParameters } from "./RampedParameters.sol";

/// @notice What an instrument is. Options are European and cash-settled. All four settle by variation at their mark: nobody pays a premium when an
/// option is traded (docs/decisions/0012).
enum InstrumentKind {
    Perp,
    Future,
    Call,
    Put
}

/// @notice An instrument's terms, of which only the rates change. instrumentId = its index, from 0; its settlement escrow is the clearing house's own vault with
/// bucket = instrumentId. Sizes are WAD, in whole units of the underlying.
/// @param feed signed mark of this instrument, quote per unit. @param indexFeed price of the underlying; zero only for a perp without funding.
/// @param roundSeconds shortest length of a settlement round. @param imRateWad initial requirement rate. @param mmRateWad maintenance rate; both zero
/// for options, whose requirement is that of RISK §2; the newest (ratesOf). @param tradeBandWad largest distance of a trade price from a fresh mark.
/// @param expiry seconds, zero for a perp. @param fundingCapWad of a perp: most that one side pays the other in eight hours, as a share of the index;
/// zero: no funding. @param strikeWad of an option, at most 2^112 − 1.
/// @param openInterestCapWad no trade raises the sum of long sizes above it; not zero. @param memberCapBps no trade raises the sum of |size| of one
/// member's vaults above this share of openInterestCapWad, in 1/10,000, at most 65,535; zero: not counted.
struct InstrumentTerms {
    bytes32 feed;
    bytes32 indexFeed;
    InstrumentKind kind;
    uint32 roundSeconds;
    uint64 imRateWad;
    uint64 mmRateWad;
    uint64 tradeBandWad;
    uint24 memberCapBps;
    uint64 expiry;
    uint64 fundingCapWad;
    uint128 strikeWad;
    uint128 openInterestCapWad;
    string name;
}

/// @notice Contracts of code alone that the clearing house runs on its own storage (delegatecall). Fixed in its constructor, as modules are (ADM-5), and
/// deployed before it with the same modules; separately, because creation code is limited too (EIP-3860). None holds anything or has a key of its own.
/// @param trading lists instruments, novates, closes rounds. @param closeOut moves what a bid takes.
/// @param waterfall pays for shortfalls, and keeps members' contributions (IDefaultWaterfall).
struct ClearingCode {
    address trading;
    address closeOut;
    address waterfall;
}

/// @notice An instrument's running state.
/// @param round number of the open round, from 1; closed rounds are 1 … round − 1. The first trade while nobody holds anything closes an empty round
/// at the mark, so that nobody is carried at an old price.
/// @param roundStart time of the report that the open round began with, seconds. @param lastPriceWad settlement price of the last closed round, zero
/// before the first trade: every settled position is carried at it.
/// @param openInterest sum of long sizes, WAD (equals the sum of short sizes).
/// @param tradeLoss losses already fixed in the open round by trading away from lastPriceWad, quote decimals.
/// @param shortfall total ever written off unpaid due, quote decimals. @param residual recorded and covered by nobody.
/// @param holders vaults with a position (size, or trades not yet settled). @param openRounds closed rounds that are not complete yet (at most 8).
/// @param expired the last round is closed: positions only wait to be settled for it.
struct InstrumentState {
    uint32 round;
    uint64 roundStart;
    uint128 lastPriceWad;
    uint32 holders;
    uint128 openInterest;
    uint128 tradeLoss;
    uint128 shortfall;
    uint128 residual;
    uint32 openRounds;
    bool expired;
}

/// @notice One closed round. Payment ratio of its gainers = min(collected, total − writtenOff) / total (VM-3).
/// It is complete when every holder was settled for it and collected + writtenOff ≥ total.
/// What a loser still owes to a complete round is what rounding up added (units); settling that loser drops what it has no quote for.
/// @param priceWad one price for both sides (VM-4): positions are carried at it from then on. What the round moves is priceWad − fundingWad less the
/// price of the round before. @param totalLoss open interest × move + tradeLoss at first; a vault settled with a gain and a loss
/// in the same round sets one off against the other, which lowers it. @param collected paid in by losers. @param writtenOff forgiven, never to be
/// collected. @param paid out to gainers. @param unsettled holders not settled for it yet.
/// @param fundingWad what a long pays a short for each unit; negative: the short pays. @param last the instrument has expired: being settled for this
/// round ends a position.
struct Round {
    uint128 priceWad;
    uint128 totalLoss;
    uint128 collected;
    uint128 writtenOff;
    uint128 paid;
    uint32 unsettled;
    int88 fundingWad;
    bool last;
}

/// @notice What a vault still owes to, or is due from, one closed round, quote decimals. A bidder can have one entry of each kind for a round.
/// @param gain original gain (0 for a loser). @param paid how much of it was paid. @param owed loss not yet paid.
struct Claim {
    uint32 round;
    uint128 gain;
    uint128 paid;
    uint128 owed;
}

/// @notice A vault's position in one instrument.
/// @param size WAD, long > 0. @param settledRound last closed round it was settled for: it is carried at that round's price.
/// @param tradeGain @param tradeLoss fixed by trades since, at trade price against the carrying price, quote decimals; they settle with the round.
/// At most one of them is not zero: trades of one vault in one round are set off against one another, so that churning cannot swell a round's total.
struct Position {
    int128 size;
    uint32 settledRound;
    uint128 tradeGain;
    uint128 tradeLoss;
}

/// @title What the clearing house tells and refuses
interface IClearingHouseEvents is IDefaultWaterfallEvents {
    event InstrumentListed(uint32 indexed instrument, bytes32 indexed feed, string name);
    /// @dev @param maintenanceFromWad in force now; from here on it moves to maintenanceWad within 24 hours.
    event RatesSet(uint32 indexed instrument, uint64 initialWad, uint64 maintenanceWad, uint64 maintenanceFromWad);
    event Novated(
        uint32 indexed instrument,
        bytes32 indexed buyer,
        bytes32 indexed seller,
        uint256 sizeWad,
        uint256 priceWad,
        bytes32 tradeId
    );
    event RoundClosed(uint32 indexed instrument, uint32 indexed round, uint256 priceWad, uint256 totalLoss);
    /// @dev With the round's RoundClosed, where it is not zero. > 0: longs pay.
    event FundingFixed(uint32 indexed instrument, uint32 indexed round, int256 fundingWad, uint256 indexWad);
    /// @dev With the last round's RoundClosed. @param indexWad time-weighted price that decided it.
    event InstrumentExpired(uint32 indexed instrument, uint32 indexed round, uint256 indexWad);
    /// @dev loss: paid of it now; the rest became owed. gain: paid of it now; the rest became due.
    event Settled(
        uint32 indexed instrument,
        bytes32 indexed vaultId,
        uint32 indexed round,
        uint256 gain,
        uint256 gainPaid,
        uint256 loss,
        uint256 lossPaid
    );
    event OwedPaid(uint32 indexed instrument, bytes32 indexed vaultId, uint32 indexed round, uint256 amount);
    event DuePaid(uint32 indexed instrument, bytes32 indexed vaultId, uint32 indexed round, uint256 amount);
    event VenueCapSet(uint256 capQuote);
    event PositionMoved(uint32 indexed instrument, bytes32 indexed fromVault, bytes32 indexed toVault, int256 sizeWad);

    error NotAdmin(address caller);
    /// @dev Only RiskConfig sets rates, and it is fixed (ADM-5).
    error NotTheRiskConfig(address caller);
    /// @dev What options require is fixed (RISK §2).
    error NoRates(uint32 instrument);
    /// @dev Maintenance above initial (MRG-8), zero, or below the trade band.
    error BadRates(uint32 instrument, uint64 initialWad, uint64 maintenanceWad);
    error NotTheMarginEngine(address caller);
    error NotTheLiquidationEngine(address caller);
    error UnknownInstrument(uint32 instrument);
    error NotAMember(address caller);
    error NoTradeRight(bytes32 vaultId, address operator);
    error NotThisVenue(bytes32 vaultId);
    error TradeIdUsed(bytes32 tradeId);
    error ZeroSize();
    error SameVault(bytes32 vaultId);
    /// @dev VM-5.
    error OutsideTradeBand(uint256 priceWad, uint256 markWad, uint256 bandWad);
    error TooManyPositions(bytes32 vaultId, uint256 max);
    error RoundNotOver(uint32 instrument, uint256 endsAt);
    /// @dev Too many closed rounds still wait for losers to be settled or liquidated; settle them first.
    error TooManyOpenRounds(uint32 instrument, uint32 oldestOpen);
    /// @dev Nothing is traded at or after expiry, no first position is opened so late that too little is left to average, and the last round is closed once.
    error Expired(uint32 instrument, uint256 expiry);
    error OpenInterestCapExceeded(uint32 instrument, uint256 openInterestWad, uint256 capWad);
    /// @dev In quote decimals, over all instruments.
    error VenueCapExceeded(uint256 openInterest, uint256 cap);
    error MemberCapExceeded(uint32 instrument, bytes32 memberId, uint256 openInterestWad, uint256 capWad);
    error BadTerms();
    error QuoteTooFine(uint8 decimals);
    /// @dev At construction: the modules name another clearing house.
    error NotTheClearingHouse(address deployed);
    /// @dev At construction: nothing is deployed there.
    error NoCode(address code);
    /// @dev A reducing trade that costs the vault something must leave it healthy.
    error TradeWouldUndermargin(bytes32 vaultId, int256 equity, uint256 requirement);
}

/// @title Central counterparty for perps, dated futures and options
/// @notice Members, novation within a price band, settlement rounds (RISK §3), house capital. The built-in venue.
interface IClearingHouse is IVenue, IClearingHouseEvents {
    /// @notice Lists an instrument. Caller: the admin. Append-only.
    function listInstrument(InstrumentTerms calldata terms) external returns (uint32 instrument);

    /// @notice Rates of an instrument from now on: the initial one at once, the maintenance one in a straight line over 24 hours where it rises (MRG-7).
    /// Caller: RiskConfig, which bounds the steps. Reverts NoRates for options.
    /// @param initialWad @param maintenanceWad WAD, tradeBandWad ≤ maintenance ≤ initial. @return maintenanceFromWad the maintenance rate in force now.
    function setRates(uint32 instrument, uint64 initialWad, uint64 maintenanceWad)
        external
        returns (uint64 maintenanceFromWad);

    /// @notice Caps the open interest of all instruments together; zero: no cap. Caller: the admin. No trade that adds to an instrument's open interest
    /// ends above it; nothing else is refused. Under a cap an instrument is counted at the mark of its last trade, an option at its strike, until its last
    /// round closes: whoever sets the first cap has what is open counted by countOpenInterest.
    /// @param capQuote quote decimals.
    function setVenueCap(uint128 capQuote) external;

    /// @notice Counts one instrument anew, at a fresh mark: bids may have lowered what is open and prices move. Anyone. Does nothing without a cap.
    function countOpenInterest(uint32 instrument) external;

    /// @notice Becomes both sides' counterparty. Caller: the operator of the member of at least one side; each side's account gave its own member's
    /// operator the trade right, and the caller too when that is another's. Each vault ends E ≥ IM, unless its |position| strictly fell without changing sign and its E − MM did not fall.
    /// An option is judged with all options of its vault: selling one that covers another is no reduction.
    /// @param sizeWad > 0, WAD. @param priceWad within tradeBand of a fresh mark. @param tradeId once.
    function novate(
        uint32 instrument,
        bytes32 buyer,
        bytes32 seller,
        uint256 sizeWad,
        uint256 priceWad,
        bytes32 tradeId,
        PriceReport[] calldata reports
    ) external;

    /// @notice Closes the open round at the time-weighted price since it began. Anyone, once the newest report is roundSeconds younger than the one
    /// the round began with (report time, so that no round is priced over a moment) and fresh enough for settlement.
    /// A perp's round also fixes funding: the time-weighted mark less the time-weighted index, at most fundingCapWad of the index, for each eight hours
    /// that it lasted; whoever holds the position when it closes pays or gets it. Once there is a report of the index at or after expiry, what closes
    /// is the last round, without waiting: at the index averaged since the last round that closed earlier than half a roundSeconds before expiry (a
    /// later close does not shorten it), for options at what that leaves above or below the strike.
    function closeRound(uint32 instrument, PriceReport[] calldata reports) external;

    /// @notice Settles vaults for closed rounds and collects owed and due. Anyone. Losers first gives gainers their money in the same call.
    function settleMany(uint32 instrument, bytes32[] calldata vaults) external;

    /* VIEWS */

    function instrumentCount() external view returns (uint32);
    function termsOf(uint32 instrument) external view returns (InstrumentTerms memory);
    /// @notice Rates of an instrument, as they are stored: what is in force follows from them and the time. Reverts NoRates for options.
    function ratesOf(uint32 instrument) external view returns (RampedParameters memory);
    function stateOf(uint32 instrument) external view returns (InstrumentState memory);
    function roundOf(uint32 instrument, uint32 round) external view returns (Round memory);
    function positionOf(bytes32 vaultId, uint32 instrument) external view returns (Position memory);
    function instrumentsOf(bytes32 vaultId) external view returns (uint32[] memory);
    /// @notice What the instruments' open interest was worth when each was last counted, and its cap, quote decimals. Both zero without a cap ever set.
    function venueOpenInterest() external view returns (uint256 countedQuote, uint256 capQuote);
    /// @notice Sum of |size| over the vaults of a member, WAD. Zero where the terms have no memberCapBps.
    function memberOpenInterestOf(bytes32 memberId, uint32 instrument) external view returns (uint256);
    function claimsOf(bytes32 vaultId, uint32 instrument) external view returns (Claim[] memory);
    /// @notice Sums over instruments and rounds, after write-offs, quote decimals.
    function owedAndDueOf(bytes32 vaultId) external view returns (uint256 owed, uint256 due);
    function tradeUsed(bytes32 tradeId) external view returns (bool);
    /// @notice The clearing house's own account; settlement escrows are its vaults 0, 1, …; house capital is its vault 2³² − 1,
    /// members' contributions count down from there.
    function accountId() external view returns (bytes32);
    function houseVault() external view returns (bytes32);
    function settlementVaultOf(uint32 instrument) external view returns (bytes32);
}
