// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    IClearingHouse,
    InstrumentKind,
    InstrumentState,
    InstrumentTerms,
    Position,
    Round
} from "../interfaces/IClearingHouse.sol";
import { Contribution, IDefaultWaterfall } from "../interfaces/IDefaultWaterfall.sol";
import { Auction, AuctionTerms, ILiquidationEngine } from "../interfaces/ILiquidationEngine.sol";
import { Book, Collateral, IMarginEngine } from "../interfaces/IMarginEngine.sol";
import { IMarginGroups, MarginMode } from "../interfaces/IMarginGroups.sol";
import { FeedState, HeldPrice, IOracleHub, OracleTerms, PriceUse } from "../interfaces/IOracleHub.sol";
import { AttestedRequirement, IPortfolioRequirements } from "../interfaces/IPortfolioRequirements.sol";
import { IVaultRegistry, Vault } from "../interfaces/IVaultRegistry.sol";
import { IVenue, PriceView, VenueMargin } from "../interfaces/IVenue.sol";
import { RampedParameters } from "../interfaces/RampedParameters.sol";
import { SettlementMath } from "../libraries/SettlementMath.sol";

/// @notice One deployment of Bulkhead. The lens itself knows none, so that one of it serves them all.
struct Core {
    IVaultRegistry registry;
    IMarginEngine marginEngine;
    IClearingHouse clearingHouse;
    ILiquidationEngine liquidationEngine;
    IOracleHub oracleHub;
    IMarginGroups groups;
    IPortfolioRequirements requirements;
}

/// @notice Amounts in the token's own decimals.
struct AssetView {
    bytes32 vaultId;
    address token;
    uint256 free;
    uint256 locked;
    uint256 credit;
}

/// @notice A position as settling it now would leave it: carried at the last closed round's price. What its unsettled rounds bill is in the
/// group's owed and due, so that the sum over the group is what the venue's own margin gives.
struct PositionView {
    bytes32 vaultId;
    uint32 instrument;
    int256 size;
    uint256 carriedAtWad;
    uint256 tradeGain;
    uint256 tradeLoss;
}

/// @notice An instrument with closed rounds that the vault was not settled for: until it is, those rounds stay incomplete.
struct UnsettledView {
    bytes32 vaultId;
    uint32 instrument;
}

/// @notice What one vault owes to its venue and is due from it, quote decimals.
struct ClaimsView {
    bytes32 vaultId;
    uint256 owed;
    uint256 due;
}

/// @notice What a vault owes to a sibling that paid for it, quote decimals.
struct DebtView {
    bytes32 debtor;
    bytes32 payer;
    uint256 outstanding;
}

/// @notice Everything that decides one group, under its lead vault; a segregated vault is its own. `open` is false, and the rest empty, for a vault that
/// was never opened. `claims` has an entry for every vault, in the owner's order.
/// @param attested what counts in portfolio mode, `attestedHere` whether it was signed for the positions held now.
/// @param reported what a venue other than the clearing house says of the group (IVenue.margin, PriceUse.Liquidation), in place of positions and claims.
/// @param answered whether it did.
struct GroupView {
    bytes32 vaultId;
    bool open;
    MarginMode mode;
    bytes32[] vaults;
    bytes32 accountId;
    uint32 bucket;
    address owner;
    address venue;
    bytes32 memberId;
    AssetView[] assets;
    PositionView[] positions;
    UnsettledView[] unsettled;
    ClaimsView[] claims;
    DebtView[] debts;
    AttestedRequirement attested;
    bool attestedHere;
    Auction auction;
    bytes32 lastTrade;
    VenueMargin reported;
    bool answered;
}

/// @param haircuts zero for quote.
struct CollateralView {
    address token;
    string symbol;
    Collateral terms;
    RampedParameters haircuts;
}

/// @param rates zero for options.
struct InstrumentView {
    InstrumentTerms terms;
    RampedParameters rates;
    InstrumentState state;
}

/// @notice A member's contribution to the default fund. @param free quote in its vault.
struct FundView {
    bytes32 memberId;
    bytes32 vaultId;
    uint256 free;
}

/// @notice What is set for one feed: its step floor, and when the pauses of its uses end, in the order of PriceUse; zero: not paused.
struct FeedTermsView {
    bytes32 feed;
    uint256 floorWad;
    uint64[3] pausedUntil;
}

