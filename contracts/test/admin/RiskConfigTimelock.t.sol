// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IRiskConfig } from "../../src/interfaces/IRiskConfig.sol";
import { RiskFixture } from "../support/RiskFixture.sol";
import { TimelockController } from "@openzeppelin/contracts/governance/TimelockController.sol";

/// @notice RiskConfig under a real timelock: loosening is seen two days before it happens (ADM-1).
contract RiskConfigTimelockTest is RiskFixture {
    uint256 private constant DELAY = 2 days;

    address private immutable proposer = makeAddr("proposer");
    TimelockController private timelock;

    function setUp() public override {
        super.setUp();
        address[] memory proposers = new address[](1);
        // Anyone executes what has waited.
        address[] memory executors = new address[](1);
        proposers[0] = proposer;
        bytes memory arguments = abi.encode(DELAY, proposers, executors, address(0));
        deployCodeTo("TimelockController.sol:TimelockController", arguments, admin);
        timelock = TimelockController(payable(admin));
    }

    function test_ADM1_LooseningWaitsForTheTimelockAndThenCountsAtOnce() public {
        _onlyAfterTheDelay(abi.encodeCall(IRiskConfig.set, (KEY, 0.1e18, 0.05e18, INPUTS, MODEL)));
        assertEq(_initial(), 0.1e18);
        assertEq(_maintenance(), 0.05e18);
    }

    function test_ADM1_SignersAreReplacedOnlyAfterTheDelay() public {
        _onlyAfterTheDelay(abi.encodeCall(IRiskConfig.setSigners, (_signers(), 3)));
        assertEq(risk.threshold(), 3);
    }

    /// @dev What signers do meanwhile, they do to the old set: their push makes the announced loosening no faster, and it undoes the push.
    function test_ADM1_APushInTheMeantimeChangesNothingOfWhatWasAnnounced() public {
        bytes memory call = abi.encodeCall(IRiskConfig.set, (KEY, 0.1e18, 0.05e18, INPUTS, MODEL));
        vm.prank(proposer);
        timelock.schedule(address(risk), 0, call, 0, 0, DELAY);
        _skip(1 days);
        _push(INITIAL + STEP, MAINTENANCE + STEP);
        assertEq(_initial(), INITIAL + STEP);
        _skip(1 days);
        timelock.execute(address(risk), 0, call, 0, 0);
        assertEq(_initial(), 0.1e18);
        assertEq(_maintenance(), 0.05e18);
    }

    /// @dev Not by the proposer itself, not scheduled for sooner, not executed a second before it is due; then by anyone.
    function _onlyAfterTheDelay(bytes memory call) private {
        vm.prank(proposer);
        (bool done,) = address(risk).call(call);
        assertFalse(done, "ADM-1: by the proposer itself");
        vm.expectPartialRevert(TimelockController.TimelockInsufficientDelay.selector);
        vm.prank(proposer);
        timelock.schedule(address(risk), 0, call, 0, 0, DELAY - 1);
        vm.prank(proposer);
        timelock.schedule(address(risk), 0, call, 0, 0, DELAY);
        _skip(DELAY - 1);
        vm.expectPartialRevert(TimelockController.TimelockUnexpectedOperationState.selector);
        timelock.execute(address(risk), 0, call, 0, 0);
        _skip(1);
        timelock.execute(address(risk), 0, call, 0, 0);
    }
}
