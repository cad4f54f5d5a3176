// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { InstrumentKind, Position, Round } from "../interfaces/IClearingHouse.sol";
import { PriceUse } from "../interfaces/IOracleHub.sol";
import { VenueMargin } from "../interfaces/IVenue.sol";
import { OptionLeg, OptionMargin } from "../libraries/OptionMargin.sol";
import { SettlementMath } from "../libraries/SettlementMath.sol";
import { Settlement } from "./Settlement.sol";
import { FixedPointMathLib } from "solady/utils/FixedPointMathLib.sol";
import { SafeCastLib } from "solady/utils/SafeCastLib.sol";

/// @title What a vault's obligations are worth and require (RISK §2)
abstract contract Valuation is Settlement {
    using SafeCastLib for uint256;

    /// @dev The options of one vault, as they are found. Empty until there is one. @param most how many there can be.
    struct OptionBook {
        OptionLeg[] legs;
        uint256 count;
        uint256 most;
    }

    /// @dev What initial margin doubts for each unit of a short option, for each that the index may be wrong by: no requirement of RISK §2 grows faster.
    uint256 private constant INDEX_DOUBT_PERCENT = 120;

    /// @dev No offset between vaults, so that the requirements of a group in cross mode are the sums of its vaults'.
    function _addVault(VenueMargin memory sum, bytes32 vaultId, PriceUse use) internal view {
        uint32[] memory instruments = _instruments[vaultId];
        OptionBook memory book;
        book.most = instruments.length;
        for (uint256 i = 0; i < instruments.length; ++i) {
            _addClaims(sum, vaultId, instruments[i]);
            _addPosition(sum, book, vaultId, instruments[i], use);
        }
        for (uint256 from = 0; from < book.count;) {
            from = _addExpiry(sum, book, from, use);
        }
    }

    function _owedAndDue(bytes32 vaultId) internal view returns (uint256 owed, uint256 due) {
        uint32[] memory instruments = _instruments[vaultId];
        for (uint256 i = 0; i < instruments.length; ++i) {
            ClaimSlot[] storage slots = _claims[vaultId][instruments[i]];
            for (uint256 j = 0; j < slots.length; ++j) {
                ClaimSlot memory slot = slots[j];
                if (slot.debt) owed += slot.amount;
                else due += _dueOf(_listings[instruments[i]].rounds[slot.round], slot.amount, slot.paid);
            }
        }
    }

    /// @dev owed counts in full. Due counts for E; for IM it is taken back through `notInitial` (MRG-6).
    function _addClaims(VenueMargin memory sum, bytes32 vaultId, uint32 instrument) private view {
        ClaimSlot[] storage slots = _claims[vaultId][instrument];
        uint256 count = slots.length;
        for (uint256 i = 0; i < count; ++i) {
            int256 value = _valueOfClaim(_listings[instrument], slots[i]);
            sum.value += value;
            if (value > 0) sum.notInitial += uint256(value); // MRG-6
        }
    }

    /// @dev The position at the mark, and the closed rounds it was not settled for yet exactly as settling will bill them.
    function _addPosition(
        VenueMargin memory sum,
        OptionBook memory book,
        bytes32 vaultId,
        uint32 instrument,
        PriceUse use
    ) private view {
        Position memory position = _positions[vaultId][instrument];
        if (!_isHeld(position)) return;
        Listing storage listing = _listings[instrument];
        uint32 closed = listing.state.round - 1;
        for (uint32 round = position.settledRound + 1; round <= closed; ++round) {
            _addUnsettledRound(sum, listing, position, round);
        }
        if (position.size != 0) {
            if (_isOption(listing.terms.kind)) return _addOption(sum, book, listing, position, use);
            return _addOpenRound(sum, listing, position, use);
        }
        int256 fixed_ = _openValue(position, 0, 0);
        sum.value += fixed_;
        if (fixed_ > 0) sum.notInitial += uint256(fixed_); // MRG-6
    }

    function _addUnsettledRound(
        VenueMargin memory sum,
        Listing storage listing,
        Position memory position,
        uint32 number
    ) private view {
        Round storage round = listing.rounds[number];
        (uint256 gain, uint256 loss, uint256 common) = _outcome(listing, position, number);
        (position.tradeGain, position.tradeLoss) = (0, 0);
        if (round.last) position.size = 0;
        uint256 due = SettlementMath.final_(gain, round.totalLoss - common, round.writtenOff);
        sum.value += due.toInt256() - loss.toInt256();
        sum.notInitial += due; // MRG-6
    }

    /// @dev For IM the conservative side of the mark, which is the lower for a long and the upper for a short, and no profit counts.
    function _addOpenRound(VenueMargin memory sum, Listing storage listing, Position memory position, PriceUse use)
        private
        view
    {
        (uint256 markWad, uint256 belowWad, uint256 aboveWad) = ORACLE.priceAndDoubtsOf(listing.terms.feed, use);
        uint256 size = FixedPointMathLib.abs(position.size);
        int256 value = _openValue(position, listing.state.lastPriceWad, markWad);
        uint256 doubt = SettlementMath.amountUp(size, position.size > 0 ? belowWad : aboveWad, SCALE);
        sum.value += value;
        uint256 notional = SettlementMath.amountUp(size, markWad, SCALE);
        sum.mm += SettlementMath.shareUp(notional, _maintenanceRate(listing.terms));
        sum.im += SettlementMath.shareUp(notional, listing.terms.imRateWad);
        sum.notInitial += value > 0 ? FixedPointMathLib.max(uint256(value), doubt) : doubt; // MRG-6
        sum.gross += notional;
    }

    /* OPTIONS */

    /// @dev Its mark counts in E, and its requirement with the others of its expiry. For IM no profit counts: a long's is inside R, which holds its whole
    /// mark, so that only what trades made goes off; a short's goes off, or what the mark may be wrong by: half of its confidence interval. The stable price
    /// of a mark is not asked: the mark of an option rightly multiplies within minutes, and what it is on is asked instead.
    function _addOption(
        VenueMargin memory sum,
        OptionBook memory book,
        Listing storage listing,
        Position memory position,
        PriceUse use
    ) private view {
        (uint256 markWad, uint256 confWad) = ORACLE.priceAndConfOf(listing.terms.feed, use);
        uint256 carriedWad = listing.state.lastPriceWad;
        int256 value = _openValue(position, carriedWad, markWad);
        uint256 profit = value > 0 ? uint256(value) : 0;
        sum.value += value;
        if (position.size > 0) {
            (uint256 risen,) =
                SettlementMath.change(position.size, FixedPointMathLib.min(carriedWad, markWad), markWad, SCALE);
            sum.notInitial += FixedPointMathLib.zeroFloorSub(profit, risen); // MRG-6
        } else {
            uint256 size = FixedPointMathLib.abs(position.size);
            sum.notInitial += FixedPointMathLib.max(profit, SettlementMath.amountUp(size, confWad, SCALE)); // MRG-6
        }
        if (book.count == 0) book.legs = new OptionLeg[](book.most);
        book.legs[book.count++] = OptionLeg({
            indexFeed: listing.terms.indexFeed,
            expiry: listing.terms.expiry,
            isCall: listing.terms.kind == InstrumentKind.Call,
            size: position.size,
            strikeWad: listing.terms.strikeWad,
            markWad: markWad
        });
    }

    /// @dev Brings together what shares the underlying and the expiry of the leg at `from`, and adds what it requires. @return to where the next begins.
    function _addExpiry(VenueMargin memory sum, OptionBook memory book, uint256 from, PriceUse use)
        private
        view
        returns (uint256 to)
    {
        OptionLeg[] memory legs = book.legs;
        OptionLeg memory first = legs[from];
        (uint256 indexWad, uint256 belowWad, uint256 aboveWad) = ORACLE.priceAndDoubtsOf(first.indexFeed, use);
        uint256 size = 0;
        uint256 short = 0;
        to = from;
        for (uint256 i = from; i < book.count; ++i) {
            OptionLeg memory leg = legs[i];
            if (leg.expiry != first.expiry || leg.indexFeed != first.indexFeed) continue;
            legs[i] = legs[to];
            legs[to++] = leg;
            size += FixedPointMathLib.abs(leg.size);
            if (leg.size < 0) short += FixedPointMathLib.abs(leg.size);
        }
        (uint256 im, uint256 mm) = OptionMargin.requirement(legs, from, to, indexWad, SCALE);
        sum.im += im;
        sum.mm += mm;
        sum.notInitial += SettlementMath.requirement(
            short, FixedPointMathLib.max(belowWad, aboveWad), INDEX_DOUBT_PERCENT * WAD / 100, SCALE
        );
        sum.gross += SettlementMath.amountUp(size, indexWad, SCALE);
    }
}
