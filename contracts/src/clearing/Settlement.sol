// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { InstrumentState, Position, Round } from "../interfaces/IClearingHouse.sol";
import { FeedState, PriceUse } from "../interfaces/IOracleHub.sol";
import { SettlementMath } from "../libraries/SettlementMath.sol";
import { ClearingBase } from "./ClearingBase.sol";
import { FixedPointMathLib } from "solady/utils/FixedPointMathLib.sol";
import { SafeCastLib } from "solady/utils/SafeCastLib.sol";

/// @title Settlement rounds (RISK §3)
/// @notice A round fixes one price for both sides. Losses are collected into the instrument's escrow; gains are paid from what was collected for that
/// round, everybody at the same ratio whoever comes first.
/// @dev A round stays incomplete until every holder was settled for it and its losses are in or written off; only eight may be at once. So a vault
/// is never more than eight rounds behind, has at most eight claims of a kind per instrument, and settling it is bounded work.
abstract contract Settlement is ClearingBase {
    using SafeCastLib for uint256;

    /// @dev How far oldestOpen moves at once: further than rounds close, and whoever closes one after a long wait can still pay for it.
    uint256 private constant MAX_SKIP = 16;

    /// @dev One round's account with one vault while it is settled. Of a debt `amount` is owed and `paid` is what was collected of it just now; of a gain
    /// `amount` is the original gain and `paid` all that was ever paid of it. `fresh`: settled in this call.
    struct Line {
        uint32 round;
        bool debt;
        bool fresh;
        uint256 amount;
        uint256 paid;
    }

    /// @dev @param toVault gains paid. @param owed sum of debts.
    struct Bill {
        Line[] lines;
        uint256 kept;
        uint256 toVault;
        uint256 owed;
    }

    /* ROUNDS */

    /// @dev See IClearingHouse.closeRound.
    function _closeRound(uint32 instrument) internal {
        Listing storage listing = _listing(instrument);
        ORACLE.priceOf(listing.terms.feed, PriceUse.Settlement); // reverts when stale
        FeedState memory feed = ORACLE.feedState(listing.terms.feed);
        uint256 begun = listing.state.roundStart;
        uint256 endsAt = begun + listing.terms.roundSeconds;
        if (begun == 0 || feed.time < endsAt) revert RoundNotOver(instrument, endsAt); // VM-4

        _skipComplete(listing);
        if (listing.state.openRounds >= MAX_OPEN_ROUNDS) revert TooManyOpenRounds(instrument, listing.oldestOpen);
        _close(listing, instrument, (feed.cumulativeWad - listing.startCumulative) / (feed.time - begun), feed);
    }

    /// @dev Nobody is carried at the last price: the open round is closed empty, and the next begins at the mark.
    function _anchor(Listing storage listing, uint32 instrument, uint256 markWad) internal {
        _close(listing, instrument, markWad, ORACLE.feedState(listing.terms.feed));
    }

    function _close(Listing storage listing, uint32 instrument, uint256 priceWad, FeedState memory feed) private {
        InstrumentState storage state = listing.state;
        uint32 round = state.round;
        uint256 moved = FixedPointMathLib.dist(priceWad, state.lastPriceWad);
        uint256 total = SettlementMath.amountUp(state.openInterest, moved, SCALE) + state.tradeLoss; // VM-2
        uint32 holders = state.holders;
        listing.rounds[round] = Round(priceWad.toUint128(), total.toUint128(), 0, 0, 0, holders);
        if (holders != 0) ++state.openRounds;
        (state.round, state.roundStart, state.lastPriceWad, state.tradeLoss) =
        (round + 1, feed.time, priceWad.toUint128(), 0);
        listing.startCumulative = feed.cumulativeWad;
        emit RoundClosed(instrument, round, priceWad, total);
    }

    function _skipComplete(Listing storage listing) private {
        uint32 oldest = listing.oldestOpen;
        uint256 last = FixedPointMathLib.min(listing.state.round, oldest + MAX_SKIP);
        while (oldest < last && _isComplete(listing.rounds[oldest])) ++oldest;
        listing.oldestOpen = oldest;
    }

    function _isComplete(Round storage round) internal view returns (bool) {
        return round.unsettled == 0 && uint256(round.collected) + round.writtenOff >= round.totalLoss;
    }

    /* ONE VAULT */

    /// @dev Settles a vault for every closed round, pays what is due to it and collects what it owes. Moves money once, in one direction.
    function _settle(bytes32 vaultId, uint32 instrument) internal {
        Listing storage listing = _listings[instrument];
        Position memory position = _positions[vaultId][instrument];
        uint32 closed = listing.state.round - 1;
        uint256 behind = _isHeld(position) ? closed - position.settledRound : 0;
        if (behind == 0 && _claims[vaultId][instrument].length == 0) return;

        Bill memory bill = _openBill(vaultId, instrument, behind);
        _payClaims(listing, vaultId, instrument, bill);
        for (uint32 round = closed + 1 - uint32(behind); round <= closed; ++round) {
            _billRound(listing, bill, position, round);
        }
        _collect(listing, vaultId, instrument, bill);
        _closeBill(listing, vaultId, instrument, bill);
        if (behind == 0) return _track(vaultId, instrument);
        position.settledRound = closed;
        _store(listing, vaultId, instrument, position);
    }

    function _openBill(bytes32 vaultId, uint32 instrument, uint256 behind) private view returns (Bill memory bill) {
        ClaimSlot[] storage slots = _claims[vaultId][instrument];
        uint256 count = slots.length;
        bill.lines = new Line[](count + behind);
        for (uint256 i = 0; i < count; ++i) {
            ClaimSlot memory slot = slots[i];
            bill.lines[i] = Line(slot.round, slot.debt, false, slot.amount, slot.debt ? 0 : slot.paid);
            if (slot.debt) bill.owed += slot.amount;
        }
        bill.kept = count;
    }

    function _payClaims(Listing storage listing, bytes32 vaultId, uint32 instrument, Bill memory bill) private {
        for (uint256 i = 0; i < bill.kept; ++i) {
            Line memory line = bill.lines[i];
            if (line.debt) continue;
            uint256 amount = _payLine(listing.rounds[line.round], line, bill);
            if (amount != 0) emit DuePaid(instrument, vaultId, line.round, amount);
        }
    }

    /// @dev What the round can give the line now. Never more than the round has left, whatever rounding did before (VM-1).
    function _payable(Round storage round, Line memory line) private view returns (uint256) {
        uint256 collected = round.collected;
        uint256 entitled = SettlementMath.entitled(line.amount, collected, round.totalLoss, round.writtenOff); // VM-3
        uint256 left = FixedPointMathLib.zeroFloorSub(collected, round.paid);
        return FixedPointMathLib.min(FixedPointMathLib.zeroFloorSub(entitled, line.paid), left); // VM-1
    }

    function _payLine(Round storage round, Line memory line, Bill memory bill) private returns (uint256 amount) {
        amount = _payable(round, line);
        if (amount == 0) return 0;
        round.paid += amount.toUint128();
        line.paid += amount;
        bill.toVault += amount;
    }

    /// @dev One closed round: the price move on the position, and in the first the trades since it was last settled.
    function _billRound(Listing storage listing, Bill memory bill, Position memory position, uint32 number) private {
        Round storage round = listing.rounds[number];
        (uint256 gain, uint256 loss, uint256 common) = _outcome(listing, position, number);
        (position.tradeGain, position.tradeLoss) = (0, 0);
        if (common != 0) round.totalLoss -= common.toUint128();
        --round.unsettled;
        Line memory line = Line(number, loss != 0, true, gain + loss, 0); // one of the two is zero
        bill.lines[bill.kept++] = line;
        if (loss != 0) bill.owed += loss;
        else if (gain != 0) _payLine(round, line, bill);
    }

    /// @dev A vault's gain or loss in one round; `common` is what it set off against itself, and leaves the round's total.
    function _outcome(Listing storage listing, Position memory position, uint32 number)
        internal
        view
        returns (uint256 gain, uint256 loss, uint256 common)
    {
        (gain, loss) = SettlementMath.change(
            position.size, listing.rounds[number - 1].priceWad, listing.rounds[number].priceWad, SCALE
        );
        return SettlementMath.setOff(gain + position.tradeGain, loss + position.tradeLoss);
    }

    /// @dev Collects debts, oldest round first, from gains just paid, from free quote, and from that of siblings (RISK §2). One transfer for the difference.
    function _collect(Listing storage listing, bytes32 vaultId, uint32 instrument, Bill memory bill) private {
        uint256 budget = FixedPointMathLib.min(bill.owed, bill.toVault);
        uint256 missing = bill.owed - budget;
        if (missing != 0) {
            uint256 amount = FixedPointMathLib.min(missing, _chargeable(vaultId));
            // Nothing, when the quote token refuses to leave this escrow: then siblings pay, or it stays owed.
            uint256 charged = amount == 0 ? 0 : MARGIN_ENGINE.charge(vaultId, instrument, amount);
            if (charged != missing) charged += MARGIN_ENGINE.chargeSiblings(vaultId, instrument, missing - charged);
            budget += charged;
        }
        if (bill.toVault > budget) MARGIN_ENGINE.pay(instrument, vaultId, bill.toVault - budget);
        for (uint256 i = 0; i < bill.kept; ++i) {
            Line memory line = bill.lines[i];
            if (line.debt) budget -= _collectLine(listing, vaultId, instrument, line, budget);
        }
    }

    function _collectLine(Listing storage listing, bytes32 vaultId, uint32 instrument, Line memory line, uint256 budget)
        private
        returns (uint256 amount)
    {
        amount = FixedPointMathLib.min(line.amount, budget);
        if (amount == 0) return 0;
        line.paid = amount;
        Round storage round = listing.rounds[line.round];
        bool wasComplete = _isComplete(round);
        round.collected += amount.toUint128();
        if (line.fresh) return amount; // counted once all of the round is in, and told by Settled
        if (!wasComplete && _isComplete(round)) --listing.state.openRounds;
        emit OwedPaid(instrument, vaultId, line.round, amount);
    }

    /// @dev Tells of fresh rounds, and keeps as claims what is not done with.
    function _closeBill(Listing storage listing, bytes32 vaultId, uint32 instrument, Bill memory bill) private {
        ClaimSlot[] storage slots = _claims[vaultId][instrument];
        uint256 count = slots.length;
        uint256 kept = 0;
        for (uint256 i = 0; i < bill.kept; ++i) {
            Line memory line = bill.lines[i];
            Round storage round = listing.rounds[line.round];
            if (line.fresh) {
                if (_isComplete(round)) --listing.state.openRounds; // it was not: this vault was unsettled
                if (line.debt) emit Settled(instrument, vaultId, line.round, 0, 0, line.amount, line.paid);
                else emit Settled(instrument, vaultId, line.round, line.amount, line.paid, 0, 0);
            }
            if (_isDone(round, line)) continue;
            if (kept < count) slots[kept] = _slotOf(line);
            else slots.push(_slotOf(line));
            ++kept;
        }
        for (; count > kept; --count) {
            slots.pop();
        }
    }

    function _isDone(Round storage round, Line memory line) private view returns (bool) {
        if (line.paid == line.amount) return true;
        // What a complete round's losers still owe is what rounding up added: kept, such debts would pile up without bound (LIQ-11).
        return _isComplete(round) && (line.debt || _payable(round, line) == 0);
    }

    function _slotOf(Line memory line) private pure returns (ClaimSlot memory) {
        if (line.debt) return ClaimSlot(line.round, true, (line.amount - line.paid).toUint112(), 0);
        return ClaimSlot(line.round, false, line.amount.toUint112(), line.paid.toUint104());
    }

    /// @dev Free quote above R: what an auction's bidders paid in is set aside until it ends (RISK §5).
    function _chargeable(bytes32 vaultId) private view returns (uint256) {
        uint256 free = MARGIN_ENGINE.bookOf(vaultId, QUOTE).free;
        if (free == 0) return 0;
        return FixedPointMathLib.zeroFloorSub(free, LIQUIDATION_ENGINE.auctionOf(vaultId).reserved); // LIQ-4
    }
}
