// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { RiskHandler } from "../support/RiskHandler.sol";
import { Test } from "forge-std/Test.sol";

/// @notice What holds over any order of pushes, sets and time.
contract RiskConfigInvariantTest is Test {
    RiskHandler private handler;

    function setUp() public {
        handler = new RiskHandler();
        bytes4[] memory selectors = new bytes4[](5);
        selectors[0] = RiskHandler.push.selector;
        selectors[1] = RiskHandler.pushAnything.selector;
        selectors[2] = RiskHandler.set.selector;
        selectors[3] = RiskHandler.pass.selector;
        selectors[4] = RiskHandler.pass.selector;
        targetSelector(FuzzSelector(address(handler), selectors));
        targetContract(address(handler));
    }

    function invariant_MRG7_NoPushChangesMaintenanceInItsBlockAndNoRampIsFasterThanADay() public view {
        assertEq(handler.violations("MRG-7"), 0);
    }

    function invariant_ADM1_SignersNeverLoosen() public view {
        assertEq(handler.violations("ADM-1"), 0);
    }

    function invariant_ADM3_NoPushIsMoreThanAStep() public view {
        assertEq(handler.violations("ADM-3"), 0);
    }

    function invariant_MRG8_InitialIsNeverBelowMaintenance() public view {
        (uint256 initialWad, uint256 maintenanceWad) = handler.effective();
        assertGe(initialWad, maintenanceWad);
        assertLt(initialWad, 1e18);
    }

    function invariant_SetsAreAppendedAndNeverChange() public view {
        uint256 count = handler.count();
        assertEq(count, handler.recorded());
        for (uint256 i = 0; i < count; ++i) {
            assertEq(handler.hashOf(i), handler.records(i));
        }
    }

    /// @dev Else nothing above was tried.
    function test_TheHandlerPushesAndSets() public {
        handler.push(1, 1);
        handler.set(0.2e18, 0.1e18);
        handler.pass(30 hours);
        handler.pushAnything(0.2e18 + 1, 0.1e18);
        assertEq(handler.pushes(), 1);
        assertEq(handler.sets(), 1);
        assertEq(handler.count(), 4);
    }
}
