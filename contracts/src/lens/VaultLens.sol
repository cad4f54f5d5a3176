// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IClearingHouse, InstrumentState, InstrumentTerms, Position, Round } from "../interfaces/IClearingHouse.sol";
import { Auction, AuctionTerms, ILiquidationEngine } from "../interfaces/ILiquidationEngine.sol";
import { Book, Collateral, IMarginEngine } from "../interfaces/IMarginEngine.sol";
import { FeedState, IOracleHub, PriceUse } from "../interfaces/IOracleHub.sol";
import { IVaultRegistry, Vault } from "../interfaces/IVaultRegistry.sol";
import { SettlementMath } from "../libraries/SettlementMath.sol";

/// @notice One deployment of Bulkhead. The lens itself knows none, so that one of it serves them all.
struct Core {
    IVaultRegistry registry;
    IMarginEngine marginEngine;
    IClearingHouse clearingHouse;
    ILiquidationEngine liquidationEngine;
    IOracleHub oracleHub;
}

/// @notice Amounts in the token's own decimals.
struct AssetView {
    address token;
    uint256 free;
    uint256 locked;
    uint256 credit;
}

/// @notice A position as settling it now would leave it: carried at the last closed round's price. What its unsettled rounds bill is in the
/// group's owed and due, so that the sum over the group is what the venue's own margin gives.
struct PositionView {
    uint32 instrument;
    int256 size;
    uint256 carriedAtWad;
    uint256 tradeGain;
    uint256 tradeLoss;
}

/// @notice Everything that decides one group. `unsettled` names the instruments with closed rounds that the vault was not settled for: until it is, those
/// rounds stay incomplete. `open` is false, and the rest empty, for a vault that was never opened.
struct GroupView {
    bytes32 vaultId;
    bool open;
    bytes32 accountId;
    uint32 bucket;
    address owner;
    address venue;
    bytes32 memberId;
    address escrow;
    AssetView[] assets;
    PositionView[] positions;
    uint32[] unsettled;
    uint256 owed;
    uint256 due;
    Auction auction;
    bytes32 lastTrade;
}

struct CollateralView {
    address token;
    string symbol;
    Collateral terms;
}

struct InstrumentView {
    InstrumentTerms terms;
    InstrumentState state;
}

struct MarketView {
    address quoteToken;
    CollateralView[] collaterals;
    InstrumentView[] instruments;
    AuctionTerms auction;
    uint256 maxAgeRiskIncrease;
    uint256 maxAgeLiquidation;
    uint256 maxAgeSettlement;
    bytes32 houseVault;
    uint256 houseCapital;
}

interface IErc20Symbol {
    function symbol() external view returns (string memory);
}

