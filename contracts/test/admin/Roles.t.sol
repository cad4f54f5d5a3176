// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { TestToken } from "../../src/testing/TestToken.sol";
import { RiskFixture } from "../support/RiskFixture.sol";
import { TimelockController } from "@openzeppelin/contracts/governance/TimelockController.sol";

/// @notice The admin as it is meant to be: a real timelock, which its proposer can hurry in nothing.
contract RolesTest is RiskFixture {
    uint256 private constant DELAY = 2 days;

    TimelockController private timelock;
    address private immutable proposer = makeAddr("proposer");

    function setUp() public override {
        super.setUp();
        address[] memory proposers = new address[](1);
        address[] memory executors = new address[](1);
        proposers[0] = proposer;
        // Anyone may execute what is due.
        deployCodeTo(
            "TimelockController.sol:TimelockController", abi.encode(DELAY, proposers, executors, address(0)), admin
        );
        timelock = TimelockController(payable(admin));
    }

    function test_ADM1_CollateralsAreListedOnlyAfterTheDelay() public {
        address token = address(new TestToken("Third", "THIRD", 18));
        _onlyAfterTheDelay(address(engine), abi.encodeCall(engine.listCollateral, (token, ETH_USD, 0.1e18, 0.2e18)));
    }

    function test_ADM1_InstrumentsAreListedOnlyAfterTheDelay() public {
        _onlyAfterTheDelay(address(clearingHouse), abi.encodeCall(clearingHouse.listInstrument, (_perpTerms())));
    }

    function test_ADM1_TheVenuesCapMovesOnlyAfterTheDelay() public {
        _onlyAfterTheDelay(address(clearingHouse), abi.encodeCall(clearingHouse.setVenueCap, (1)));
    }

    function test_ADM1_MembersAreAdmittedOnlyAfterTheDelay() public {
        _onlyAfterTheDelay(address(registry), abi.encodeCall(registry.admitMember, ("gamma", proposer)));
    }

    function test_ADM1_PriceSignersRotateOnlyAfterTheDelay() public {
        _onlyAfterTheDelay(address(oracle), abi.encodeCall(oracle.setSigners, (_signers(), 3)));
        assertEq(oracle.threshold(), 3);
    }

    function test_ADM1_AttestersRotateOnlyAfterTheDelay() public {
        _onlyAfterTheDelay(address(requirements), abi.encodeCall(requirements.setAttesters, (_signers(), 3)));
        assertEq(requirements.threshold(), 3);
    }

    function test_ADM1_RiskParametersLoosenAndTheirSignersRotateOnlyAfterTheDelay() public {
        _onlyAfterTheDelay(address(risk), abi.encodeCall(risk.set, (KEY, 0.1e18, 0.05e18, "inputs", "model")));
        (uint256 initialWad, uint256 maintenanceWad) = risk.effectiveOf(KEY);
        assertEq(initialWad, 0.1e18);
        assertEq(maintenanceWad, 0.05e18);
        _onlyAfterTheDelay(address(risk), abi.encodeCall(risk.setSigners, (_signers(), 3)));
        assertEq(risk.threshold(), 3);
    }

    function test_ADM1_AnotherGuardianIsNamedOnlyAfterTheDelay() public {
        _onlyAfterTheDelay(address(guardian), abi.encodeCall(guardian.setGuardian, (proposer)));
        assertEq(guardian.guardian(), proposer);
    }

    /// @dev The admin's way out of a pause is as slow as everything that it does: three days end before most delays.
    function test_ADM1_AnAdminLiftsAPauseOnlyAfterTheDelay() public {
        bytes32[] memory feeds = new bytes32[](1);
        feeds[0] = ETH_USD;
        vm.prank(guardianKey);
        guardian.pause(feeds, PriceUse.Liquidation, 3 days);
        _onlyAfterTheDelay(address(guardian), abi.encodeCall(guardian.lift, (feeds, PriceUse.Liquidation)));
        assertEq(oracle.pausedUntil(ETH_USD, PriceUse.Liquidation), 0);
    }

    /// @dev The proposer has no way around it, not even to a shorter delay.
    function test_ADM1_TheDelayItselfChangesOnlyAfterTheDelay() public {
        vm.prank(proposer);
        vm.expectPartialRevert(TimelockController.TimelockUnauthorizedCaller.selector);
        timelock.updateDelay(0);
        _onlyAfterTheDelay(address(timelock), abi.encodeCall(timelock.updateDelay, (1 days)));
    }

    /// @dev Refused to the proposer itself, to the timelock before its delay, and done by anyone after it.
    function _onlyAfterTheDelay(address target, bytes memory call) private {
        vm.prank(proposer);
        (bool done,) = target.call(call);
        assertFalse(done, "ADM-1: without the timelock");

        vm.prank(proposer);
        timelock.schedule(target, 0, call, 0, 0, DELAY);
        vm.warp(vm.getBlockTimestamp() + DELAY - 1);
        vm.expectPartialRevert(TimelockController.TimelockUnexpectedOperationState.selector);
        timelock.execute(target, 0, call, 0, 0);
        vm.warp(vm.getBlockTimestamp() + 1);
        timelock.execute(target, 0, call, 0, 0);
    }
}
