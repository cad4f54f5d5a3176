// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { InstrumentKind, Position } from "../interfaces/IClearingHouse.sol";
import { Health } from "../interfaces/IMarginEngine.sol";
import { MarginMode } from "../interfaces/IMarginGroups.sol";
import { PriceUse } from "../interfaces/IOracleHub.sol";
import { Vault } from "../interfaces/IVaultRegistry.sol";
import { IVenue, PriceView, VenueMargin } from "../interfaces/IVenue.sol";
import { Rights } from "../libraries/Rights.sol";
import { SettlementMath } from "../libraries/SettlementMath.sol";
import { Settlement } from "./Settlement.sol";
import { FixedPointMathLib } from "solady/utils/FixedPointMathLib.sol";
import { SafeCastLib } from "solady/utils/SafeCastLib.sol";

/// @title Novation: the clearing house becomes both sides' counterparty
/// @dev A trade at p, away from the carrying price P0, fixes |size × (p − P0)| at once: a loss of one side (rounded up), a gain of the other (down).
abstract contract Novation is Settlement {
    using SafeCastLib for uint256;
    using SafeCastLib for int256;

    /// @dev What one leg needs of its trade. @param signedSize WAD, > 0 for the buyer. @param memberId of the leg's vault.
    struct Trade {
        uint32 instrument;
        int256 signedSize;
        uint256 priceWad;
        uint256 markWad;
        bytes32 memberId;
    }

    /// @dev A position's value and maintenance at the mark, quote decimals.
    struct LegHealth {
        int256 value;
        uint256 maintenance;
    }

    uint256 private constant ONE_BPS = 10_000;
    /// @dev Two roundings, of the profit and of the trade: a trade at the mark may seem to cost that much.
    int256 private constant ROUNDING = 2;

    /// @dev See IClearingHouse.novate. @param signedSize > 0: the first vault buys.
    function _novate(bytes32 buyer, bytes32 seller, bytes32 tradeId, Trade memory trade) internal {
        if (trade.signedSize == 0) revert ZeroSize();
        if (buyer == seller) revert SameVault(buyer);
        bytes32 sellersMember;
        (trade.memberId, sellersMember) = _requireConsent(buyer, seller);
        _useTradeId(tradeId, buyer, seller);
        trade.markWad = _requireInBand(trade.instrument, trade.priceWad);
        emit Novated(trade.instrument, buyer, seller, uint256(trade.signedSize), trade.priceWad, tradeId);

        Listing storage listing = _listings[trade.instrument];
        uint256 openBefore = listing.state.openInterest;
        if (listing.state.holders == 0) _anchor(listing, trade.instrument, trade.markWad);
        _settle(buyer, trade.instrument);
        _settle(seller, trade.instrument);
        bool buyerReduced = _takeLeg(listing, buyer, trade);
        (trade.signedSize, trade.memberId) = (-trade.signedSize, sellersMember);
        bool sellerReduced = _takeLeg(listing, seller, trade);
        _requireUnderCaps(listing, trade, openBefore);
        if (!buyerReduced) MARGIN_ENGINE.requireInitial(buyer); // MRG-1
        if (!sellerReduced) MARGIN_ENGINE.requireInitial(seller); // MRG-1
    }

    /// @dev After both legs: what one side gives up, the other may take. A trade that does not add to the open interest is refused by no cap.
    function _requireUnderCaps(Listing storage listing, Trade memory trade, uint256 openBefore) private {
        uint256 openInterest = listing.state.openInterest;
        bool grew = openInterest > openBefore;
        uint256 capWad = listing.terms.openInterestCapWad;
        if (grew && openInterest > capWad) revert OpenInterestCapExceeded(trade.instrument, openInterest, capWad);
        uint256 capQuote = _venueInterest.capQuote;
        if (capQuote == 0) return;
        uint256 total = _count(listing, trade.markWad);
        if (grew && total > capQuote) revert VenueCapExceeded(total, capQuote);
    }

    function _useTradeId(bytes32 tradeId, bytes32 buyer, bytes32 seller) private {
        if (_tradeUsed[tradeId]) revert TradeIdUsed(tradeId);
        _tradeUsed[tradeId] = true;
        _lastTrade[buyer] = tradeId;
        _lastTrade[seller] = tradeId;
    }

    /// @dev Each account let the operator of its vault's member trade, one of the two operators calls, and the other account let that one trade too: a
    /// member that could trade against another's clients at the edge of the band would take the band from them (MRG-2).
    function _requireConsent(bytes32 buyer, bytes32 seller)
        private
        view
        returns (bytes32 buyersMember, bytes32 sellersMember)
    {
        (address buyersOperator, Vault memory buying) = _consentingOperator(buyer);
        (address sellersOperator, Vault memory selling) = _consentingOperator(seller);
        if (msg.sender != buyersOperator && msg.sender != sellersOperator) revert NotAMember(msg.sender);
        if (msg.sender != buyersOperator) _requireTradeRight(buyer, buying.accountId, msg.sender);
        if (msg.sender != sellersOperator) _requireTradeRight(seller, selling.accountId, msg.sender);
        return (buying.memberId, selling.memberId);
    }

    function _consentingOperator(bytes32 vaultId) private view returns (address operator, Vault memory vault) {
        vault = REGISTRY.vaultOf(vaultId);
        if (vault.venue != address(this)) revert NotThisVenue(vaultId);
        operator = REGISTRY.memberOperator(vault.memberId);
        _requireTradeRight(vaultId, vault.accountId, operator);
    }

    function _requireTradeRight(bytes32 vaultId, bytes32 account, address operator) private view {
        if (!REGISTRY.hasRights(account, operator, Rights.TRADE)) revert NoTradeRight(vaultId, operator); // MRG-2
    }

    function _requireInBand(uint32 instrument, uint256 priceWad) private view returns (uint256 markWad) {
        Listing storage listing = _listing(instrument);
        if (listing.terms.kind != InstrumentKind.Perp && block.timestamp >= listing.terms.expiry) {
            revert Expired(instrument, listing.terms.expiry);
        }
        markWad = ORACLE.priceOf(listing.terms.feed, PriceUse.RiskIncrease);
        uint256 bandWad = listing.terms.tradeBandWad;
        if (FixedPointMathLib.dist(priceWad, markWad) > markWad * bandWad / WAD) {
            revert OutsideTradeBand(priceWad, markWad, bandWad); // VM-5
        }
    }

    /// @return reduced true when the trade only made the vault safer, so that it needs no initial margin.
    function _takeLeg(Listing storage listing, bytes32 vaultId, Trade memory trade) private returns (bool reduced) {
        Position memory position = _currentPosition(listing, vaultId, trade.instrument);
        bool smaller = _isReduction(position.size, position.size + trade.signedSize);
        if (!smaller && !_isInGoodStanding(trade.memberId)) revert MemberNotInGoodStanding(trade.memberId); // WF-1
        LegHealth memory before;
        if (smaller) before = _legHealth(listing, vaultId, position, trade.markWad);

        _addTrade(listing, position, trade);
        _store(listing, vaultId, trade.instrument, position);
        if (!smaller) _requireUnderMemberCap(listing, vaultId, trade.instrument);
        return smaller && _keptHealth(vaultId, before, _legHealth(listing, vaultId, position, trade.markWad));
    }

    function _requireUnderMemberCap(Listing storage listing, bytes32 vaultId, uint32 instrument) private view {
        uint256 shareBps = listing.terms.memberCapBps;
        if (shareBps == 0) return;
        uint256 capWad = listing.terms.openInterestCapWad * shareBps / ONE_BPS;
        bytes32 memberId = REGISTRY.vaultOf(vaultId).memberId;
        uint256 openInterest = _memberOpenInterest[memberId][instrument];
        if (openInterest > capWad) revert MemberCapExceeded(instrument, memberId, openInterest, capWad);
    }

    function _addTrade(Listing storage listing, Position memory position, Trade memory trade) private {
        position.size = (position.size + trade.signedSize).toInt128();
        // The price moved against a buyer by as much as it paid above the carrying price.
        (uint256 gain, uint256 loss) =
            SettlementMath.change(trade.signedSize, trade.priceWad, listing.state.lastPriceWad, SCALE);
        _fix(listing, position, gain, loss, loss);
    }

    /// @dev Value and maintenance of one settled position alone; of an option together with all that its vault holds, which is what it may cover.
    function _legHealth(Listing storage listing, bytes32 vaultId, Position memory position, uint256 markWad)
        private
        view
        returns (LegHealth memory)
    {
        if (_isOption(listing.terms.kind)) return _vaultHealth(vaultId);
        return LegHealth(
            _openValue(position, listing.state.lastPriceWad, markWad),
            SettlementMath.requirement(
                FixedPointMathLib.abs(position.size), markWad, _maintenanceRate(listing.terms), SCALE
            )
        );
    }

    /// @dev From the clearing house itself, which is what this code runs as: the stored positions, settled.
    function _vaultHealth(bytes32 vaultId) private view returns (LegHealth memory) {
        bytes32[] memory one = new bytes32[](1);
        one[0] = vaultId;
        VenueMargin memory all = IVenue(address(this)).margin(one, PriceView(PriceUse.Liquidation));
        return LegHealth(all.value, all.mm);
    }

    function _isReduction(int256 before, int256 after_) private pure returns (bool) {
        bool sameSide = after_ == 0 || (after_ > 0) == (before > 0);
        return sameSide && FixedPointMathLib.abs(after_) < FixedPointMathLib.abs(before);
    }

    /// @dev A portfolio's requirement is no sum over legs: what a leg alone shows proves nothing.
    function _isPortfolio(bytes32 vaultId) private view returns (bool) {
        (MarginMode mode,) = MARGIN_ENGINE.groupOf(vaultId);
        return mode == MarginMode.Portfolio;
    }

    /// @dev E − MM did not fall. And where the trade cost something, the vault is healthy after it: or the owner of a failing vault could sell to a
    /// friend at the edge of the band and leave the loss to others. Only that case reads other prices than this instrument's.
    function _keptHealth(bytes32 vaultId, LegHealth memory before, LegHealth memory after_)
        private
        view
        returns (bool)
    {
        int256 gained = after_.value - before.value;
        if (gained + before.maintenance.toInt256() < after_.maintenance.toInt256()) return false;
        if (gained + ROUNDING >= 0 && !_isPortfolio(vaultId)) return true;
        Health memory health = MARGIN_ENGINE.healthOf(vaultId, PriceUse.Liquidation);
        if (health.equity < health.maintenance.toInt256()) {
            revert TradeWouldUndermargin(vaultId, health.equity, health.maintenance); // MRG-1
        }
        return true;
    }
}
