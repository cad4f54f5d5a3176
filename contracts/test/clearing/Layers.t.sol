// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IDefaultWaterfallEvents, Residual } from "../../src/interfaces/IDefaultWaterfall.sol";
import { BidResult } from "../../src/interfaces/ILiquidationEngine.sol";
import { Health } from "../../src/interfaces/IMarginEngine.sol";
import { ClearingFixture } from "../support/ClearingFixture.sol";

/// @notice Every layer of the waterfall. The failing vault is alpha's client; beta, gamma and delta share in what alpha and the house cannot pay.
contract LayersTest is ClearingFixture {
    Trader internal failing;
    Trader internal short;
    Trader internal bystander;
    Trader internal bidder;
    bytes32 internal gamma;
    bytes32 internal delta;

    /// @dev What layers hold, in their order.
    struct Layers {
        uint256 own;
        uint256 house;
        uint256[3] others;
    }

    function setUp() public override {
        super.setUp();
        vm.startPrank(admin);
        gamma = registry.admitMember("gamma", makeAddr("gamma operator"));
        delta = registry.admitMember("delta", makeAddr("delta operator"));
        vm.stopPrank();
        _require(beta, 0);
        _require(alpha, 0);
        _require(gamma, 0);
        _require(delta, 0);
        failing = _trader("failing", alpha, 1500 * USD);
        _deposit(failing.owner, failing.vault, eth, 1e18);
        short = _trader("short", beta, 100_000 * USD);
        bystander = _trader("bystander", gamma, 5000 * USD);
        bidder = _trader("bidder", beta, 50_000 * USD);
        _trade(failing, short, 10e18);
        _trade(bystander, short, 1e18);
    }

    function _houseCapital() internal pure override returns (uint256) {
        return 0;
    }

    /* ORDER AND SUM */

    /// @dev Up to 4,200 are missing, and the layers have up to 3,000 together: every one of them is the last to pay in some run.
    function testFuzz_WF1_WF2_WF3_each_layer_pays_all_it_has_before_the_next_and_they_sum_to_the_shortfall(
        uint256 priceWad,
        uint256[5] memory amounts,
        bool settled
    ) public {
        _fill(amounts);
        _fall(bound(priceWad, 1300e18, 1680e18), settled);
        Layers memory had = _layers();
        bytes32 before = _snapshotOthers();
        uint256 missing = uint256(-_health(failing.vault).marketValue);
        BidResult memory result = _bid(bidder, failing.vault, WAD);

        uint256 left = _judge(missing, had, _layers());
        assertEq(result.received, missing - left, "WF-2: what the layers paid");
        assertEq(result.forgiven + result.residual, left, "WF-2: to the unit");
        assertEq(_state().shortfall, result.forgiven, "WF-2: written off");
        assertEq(_waterfall().residualTotal(), result.residual, "WF-2: recorded (LIQ-9)");
        if (result.residual != 0) assertEq(_owed(bidder.vault), 0, "WF-1: everything that could be written off was");
        assertEq(before, _snapshotOthers(), "WF-3");
    }

    function testFuzz_WF1_WF2_WF3_in_pieces_too(
        uint256 priceWad,
        uint256[5] memory amounts,
        bool settled,
        uint256 fraction
    ) public {
        _fill(amounts);
        _fall(bound(priceWad, 1300e18, 1680e18), settled);
        bytes32 before = _snapshotOthers();
        uint256 residual = 0;
        for (uint256 i = 0; i < 3; ++i) {
            Health memory health = _health(failing.vault);
            if (health.equity >= int256(health.maintenance)) break;
            Layers memory had = _layers();
            uint256 f = i == 2 ? WAD : bound(uint256(keccak256(abi.encode(fraction, i))), 0.05e18, 0.7e18);
            BidResult memory result = _bid(bidder, failing.vault, f);
            uint256 missing = uint256(-health.marketValue) * result.fractionWad / WAD;
            uint256 left = _judge(missing, had, _layers());
            assertEq(result.received, missing - left, "WF-2");
            assertEq(result.forgiven + result.residual, left, "WF-2");
            residual += result.residual;
        }
        assertEq(_waterfall().residualTotal(), residual, "LIQ-9");
        assertEq(before, _snapshotOthers(), "WF-3");
    }

    function test_WF1_WF2_every_layer_tells_what_it_paid_in_order() public {
        _fill([uint256(200 * USD), 300 * USD, 400 * USD, 500 * USD, 100 * USD + 1]);
        _fall(1611e18, true); // 779 missing
        uint256 missing = uint256(-_health(failing.vault).marketValue);
        uint256 others = 1000 * USD + 1;
        uint256 left = missing - 500 * USD;
        (uint256 first, uint256 second) = (left * 400 * USD / others, left * 500 * USD / others);
        (bytes32 to, bytes32 from) = (bidder.vault, failing.vault);
        vm.expectEmit(address(clearingHouse));
        emit IDefaultWaterfallEvents.OwnContributionPaid(alpha, to, from, 200 * USD);
        vm.expectEmit(address(clearingHouse));
        emit IDefaultWaterfallEvents.HouseCapitalPaid(to, from, 300 * USD);
        vm.expectEmit(address(clearingHouse));
        emit IDefaultWaterfallEvents.MutualContributionPaid(beta, to, from, first);
        vm.expectEmit(address(clearingHouse));
        emit IDefaultWaterfallEvents.MutualContributionPaid(gamma, to, from, second);
        vm.expectEmit(address(clearingHouse));
        emit IDefaultWaterfallEvents.MutualContributionPaid(delta, to, from, left - first - second);
        BidResult memory result = _bid(bidder, failing.vault, WAD);
        assertEq(result.received, missing);
    }

    function test_WF1_a_member_that_was_never_asked_for_a_contribution_has_none_to_pay() public {
        vm.prank(admin);
        bytes32 omega = registry.admitMember("omega", makeAddr("omega operator"));
        Trader memory theirs = _trader("theirs", omega, 1500 * USD);
        _deposit(theirs.owner, theirs.vault, eth, 1e18);
        _trade(theirs, short, 10e18);
        _fill([uint256(500 * USD), 0, 400 * USD, 0, 0]);
        _fall(1611e18, true);
        clearingHouse.settle(theirs.vault);
        uint256 missing = uint256(-_health(theirs.vault).marketValue);
        BidResult memory result = _bid(bidder, theirs.vault, WAD);
        assertEq(result.received, missing, "alpha is one of the others here");
        uint256 fromBeta = missing * 400 / 900;
        assertEq(_contributed(beta), 400 * USD - fromBeta, "pro rata");
        assertEq(_contributed(alpha), 500 * USD - (missing - fromBeta), "the rest, as the last one that has any");
    }

    function test_WF3_LIQ10_a_contribution_that_its_token_holds_back_becomes_a_credit_in_its_own_escrow() public {
        _contribute(alpha, 2000 * USD);
        _fall(1611e18, true);
        bytes32 vault = _contribution(alpha).vault;
        uint256 missing = uint256(-_health(failing.vault).marketValue);
        vm.mockCallRevert(address(usd), abi.encodeWithSignature("transfer(address,uint256)"), "frozen");
        _bid(bidder, failing.vault, WAD);
        vm.clearMockedCalls();
        assertEq(engine.creditOf(vault, address(usd), bidder.vault), missing);
        assertEq(_quote(vault), 2000 * USD - missing);
        vm.prank(bidder.owner);
        engine.claimCredit(vault, address(usd), bidder.vault, bidder.owner);
        assertEq(usd.balanceOf(bidder.owner), missing);
    }

    /* RESIDUALS */

    function test_WF2_a_residual_is_repaid_by_house_capital_to_come_oldest_first() public {
        Trader memory late = _trader("late", gamma, 50_000 * USD);
        _fall(1600e18, false); // 900 missing, nothing owed yet
        _bid(bidder, failing.vault, 0.5e18);
        _bid(late, failing.vault, WAD);
        Residual[] memory open = _waterfall().residuals();
        assertEq(open.length, 2);
        assertEq(open[0].vault, bidder.vault);
        assertEq(_waterfall().residualTotal(), 900 * USD);
        assertEq(_state().residual, 900 * USD, "and counted in the instrument");

        assertEq(_waterfall().repayResiduals(10), 0, "nothing to repay from");
        (uint256 hadFirst, uint256 hadLate) = (_quote(bidder.vault), _quote(late.vault));
        _deposit(admin, clearingHouse.houseVault(), usd, 500 * USD);
        assertEq(_waterfall().repayResiduals(10), 500 * USD);
        assertEq(_quote(bidder.vault) - hadFirst, 450 * USD, "the oldest whole");
        assertEq(_quote(late.vault) - hadLate, 50 * USD, "then the next");
        assertEq(_waterfall().residualTotal(), 400 * USD);
        assertEq(_state().residual, 400 * USD);

        _deposit(admin, clearingHouse.houseVault(), usd, 1000 * USD);
        assertEq(_waterfall().repayResiduals(1), 400 * USD);
        assertEq(_waterfall().repayResiduals(1), 0, "repaid once");
        assertEq(_quote(clearingHouse.houseVault()), 600 * USD, "house capital keeps the rest");
        assertEq(_waterfall().residuals().length, 0);
    }

    function test_WF2_one_bidders_residuals_in_a_row_are_one_entry() public {
        _fall(1600e18, false);
        _bid(bidder, failing.vault, 0.2e18);
        _bid(bidder, failing.vault, 0.2e18);
        _bid(bidder, failing.vault, WAD);
        assertEq(_waterfall().residuals().length, 1);
        assertApproxEqAbs(_waterfall().residualTotal(), 900 * USD, 3);
    }

    function test_WF3_no_contribution_repays_an_older_residual() public {
        _fall(1600e18, false);
        _bid(bidder, failing.vault, WAD);
        _contribute(alpha, 5000 * USD);
        assertEq(_waterfall().repayResiduals(10), 0);
        assertEq(_contributed(alpha), 5000 * USD);
    }

    function test_WF2_a_bidder_that_left_the_clearing_house_does_not_hold_up_those_behind_it() public {
        Trader memory late = _trader("late", gamma, 50_000 * USD);
        _fall(1600e18, false);
        _bid(bidder, failing.vault, 0.5e18);
        _bid(late, failing.vault, WAD);
        _trade(short, bidder, 5e18); // it gets rid of what it took
        _roundAt(1600e18);
        clearingHouse.settleMany(PERP, _vaults(bidder.vault, late.vault));
        clearingHouse.settleMany(PERP, _vaults(short.vault, bystander.vault));
        clearingHouse.settleMany(PERP, _vaults(bidder.vault, short.vault));
        vm.prank(bidder.owner);
        registry.changeVenue(bidder.vault, address(0), 0);

        uint256 had = _quote(late.vault);
        _deposit(admin, clearingHouse.houseVault(), usd, 500 * USD);
        vm.expectEmit(address(clearingHouse));
        emit IDefaultWaterfallEvents.ResidualGivenUp(bidder.vault, 450 * USD);
        assertEq(_waterfall().repayResiduals(10), 450 * USD);
        assertEq(_quote(late.vault) - had, 450 * USD);
        assertEq(_waterfall().residualTotal(), 0);
    }

    /* HELPERS */

    /// @dev alpha's own, house, and beta, gamma, delta, each below 600.
    function _fill(uint256[5] memory amounts) private {
        for (uint256 i = 0; i < 5; ++i) {
            amounts[i] = bound(amounts[i], 0, 600 * USD);
            if (amounts[i] > 590 * USD) amounts[i] = 0;
        }
        _contribute(alpha, amounts[0]);
        if (amounts[1] != 0) _deposit(admin, clearingHouse.houseVault(), usd, amounts[1]);
        _contribute(beta, amounts[2]);
        _contribute(gamma, amounts[3]);
        _contribute(delta, amounts[4]);
    }

    function _fall(uint256 priceWad, bool settled) private {
        if (settled) {
            _roundAt(priceWad);
            clearingHouse.settle(failing.vault);
        } else {
            _mark(ETH_USD, priceWad);
        }
    }

    function _layers() private view returns (Layers memory layers) {
        layers.own = _contributed(alpha);
        layers.house = _quote(clearingHouse.houseVault());
        layers.others = [_contributed(beta), _contributed(gamma), _contributed(delta)];
    }

    /// @dev Reckoned anew, layer by layer. @return left for the write-off and the residual.
    function _judge(uint256 missing, Layers memory had, Layers memory has) private pure returns (uint256 left) {
        left = missing;
        uint256 paid = left < had.own ? left : had.own;
        assertEq(had.own - has.own, paid, "WF-1: the member's own");
        left -= paid;
        paid = left < had.house ? left : had.house;
        assertEq(had.house - has.house, paid, "WF-1: house capital");
        left -= paid;
        uint256 total = had.others[0] + had.others[1] + had.others[2];
        uint256 asked = left < total ? left : total;
        uint256 sum = 0;
        for (uint256 i = 0; i < 3; ++i) {
            paid = had.others[i] - has.others[i];
            sum += paid;
            if (total != 0) assertApproxEqAbs(paid, asked * had.others[i] / total, 2, "WF-2: pro rata");
            if (had.others[2] > 2 && asked < total - 2 && i < 2) {
                assertEq(paid, asked * had.others[i] / total, "WF-2: the remainder is the last one's");
            }
        }
        assertEq(sum, asked, "WF-1, WF-2: the others together");
        return left - asked;
    }

    /// @dev Books, positions and what is owed of all that no bid concerns.
    function _snapshotOthers() private view returns (bytes32) {
        bytes32[2] memory others = [short.vault, bystander.vault];
        bytes memory all;
        for (uint256 i = 0; i < others.length; ++i) {
            all = abi.encode(
                all,
                engine.bookOf(others[i], address(usd)),
                engine.bookOf(others[i], address(eth)),
                _position(others[i]),
                _owed(others[i])
            );
        }
        return keccak256(all);
    }
}
