// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    IClearingHouseEvents,
    InstrumentKind,
    InstrumentState,
    Position,
    Round
} from "../interfaces/IClearingHouse.sol";
import { Residual } from "../interfaces/IDefaultWaterfall.sol";
import { ILiquidationEngine } from "../interfaces/ILiquidationEngine.sol";
import { IMarginEngine } from "../interfaces/IMarginEngine.sol";
import { IOracleHub } from "../interfaces/IOracleHub.sol";
import { IVaultRegistry } from "../interfaces/IVaultRegistry.sol";
import { Modules } from "../interfaces/Modules.sol";
import { Ids } from "../libraries/Ids.sol";
import { ParameterRamp } from "../libraries/ParameterRamp.sol";
import { ReentrancyLock } from "../libraries/ReentrancyLock.sol";
import { SettlementMath } from "../libraries/SettlementMath.sol";
import { FixedPointMathLib } from "solady/utils/FixedPointMathLib.sol";
import { SafeCastLib } from "solady/utils/SafeCastLib.sol";

/// @title What the clearing house remembers: instruments, rounds, positions, claims
/// @dev Assumptions, kept by the parts built on this:
/// - the sizes of an instrument's positions sum to zero, and openInterest is the sum of the positive ones;
/// - Σ tradeGain ≤ Σ tradeLoss = the open round's tradeLoss;
/// - in a round, gains of settled vaults + gross gains of unsettled ones ≤ totalLoss, and collected + writtenOff + owed ≤ totalLoss up to rounding.
abstract contract ClearingBase is IClearingHouseEvents, ReentrancyLock {
    using SafeCastLib for uint256;

    /// @dev A claim in one word. A debt's `amount` is what is still owed; a gain's is the original gain.
    struct ClaimSlot {
        uint32 round;
        bool debt;
        uint112 amount;
        uint104 paid;
    }

    /// @dev A reading of the index feed's integral.
    struct IndexPoint {
        uint40 time;
        uint216 cumulativeWad;
    }

    /// @dev InstrumentTerms as they are kept: the third word is all that margin needs to know of an instrument but its price.
    /// @param mmFromWad @param rampStart see RampedParameters.
    struct Terms {
        bytes32 feed;
        bytes32 indexFeed;
        InstrumentKind kind;
        uint64 imRateWad;
        uint64 mmRateWad;
        uint64 mmFromWad;
        uint40 rampStart;
        uint16 memberCapBps;
        uint64 expiry;
        uint64 fundingCapWad;
        uint128 strikeWad;
        uint128 openInterestCapWad;
        uint64 tradeBandWad;
        string name;
    }

    /// @param startCumulative the feed's cumulative price when the open round began. @param indexStart where the index is averaged from: when the open
    /// round began, or for the last rounds before expiry somewhat earlier. @param oldestOpen no closed round below it is incomplete; moves up when a round
    /// closes. @param roundSeconds of the terms. @param counted its part of the venue's open interest.
    struct Listing {
        Terms terms;
        InstrumentState state;
        uint256 startCumulative;
        IndexPoint indexStart;
        uint32 oldestOpen;
        uint32 roundSeconds;
        uint112 counted;
        mapping(uint32 round => Round) rounds;
    }

    /// @dev Open interest of all instruments together, quote decimals. @param capQuote zero: no cap, and nothing is counted.
    /// @param counted each instrument as it was when it was last counted: at its last trade, or by countOpenInterest.
    struct VenueInterest {
        uint128 capQuote;
        uint128 counted;
    }

    /// @dev A member's part in the default fund; the first word decides whether its clients may trade.
    /// @param bucket of its vault, 0: it has none. @param place among the contributors, from 1, 0: not among them. @param callDeadline of the last
    /// replenishment call: it counts while the vault holds less than `required`.
    struct Fund {
        uint32 bucket;
        uint8 place;
        bool leaving;
        uint32 openVaults;
        uint64 callDeadline;
        uint112 required;
        uint128 announced;
        uint64 usableFrom;
    }

    /// @dev @param next the first entry not repaid yet. @param total of the entries from there on.
    struct ResidualQueue {
        Residual[] entries;
        uint128 next;
        uint128 total;
    }

    uint32 internal constant HOUSE_BUCKET = type(uint32).max;
    /// @dev The clearing house's own vaults: settlement escrows from 0 up, house capital last, members' contributions down from there. They never meet.
    uint32 internal constant FIRST_FUND_BUCKET = HOUSE_BUCKET - 1;
    uint32 internal constant LAST_FUND_BUCKET = 1 << 31;
    uint256 internal constant MAX_POSITIONS = 16;
    uint256 internal constant MAX_OPEN_ROUNDS = 8;
    uint256 internal constant WAD = 1e18;
    uint8 private constant MAX_QUOTE_DECIMALS = 18;

    IVaultRegistry internal immutable REGISTRY;
    IMarginEngine internal immutable MARGIN_ENGINE;
    IOracleHub internal immutable ORACLE;
    ILiquidationEngine internal immutable LIQUIDATION_ENGINE;
    address internal immutable QUOTE;
    /// @dev 10^(36 − quoteDecimals): size × price over it is quote.
    uint256 internal immutable SCALE;
    /// @dev The clearing house keeps its own escrows under it.
    bytes32 internal immutable ACCOUNT;

    Listing[] internal _listings;
    mapping(bytes32 vaultId => uint32[]) internal _instruments;
    mapping(bytes32 vaultId => mapping(uint32 instrument => Position)) internal _positions;
    mapping(bytes32 vaultId => mapping(uint32 instrument => ClaimSlot[])) internal _claims;
    mapping(bytes32 vaultId => bytes32) internal _lastTrade;
    mapping(bytes32 tradeId => bool) internal _tradeUsed;
    /// @dev Σ |size| over a member's vaults, of instruments with a memberCapBps.
    mapping(bytes32 memberId => mapping(uint32 instrument => uint256)) internal _memberOpenInterest;
    mapping(bytes32 memberId => Fund) internal _funds;
    bytes32[] internal _contributors;
    /// @dev How many vaults for contributions were ever opened.
    uint32 internal _fundCount;
    ResidualQueue internal _residualQueue;
    VenueInterest internal _venueInterest;

    constructor(Modules memory modules) {
        uint8 decimals = modules.marginEngine.quoteDecimals();
        if (decimals > MAX_QUOTE_DECIMALS) revert QuoteTooFine(decimals);
        REGISTRY = modules.registry;
        MARGIN_ENGINE = modules.marginEngine;
        ORACLE = modules.oracle;
        LIQUIDATION_ENGINE = modules.liquidationEngine;
        QUOTE = modules.marginEngine.quoteToken();
        SCALE = 10 ** (36 - decimals);
        ACCOUNT = Ids.contractAccountId(modules.clearingHouse);
    }

    /* INTERNAL */

    function _listing(uint32 instrument) internal view returns (Listing storage) {
        if (instrument >= _listings.length) revert UnknownInstrument(instrument);
        return _listings[instrument];
    }

    /// @dev Whether the next round has anything to settle for it.
    function _isHeld(Position memory position) internal pure returns (bool) {
        return position.size != 0 || position.tradeGain != 0 || position.tradeLoss != 0;
    }

    /// @dev A position as a trade can add to it: carried at the last closed round's price. The stored one must be settled.
    function _currentPosition(Listing storage listing, bytes32 vaultId, uint32 instrument)
        internal
        view
        returns (Position memory position)
    {
        position = _positions[vaultId][instrument];
        position.settledRound = listing.state.round - 1;
    }

    /// @dev Writes a position and keeps what is counted over all of them.
    function _store(Listing storage listing, bytes32 vaultId, uint32 instrument, Position memory position) internal {
        Position memory before = _positions[vaultId][instrument];
        InstrumentState storage state = listing.state;
        uint256 longBefore = _long(before.size);
        uint256 longAfter = _long(position.size);
        if (longBefore != longAfter) {
            state.openInterest = (uint256(state.openInterest) - longBefore + longAfter).toUint128();
        }
        if (before.size != position.size) _countForMember(listing, vaultId, instrument, before.size, position.size);
        bool wasHeld = _isHeld(before);
        bool isHeld = _isHeld(position);
        if (wasHeld != isHeld) state.holders = isHeld ? state.holders + 1 : state.holders - 1;
        if (isHeld) _positions[vaultId][instrument] = position;
        else delete _positions[vaultId][instrument];
        if (!wasHeld || !isHeld) _track(vaultId, instrument); // what is held is in the list
    }

    /// @dev A vault changes its member only while it is flat: what was counted up is counted down.
    function _countForMember(Listing storage listing, bytes32 vaultId, uint32 instrument, int256 before, int256 after_)
        private
    {
        if (listing.terms.memberCapBps == 0) return;
        bytes32 memberId = REGISTRY.vaultOf(vaultId).memberId;
        uint256 counted = _memberOpenInterest[memberId][instrument];
        _memberOpenInterest[memberId][instrument] =
            counted - FixedPointMathLib.abs(before) + FixedPointMathLib.abs(after_);
    }

    /// @dev Keeps an instrument in the vault's list while it has a position or a claim there.
    function _track(bytes32 vaultId, uint32 instrument) internal {
        bool wanted = _isHeld(_positions[vaultId][instrument]) || _claims[vaultId][instrument].length != 0;
        uint32[] storage list = _instruments[vaultId];
        uint256 count = list.length;
        uint256 at = 0;
        while (at < count && list[at] != instrument) ++at;
        if (wanted == (at < count)) return;
        if (!wanted) {
            list[at] = list[count - 1];
            list.pop();
            if (count == 1) _setEngaged(vaultId, false);
            return;
        }
        if (count == MAX_POSITIONS) revert TooManyPositions(vaultId, MAX_POSITIONS); // LIQ-11
        list.push(instrument);
        if (count == 0) _setEngaged(vaultId, true); // MRG-1: before anything is checked
    }

    /// @dev A vault changes its member only while it is flat: what was counted up is counted down.
    function _setEngaged(bytes32 vaultId, bool engaged) private {
        MARGIN_ENGINE.setEngaged(vaultId, engaged);
        Fund storage fund = _funds[REGISTRY.vaultOf(vaultId).memberId];
        fund.openVaults = engaged ? fund.openVaults + 1 : fund.openVaults - 1;
    }

    /// @dev At the given price of a unit, or for options at the strike: a premium says little of what they may come to. @param unitWad zero: nothing is open.
    /// @return total of the venue. Saturates where no market is: a trade that reduces is never refused for it.
    function _count(Listing storage listing, uint256 unitWad) internal returns (uint256 total) {
        if (unitWad != 0 && _isOption(listing.terms.kind)) unitWad = listing.terms.strikeWad;
        uint256 notional = FixedPointMathLib.fullMulDivUp(listing.state.openInterest, unitWad, SCALE);
        notional = FixedPointMathLib.min(notional, type(uint112).max);
        total = uint256(_venueInterest.counted) - listing.counted + notional;
        listing.counted = uint112(notional);
        _venueInterest.counted = total.toUint128();
    }

    function _freeQuote(bytes32 vaultId) internal view returns (uint256) {
        return MARGIN_ENGINE.bookOf(vaultId, QUOTE).free;
    }

    function _fundVault(Fund storage fund) internal view returns (bytes32) {
        return Ids.vaultId(ACCOUNT, fund.bucket);
    }

    /// @dev Whether its clients may do more than reduce. Reads no book while nothing is called for.
    function _isInGoodStanding(bytes32 memberId) internal view returns (bool) {
        Fund storage fund = _funds[memberId];
        if (fund.leaving) return false;
        uint256 deadline = fund.callDeadline;
        if (deadline == 0 || block.timestamp <= deadline) return true;
        return _freeQuote(_fundVault(fund)) >= fund.required;
    }

    /// @dev In force in this block.
    function _maintenanceRate(Terms storage terms) internal view returns (uint256) {
        (uint256 fromWad, uint256 toWad) = (terms.mmFromWad, terms.mmRateWad);
        if (fromWad == toWad) return toWad;
        return ParameterRamp.valueAt(fromWad, toWad, terms.rampStart, block.timestamp); // MRG-7
    }

    function _isOption(InstrumentKind kind) internal pure returns (bool) {
        return kind == InstrumentKind.Call || kind == InstrumentKind.Put;
    }

    function _long(int128 size) private pure returns (uint256) {
        return size > 0 ? uint128(size) : 0;
    }

    /// @dev Adds fixed amounts to a position and sets gains off against losses, so that churning swells no round (VM-2).
    /// @param newLoss how much of `loss` the instrument does not count yet.
    function _fix(Listing storage listing, Position memory position, uint256 gain, uint256 loss, uint256 newLoss)
        internal
    {
        uint256 common;
        (gain, loss, common) = SettlementMath.setOff(gain + position.tradeGain, loss + position.tradeLoss);
        (position.tradeGain, position.tradeLoss) = (gain.toUint128(), loss.toUint128());
        if (newLoss == common) return;
        listing.state.tradeLoss = (listing.state.tradeLoss + newLoss - common).toUint128();
    }

    /// @dev Unrealised profit at the mark of a position carried at `carriedWad`, trades included, rounded toward −∞.
    function _openValue(Position memory position, uint256 carriedWad, uint256 markWad) internal view returns (int256) {
        (uint256 gain, uint256 loss) = SettlementMath.change(position.size, carriedWad, markWad, SCALE);
        return (gain + position.tradeGain).toInt256() - (loss + position.tradeLoss).toInt256();
    }

    function _valueOfClaim(Listing storage listing, ClaimSlot memory slot) internal view returns (int256) {
        if (slot.debt) return -uint256(slot.amount).toInt256();
        return _dueOf(listing.rounds[slot.round], slot.amount, slot.paid).toInt256();
    }

    /// @dev What is still to come of a gain when nothing more is written off.
    function _dueOf(Round storage round, uint256 gain, uint256 paid) internal view returns (uint256) {
        return FixedPointMathLib.zeroFloorSub(SettlementMath.final_(gain, round.totalLoss, round.writtenOff), paid);
    }
}
