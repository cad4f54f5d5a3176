// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { RiskConfig } from "../../src/admin/RiskConfig.sol";
import { ParameterPush } from "../../src/interfaces/IRiskConfig.sol";
import { GroupFixture } from "./GroupFixture.sol";

/// @notice The whole system with RiskConfig, and one key that has a set beside its listing: haircuts of ETH, 15 % initial and 10 % maintenance. Price
/// signers sign pushes too: two of three.
abstract contract RiskFixture is GroupFixture {
    uint64 internal constant DAY = 24 hours;
    uint64 internal constant STEP = 0.02e18;
    uint64 internal constant INITIAL = 0.15e18;
    uint64 internal constant MAINTENANCE = 0.1e18;
    bytes32 internal constant INPUTS = keccak256("inputs");
    bytes32 internal constant MODEL = "model 1";

    RiskConfig internal risk;
    bytes32 internal KEY;

    function setUp() public virtual override {
        super.setUp();
        bytes memory arguments = abi.encode(_modules(), _signers(), uint256(2), uint256(STEP));
        risk = RiskConfig(_deploy("riskConfig", bytes.concat(vm.getCode("RiskConfig.sol:RiskConfig"), arguments)));
        KEY = risk.collateralKey(address(eth));
        _set(INITIAL, MAINTENANCE);
    }

    function _set(uint64 initialWad, uint64 maintenanceWad) internal {
        _setUnder(KEY, initialWad, maintenanceWad);
    }

    function _setUnder(bytes32 key, uint64 initialWad, uint64 maintenanceWad) internal {
        vm.prank(admin);
        risk.set(key, initialWad, maintenanceWad, INPUTS, MODEL);
    }

    function _push(uint64 initialWad, uint64 maintenanceWad) internal {
        _pushUnder(KEY, initialWad, maintenanceWad);
    }

    function _pushUnder(bytes32 key, uint64 initialWad, uint64 maintenanceWad) internal {
        risk.push(_signed(_givenUnder(key, initialWad, maintenanceWad)));
    }

    function _given(uint64 initialWad, uint64 maintenanceWad) internal view returns (ParameterPush memory) {
        return _givenUnder(KEY, initialWad, maintenanceWad);
    }

    function _givenUnder(bytes32 key, uint64 initialWad, uint64 maintenanceWad)
        internal
        view
        returns (ParameterPush memory)
    {
        return ParameterPush({
            key: key,
            initialWad: initialWad,
            maintenanceWad: maintenanceWad,
            inputsHash: INPUTS,
            modelVersion: MODEL,
            nonce: uint64(risk.countOf(key)),
            expiry: uint64(vm.getBlockTimestamp()) + 10 minutes,
            epoch: risk.epoch(),
            signatures: new bytes[](0)
        });
    }

    /// @dev By the first two of the three.
    function _signed(ParameterPush memory given) internal view returns (ParameterPush memory) {
        bytes32 digest = risk.digest(given);
        given.signatures = new bytes[](2);
        (given.signatures[0], given.signatures[1]) =
        (_signature(signerKeys[0], digest), _signature(signerKeys[1], digest));
        return given;
    }

    function _signature(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _initial() internal view returns (uint256 initialWad) {
        (initialWad,) = risk.effectiveOf(KEY);
    }

    function _maintenance() internal view returns (uint256 maintenanceWad) {
        (, maintenanceWad) = risk.effectiveOf(KEY);
    }
}