/// @title Whole states in one call
/// @notice Reads only, holds nothing, and nobody trusts it but who reads through it: one call gives the state of many groups at one block.
contract VaultLens {
    /// @notice States of the vaults, in the order asked.
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
        }
        view_.instruments = new InstrumentView[](core.clearingHouse.instrumentCount());
        for (uint32 i = 0; i < view_.instruments.length; ++i) {
            view_.instruments[i] = InstrumentView(core.clearingHouse.termsOf(i), core.clearingHouse.stateOf(i));
        }
        view_.auction = core.liquidationEngine.terms();
        view_.maxAgeRiskIncrease = core.oracleHub.maxAge(PriceUse.RiskIncrease);
        view_.maxAgeLiquidation = core.oracleHub.maxAge(PriceUse.Liquidation);
        view_.maxAgeSettlement = core.oracleHub.maxAge(PriceUse.Settlement);
        view_.houseVault = core.clearingHouse.houseVault();
        view_.houseCapital = core.marginEngine.bookOf(view_.houseVault, view_.quoteToken).free;
    }

    /// @notice Stored prices, in the order asked, whatever their age. time 0: never posted.
    function prices(IOracleHub oracleHub, bytes32[] calldata feeds) external view returns (FeedState[] memory states) {
        states = new FeedState[](feeds.length);
        for (uint256 i = 0; i < feeds.length; ++i) {
            states[i] = oracleHub.feedState(feeds[i]);
        }
    }

    /* INTERNAL */

    function _collateral(Core calldata core, address token) private view returns (CollateralView memory view_) {
        view_.token = token;
        view_.terms = core.marginEngine.collateralOf(token);
        // Old tokens name themselves in other ways, or not at all; a name decides nothing.
        try IErc20Symbol(token).symbol() returns (string memory symbol) {
            view_.symbol = symbol;
        } catch { }
    }

    function _group(Core calldata core, bytes32 vaultId) private view returns (GroupView memory group) {
        group.vaultId = vaultId;
        group.open = core.registry.isOpen(vaultId);
        if (!group.open) return group;
        Vault memory vault = core.registry.vaultOf(vaultId);
        (group.accountId, group.bucket, group.venue, group.memberId) =
        (vault.accountId, vault.bucket, vault.venue, vault.memberId);
        group.owner = core.registry.ownerOf(vault.accountId);
        group.escrow = core.marginEngine.escrowOf(vaultId);
        group.assets = _assets(core, vaultId);
        group.auction = core.liquidationEngine.auctionOf(vaultId);
        if (vault.venue == address(core.clearingHouse)) _addObligations(core, group);
    }

    /// @dev Quote first and always, then what else the vault holds.
    function _assets(Core calldata core, bytes32 vaultId) private view returns (AssetView[] memory assets) {
        address quote = core.marginEngine.quoteToken();
        address[] memory held = core.marginEngine.assetsOf(vaultId);
        uint256 count = 1;
        assets = new AssetView[](held.length + 1);
        assets[0] = _asset(core, vaultId, quote);
        for (uint256 i = 0; i < held.length; ++i) {
            if (held[i] != quote) assets[count++] = _asset(core, vaultId, held[i]);
        }
        assembly ("memory-safe") {
            mstore(assets, count)
        }
    }

    function _asset(Core calldata core, bytes32 vaultId, address token) private view returns (AssetView memory) {
        Book memory book = core.marginEngine.bookOf(vaultId, token);
        return AssetView(token, book.free, book.locked, book.credit);
    }

    function _addObligations(Core calldata core, GroupView memory group) private view {
        uint32[] memory instruments = core.clearingHouse.instrumentsOf(group.vaultId);
        (group.owed, group.due) = core.clearingHouse.owedAndDueOf(group.vaultId);
        group.lastTrade = core.clearingHouse.lastTradeOf(group.vaultId);
        group.positions = new PositionView[](instruments.length);
        group.unsettled = new uint32[](instruments.length);
        uint256 count = 0;
        uint256 behind = 0;
        for (uint256 i = 0; i < instruments.length; ++i) {
            Position memory position = core.clearingHouse.positionOf(group.vaultId, instruments[i]);
            bool held = position.size != 0 || position.tradeGain != 0 || position.tradeLoss != 0;
            if (!held) continue;
            InstrumentState memory state = core.clearingHouse.stateOf(instruments[i]);
            if (position.settledRound + 1 < state.round) group.unsettled[behind++] = instruments[i];
            _billRounds(core, group, instruments[i], position, state.round - 1);
            if (position.size == 0 && position.tradeGain == 0 && position.tradeLoss == 0) continue;
            group.positions[count++] = PositionView(
                instruments[i], position.size, state.lastPriceWad, position.tradeGain, position.tradeLoss
            );
        }
        PositionView[] memory positions = group.positions;
        uint32[] memory unsettled = group.unsettled;
        assembly ("memory-safe") {
            mstore(positions, count)
            mstore(unsettled, behind)
        }
    }

    /// @dev The closed rounds that the position was not settled for, exactly as the clearing house counts them in its margin.
    function _billRounds(
        Core calldata core,
        GroupView memory group,
        uint32 instrument,
        Position memory position,
        uint32 closed
    ) private view {
        if (position.settledRound >= closed) return;
        uint256 scale = 10 ** (36 - core.marginEngine.quoteDecimals());
        uint256 from = core.clearingHouse.roundOf(instrument, position.settledRound).priceWad;
        for (uint32 number = position.settledRound + 1; number <= closed; ++number) {
            Round memory round = core.clearingHouse.roundOf(instrument, number);
            (uint256 gain, uint256 loss) = SettlementMath.change(position.size, from, round.priceWad, scale);
            uint256 common;
            (gain, loss, common) = SettlementMath.setOff(gain + position.tradeGain, loss + position.tradeLoss);
            (position.tradeGain, position.tradeLoss) = (0, 0);
            group.owed += loss;
            group.due += SettlementMath.final_(gain, round.totalLoss - common, round.writtenOff);
            from = round.priceWad;
        }
    }
}
