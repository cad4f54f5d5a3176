// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ILiquidationEngine } from "../interfaces/ILiquidationEngine.sol";
import { Book, Health, IMarginEngine } from "../interfaces/IMarginEngine.sol";
import { IMarginGroups, MarginMode } from "../interfaces/IMarginGroups.sol";
import { PriceReport, PriceUse } from "../interfaces/IOracleHub.sol";
import { IPortfolioRequirements } from "../interfaces/IPortfolioRequirements.sol";
import { IVaultRegistry } from "../interfaces/IVaultRegistry.sol";
import { IVenue, PriceView, VenueMargin } from "../interfaces/IVenue.sol";
import { Modules } from "../interfaces/Modules.sol";
import { Ids } from "../libraries/Ids.sol";
import { Rights } from "../libraries/Rights.sol";
import { AssetValuation } from "./AssetValuation.sol";
import { BookStore, IErc20Metadata } from "./BookStore.sol";
import { IERC6909 } from "@openzeppelin/contracts/interfaces/IERC6909.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { FixedPointMathLib } from "solady/utils/FixedPointMathLib.sol";
import { SafeCastLib } from "solady/utils/SafeCastLib.sol";

/// @title The book, and the only key to the escrows
/// @dev ADM-5: the modules below never change. Every function: authorise → settle → book → health → emit → token.
contract MarginEngine is AssetValuation {
    using SafeCastLib for uint256;

    /// @dev No right opens it.
    uint256 private constant OWNER_ONLY = 0;
    /// @dev Over all vaults of a group: what one bid can move (LIQ-11).
    uint256 private constant MAX_GROUP_ASSETS = 16;
    uint256 private constant MAX_GROUP_POSITIONS = 16;

    IVaultRegistry private immutable REGISTRY;
    IMarginGroups private immutable GROUPS;
    IPortfolioRequirements private immutable REQUIREMENTS;
    ILiquidationEngine private immutable LIQUIDATION_ENGINE;

    /// @dev What is margined together: a segregated vault alone, or a group in its owner's order.
    struct Margined {
        MarginMode mode;
        bytes32[] vaults;
        address venue;
    }

    /// @param modules whose admin lists collaterals. @param quoteToken_ deployed.
    constructor(Modules memory modules, address quoteToken_)
        BookStore(quoteToken_, IErc20Metadata(quoteToken_).decimals(), modules.admin, modules.riskConfig)
        AssetValuation(modules.oracle)
    {
        REGISTRY = modules.registry;
        GROUPS = modules.groups;
        REQUIREMENTS = modules.requirements;
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
        if (flags & FLAG_GROUPED != 0) _debitGrouped(vaultId, token, amount);
        else if (flags & FLAG_ENGAGED == 0) _debit(vaultId, token, amount); // MRG-4
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
        if (amount == 0 || !_moveQuote(vaultId, venueVault, amount)) return 0;
        emit Charged(vaultId, venueVault, amount);
        return amount;
    }

    /// @inheritdoc IMarginEngine
    function chargeSiblings(bytes32 debtor, uint32 bucket, uint256 amount)
        external
        notWhileTokenRuns
        returns (uint256 collected)
    {
        bytes32 venueVault = _requireVenue(debtor, bucket);
        if (!_hasFlag(debtor, FLAG_GROUPED)) return 0;
        (, bytes32[] memory vaults) = GROUPS.groupOf(debtor);
        for (uint256 i = 0; i < vaults.length; ++i) {
            bytes32 payer = vaults[i];
            if (payer == debtor) continue;
            uint256 share = FixedPointMathLib.min(amount - collected, _drawable(payer));
            if (share == 0 || !_moveQuote(payer, venueVault, share)) continue;
            collected += share;
            emit ChargedFor(payer, debtor, venueVault, share); // SEG-3
            GROUPS.addDebt(debtor, payer, share);
        }
        if (collected != 0) _setFlag(debtor, FLAG_INDEBTED, true);
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
        if (_hasFlag(vaultId, FLAG_INDEBTED)) _payBack(vaultId);
    }

    /// @inheritdoc IMarginEngine
    function setEngaged(bytes32 vaultId, bool engaged) external notWhileTokenRuns {
        if (REGISTRY.venueOf(vaultId) != msg.sender) revert NotTheVenue(vaultId, msg.sender); // SEG-2
        _setFlag(vaultId, FLAG_ENGAGED, engaged);
    }

    /// @inheritdoc IMarginEngine
    function requireInitial(bytes32 vaultId) external notWhileTokenRuns {
        Margined memory group = _margined(vaultId);
        _requireRoom(group);
        // LIQ-1: a fault that stops withdrawals stops no bid.
        _requireInitial(group, msg.sender == address(LIQUIDATION_ENGINE) ? PriceUse.TakeOver : PriceUse.RiskIncrease);
        bytes32 lead = group.vaults[0];
        if (_hasFlag(lead, FLAG_AUCTION_OPEN)) LIQUIDATION_ENGINE.onHealthy(lead);
    }

    /* MARGIN GROUPS */

    /// @inheritdoc IMarginEngine
    function payBack(bytes32 vaultId) external nonReentrant {
        if (_hasFlag(vaultId, FLAG_INDEBTED)) _payBack(vaultId);
    }

    /// @inheritdoc IMarginEngine
    function setGrouped(bytes32 vaultId, bool grouped) external notWhileTokenRuns {
        if (msg.sender != address(GROUPS)) revert NotTheMarginGroups(msg.sender); // SEG-2
        _setFlag(vaultId, FLAG_GROUPED, grouped);
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
        uint256 received = 0;
        // A group holds more collaterals than a vault has room for, and its value may lie in all of them.
        if (_hasRoomFor(toVault, token)) (moved, received) = _tryMove(fromVault, toVault, token, amount);
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
    function groupOf(bytes32 vaultId) external view returns (MarginMode mode, bytes32[] memory vaults) {
        return _groupOf(vaultId);
    }

    /// @inheritdoc IMarginEngine
    function healthOf(bytes32 vaultId, PriceUse use) external view notWhileTokenRuns returns (Health memory) {
        return _healthOf(_margined(vaultId), use, false);
    }

    /// @inheritdoc IMarginEngine
    function healthForBid(bytes32 vaultId, address[] calldata skip)
        external
        view
        notWhileTokenRuns
        returns (Health memory health, uint256 skippedEquity, uint256 skippedMarket)
    {
        Margined memory group = _margined(vaultId);
        (AssetValues memory taken, AssetValues memory left) =
            _assetValues(group.vaults, PriceUse.Liquidation, _skipped(skip));
        (skippedEquity, skippedMarket) = (left.maintenance, left.market);
        taken.maintenance += left.maintenance;
        taken.initial += left.initial;
        health = _health(taken, _obligations(group, PriceUse.Liquidation, false));
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
        if (flags & FLAG_INDEBTED != 0) _payBack(vaultId);
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
        // Asked for anew: a venue that settles can have its owner choose another, and obligations there.
        if (obliged) _requireInitial(_margined(vaultId), PriceUse.RiskIncrease); // MRG-1, MRG-6
    }

    /// @dev Decided losses and what siblings paid leave first. Obligations of any vault of the group are obligations of all.
    function _debitGrouped(bytes32 vaultId, address token, uint256 amount) private {
        Margined memory group = _margined(vaultId);
        bool obliged = false;
        for (uint256 i = 0; i < group.vaults.length; ++i) {
            if (!IVenue(group.venue).hasObligation(group.vaults[i])) continue;
            obliged = true;
            IVenue(group.venue).settle(group.vaults[i]);
        }
        if (_hasFlag(vaultId, FLAG_INDEBTED)) _payBack(vaultId);
        _debit(vaultId, token, amount);
        if (obliged) _requireInitial(group, PriceUse.RiskIncrease); // MRG-1, MRG-6
        bytes32 lead = group.vaults[0];
        if (lead != vaultId && _hasFlag(lead, FLAG_AUCTION_OPEN)) LIQUIDATION_ENGINE.onHealthy(lead);
    }

    /* INTERNAL: SIBLINGS */

    /// @dev Quote between two escrows, or nothing when the token refuses.
    function _moveQuote(bytes32 fromVault, bytes32 toVault, uint256 amount) private returns (bool moved) {
        _debit(fromVault, QUOTE, amount);
        (moved,) = _tryMove(fromVault, toVault, QUOTE, amount);
        _add(moved ? toVault : fromVault, QUOTE, amount);
    }

    /// @dev What is not set aside for an auction's bidders (LIQ-4).
    function _drawable(bytes32 vaultId) private view returns (uint256) {
        Entry storage entry = _entries[vaultId][QUOTE_ENTRY];
        uint256 free = entry.free;
        if (free == 0 || entry.tag & FLAG_AUCTION_OPEN == 0) return free;
        return FixedPointMathLib.zeroFloorSub(free, LIQUIDATION_ENGINE.auctionOf(vaultId).reserved); // LIQ-4
    }

    /// @dev MRG-3: reads no price and never reverts because of a token. A payer that quote cannot reach is passed over (LIQ-10).
    function _payBack(bytes32 debtor) private {
        (bytes32[] memory payers, uint256[] memory amounts) = GROUPS.debtsOf(debtor);
        bool clear = true;
        for (uint256 i = 0; i < payers.length; ++i) {
            uint256 share = FixedPointMathLib.min(amounts[i], _drawable(debtor));
            clear = clear && share == amounts[i];
            if (share == 0) continue;
            if (!_moveQuote(debtor, payers[i], share)) {
                clear = false;
                continue;
            }
            emit PaidBack(debtor, payers[i], share); // SEG-3
            GROUPS.reduceDebt(debtor, payers[i], share);
        }
        if (clear) _setFlag(debtor, FLAG_INDEBTED, false);
    }

    function _groupOf(bytes32 vaultId) private view returns (MarginMode mode, bytes32[] memory vaults) {
        if (_hasFlag(vaultId, FLAG_GROUPED)) return GROUPS.groupOf(vaultId);
        vaults = _alone(vaultId);
    }

    function _alone(bytes32 vaultId) private pure returns (bytes32[] memory vaults) {
        vaults = new bytes32[](1);
        vaults[0] = vaultId;
    }

    function _margined(bytes32 vaultId) private view returns (Margined memory group) {
        group.venue = REGISTRY.venueOf(vaultId);
        (group.mode, group.vaults) = _groupOf(vaultId);
    }

    /* INTERNAL: HEALTH */

    /// @dev Implies E ≥ MM: initial equity is never above equity, nor maintenance above initial.
    function _requireInitial(Margined memory group, PriceUse use) private view {
        Health memory health = _healthOf(group, use, true);
        if (health.initialEquity < health.initial.toInt256()) {
            revert Unhealthy(group.vaults[0], health.initialEquity, health.initial); // MRG-1
        }
    }

    /// @dev One vault is within its own bounds always; a group grows only where this is asked.
    function _requireRoom(Margined memory group) private view {
        if (group.vaults.length == 1) return;
        uint256 assets = 0;
        for (uint256 i = 0; i < group.vaults.length; ++i) {
            assets += _heldCollaterals(group.vaults[i]);
        }
        uint256 positions = IVenue(group.venue).positionCount(group.vaults);
        if (assets > MAX_GROUP_ASSETS || positions > MAX_GROUP_POSITIONS) {
            revert GroupTooLarge(group.vaults[0], assets, positions); // LIQ-11
        }
    }

    /// @param riskIncrease whether a lapsed attestation reverts.
    function _healthOf(Margined memory group, PriceUse use, bool riskIncrease) private view returns (Health memory) {
        (AssetValues memory assets,) = _assetValues(group.vaults, use, 0);
        return _health(assets, _obligations(group, use, riskIncrease));
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

    /// @dev In portfolio mode the attested requirement takes the place of the sum over legs; nothing to attest for a flat book (RISK §4).
    function _obligations(Margined memory group, PriceUse use, bool riskIncrease)
        private
        view
        returns (VenueMargin memory obligations)
    {
        if (group.venue.code.length == 0) return obligations;
        obligations = IVenue(group.venue).margin(group.vaults, PriceView(use));
        if (group.mode != MarginMode.Portfolio) return obligations;
        bytes32 positions = IVenue(group.venue).positionsHash(group.vaults);
        if (positions == 0) return obligations;
        (obligations.im, obligations.mm) = REQUIREMENTS.requirementOf(
            group.vaults[0],
            positions,
            FixedPointMathLib.max(obligations.im, obligations.mm),
            obligations.mm,
            obligations.gross,
            riskIncrease
        ); // MRG-9
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
}
