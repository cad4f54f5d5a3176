// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Position, Round } from "../interfaces/IClearingHouse.sol";
import { PriceUse } from "../interfaces/IOracleHub.sol";
import { VenueMargin } from "../interfaces/IVenue.sol";
import { SettlementMath } from "../libraries/SettlementMath.sol";
import { Settlement } from "./Settlement.sol";
import { FixedPointMathLib } from "solady/utils/FixedPointMathLib.sol";
import { SafeCastLib } from "solady/utils/SafeCastLib.sol";

/// @title What a vault's obligations are worth and require (RISK §2)
abstract contract Valuation is Settlement {
    using SafeCastLib for uint256;

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
    function _addClaims(VenueMargin memory sum, bytes32 vaultId, uint32 instrument) internal view {
        ClaimSlot[] storage slots = _claims[vaultId][instrument];
        uint256 count = slots.length;
        for (uint256 i = 0; i < count; ++i) {
            int256 value = _valueOfClaim(_listings[instrument], slots[i]);
            sum.value += value;
            if (value > 0) sum.notInitial += uint256(value); // MRG-6
        }
    }

    /// @dev The position at the mark, and the closed rounds it was not settled for yet exactly as settling will bill them.
    function _addPosition(VenueMargin memory sum, bytes32 vaultId, uint32 instrument, PriceUse use) internal view {
        Position memory position = _positions[vaultId][instrument];
        if (!_isHeld(position)) return;
        Listing storage listing = _listings[instrument];
        uint32 closed = listing.state.round - 1;
        for (uint32 round = position.settledRound + 1; round <= closed; ++round) {
            _addUnsettledRound(sum, listing, position, round);
        }
        if (position.size != 0) return _addOpenRound(sum, listing, position, use);
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
        uint256 due = SettlementMath.final_(gain, round.totalLoss - common, round.writtenOff);
        sum.value += due.toInt256() - loss.toInt256();
        sum.notInitial += due; // MRG-6
    }

    /// @dev For IM the conservative side of the mark: the far end of its confidence interval, and no profit counts.
    function _addOpenRound(VenueMargin memory sum, Listing storage listing, Position memory position, PriceUse use)
        private
        view
    {
        (uint256 markWad, uint256 confWad) = ORACLE.priceAndConfOf(listing.terms.feed, use);
        uint256 size = FixedPointMathLib.abs(position.size);
        int256 value = _openValue(position, listing.state.lastPriceWad, markWad);
        uint256 doubt = SettlementMath.amountUp(size, confWad, SCALE);
        sum.value += value;
        sum.mm += SettlementMath.requirement(size, markWad, listing.terms.mmRateWad, SCALE);
        sum.im += SettlementMath.requirement(size, markWad, listing.terms.imRateWad, SCALE);
        sum.notInitial += value > 0 ? FixedPointMathLib.max(uint256(value), doubt) : doubt; // MRG-6
        sum.gross += SettlementMath.amountUp(size, markWad, SCALE);
    }
}
