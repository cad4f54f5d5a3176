// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { InstrumentKind, InstrumentState, Position, Round } from "../interfaces/IClearingHouse.sol";
import { FeedState, PriceUse } from "../interfaces/IOracleHub.sol";
import { OptionMargin } from "../libraries/OptionMargin.sol";
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
    using SafeCastLib for int256;

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

    /// @dev What decides a round. @param fundingWad at most priceWad.
    struct Closing {
        uint256 priceWad;
        int256 fundingWad;
        bool last;
    }

    /* ROUNDS */

    /// @dev See IClearingHouse.closeRound.
    function _closeRound(uint32 instrument) internal {
        Listing storage listing = _listing(instrument);
        if (listing.terms.kind != InstrumentKind.Perp) {
            FeedState memory index = ORACLE.feedState(listing.terms.indexFeed);
            uint256 expiry = listing.terms.expiry;
            if (index.time >= expiry && block.timestamp >= expiry) return _closeLastRound(listing, instrument, index);
        }
        ORACLE.priceOf(listing.terms.feed, PriceUse.Settlement); // reverts when stale
        FeedState memory feed = ORACLE.feedState(listing.terms.feed);
        uint256 begun = listing.state.roundStart;
        uint256 endsAt = begun + listing.roundSeconds;
        if (begun == 0 || feed.time < endsAt) revert RoundNotOver(instrument, endsAt); // VM-4

        _makeRoom(listing, instrument);
        uint256 priceWad = (feed.cumulativeWad - listing.startCumulative) / (feed.time - begun);
        int256 fundingWad = _funding(listing, instrument, priceWad, feed.time - begun);
        _close(listing, instrument, Closing(priceWad, fundingWad, false), feed);
    }

    /// @dev Nobody is carried at the last price: the open round is closed empty, and the next begins at the mark.
    function _anchor(Listing storage listing, uint32 instrument, uint256 markWad) internal {
        _close(listing, instrument, Closing(markWad, 0, false), ORACLE.feedState(listing.terms.feed));
    }

    /// @dev What the instrument is worth at expiry becomes the last price. Reads the index alone: a mark that nobody signs any more holds nothing up.
    function _closeLastRound(Listing storage listing, uint32 instrument, FeedState memory index) private {
        Terms storage terms = listing.terms;
        uint32 round = listing.state.round;
        if (round == 1 || listing.state.expired) revert Expired(instrument, terms.expiry);
        _makeRoom(listing, instrument);
        uint256 indexWad = _averageIndex(listing, index); // VM-4: nobody chooses it
        uint256 priceWad = indexWad;
        if (terms.kind != InstrumentKind.Future) {
            priceWad = OptionMargin.payoff(terms.kind == InstrumentKind.Call, terms.strikeWad, indexWad);
        }
        emit InstrumentExpired(instrument, round, indexWad);
        listing.state.expired = true;
        if (listing.counted != 0) _count(listing, 0);
        _close(listing, instrument, Closing(priceWad, 0, true), index);
    }

    function _makeRoom(Listing storage listing, uint32 instrument) private {
        _skipComplete(listing);
        if (listing.state.openRounds >= MAX_OPEN_ROUNDS) revert TooManyOpenRounds(instrument, listing.oldestOpen);
    }

    function _close(Listing storage listing, uint32 instrument, Closing memory closing, FeedState memory feed) private {
        InstrumentState storage state = listing.state;
        uint32 round = state.round;
        uint256 settledAt = uint256(closing.priceWad.toInt256() - closing.fundingWad); // funding is at most the price
        uint256 moved = FixedPointMathLib.dist(settledAt, state.lastPriceWad);
        uint256 total = SettlementMath.amountUp(state.openInterest, moved, SCALE) + state.tradeLoss; // VM-2
        uint32 holders = state.holders;
        listing.rounds[round] = Round({
            priceWad: closing.priceWad.toUint128(),
            totalLoss: total.toUint128(),
            collected: 0,
            writtenOff: 0,
            paid: 0,
            unsettled: holders,
            fundingWad: closing.fundingWad.toInt88(),
            last: closing.last
        });
        if (holders != 0) ++state.openRounds;
        (state.round, state.roundStart, state.lastPriceWad, state.tradeLoss) =
        (round + 1, feed.time, closing.priceWad.toUint128(), 0);
        listing.startCumulative = feed.cumulativeWad;
        if (!closing.last) _startIndex(listing, instrument);
        emit RoundClosed(instrument, round, closing.priceWad, total);
    }

    /* INDEX */

    /// @dev Funding must not depend on who closes: without a fresh index the round stays open.
    function _funding(Listing storage listing, uint32 instrument, uint256 markWad, uint256 seconds_)
        private
        returns (int256 fundingWad)
    {
        uint256 capWad = listing.terms.fundingCapWad;
        if (capWad == 0) return 0;
        uint256 indexWad = _averageIndex(listing, ORACLE.feedState(listing.terms.indexFeed));
        fundingWad = SettlementMath.funding(markWad, indexWad, capWad, seconds_);
        if (fundingWad != 0) emit FundingFixed(instrument, listing.state.round, fundingWad, indexWad);
    }

    function _averageIndex(Listing storage listing, FeedState memory index) private view returns (uint256) {
        ORACLE.priceOf(listing.terms.indexFeed, PriceUse.Settlement); // reverts when stale
        IndexPoint memory start = listing.indexStart;
        if (index.time == start.time) return index.priceWad;
        return (index.cumulativeWad - start.cumulativeWad) / (index.time - start.time);
    }

    /// @dev Moves with every round, but not within half a round of expiry: nobody can shorten the average that decides by closing late, or by being
    /// the first to trade.
    function _startIndex(Listing storage listing, uint32 instrument) private {
        Terms storage terms = listing.terms;
        (uint256 expiry, uint256 capWad) = (terms.expiry, terms.fundingCapWad);
        if (expiry == 0 && capWad == 0) return;
        ORACLE.priceOf(terms.indexFeed, PriceUse.Settlement); // reverts when stale
        FeedState memory index = ORACLE.feedState(terms.indexFeed);
        if (expiry != 0 && index.time > expiry - listing.roundSeconds / 2) {
            if (listing.indexStart.time == 0) revert Expired(instrument, expiry); // VM-4
            return;
        }
        listing.indexStart = IndexPoint(uint256(index.time).toUint40(), index.cumulativeWad.toUint216());
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
        if (round.last) position.size = 0;
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
        Round storage round = listing.rounds[number];
        // Both below 2^128, and funding is at most the price.
        uint256 settledAt = uint256(int256(uint256(round.priceWad)) - round.fundingWad);
        (gain, loss) = SettlementMath.change(position.size, listing.rounds[number - 1].priceWad, settledAt, SCALE);
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
