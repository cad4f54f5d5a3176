// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Position } from "../interfaces/IClearingHouse.sol";
import { PriceUse } from "../interfaces/IOracleHub.sol";
import { Modules } from "../interfaces/Modules.sol";
import { SettlementMath } from "../libraries/SettlementMath.sol";
import { TakenDebts } from "../libraries/TakenDebts.sol";
import { ClearingBase } from "./ClearingBase.sol";
import { Settlement } from "./Settlement.sol";
import { FixedPointMathLib } from "solady/utils/FixedPointMathLib.sol";
import { SafeCastLib } from "solady/utils/SafeCastLib.sol";

/// @title What a bid does to obligations
/// @dev A share leaves the failing vault and reaches the bidder's: sums over both never change, so that no round's account does. Roundings go against
/// the bidder. Nothing settles the open round: positions move with their carrying price.
/// Code only: the clearing house lends it its storage (ClearingCode).
contract CloseOut is Settlement {
    using SafeCastLib for uint256;
    using SafeCastLib for int256;

    constructor(Modules memory modules) ClearingBase(modules) { }

    modifier onlyLiquidationEngine() {
        if (msg.sender != address(LIQUIDATION_ENGINE)) revert NotTheLiquidationEngine(msg.sender);
        _;
    }

    /// @dev See IVenue.closeOut.
    function closeOut(bytes32[] calldata vaults, uint256 fractionWad, bytes32 bidderVault)
        external
        onlyLiquidationEngine
        nonReentrant
        returns (int256 valueMoved)
    {
        TakenDebts.clear();
        _settleBidder(vaults, bidderVault);
        for (uint256 i = 0; i < vaults.length; ++i) {
            bytes32 vaultId = vaults[i];
            uint32[] memory instruments = _instruments[vaultId];
            for (uint256 j = 0; j < instruments.length; ++j) {
                valueMoved += _moveShare(vaultId, bidderVault, instruments[j], fractionWad);
            }
            bytes32 bidId = keccak256(abi.encode(_lastTrade[vaultId], bidderVault, fractionWad));
            _lastTrade[vaultId] = bidId;
            _lastTrade[bidderVault] = bidId;
        }
    }

    /* MOVING A SHARE */

    /// @dev All of it before anything moves: debts taken over of one vault would otherwise be paid from the bidder's quote while those of the next are
    /// moved, and cover could not forgive them (WF-1).
    /// The failing vaults are settled already, and the bid was priced on that: what a second pass could still collect counts as quote and as debt.
    function _settleBidder(bytes32[] calldata vaults, bytes32 bidderVault) private {
        for (uint256 i = 0; i < vaults.length; ++i) {
            bytes32 vaultId = vaults[i];
            if (vaultId == bidderVault) revert SameVault(vaultId);
            uint32[] memory instruments = _instruments[vaultId];
            for (uint256 j = 0; j < instruments.length; ++j) {
                _settle(bidderVault, instruments[j]); // LIQ-3
            }
        }
    }

    function _moveShare(bytes32 fromVault, bytes32 toVault, uint32 instrument, uint256 fractionWad)
        private
        returns (int256 value)
    {
        Listing storage listing = _listings[instrument];
        value = _movePosition(listing, fromVault, toVault, instrument, fractionWad);
        if (_claims[fromVault][instrument].length != 0) {
            value += _moveClaims(listing, fromVault, toVault, instrument, fractionWad);
        }
        _track(fromVault, instrument);
        _track(toVault, instrument);
    }

    function _movePosition(
        Listing storage listing,
        bytes32 fromVault,
        bytes32 toVault,
        uint32 instrument,
        uint256 fractionWad
    ) private returns (int256 value) {
        Position memory from = _currentPosition(listing, fromVault, instrument);
        if (!_isHeld(from)) return 0;
        Position memory taken = _shareOf(from, fractionWad);
        if (!_isHeld(taken)) return 0;
        value = _marketValue(listing, taken);
        emit PositionMoved(instrument, fromVault, toVault, taken.size);

        from.size -= taken.size;
        from.tradeGain -= taken.tradeGain;
        from.tradeLoss -= taken.tradeLoss;
        _store(listing, fromVault, instrument, from);

        Position memory to = _currentPosition(listing, toVault, instrument);
        to.size = (int256(to.size) + taken.size).toInt128();
        _fix(listing, to, taken.tradeGain, taken.tradeLoss, 0);
        _store(listing, toVault, instrument, to);
    }

    function _shareOf(Position memory position, uint256 fractionWad) private pure returns (Position memory) {
        int256 size = SettlementMath.shareDown(FixedPointMathLib.abs(position.size), fractionWad).toInt256();
        return Position({
            size: (position.size < 0 ? -size : size).toInt128(),
            settledRound: position.settledRound,
            tradeGain: SettlementMath.shareDown(position.tradeGain, fractionWad).toUint128(),
            tradeLoss: SettlementMath.shareUp(position.tradeLoss, fractionWad).toUint128()
        });
    }

    function _marketValue(Listing storage listing, Position memory taken) private view returns (int256) {
        uint256 carried = listing.state.lastPriceWad;
        uint256 mark = taken.size == 0 ? carried : ORACLE.priceOf(listing.terms.feed, PriceUse.Liquidation);
        return _openValue(taken, carried, mark);
    }

    function _moveClaims(
        Listing storage listing,
        bytes32 fromVault,
        bytes32 toVault,
        uint32 instrument,
        uint256 fractionWad
    ) private returns (int256 value) {
        ClaimSlot[] storage slots = _claims[fromVault][instrument];
        uint256 count = slots.length;
        uint256 kept = 0;
        for (uint256 i = 0; i < count; ++i) {
            ClaimSlot memory slot = slots[i];
            ClaimSlot memory taken = _shareOfClaim(slot, fractionWad);
            if (taken.amount != 0) {
                _addClaim(toVault, instrument, taken);
                value += _valueOfClaim(listing, taken);
                if (taken.debt) TakenDebts.push(instrument, taken.round, taken.amount);
            }
            slot.amount -= taken.amount;
            slot.paid -= taken.paid;
            if (slot.amount == 0) continue;
            slots[kept++] = slot;
        }
        for (; count > kept; --count) {
            slots.pop();
        }
    }

    /// @dev Of a gain, amount down and what was paid of it up (but not above): the bidder is due no more than its share.
    function _shareOfClaim(ClaimSlot memory slot, uint256 fractionWad) private pure returns (ClaimSlot memory taken) {
        (taken.round, taken.debt) = (slot.round, slot.debt);
        if (slot.debt) {
            taken.amount = uint112(SettlementMath.shareUp(slot.amount, fractionWad)); // ≤ slot.amount
            return taken;
        }
        uint256 amount = SettlementMath.shareDown(slot.amount, fractionWad);
        uint256 paid = FixedPointMathLib.min(SettlementMath.shareUp(slot.paid, fractionWad), amount);
        (taken.amount, taken.paid) = (uint112(amount), uint104(paid)); // ≤ slot's
    }

    /// @dev Into the claim of the same round and kind, or in the order of rounds.
    function _addClaim(bytes32 vaultId, uint32 instrument, ClaimSlot memory taken) private {
        ClaimSlot[] storage slots = _claims[vaultId][instrument];
        uint256 count = slots.length;
        for (uint256 i = 0; i < count; ++i) {
            ClaimSlot memory slot = slots[i];
            if (slot.round != taken.round || slot.debt != taken.debt) continue;
            slots[i].amount = (uint256(slot.amount) + taken.amount).toUint112();
            slots[i].paid = (uint256(slot.paid) + taken.paid).toUint104();
            return;
        }
        slots.push(taken);
        for (; count > 0 && slots[count - 1].round > taken.round; --count) {
            slots[count] = slots[count - 1];
            slots[count - 1] = taken;
        }
    }
}
