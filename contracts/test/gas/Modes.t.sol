// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Bid } from "../../src/interfaces/ILiquidationEngine.sol";
import { MarginMode } from "../../src/interfaces/IMarginGroups.sol";
import { Rights } from "../../src/libraries/Rights.sol";
import { TestToken } from "../../src/testing/TestToken.sol";
import { GroupFixture } from "../support/GroupFixture.sol";
import { VmSafe } from "forge-std/Vm.sol";

/// @notice What deposits, trades, withdrawals and bids cost as transactions of their own, by mode, collaterals and positions: the table of
/// docs/reference/numbers.md. In a group the same holdings lie in two vaults. Prices are posted already. FORGE_SNAPSHOT_EMIT=true writes
/// snapshots/modes.json.
/// forge-config: default.isolate = true
contract ModesGasTest is GroupFixture {
    uint256 private constant NOTIONAL = 320_000;
    TestToken[] private collaterals;

    function testGasSegregated1Collateral1Position() public {
        _measure(MarginMode.Segregated, 1, 1);
    }

    function testGasSegregated1Collateral8Positions() public {
        _measure(MarginMode.Segregated, 1, 8);
    }

    function testGasSegregated1Collateral16Positions() public {
        _measure(MarginMode.Segregated, 1, 16);
    }

    function testGasSegregated5Collaterals1Position() public {
        _measure(MarginMode.Segregated, 5, 1);
    }

    function testGasSegregated5Collaterals8Positions() public {
        _measure(MarginMode.Segregated, 5, 8);
    }

    function testGasSegregated5Collaterals16Positions() public {
        _measure(MarginMode.Segregated, 5, 16);
    }

    function testGasCross1Collateral1Position() public {
        _measure(MarginMode.Cross, 1, 1);
    }

    function testGasCross1Collateral8Positions() public {
        _measure(MarginMode.Cross, 1, 8);
    }

    function testGasCross1Collateral16Positions() public {
        _measure(MarginMode.Cross, 1, 16);
    }

    function testGasCross5Collaterals1Position() public {
        _measure(MarginMode.Cross, 5, 1);
    }

    function testGasCross5Collaterals8Positions() public {
        _measure(MarginMode.Cross, 5, 8);
    }

    function testGasCross5Collaterals16Positions() public {
        _measure(MarginMode.Cross, 5, 16);
    }

    function testGasPortfolio1Collateral1Position() public {
        _measure(MarginMode.Portfolio, 1, 1);
    }

    function testGasPortfolio1Collateral8Positions() public {
        _measure(MarginMode.Portfolio, 1, 8);
    }

    function testGasPortfolio1Collateral16Positions() public {
        _measure(MarginMode.Portfolio, 1, 16);
    }

    function testGasPortfolio5Collaterals1Position() public {
        _measure(MarginMode.Portfolio, 5, 1);
    }

    function testGasPortfolio5Collaterals8Positions() public {
        _measure(MarginMode.Portfolio, 5, 8);
    }

    function testGasPortfolio5Collaterals16Positions() public {
        _measure(MarginMode.Portfolio, 5, 16);
    }

    /// @dev LIQ-11 for a group: eight vaults, quote in each, sixteen collaterals and sixteen positions over them, all new to the bidder but for the bounds of
    /// its own vault: it leaves nine collaterals behind.
    function testGasLIQ11TheWorstBidForAGroup() public {
        bytes32[] memory vaults = new bytes32[](8);
        for (uint32 i = 0; i < 8; ++i) {
            vaults[i] = i < 3 ? _three()[i] : _sibling(first, i).vault;
        }
        for (uint256 i = 0; i < 16; ++i) {
            _list(i);
            _deposit(first.owner, vaults[i / 2], collaterals[i], 1e15);
        }
        for (uint256 i = 0; i < 8; ++i) {
            _deposit(first.owner, vaults[i], usd, 6000 * USD);
        }
        _formOf(vaults, MarginMode.Cross);
        for (uint32 i = 0; i < 16; ++i) {
            _open(i, vaults[i / 2], NOTIONAL / 16);
        }
        _fall();
        Bid memory bid = _bidOf();
        bid.skip = new address[](9);
        for (uint256 i = 0; i < 9; ++i) {
            bid.skip[i] = address(collaterals[i]);
        }
        vm.prank(bidder.owner);
        liquidationEngine.bid(bid, _none());
        VmSafe.Gas memory gas = vm.lastCallGas();
        vm.snapshotGasLastCall("modes", "cross, 8 vaults, 16 collaterals, 16 positions: the worst bid");
        assertLe(gas.gasTotalUsed, 5_000_000, "LIQ-11");
    }

    /* HELPERS */

    function _measure(MarginMode mode, uint256 collateralCount, uint256 positionCount) private {
        string memory what = string.concat(
            mode == MarginMode.Segregated ? "segregated" : mode == MarginMode.Cross ? "cross" : "portfolio",
            ", ",
            vm.toString(collateralCount),
            " collaterals, ",
            vm.toString(positionCount),
            " positions: "
        );
        _fill(mode, collateralCount, positionCount);
        _attestIfNeeded(mode);
        usd.mint(first.owner, USD);
        vm.prank(first.owner);
        engine.deposit(first.vault, address(usd), USD);
        vm.snapshotGasLastCall("modes", string.concat(what, "deposit"));

        vm.prank(first.owner);
        engine.withdraw(first.vault, address(usd), USD, first.owner, _none());
        vm.snapshotGasLastCall("modes", string.concat(what, "withdraw"));

        _attestResult(mode);
        _letTrade(counterparty, alphaOperator, Rights.TRADE);
        vm.prank(alphaOperator);
        clearingHouse.novate(PERP, first.vault, counterparty.vault, 1e15, ETH_PRICE, "gas", _none());
        vm.snapshotGasLastCall("modes", string.concat(what, "trade"));

        _fall();
        _attestIfNeeded(mode);
        Bid memory bid = _bidOf();
        vm.prank(bidder.owner);
        liquidationEngine.bid(bid, _none());
        vm.snapshotGasLastCall("modes", string.concat(what, "bid"));
    }

    /// @dev 50,000 in quote, small collaterals, and a notional of 320,000 however many positions it is in. In a group half of it in either vault.
    function _fill(MarginMode mode, uint256 collateralCount, uint256 positionCount) private {
        bool grouped = mode != MarginMode.Segregated;
        for (uint256 i = 0; i < collateralCount; ++i) {
            _list(i);
            _deposit(first.owner, grouped && i % 2 == 1 ? second.vault : first.vault, collaterals[i], 1e15);
        }
        _deposit(first.owner, first.vault, usd, (grouped ? 25_000 : 50_000) * USD);
        if (grouped) {
            _deposit(first.owner, second.vault, usd, 25_000 * USD);
            _form(mode);
        }
        for (uint32 i = 0; i < positionCount; ++i) {
            _open(i, grouped && i % 2 == 1 ? second.vault : first.vault, NOTIONAL / positionCount);
        }
    }

    function _list(uint256 i) private {
        collaterals.push(new TestToken("T", "T", 18));
        vm.prank(admin);
        engine.listCollateral(address(collaterals[i]), ETH_USD, 0.1e18, 0.15e18);
    }

    function _open(uint32 instrument, bytes32 vault, uint256 dollars) private {
        if (instrument == clearingHouse.instrumentCount()) {
            vm.prank(admin);
            clearingHouse.listInstrument(_perpTerms());
        }
        _letTrade(counterparty, alphaOperator, Rights.TRADE);
        vm.prank(alphaOperator);
        clearingHouse.novate(
            instrument,
            vault,
            counterparty.vault,
            dollars * 1e18 / 2000,
            ETH_PRICE,
            keccak256(abi.encode(instrument)),
            _none()
        );
    }

    function _attestIfNeeded(MarginMode mode) private {
        if (mode != MarginMode.Portfolio) return;
        vm.warp(vm.getBlockTimestamp() + 1);
        _refresh(ETH_USD);
        _attest(32_000 * USD, 21_000 * USD);
    }

    /// @dev The trade that follows adds to the first position.
    function _attestResult(MarginMode mode) private {
        if (mode != MarginMode.Portfolio) return;
        uint256 snapshot = vm.snapshotState();
        _letTrade(counterparty, alphaOperator, Rights.TRADE);
        vm.prank(alphaOperator);
        clearingHouse.novate(PERP, first.vault, counterparty.vault, 1e15, ETH_PRICE, "probe", _none());
        bytes32 result = _positionsHash();
        vm.revertToState(snapshot);
        _attestFor(first.vault, result, 32_000 * USD, 21_000 * USD);
    }

    function _fall() private {
        uint256 mark = 1830e18;
        _mark(ETH_USD, mark);
        while (_health(first.vault).equity >= int256(_health(first.vault).maintenance)) {
            _mark(ETH_USD, mark -= 5e18);
        }
        _refresh(BTC_USD);
    }

    function _bidOf() private returns (Bid memory bid) {
        bid = _bidFor(first.vault, bidder.vault, 0.5e18);
        bid.deadline = uint64(vm.getBlockTimestamp() + 60);
    }
}
