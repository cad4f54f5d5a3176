// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Auction, AuctionTerms, Bid, BidResult, ILiquidationEngine } from "../interfaces/ILiquidationEngine.sol";
import { Health, IMarginEngine } from "../interfaces/IMarginEngine.sol";
import { MarginMode } from "../interfaces/IMarginGroups.sol";
import { IOracleHub, PriceReport, PriceUse } from "../interfaces/IOracleHub.sol";
import { IPortfolioRequirements } from "../interfaces/IPortfolioRequirements.sol";
import { IVaultRegistry, Vault } from "../interfaces/IVaultRegistry.sol";
import { IVenue } from "../interfaces/IVenue.sol";
import { Modules } from "../interfaces/Modules.sol";
import { BidInputs, LiquidationMath } from "../libraries/LiquidationMath.sol";
import { ReentrancyLock } from "../libraries/ReentrancyLock.sol";
import { Rights } from "../libraries/Rights.sol";
import { SettlementMath } from "../libraries/SettlementMath.sol";
import { FixedPointMathLib } from "solady/utils/FixedPointMathLib.sol";
import { SafeCastLib } from "solady/utils/SafeCastLib.sol";

/// @title Liquidation by partial bids (RISK §5)
/// @dev A bid reads as: admit → prices → settle → show unhealthy → size → move obligations, waterfall, assets → check both vaults.
contract LiquidationEngine is ILiquidationEngine, ReentrancyLock {
    using SafeCastLib for uint256;
    using SafeCastLib for int256;

    /// @dev A failing group as one call sees it. @param vaults the lead first. @param freeQuote of the lead vault, where R lies.
    struct Group {
        MarginMode mode;
        bytes32[] vaults;
        IVenue venue;
        uint256 freeQuote;
        Health health;
        BidInputs inputs;
        Auction auction;
    }

    uint256 private constant WAD = 1e18;
    /// @dev All that a group may hold: deposits are not counted, and whoever bids can leave what is too much (LIQ-11).
    uint256 private constant MAX_SKIPPED = 16;
    /// @dev What rounding may take off E in one bid: a unit for each asset, position and claim, most of them zero.
    uint256 private constant ROUNDING = 64;

    IVaultRegistry private immutable REGISTRY;
    IMarginEngine private immutable MARGIN_ENGINE;
    IOracleHub private immutable ORACLE;
    IPortfolioRequirements private immutable REQUIREMENTS;
    address private immutable QUOTE;

    uint64 private immutable BUFFER_WAD;
    uint64 private immutable START_DISCOUNT_WAD;
    uint64 private immutable KNEE_DISCOUNT_WAD;
    uint64 private immutable FLOOR_DISCOUNT_WAD;
    uint32 private immutable KNEE_SECONDS;
    uint32 private immutable FLOOR_SECONDS;
    uint32 private immutable REWARD_SECONDS;
    uint32 private immutable GAP_SECONDS;
    uint128 private immutable DUST_QUOTE;

    mapping(bytes32 vaultId => Auction) private _auctions;
    mapping(bytes32 bidderVault => mapping(bytes32 effectKey => bool)) private _effectKeyUsed;

    /// @param modules whose margin engine is deployed. @param terms_ of every auction.
    constructor(Modules memory modules, AuctionTerms memory terms_) {
        bool sane = terms_.startDiscountWad <= WAD && terms_.kneeDiscountWad <= terms_.startDiscountWad
            && terms_.floorDiscountWad <= terms_.kneeDiscountWad && terms_.floorDiscountWad != 0
            && terms_.gapSeconds != 0;
        if (!sane) revert BadTerms();
        (REGISTRY, MARGIN_ENGINE, ORACLE) = (modules.registry, modules.marginEngine, modules.oracle);
        REQUIREMENTS = modules.requirements;
        QUOTE = modules.marginEngine.quoteToken();
        BUFFER_WAD = terms_.bufferWad;
        START_DISCOUNT_WAD = terms_.startDiscountWad;
        KNEE_DISCOUNT_WAD = terms_.kneeDiscountWad;
        FLOOR_DISCOUNT_WAD = terms_.floorDiscountWad;
        KNEE_SECONDS = terms_.kneeSeconds;
        FLOOR_SECONDS = terms_.floorSeconds;
        REWARD_SECONDS = terms_.rewardSeconds;
        GAP_SECONDS = terms_.gapSeconds;
        DUST_QUOTE = terms_.dustQuote;
    }

    /* BIDS */

    /// @inheritdoc ILiquidationEngine
    function bid(Bid calldata bid_, PriceReport[] calldata reports)
        external
        nonReentrant
        returns (BidResult memory result)
    {
        Group memory group = _admit(bid_);
        if (reports.length != 0) ORACLE.post(reports);
        _settle(group);

        _look(group, bid_.skip);
        if (_isHealthy(group.health)) revert Healthy(bid_.vault, group.health.equity, group.health.maintenance); // LIQ-1
        _show(bid_.vault, group);
        (result.fractionWad, result.rateWad) = _size(bid_, group);

        _closeOut(bid_, group, result.fractionWad);
        if (group.inputs.takeable > 0) _buy(bid_, group, result);
        else _absorb(bid_, group, result);
        _moveAssets(bid_, group, result.fractionWad);
        group.venue.onQuote(bid_.bidderVault);

        _finish(bid_, group, result);
        MARGIN_ENGINE.requireInitial(bid_.bidderVault); // MRG-1
    }

    /// @inheritdoc ILiquidationEngine
    function touch(bytes32 vault, PriceReport[] calldata reports) external nonReentrant {
        if (reports.length != 0) ORACLE.post(reports);
        Group memory group = _groupOf(vault);
        group.venue = IVenue(REGISTRY.venueOf(vault));
        if (address(group.venue) != address(0)) _settle(group);
        _look(group, new address[](0));
        if (_isHealthy(group.health)) {
            if (group.auction.startedAt != 0) _end(vault, group);
            return;
        }
        _show(vault, group);
        _keep(vault, group);
        emit AuctionTouched(vault, group.auction.solventSeconds, group.auction.insolventSeconds);
    }

    /// @inheritdoc ILiquidationEngine
    /// @dev Also inside a bid, for the bidder's own vault.
    function onHealthy(bytes32 vault) external {
        if (msg.sender != address(MARGIN_ENGINE)) revert NotTheMarginEngine(msg.sender);
        uint256 reserved = _auctions[vault].reserved;
        delete _auctions[vault];
        MARGIN_ENGINE.setAuctionOpen(vault, false);
        emit AuctionEnded(vault, reserved);
    }

    /* VIEWS */

    /// @inheritdoc ILiquidationEngine
    function auctionOf(bytes32 vault) external view returns (Auction memory) {
        return _auctions[vault];
    }

    /// @inheritdoc ILiquidationEngine
    function terms() external view returns (AuctionTerms memory) {
        return _terms();
    }

    /// @inheritdoc ILiquidationEngine
    function ratesOf(bytes32 vault) external view returns (uint256 discountWad, uint256 rewardWad) {
        Auction memory auction = _auctions[vault];
        uint256 silence = block.timestamp - auction.shownAt;
        bool running = auction.startedAt != 0 && silence <= GAP_SECONDS;
        AuctionTerms memory terms_ = _terms();
        discountWad = LiquidationMath.discountAfter(running ? auction.solventSeconds + silence : 0, terms_);
        rewardWad = LiquidationMath.rewardAfter(running ? auction.insolventSeconds + silence : 0, terms_);
    }

    /// @inheritdoc ILiquidationEngine
    function lastTradeOfGroup(bytes32 lead) external view returns (bytes32) {
        Group memory group = _groupOf(lead);
        group.venue = IVenue(REGISTRY.venueOf(lead));
        return _lastTradeOf(group);
    }

    /// @inheritdoc ILiquidationEngine
    function effectKeyUsed(bytes32 bidderVault, bytes32 effectKey) external view returns (bool) {
        return _effectKeyUsed[bidderVault][effectKey];
    }

    /* INTERNAL: WHO MAY BID */

    function _admit(Bid calldata bid_) private returns (Group memory group) {
        if (block.timestamp > bid_.deadline) revert DeadlinePassed(bid_.deadline, block.timestamp);
        if (_effectKeyUsed[bid_.bidderVault][bid_.effectKey]) revert EffectKeyUsed(bid_.bidderVault, bid_.effectKey); // EFF-1
        if (bid_.skip.length > MAX_SKIPPED) revert TooManySkipped();
        _effectKeyUsed[bid_.bidderVault][bid_.effectKey] = true; // EFF-1

        Vault memory failing = REGISTRY.vaultOf(bid_.vault);
        Vault memory bidding = REGISTRY.vaultOf(bid_.bidderVault);
        if (!REGISTRY.hasRights(bidding.accountId, msg.sender, Rights.TRADE)) {
            revert NotAuthorised(bid_.bidderVault, msg.sender); // MRG-2
        }
        if (_isSelf(failing, bidding.accountId)) revert SelfLiquidation(bid_.vault, bid_.bidderVault); // LIQ-7
        if (failing.venue == address(0) || failing.venue != bidding.venue) {
            revert VenueMismatch(bid_.vault, bid_.bidderVault);
        }
        group = _groupOf(bid_.vault);
        group.venue = IVenue(failing.venue);
        bytes32 current = _lastTradeOf(group);
        if (bid_.lastTradeId != 0 && bid_.lastTradeId != current) {
            revert PositionChanged(bid_.vault, bid_.lastTradeId, current);
        }
    }

    /// @dev One owner behind both, or the operator of the failing vault's member with any say over its account. Not just anybody with rights: an owner
    /// could keep bidders away by giving them one that they never asked for.
    function _isSelf(Vault memory failing, bytes32 biddingAccount) private view returns (bool) {
        address owner = REGISTRY.ownerOf(failing.accountId);
        if (owner == REGISTRY.ownerOf(biddingAccount) || owner == msg.sender) return true;
        return REGISTRY.rightsOf(failing.accountId, msg.sender) != 0
            && REGISTRY.memberOperator(failing.memberId) == msg.sender;
    }

    /* INTERNAL: STATE OF THE GROUP */

    function _groupOf(bytes32 vault) private view returns (Group memory group) {
        (group.mode, group.vaults) = MARGIN_ENGINE.groupOf(vault);
        if (group.vaults[0] != vault) revert NotTheLead(vault, group.vaults[0]);
    }

    function _lastTradeOf(Group memory group) private view returns (bytes32 last) {
        bytes32[] memory vaults = group.vaults;
        if (vaults.length == 1) return group.venue.lastTradeOf(vaults[0]);
        for (uint256 i = 0; i < vaults.length; ++i) {
            last = keccak256(abi.encode(last, group.venue.lastTradeOf(vaults[i])));
        }
    }

    function _settle(Group memory group) private {
        for (uint256 i = 0; i < group.vaults.length; ++i) {
            group.venue.settle(group.vaults[i]);
        }
    }

    /// @dev Skipped collaterals are left out of V. Where nothing is left, they are put back: either V > 0 with them, and there is nothing to buy, or the
    /// pay is reckoned with them, so that skipping never raises it.
    function _look(Group memory group, address[] memory skip) private view {
        bytes32 lead = group.vaults[0];
        group.auction = _auctions[lead];
        group.freeQuote = MARGIN_ENGINE.bookOf(lead, QUOTE).free;
        BidInputs memory inputs = group.inputs;
        uint256 skippedMarket;
        (group.health, inputs.skipped, skippedMarket) = MARGIN_ENGINE.healthForBid(lead, skip);
        inputs.equity = group.health.equity;
        inputs.maintenance = group.health.maintenance;
        inputs.reserved = FixedPointMathLib.min(group.auction.reserved, group.freeQuote);
        inputs.takeable = group.health.marketValue - inputs.reserved.toInt256();
        if (inputs.takeable > 0 || skip.length == 0) return;
        int256 whole = inputs.takeable + skippedMarket.toInt256();
        if (whole > 0) revert CannotSkip(lead, inputs.takeable); // LIQ-3
        // The waterfall pays for nothing that a fresh price could show to be worth more: who bids would choose an old price, or none.
        MARGIN_ENGINE.healthOf(lead, PriceUse.Liquidation); // LIQ-1, WF-1
        inputs.takeable = whole;
    }

    /// @dev Counts the time since it was last shown, or starts anew after too long a silence (LIQ-8). R stays set aside across a new start.
    function _show(bytes32 vault, Group memory group) private {
        Auction memory auction = group.auction;
        uint64 time = block.timestamp.toUint64();
        uint256 silence = time - auction.shownAt;
        if (auction.startedAt == 0 || silence > GAP_SECONDS) {
            (auction.startedAt, auction.solventSeconds, auction.insolventSeconds) = (time, 0, 0);
            emit AuctionStarted(vault, group.health.equity, group.health.maintenance, group.health.marketValue);
        } else if (group.inputs.takeable > 0) {
            auction.solventSeconds = (auction.solventSeconds + silence).toUint32();
        } else {
            auction.insolventSeconds = (auction.insolventSeconds + silence).toUint32();
        }
        auction.shownAt = time;
    }

    function _isHealthy(Health memory health) private pure returns (bool) {
        return health.equity >= health.maintenance.toInt256();
    }

    /* INTERNAL: THE BID */

    function _size(Bid calldata bid_, Group memory group) private view returns (uint256 fractionWad, uint256 rateWad) {
        AuctionTerms memory terms_ = _terms();
        uint256 largestWad = WAD;
        bool refused;
        if (group.inputs.takeable > 0) {
            rateWad = LiquidationMath.discountAfter(group.auction.solventSeconds, terms_);
            largestWad = LiquidationMath.largestFraction(group.inputs, terms_, rateWad);
            refused = rateWad > bid_.limitWad;
        } else {
            rateWad = LiquidationMath.rewardAfter(group.auction.insolventSeconds, terms_);
            refused = rateWad < bid_.limitWad;
        }
        if (refused) revert LimitExceeded(rateWad, bid_.limitWad);
        fractionWad = FixedPointMathLib.min(bid_.fractionWad, largestWad);
        if (fractionWad == 0) revert ZeroFraction();
        if (LiquidationMath.leavesDust(group.inputs, fractionWad, terms_.dustQuote)) revert DustLeft(bid_.vault); // LIQ-5
    }

    /// @dev The attested requirement stands for the rest that is left (RISK §4).
    function _closeOut(Bid calldata bid_, Group memory group, uint256 fractionWad) private {
        bool attested = group.mode == MarginMode.Portfolio;
        bytes32 before = attested ? group.venue.positionsHash(group.vaults) : bytes32(0);
        group.venue.closeOut(group.vaults, fractionWad, bid_.bidderVault);
        if (before == 0) return;
        REQUIREMENTS.onBid(bid_.vault, before, group.venue.positionsHash(group.vaults), fractionWad);
    }

    /// @dev V > 0: the bidder pays d·V·f, which adds to R. What it pays and its share of the quote above R go as one difference.
    function _buy(Bid calldata bid_, Group memory group, BidResult memory result) private {
        uint256 price = LiquidationMath.priceOf(uint256(group.inputs.takeable), result.fractionWad, result.rateWad); // LIQ-3
        uint256 share = SettlementMath.shareDown(group.freeQuote - group.inputs.reserved, result.fractionWad);
        bool arrived = true;
        if (price > share) {
            arrived = MARGIN_ENGINE.moveForBid(bid_.bidderVault, bid_.vault, QUOTE, price - share);
        } else {
            MARGIN_ENGINE.moveForBid(bid_.vault, bid_.bidderVault, QUOTE, share - price);
        }
        result.paid = price;
        // What the token refused to bring is a credit in the bidder's escrow, not quote that could be set aside.
        group.auction.reserved = (group.inputs.reserved + (arrived ? price : share)).toUint128();
    }

    /// @dev V ≤ 0: the bidder is paid f·(−V + x·M), from the same share of R first (so that E/MM of the rest does not fall, LIQ-2), then by the venue.
    function _absorb(Bid calldata bid_, Group memory group, BidResult memory result) private {
        BidInputs memory inputs = group.inputs;
        uint256 reward = LiquidationMath.rewardOf(
            FixedPointMathLib.abs(inputs.takeable), inputs.maintenance, result.fractionWad, result.rateWad
        ); // LIQ-3
        uint256 fromReserve =
            FixedPointMathLib.min(reward, SettlementMath.shareDown(inputs.reserved, result.fractionWad));
        uint256 missing = reward - fromReserve;
        if (missing != 0) {
            (uint256 paidQuote, uint256 forgiven) = group.venue.cover(bid_.vault, bid_.bidderVault, missing); // LIQ-6
            result.received = paidQuote;
            result.forgiven = forgiven;
            result.residual = missing - paidQuote - forgiven; // LIQ-9
            if (result.residual > bid_.maxResidual) revert ResidualTooLarge(result.residual, bid_.maxResidual);
        }
        result.received += fromReserve;
        uint256 share = SettlementMath.shareDown(group.freeQuote - inputs.reserved, result.fractionWad);
        MARGIN_ENGINE.moveForBid(bid_.vault, bid_.bidderVault, QUOTE, share + fromReserve);
        group.auction.reserved = (inputs.reserved - fromReserve).toUint128();
    }

    /// @dev The same fraction of what every vault holds; the lead's quote went with the price. A token that refuses becomes a credit inside the same
    /// escrow (LIQ-10).
    function _moveAssets(Bid calldata bid_, Group memory group, uint256 fractionWad) private {
        for (uint256 i = 0; i < group.vaults.length; ++i) {
            bytes32 vault = group.vaults[i];
            if (i != 0) _moveShare(bid_, vault, QUOTE, fractionWad);
            address[] memory assets = MARGIN_ENGINE.assetsOf(vault);
            for (uint256 j = 0; j < assets.length; ++j) {
                if (assets[j] == QUOTE || _isSkipped(bid_.skip, assets[j])) continue;
                _moveShare(bid_, vault, assets[j], fractionWad);
            }
        }
    }

    function _moveShare(Bid calldata bid_, bytes32 vault, address token, uint256 fractionWad) private {
        uint256 amount = SettlementMath.shareDown(MARGIN_ENGINE.bookOf(vault, token).free, fractionWad);
        if (amount != 0) MARGIN_ENGINE.moveForBid(vault, bid_.bidderVault, token, amount); // LIQ-10
    }

    function _isSkipped(address[] calldata skip, address token) private pure returns (bool) {
        for (uint256 i = 0; i < skip.length; ++i) {
            if (skip[i] == token) return true;
        }
        return false;
    }

    /// @dev A venue that closes out can have its owner choose another, and obligations there that the assets just taken were the margin of.
    function _requireSameVenue(Bid calldata bid_, Group memory group) private view {
        for (uint256 i = 0; i < group.vaults.length; ++i) {
            bytes32 vault = group.vaults[i];
            if (REGISTRY.venueOf(vault) != address(group.venue)) revert VenueMismatch(vault, bid_.bidderVault); // MRG-1
        }
    }

    /// @dev The group closed or got better (LIQ-2); its auction ends as soon as E ≥ MM.
    function _finish(Bid calldata bid_, Group memory group, BidResult memory result) private {
        _requireSameVenue(bid_, group);
        (Health memory health,,) = MARGIN_ENGINE.healthForBid(bid_.vault, bid_.skip);
        bool improved = LiquidationMath.improved(
            group.health.equity, group.health.maintenance, health.equity, health.maintenance, ROUNDING
        );
        if (result.fractionWad != WAD && !improved) revert NotImproved(bid_.vault); // LIQ-2
        emit BidFilled(
            bid_.vault,
            bid_.bidderVault,
            bid_.effectKey,
            result.fractionWad,
            result.rateWad,
            result.paid,
            result.received,
            result.forgiven,
            result.residual,
            group.health.equity,
            health.equity
        );
        if (_isHealthy(health)) _end(bid_.vault, group);
        else _keep(bid_.vault, group);
    }

    /* INTERNAL: THE AUCTION */

    /// @dev Writes the auction; tells the book when it is new.
    function _keep(bytes32 vault, Group memory group) private {
        bool isNew = _auctions[vault].startedAt == 0;
        _auctions[vault] = group.auction;
        if (isNew) MARGIN_ENGINE.setAuctionOpen(vault, true);
    }

    /// @dev R becomes ordinary quote, and what the vault still owes is paid from it.
    function _end(bytes32 vault, Group memory group) private {
        if (_auctions[vault].startedAt != 0) {
            delete _auctions[vault];
            MARGIN_ENGINE.setAuctionOpen(vault, false);
        }
        emit AuctionEnded(vault, group.auction.reserved);
        if (address(group.venue) == address(0)) return;
        for (uint256 i = 0; i < group.vaults.length; ++i) {
            group.venue.onQuote(group.vaults[i]);
        }
    }

    function _terms() private view returns (AuctionTerms memory) {
        return AuctionTerms({
            bufferWad: BUFFER_WAD,
            startDiscountWad: START_DISCOUNT_WAD,
            kneeDiscountWad: KNEE_DISCOUNT_WAD,
            floorDiscountWad: FLOOR_DISCOUNT_WAD,
            kneeSeconds: KNEE_SECONDS,
            floorSeconds: FLOOR_SECONDS,
            rewardSeconds: REWARD_SECONDS,
            gapSeconds: GAP_SECONDS,
            dustQuote: DUST_QUOTE
        });
    }
}
