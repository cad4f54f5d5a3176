// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IGuardian } from "../../src/interfaces/IGuardian.sol";
import { IOracleHub, PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { MarginFixture } from "../support/MarginFixture.sol";

contract GuardianTest is MarginFixture {
    /* WHAT IT STOPS */

    function testFuzz_ADM2_APauseStopsItsUseOfItsFeedsAndNothingElse(uint8 use, bool both) public {
        PriceUse paused = PriceUse(bound(use, 0, 2));
        vm.prank(guardianKey);
        guardian.pause(both ? _feeds() : _feed(ETH_USD), paused, 1 hours);
        for (uint256 i = 0; i < 3; ++i) {
            _expectPrice(ETH_USD, PriceUse(i), PriceUse(i) == paused ? START + 1 hours : 0);
            _expectPrice(BTC_USD, PriceUse(i), both && PriceUse(i) == paused ? START + 1 hours : 0);
        }
    }

    function test_ADM2_ReportsAreStoredDuringAPause() public {
        _pauseAll(3 days);
        vm.warp(START + 1);
        _post(ETH_USD, ETH_PRICE + 1e18);
        assertEq(oracle.feedState(ETH_USD).priceWad, ETH_PRICE + 1e18);
        assertEq(oracle.pausedUntil(ETH_USD, PriceUse.Settlement), START + 3 days);
        _expectPrice(ETH_USD, PriceUse.Settlement, START + 3 days);
    }

    function test_AReportAfterTheEndClearsWhatReadersLookAt() public {
        _pause(ETH_USD, PriceUse.Liquidation, 1 hours);
        _pause(ETH_USD, PriceUse.Settlement, 2 hours);
        vm.warp(START + 1 hours);
        _post(ETH_USD, ETH_PRICE);
        _expectPrice(ETH_USD, PriceUse.RiskIncrease, 0);
        _expectPrice(ETH_USD, PriceUse.Liquidation, 0);
        _expectPrice(ETH_USD, PriceUse.Settlement, START + 2 hours);
    }

    function test_MRG3_MRG4_NoPauseStopsADepositOrAFlatWithdrawal() public {
        _deposit(alice, aliceVault, eth, 2e18);
        _deposit(bob, bobVault, eth, 1e18);
        _margin(bobVault, 0, 1000 * USD, 500 * USD);
        _pauseAll(3 days);
        _deposit(alice, aliceVault, usd, USD);
        _deposit(alice, aliceVault, eth, 1e18);
        _deposit(bob, bobVault, usd, USD);
        _deposit(bob, bobVault, eth, 1e18);
        _withdraw(alice, aliceVault, address(eth), 3e18);
        assertEq(eth.balanceOf(alice), 3e18);
        vm.expectRevert(
            abi.encodeWithSelector(IOracleHub.PricePaused.selector, ETH_USD, PriceUse.RiskIncrease, START + 3 days)
        );
        _withdraw(bob, bobVault, address(eth), 1e18);
    }

    /* HOW LONG */

    function testFuzz_ADM3_APauseEndsByItselfAndRestsAsLong(uint256 duration) public {
        duration = bound(duration, 1, 3 days);
        _pause(ETH_USD, PriceUse.Liquidation, duration);
        vm.warp(START + duration - 1);
        assertEq(oracle.pausedUntil(ETH_USD, PriceUse.Liquidation), START + duration);
        vm.warp(START + duration);
        assertEq(oracle.pausedUntil(ETH_USD, PriceUse.Liquidation), 0);
        vm.warp(START + 2 * duration - 1);
        _refusePause(ETH_USD, PriceUse.Liquidation);
        vm.warp(START + 2 * duration);
        _pause(ETH_USD, PriceUse.Liquidation, 3 days);
    }

    function test_ADM3_NoPauseIsLongerThanThreeDays() public {
        uint256[2] memory wrong = [uint256(0), 3 days + 1];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IGuardian.BadPause.selector, wrong[i]));
            _pause(ETH_USD, PriceUse.Settlement, wrong[i]);
        }
    }

    function test_ADM3_APauseThatRunsCannotBeStretched() public {
        _pause(ETH_USD, PriceUse.Liquidation, 1 days);
        vm.warp(START + 1 hours);
        _refusePause(ETH_USD, PriceUse.Liquidation);
        _pause(ETH_USD, PriceUse.RiskIncrease, 1 days);
    }

    function testFuzz_ADM3_WhatIsLiftedRestsAsLongAsItLasted(uint256 lasted) public {
        lasted = bound(lasted, 0, 1 days - 1);
        _pause(ETH_USD, PriceUse.Liquidation, 1 days);
        vm.warp(START + lasted);
        vm.prank(lasted % 2 == 0 ? guardianKey : admin);
        guardian.lift(_feed(ETH_USD), PriceUse.Liquidation);
        assertEq(oracle.pausedUntil(ETH_USD, PriceUse.Liquidation), 0);
        assertEq(guardian.restsUntil(ETH_USD, PriceUse.Liquidation), START + 2 * lasted);
        if (lasted <= AGE_LIQUIDATION) oracle.priceOf(ETH_USD, PriceUse.Liquidation);
    }

    /// @dev Whatever a guardian tries, hour by hour for two weeks: no stretch over three days, and none without a rest before it as long as the last.
    function testFuzz_ADM3_NoOrderOfPausesStopsAFeedWithoutARestAsLong(uint256 seed) public {
        uint256 lasted = 0;
        uint256 rested = 0;
        for (uint256 hour = 0; hour < 24 * 14; ++hour) {
            vm.warp(START + hour * 1 hours);
            seed = uint256(keccak256(abi.encode(seed)));
            _tryAnything(seed);
            bool stopped = oracle.pausedUntil(ETH_USD, PriceUse.Liquidation) != 0;
            if (stopped && rested != 0) {
                assertGe(rested, lasted, "ADM-3: too short a rest");
                (lasted, rested) = (0, 0);
            }
            if (stopped) ++lasted;
            else ++rested;
            assertLe(lasted, 72, "ADM-3: too long a pause");
        }
    }

    /// @dev Whole hours, so that an hourly look sees everything.
    function _tryAnything(uint256 seed) private {
        uint256 duration = (1 + (seed >> 8) % 72) * 1 hours;
        vm.prank(guardianKey);
        if ((seed >> 16) % 24 == 0) {
            try guardian.lift(_feed(ETH_USD), PriceUse.Liquidation) { } catch { }
        } else {
            try guardian.pause(seed % 2 == 0 ? _feed(ETH_USD) : _feeds(), PriceUse.Liquidation, duration) { } catch { }
        }
    }

    function test_AFeedThatRestsDoesNotProtectTheOthers() public {
        _pause(ETH_USD, PriceUse.Liquidation, 1 days);
        vm.warp(START + 1 days);
        vm.prank(guardianKey);
        assertEq(guardian.pause(_feeds(), PriceUse.Liquidation, 2 days), 1);
        assertEq(oracle.pausedUntil(ETH_USD, PriceUse.Liquidation), 0);
        assertEq(oracle.pausedUntil(BTC_USD, PriceUse.Liquidation), START + 3 days);
    }

    /* WHO */

    function testFuzz_ADM2_OnlyTheGuardianPausesAndOnlyThroughItsContract(address caller) public {
        vm.assume(caller != guardianKey && caller != address(guardian));
        vm.expectRevert(abi.encodeWithSelector(IOracleHub.NotTheGuardianContract.selector, caller));
        vm.prank(caller);
        oracle.setPause(ETH_USD, PriceUse.Liquidation, uint64(START + 1));
        vm.expectRevert(abi.encodeWithSelector(IGuardian.NotGuardian.selector, caller));
        vm.prank(caller);
        guardian.pause(_feed(ETH_USD), PriceUse.Liquidation, 1);
    }

    function testFuzz_ADM2_OnlyTheGuardianAndTheAdminLift(address caller) public {
        vm.assume(caller != guardianKey && caller != admin);
        _pause(ETH_USD, PriceUse.Liquidation, 1 days);
        vm.expectRevert(abi.encodeWithSelector(IGuardian.NotGuardian.selector, caller));
        vm.prank(caller);
        guardian.lift(_feed(ETH_USD), PriceUse.Liquidation);
    }

    function test_WhatIsNotPausedCannotBeLifted() public {
        vm.expectRevert(abi.encodeWithSelector(IGuardian.NotPaused.selector, ETH_USD, PriceUse.Liquidation));
        vm.prank(guardianKey);
        guardian.lift(_feed(ETH_USD), PriceUse.Liquidation);
    }

    function test_ADM1_OnlyTheAdminNamesAnotherGuardian() public {
        vm.expectRevert(abi.encodeWithSelector(IGuardian.NotAdmin.selector, guardianKey));
        vm.prank(guardianKey);
        guardian.setGuardian(alice);
        vm.prank(admin);
        guardian.setGuardian(alice);
        vm.expectRevert(abi.encodeWithSelector(IGuardian.NotGuardian.selector, guardianKey));
        vm.prank(guardianKey);
        guardian.pause(_feed(ETH_USD), PriceUse.Liquidation, 1);
        vm.prank(alice);
        guardian.pause(_feed(ETH_USD), PriceUse.Liquidation, 1);
    }

    /* HELPERS */

    function _pause(bytes32 feed, PriceUse use, uint256 duration) private {
        vm.prank(guardianKey);
        guardian.pause(_feed(feed), use, duration);
    }

    function _pauseAll(uint256 duration) private {
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(guardianKey);
            guardian.pause(_feeds(), PriceUse(i), duration);
        }
    }

    function _refusePause(bytes32 feed, PriceUse use) private {
        vm.expectRevert(abi.encodeWithSelector(IGuardian.AllRest.selector, use));
        _pause(feed, use, 1);
    }

    function _expectPrice(bytes32 feed, PriceUse use, uint256 until) private {
        if (until != 0) vm.expectRevert(abi.encodeWithSelector(IOracleHub.PricePaused.selector, feed, use, until));
        oracle.priceOf(feed, use);
    }

    function _feed(bytes32 feed) private pure returns (bytes32[] memory feeds) {
        feeds = new bytes32[](1);
        feeds[0] = feed;
    }

    function _feeds() private pure returns (bytes32[] memory feeds) {
        feeds = new bytes32[](2);
        (feeds[0], feeds[1]) = (ETH_USD, BTC_USD);
    }
}