/// @notice A stored price, and the report that waits to be confirmed.
struct PriceStateView {
    FeedState stored;
    HeldPrice held;
}

/// @param feeds of every collateral and instrument, in their order: one that several share comes several times.
struct MarketView {
    address quoteToken;
    CollateralView[] collaterals;
    InstrumentView[] instruments;
    AuctionTerms auction;
    OracleTerms oracle;
    FeedTermsView[] feeds;
    bytes32 houseVault;
    uint256 houseCapital;
    uint256 floorInitialWad;
    uint256 floorMaintenanceWad;
    FundView[] funds;
}

interface IErc20Symbol {
    function symbol() external view returns (string memory);
}

/// @title Whole states in one call
/// @notice Reads only, holds nothing, and nobody trusts it but who reads through it: one call gives the state of many groups at one block.
contract VaultLens {
    uint256 private constant MAX_ASSETS = 8;
    /// @dev What a venue may burn to answer for one group: more than a bid could spend on it.
    uint256 private constant ANSWER_GAS = 2_000_000;

    /// @notice States of the vaults' groups, in the order asked: a vault that another leads gives its lead's.
    function groups(Core calldata core, bytes32[] calldata vaultIds) external view returns (GroupView[] memory views) {
        views = new GroupView[](vaultIds.length);
        for (uint256 i = 0; i < vaultIds.length; ++i) {
            views[i] = _group(core, vaultIds[i]);
        }
    }

    /// @notice What all groups share. @param tokens the listed collaterals, quote not among them: the book keeps no list to read.
    function market(Core calldata core, address[] calldata tokens) external view returns (MarketView memory view_) {
        view_.quoteToken = core.marginEngine.quoteToken();
        view_.collaterals = new CollateralView[](tokens.length + 1);
        view_.collaterals[0] = _collateral(core, view_.quoteToken);
        for (uint256 i = 0; i < tokens.length; ++i) {
            view_.collaterals[i + 1] = _collateral(core, tokens[i]);
            view_.collaterals[i + 1].haircuts = core.marginEngine.haircutsOf(tokens[i]);
        }
        view_.instruments = new InstrumentView[](core.clearingHouse.instrumentCount());
        for (uint32 i = 0; i < view_.instruments.length; ++i) {
            view_.instruments[i] = _instrument(core.clearingHouse, i);
        }
        view_.auction = core.liquidationEngine.terms();
        view_.oracle = core.oracleHub.terms();
        view_.feeds = _feedTerms(core.oracleHub, view_);
        view_.houseVault = core.clearingHouse.houseVault();
        view_.houseCapital = core.marginEngine.bookOf(view_.houseVault, view_.quoteToken).free;
        (view_.floorInitialWad, view_.floorMaintenanceWad) = core.requirements.floors();
        view_.funds = _funds(IDefaultWaterfall(address(core.clearingHouse)));
    }

    /// @notice Stored prices, in the order asked, whatever their age. time 0: never posted.
    function prices(IOracleHub oracleHub, bytes32[] calldata feeds)
        external
        view
        returns (PriceStateView[] memory states)
    {
        states = new PriceStateView[](feeds.length);
        for (uint256 i = 0; i < feeds.length; ++i) {
            states[i] = PriceStateView(oracleHub.feedState(feeds[i]), oracleHub.heldPrice(feeds[i]));
        }
    }

    /// @notice What a venue says of a group. For this contract itself: whatever goes wrong with a stranger's venue is caught in one place.
    function ask(ILiquidationEngine liquidationEngine, address venue, bytes32[] calldata vaults)
        external
        view
        returns (VenueMargin memory reported, bytes32 lastTrade)
    {
        reported = IVenue(venue).margin(vaults, PriceView(PriceUse.Liquidation));
        lastTrade = liquidationEngine.lastTradeOfGroup(vaults[0]);
    }

    /* INTERNAL */

    function _feedTerms(IOracleHub oracleHub, MarketView memory market_) private view returns (FeedTermsView[] memory) {
        uint256 count = 0;
        FeedTermsView[] memory feeds = new FeedTermsView[](market_.collaterals.length + 2 * market_.instruments.length);
        for (uint256 i = 0; i < market_.collaterals.length; ++i) {
            feeds[count++] = _feedTermsOf(oracleHub, market_.collaterals[i].terms.feed);
        }
        for (uint256 i = 0; i < market_.instruments.length; ++i) {
            feeds[count++] = _feedTermsOf(oracleHub, market_.instruments[i].terms.feed);
            feeds[count++] = _feedTermsOf(oracleHub, market_.instruments[i].terms.indexFeed);
        }
        return feeds;
    }

    function _feedTermsOf(IOracleHub oracleHub, bytes32 feed) private view returns (FeedTermsView memory terms) {
        if (feed == 0) return terms;
        (terms.feed, terms.floorWad) = (feed, oracleHub.stepFloorOf(feed));
        for (uint256 i = 0; i < 3; ++i) {
            terms.pausedUntil[i] = oracleHub.pausedUntil(feed, PriceUse(i));
        }
    }

    /// @dev In the order in which roundings are theirs.
    function _funds(IDefaultWaterfall waterfall) private view returns (FundView[] memory funds) {
        bytes32[] memory members = waterfall.contributors();
        funds = new FundView[](members.length);
        for (uint256 i = 0; i < members.length; ++i) {
            Contribution memory contribution = waterfall.contributionOf(members[i]);
            funds[i] = FundView(members[i], contribution.vault, contribution.free);
        }
    }

    function _collateral(Core calldata core, address token) private view returns (CollateralView memory view_) {
        view_.token = token;
        view_.terms = core.marginEngine.collateralOf(token);
        // Old tokens name themselves in other ways, or not at all; a name decides nothing.
        try IErc20Symbol(token).symbol() returns (string memory symbol) {
            view_.symbol = symbol;
        } catch { }
    }

    function _instrument(IClearingHouse clearingHouse, uint32 instrument)
        private
        view
        returns (InstrumentView memory view_)
    {
        view_.terms = clearingHouse.termsOf(instrument);
        view_.state = clearingHouse.stateOf(instrument);
        InstrumentKind kind = view_.terms.kind;
        bool rated = kind == InstrumentKind.Perp || kind == InstrumentKind.Future;
        if (rated) view_.rates = clearingHouse.ratesOf(instrument);
    }

    function _group(Core calldata core, bytes32 asked) private view returns (GroupView memory group) {
        bytes32 vaultId = core.groups.leadOf(asked);
        group.vaultId = vaultId;
        group.open = core.registry.isOpen(vaultId);
        if (!group.open) return group;
        (group.mode, group.vaults) = core.groups.groupOf(vaultId);
        Vault memory vault = core.registry.vaultOf(vaultId);
        (group.accountId, group.bucket, group.venue, group.memberId) =
        (vault.accountId, vault.bucket, vault.venue, vault.memberId);
        group.owner = core.registry.ownerOf(vault.accountId);
        group.assets = _assets(core, group.vaults);
        group.debts = _debts(core, group.vaults);
        group.auction = core.liquidationEngine.auctionOf(vaultId);
        if (vault.venue != address(core.clearingHouse)) {
            _addReport(core, group);
            return group;
        }
        _addObligations(core, group);
        group.lastTrade = core.liquidationEngine.lastTradeOfGroup(vaultId);
        if (group.mode != MarginMode.Portfolio) return group;
        bytes32 positions = core.clearingHouse.positionsHash(group.vaults);
        (group.attested, group.attestedHere) = core.requirements.countingFor(vaultId, positions);
    }

    /// @dev A venue answers for itself. One that reverts, at a stale price for instance, leaves its own groups without an answer, and no others.
    function _addReport(Core calldata core, GroupView memory group) private view {
        try this.ask{ gas: ANSWER_GAS }(core.liquidationEngine, group.venue, group.vaults) returns (
            VenueMargin memory reported, bytes32 lastTrade
        ) {
            (group.reported, group.lastTrade, group.answered) = (reported, lastTrade, true);
        } catch { }
    }

    /// @dev Of each vault quote first and always, then what else it holds.
    function _assets(Core calldata core, bytes32[] memory vaults) private view returns (AssetView[] memory assets) {
        address quote = core.marginEngine.quoteToken();
        uint256 count = 0;
        assets = new AssetView[](vaults.length * (MAX_ASSETS + 1));
        for (uint256 i = 0; i < vaults.length; ++i) {
            address[] memory held = core.marginEngine.assetsOf(vaults[i]);
            assets[count++] = _asset(core, vaults[i], quote);
            for (uint256 j = 0; j < held.length; ++j) {
                if (held[j] != quote) assets[count++] = _asset(core, vaults[i], held[j]);
            }
        }
        assembly ("memory-safe") {
            mstore(assets, count)
        }
    }

    function _asset(Core calldata core, bytes32 vaultId, address token) private view returns (AssetView memory) {
        Book memory book = core.marginEngine.bookOf(vaultId, token);
        return AssetView(vaultId, token, book.free, book.locked, book.credit);
    }

    function _debts(Core calldata core, bytes32[] memory vaults) private view returns (DebtView[] memory debts) {
        uint256 count = 0;
        debts = new DebtView[](vaults.length * vaults.length);
        for (uint256 i = 0; i < vaults.length; ++i) {
            (bytes32[] memory payers, uint256[] memory amounts) = core.groups.debtsOf(vaults[i]);
            for (uint256 j = 0; j < payers.length; ++j) {
                debts[count++] = DebtView(vaults[i], payers[j], amounts[j]);
            }
        }
        assembly ("memory-safe") {
            mstore(debts, count)
        }
    }

    function _addObligations(Core calldata core, GroupView memory group) private view {
        uint256 most = core.clearingHouse.positionCount(group.vaults);
        group.claims = new ClaimsView[](group.vaults.length);
        group.positions = new PositionView[](most);
        group.unsettled = new UnsettledView[](most);
        uint256 count = 0;
        uint256 behind = 0;
        for (uint256 i = 0; i < group.vaults.length; ++i) {
            (count, behind) = _addVault(core, group, i, count, behind);
        }
        PositionView[] memory positions = group.positions;
        UnsettledView[] memory unsettled = group.unsettled;
        assembly ("memory-safe") {
            mstore(positions, count)
            mstore(unsettled, behind)
        }
    }

    function _addVault(Core calldata core, GroupView memory group, uint256 at, uint256 count, uint256 behind)
        private
        view
        returns (uint256, uint256)
    {
        bytes32 vaultId = group.vaults[at];
        ClaimsView memory claims = group.claims[at];
        claims.vaultId = vaultId;
        (claims.owed, claims.due) = core.clearingHouse.owedAndDueOf(vaultId);
        uint32[] memory instruments = core.clearingHouse.instrumentsOf(vaultId);
        for (uint256 i = 0; i < instruments.length; ++i) {
            Position memory position = core.clearingHouse.positionOf(vaultId, instruments[i]);
            if (!_isHeld(position)) continue;
            InstrumentState memory state = core.clearingHouse.stateOf(instruments[i]);
            if (position.settledRound + 1 < state.round) {
                group.unsettled[behind++] = UnsettledView(vaultId, instruments[i]);
            }
            _billRounds(core, claims, instruments[i], position, state.round - 1);
            if (!_isHeld(position)) continue;
            group.positions[count++] = PositionView(
                vaultId, instruments[i], position.size, state.lastPriceWad, position.tradeGain, position.tradeLoss
            );
        }
        return (count, behind);
    }

    function _isHeld(Position memory position) private pure returns (bool) {
        return position.size != 0 || position.tradeGain != 0 || position.tradeLoss != 0;
    }

    /// @dev The closed rounds that the position was not settled for, exactly as the clearing house counts them in its margin.
    function _billRounds(
        Core calldata core,
        ClaimsView memory claims,
        uint32 instrument,
        Position memory position,
        uint32 closed
    ) private view {
        if (position.settledRound >= closed) return;
        uint256 scale = 10 ** (36 - core.marginEngine.quoteDecimals());
        uint256 from = core.clearingHouse.roundOf(instrument, position.settledRound).priceWad;
        for (uint32 number = position.settledRound + 1; number <= closed; ++number) {
            Round memory round = core.clearingHouse.roundOf(instrument, number);
            uint256 settledAt = uint256(int256(uint256(round.priceWad)) - round.fundingWad); // funding is at most the price
            (uint256 gain, uint256 loss) = SettlementMath.change(position.size, from, settledAt, scale);
            uint256 common;
            (gain, loss, common) = SettlementMath.setOff(gain + position.tradeGain, loss + position.tradeLoss);
            (position.tradeGain, position.tradeLoss) = (0, 0);
            claims.owed += loss;
            claims.due += SettlementMath.final_(gain, round.totalLoss - common, round.writtenOff);
            from = round.priceWad;
            if (round.last) position.size = 0;
        }
    }
}
