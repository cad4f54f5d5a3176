// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ILiquidationEngine } from "../interfaces/ILiquidationEngine.sol";
import { Book, Health, IMarginEngine } from "../interfaces/IMarginEngine.sol";
import { FeedState, IOracleHub, PriceReport, PriceUse } from "../interfaces/IOracleHub.sol";
import { IVaultRegistry } from "../interfaces/IVaultRegistry.sol";
import { IVenue, PriceView, VenueMargin } from "../interfaces/IVenue.sol";
import { Modules } from "../interfaces/Modules.sol";
import { Ids } from "../libraries/Ids.sol";
import { Rights } from "../libraries/Rights.sol";
import { ValueMath } from "../libraries/ValueMath.sol";
import { BookStore, IErc20Metadata } from "./BookStore.sol";
import { Custody } from "./Custody.sol";
import { IERC6909 } from "@openzeppelin/contracts/interfaces/IERC6909.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { FixedPointMathLib } from "solady/utils/FixedPointMathLib.sol";
import { SafeCastLib } from "solady/utils/SafeCastLib.sol";

/// @title The book, and the only key to the escrows
/// @dev ADM-5: the modules below never change. Every function: authorise → settle → book → health → emit → token.
contract MarginEngine is Custody {
    using SafeCastLib for uint256;

    /// @dev No right opens it.
    uint256 private constant OWNER_ONLY = 0;

    IVaultRegistry private immutable REGISTRY;
    IOracleHub private immutable ORACLE;
    ILiquidationEngine private immutable LIQUIDATION_ENGINE;

    /// @dev Sums over a vault's assets, quote decimals.
    struct AssetValues {
        uint256 market;
        uint256 maintenance;
        uint256 initial;
    }

    /// @param modules whose admin lists collaterals. @param quoteToken_ deployed.
    constructor(Modules memory modules, address quoteToken_)
        BookStore(quoteToken_, IErc20Metadata(quoteToken_).decimals(), modules.admin)
    {
        REGISTRY = modules.registry;
        ORACLE = modules.oracle;
        LIQUIDATION_ENGINE = modules.liquidationEngine;
    }

    /* OWNERS */

    /// @inheritdoc IMarginEngine
    function deposit(bytes32 vaultId, address token, uint256 amount) external nonReentrant returns (uint256 booked) {
        return token == QUOTE ? _depositQuote(vaultId, amount) : _depositCollateral(vaultId, token, amount);
    }

    /// @inheritdoc IMarginEngine
    function withdraw(bytes32 vaultId, address token, uint256 amount, address to, PriceReport[] calldata reports)
        external
        nonReentrant
    {
        if (amount == 0) revert ZeroAmount();
        _requireRight(vaultId, Rights.WITHDRAW); // SEG-3
        if (reports.length != 0) ORACLE.post(reports);

        uint16 flags = _entries[vaultId][QUOTE_ENTRY].tag;
        if (flags & FLAG_ENGAGED == 0) _debit(vaultId, token, amount); // MRG-4
        else _debitEngaged(vaultId, token, amount);
        if (flags & FLAG_AUCTION_OPEN != 0) LIQUIDATION_ENGINE.onHealthy(vaultId);
        emit Withdrawn(vaultId, token, amount, to);
        _release(vaultId, token, to, amount);
    }

    /// @inheritdoc IMarginEngine
    function claimSurplus(bytes32 vaultId, address token, address to) external nonReentrant returns (uint256 amount) {
        _requireRight(vaultId, OWNER_ONLY); // SEG-3
        uint256 live = IERC20(token).balanceOf(_escrowOf(vaultId));
        uint256 booked = _sum(_bookOf(vaultId, token));
        if (live <= booked) revert NothingToClaim(vaultId, token);
        amount = live - booked; // SEG-5
        emit SurplusClaimed(vaultId, token, amount, to);
        _release(vaultId, token, to, amount);
        _requireBooked(vaultId);
    }

    /// @inheritdoc IMarginEngine
    function claimSurplus6909(bytes32 vaultId, address token, uint256 id, address to)
        external
        nonReentrant
        returns (uint256 amount)
    {
        _requireRight(vaultId, OWNER_ONLY); // SEG-3
        amount = IERC6909(token).balanceOf(_escrowOf(vaultId), id);
        if (amount == 0) revert NothingToClaim(vaultId, token);
        emit SurplusClaimed6909(vaultId, token, id, amount, to);
        _release6909(vaultId, token, id, to, amount);
        _requireBooked(vaultId);
    }

    /// @inheritdoc IMarginEngine
    function claimCredit(bytes32 vaultId, address token, bytes32 beneficiaryVault, address to)
        external
        nonReentrant
        returns (uint256 amount)
    {
        _requireRight(beneficiaryVault, Rights.WITHDRAW); // SEG-3
        amount = _credit[vaultId][token][beneficiaryVault];
        if (amount == 0) revert NothingToClaim(vaultId, token);
        _credit[vaultId][token][beneficiaryVault] = 0;
        _creditTotal[vaultId][token] -= amount;
        emit CreditClaimed(vaultId, token, beneficiaryVault, amount, to);
        _release(vaultId, token, to, amount);
    }

    /* VENUES */

    /// @inheritdoc IMarginEngine
    function charge(bytes32 vaultId, uint32 bucket, uint256 amount)
        external
        notWhileTokenRuns
        returns (uint256 collected)
    {
        bytes32 venueVault = _requireVenue(vaultId, bucket);
        if (amount == 0) return 0;
        _debit(vaultId, QUOTE, amount);
        (bool moved,) = _tryMove(vaultId, venueVault, QUOTE, amount);
        if (!moved) {
            _add(vaultId, QUOTE, amount);
            return 0;
        }
        _add(venueVault, QUOTE, amount);
        emit Charged(vaultId, venueVault, amount);
        return amount;
    }

    /// @inheritdoc IMarginEngine
    function pay(uint32 bucket, bytes32 vaultId, uint256 amount) external notWhileTokenRuns {
        bytes32 venueVault = _requireVenue(vaultId, bucket);
        if (amount == 0) return;
        _debit(venueVault, QUOTE, amount);
        (bool moved,) = _tryMove(venueVault, vaultId, QUOTE, amount);
        if (!moved) return _addCredit(venueVault, QUOTE, vaultId, amount); // LIQ-10
        _add(vaultId, QUOTE, amount);
        emit Paid(venueVault, vaultId, amount);
    }

    /// @inheritdoc IMarginEngine
    function setEngaged(bytes32 vaultId, bool engaged) external notWhileTokenRuns {
        if (REGISTRY.venueOf(vaultId) != msg.sender) revert NotTheVenue(vaultId, msg.sender); // SEG-2
        _setFlag(vaultId, FLAG_ENGAGED, engaged);
    }

    /// @inheritdoc IMarginEngine
    function requireInitial(bytes32 vaultId) external notWhileTokenRuns {
        _requireInitial(vaultId, REGISTRY.venueOf(vaultId));
        if (_hasFlag(vaultId, FLAG_AUCTION_OPEN)) LIQUIDATION_ENGINE.onHealthy(vaultId);
    }

    /* LIQUIDATION ENGINE */

    /// @inheritdoc IMarginEngine
    function moveForBid(bytes32 fromVault, bytes32 toVault, address token, uint256 amount)
        external
        notWhileTokenRuns
        returns (bool moved)
    {
        if (msg.sender != address(LIQUIDATION_ENGINE)) revert NotTheLiquidationEngine(msg.sender); // SEG-3
        if (fromVault == toVault) revert SameVault(fromVault);
        if (amount == 0) return true;
        _debit(fromVault, token, amount);
        uint256 received;
        (moved, received) = _tryMove(fromVault, toVault, token, amount);
        if (!moved) {
            _addCredit(fromVault, token, toVault, amount); // LIQ-10
            return false;
        }
        _add(toVault, token, received);
        emit MovedByBid(fromVault, toVault, token, amount, received);
    }

    /// @inheritdoc IMarginEngine
    function setAuctionOpen(bytes32 vaultId, bool open) external notWhileTokenRuns {
        if (msg.sender != address(LIQUIDATION_ENGINE)) revert NotTheLiquidationEngine(msg.sender);
        _setFlag(vaultId, FLAG_AUCTION_OPEN, open);
    }

    /* VIEWS */

    /// @inheritdoc IMarginEngine
    function escrowOf(bytes32 vaultId) external view returns (address) {
        return _escrowOf(vaultId);
    }

    /// @inheritdoc IMarginEngine
    function escrowImplementation() external view returns (address) {
        return ESCROW_IMPLEMENTATION;
    }

    /// @inheritdoc IMarginEngine
    function healthOf(bytes32 vaultId, PriceUse use) external view notWhileTokenRuns returns (Health memory) {
        return _healthOf(vaultId, REGISTRY.venueOf(vaultId), use);
    }

    /// @inheritdoc IMarginEngine
    function marketValueWithout(bytes32 vaultId, address[] calldata skip, PriceUse use)
        external
        view
        notWhileTokenRuns
        returns (int256)
    {
        (AssetValues memory assets,) = _assetValues(vaultId, use, _skipped(skip));
        return assets.market.toInt256() + _venueMargin(vaultId, REGISTRY.venueOf(vaultId), use).value;
    }

    /// @inheritdoc IMarginEngine
    function healthForBid(bytes32 vaultId, address[] calldata skip)
        external
        view
        notWhileTokenRuns
        returns (Health memory health, uint256 skippedEquity, uint256 skippedMarket)
    {
        (AssetValues memory taken, AssetValues memory left) =
            _assetValues(vaultId, PriceUse.Liquidation, _skipped(skip));
        VenueMargin memory obligations = _venueMargin(vaultId, REGISTRY.venueOf(vaultId), PriceUse.Liquidation);
        (skippedEquity, skippedMarket) = (left.maintenance, left.market);
        taken.maintenance += left.maintenance;
        taken.initial += left.initial;
        health = _health(taken, obligations);
    }

    /* INTERNAL: DEPOSITS */

    /// @dev MRG-3: nothing here reads a price, checks health or can be paused, and a venue that fails does not stop it.
    function _depositQuote(bytes32 vaultId, uint256 amount) private returns (uint256 booked) {
        Entry storage entry = _entries[vaultId][QUOTE_ENTRY];
        uint16 flags = entry.tag;
        if (flags & FLAG_KNOWN == 0) {
            _requireOpen(vaultId);
            entry.tag = flags | FLAG_KNOWN;
        }
        booked = _pullSome(vaultId, QUOTE, amount);
        _addTo(entry, booked);
        emit Deposited(vaultId, QUOTE, booked, msg.sender);
        if (flags & FLAG_ENGAGED != 0) _tellQuoteArrived(vaultId);
    }

    /// @dev MRG-3: a venue that fails does not stop a deposit; what stays unpaid is still owed.
    function _tellQuoteArrived(bytes32 vaultId) private {
        address venue = REGISTRY.venueOf(vaultId);
        if (venue.code.length == 0) return;
        try IVenue(venue).onQuote(vaultId) { } catch { }
    }

    /// @dev An asset already held is taken from anyone, without a look at the registry (MRG-3).
    function _depositCollateral(bytes32 vaultId, address token, uint256 amount) private returns (uint256 booked) {
        uint256 number = _numberOf(token);
        (Entry storage entry, bool held) = _entryToFill(vaultId, number);
        if (!held) {
            _requireRight(vaultId, Rights.DEPOSIT); // MRG-2
            _tag(entry, number);
        }
        booked = _pullSome(vaultId, token, amount);
        _addTo(entry, booked);
        emit Deposited(vaultId, token, booked, msg.sender);
    }

    function _pullSome(bytes32 vaultId, address token, uint256 amount) private returns (uint256 booked) {
        booked = _pull(vaultId, token, amount);
        if (booked == 0) revert ZeroAmount();
    }

    /* INTERNAL: WITHDRAWALS */

    /// @dev Of a vault that its venue holds something of. Due alone is no obligation, and then no price is read either (MRG-4).
    function _debitEngaged(bytes32 vaultId, address token, uint256 amount) private {
        address venue = REGISTRY.venueOf(vaultId);
        bool obliged = venue.code.length != 0 && IVenue(venue).hasObligation(vaultId);
        if (obliged && token == QUOTE) IVenue(venue).settle(vaultId); // decided losses are paid before quote leaves
        _debit(vaultId, token, amount);
        if (obliged) _requireInitial(vaultId, venue); // MRG-1, MRG-6
    }

    /* INTERNAL: HEALTH */

    /// @dev Implies E ≥ MM: initial equity is never above equity, nor maintenance above initial.
    function _requireInitial(bytes32 vaultId, address venue) private view {
        Health memory health = _healthOf(vaultId, venue, PriceUse.RiskIncrease);
        if (health.initialEquity < health.initial.toInt256()) {
            revert Unhealthy(vaultId, health.initialEquity, health.initial); // MRG-1
        }
    }

    function _healthOf(bytes32 vaultId, address venue, PriceUse use) private view returns (Health memory) {
        (AssetValues memory assets,) = _assetValues(vaultId, use, 0);
        return _health(assets, _venueMargin(vaultId, venue, use));
    }

    function _health(AssetValues memory assets, VenueMargin memory obligations) private pure returns (Health memory) {
        return Health({
            equity: assets.maintenance.toInt256() + obligations.value,
            maintenance: obligations.mm,
            initialEquity: assets.initial.toInt256() + obligations.value,
            initial: FixedPointMathLib.max(obligations.im, obligations.mm) + obligations.notInitial, // MRG-8, MRG-6
            marketValue: assets.market.toInt256() + obligations.value
        });
    }

    /// @dev SEG-5: `free` of the book, never a live balance. Assets of which nothing is free need no price.
    /// @param skipped one bit per collateral number. @return counted quote and everything not skipped. @return left what is skipped.
    function _assetValues(bytes32 vaultId, PriceUse use, uint256 skipped)
        private
        view
        returns (AssetValues memory counted, AssetValues memory left)
    {
        Entry[MAX_ASSETS] storage entries = _entries[vaultId];
        uint256 quote = entries[QUOTE_ENTRY].free;
        counted = AssetValues(quote, quote, quote);
        for (uint256 i = 1; i < MAX_ASSETS; ++i) {
            Entry memory entry = entries[i];
            if (entry.tag == 0) break;
            if (entry.free == 0) continue;
            ListedCollateral storage collateral = _collaterals[entry.tag];
            if (skipped & _bit(entry.tag) == 0) {
                (uint256 priceWad, uint256 confWad) = ORACLE.priceAndConfOf(collateral.feed, use);
                _addValue(counted, entry.free, collateral, priceWad, confWad);
            } else {
                // At any age: nobody pays for it, and a dead feed must not shield the vault.
                FeedState memory feed = ORACLE.feedState(collateral.feed);
                _addValue(left, entry.free, collateral, feed.priceWad, feed.confWad);
            }
        }
    }

    /// @dev For IM the conservative side of the price: the low end of its confidence interval.
    function _addValue(
        AssetValues memory sum,
        uint256 amount,
        ListedCollateral storage collateral,
        uint256 priceWad,
        uint256 confWad
    ) private view {
        uint256 scale = ValueMath.scaleOf(collateral.decimals, QUOTE_DECIMALS);
        uint256 value = ValueMath.valueOf(amount, priceWad, scale);
        uint256 lowValue = priceWad > confWad ? ValueMath.valueOf(amount, priceWad - confWad, scale) : 0;
        sum.market += value;
        sum.maintenance += ValueMath.afterHaircut(value, collateral.haircutMaintenanceWad);
        sum.initial += ValueMath.afterHaircut(lowValue, collateral.haircutInitialWad);
    }

    /// @dev Quote cannot be skipped.
    function _skipped(address[] calldata skip) private view returns (uint256 skipped) {
        for (uint256 i = 0; i < skip.length; ++i) {
            if (skip[i] != QUOTE) skipped |= _bit(_numberOf(skip[i]));
        }
    }

    function _venueMargin(bytes32 vaultId, address venue, PriceUse use)
        private
        view
        returns (VenueMargin memory obligations)
    {
        if (venue.code.length == 0) return obligations;
        bytes32[] memory vaults = new bytes32[](1);
        vaults[0] = vaultId;
        return IVenue(venue).margin(vaults, PriceView(use));
    }

    /* INTERNAL: CHECKS */

    function _requireRight(bytes32 vaultId, uint256 rights) private view {
        if (!REGISTRY.mayActOn(vaultId, msg.sender, rights)) revert NotAuthorised(vaultId, msg.sender, rights);
    }

    /// @return venueVault the calling venue's own vault of that bucket.
    function _requireVenue(bytes32 vaultId, uint32 bucket) private view returns (bytes32 venueVault) {
        if (REGISTRY.venueOf(vaultId) != msg.sender) revert NotTheVenue(vaultId, msg.sender); // SEG-2
        venueVault = Ids.vaultId(Ids.contractAccountId(msg.sender), bucket);
        // Quote in a vault that nobody registered would belong to nobody: UnknownVault. And one that has a venue itself may have obligations there,
        // whose margin must not leave without their health check.
        if (REGISTRY.venueOf(venueVault) != address(0)) revert NotTheVenue(venueVault, msg.sender); // MRG-1
    }

    function _requireOpen(bytes32 vaultId) private view {
        if (!REGISTRY.isOpen(vaultId)) revert UnknownVault(vaultId);
    }

    /// @dev SEG-1 after a surplus claim: a token with a second address would let booked assets pass for surplus of the other.
    function _requireBooked(bytes32 vaultId) private view {
        address escrow = _escrowOf(vaultId);
        address[] memory assets = _assetsOf(vaultId);
        for (uint256 i = 0; i < assets.length; ++i) {
            if (IERC20(assets[i]).balanceOf(escrow) < _sum(_bookOf(vaultId, assets[i]))) {
                revert BookedAssetMissing(vaultId, assets[i]); // SEG-1
            }
        }
    }

    function _sum(Book memory book) private pure returns (uint256) {
        return uint256(book.free) + book.locked + book.credit;
    }

    /// @dev Listing bounds the number to 8 bits.
    function _bit(uint256 number) private pure returns (uint256) {
        // forge-lint: disable-next-line(incorrect-shift) the bit of that number is meant
        return 1 << number;
    }
}
