// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { RampHandler } from "../support/RampHandler.sol";
import { Test } from "forge-std/Test.sol";

/// @notice What a change of risk parameters does to vaults, over any order of pushes, sets, withdrawals and time.
contract ParameterRampsInvariantTest is Test {
    RampHandler private handler;

    function setUp() public {
        handler = new RampHandler();
        bytes4[] memory selectors = new bytes4[](5);
        selectors[0] = RampHandler.push.selector;
        selectors[1] = RampHandler.set.selector;
        selectors[2] = RampHandler.withdraw.selector;
        selectors[3] = RampHandler.pass.selector;
        selectors[4] = RampHandler.pass.selector;
        targetSelector(FuzzSelector(address(handler), selectors));
        targetContract(address(handler));
    }

    function invariant_MRG7_NoBlockOfAPushMovesAnybodysMarginAndTimeMovesItByItsShare() public view {
        assertEq(handler.violations("MRG-7"), 0);
    }

    function invariant_MRG1_WhatRaisesRiskMeetsTheNewestAtOnce() public view {
        assertEq(handler.violations("MRG-1"), 0);
    }

    /// @dev Else nothing above was tried.
    function test_TheHandlerPushesSetsAndMovesMargin() public {
        handler.push(0, 0, 0.02e18);
        handler.push(1, 0, 0.02e18);
        handler.push(2, 0, 0.02e18);
        handler.pass(1 hours);
        assertEq(handler.done("moved"), 3);
        handler.set(2, 0.1e18, 0.03e18);
        handler.withdraw(1, 1e12);
        assertEq(handler.done("push") + handler.done("set") + handler.done("withdraw"), 5);
        assertEq(handler.violations("MRG-7") + handler.violations("MRG-1"), 0);
    }
}
