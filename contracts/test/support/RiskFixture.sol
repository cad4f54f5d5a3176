// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { RiskConfig } from "../../src/admin/RiskConfig.sol";
import { ParameterPush } from "../../src/interfaces/IRiskConfig.sol";
import { Modules } from "../../src/interfaces/Modules.sol";
import { Test } from "forge-std/Test.sol";

/// @notice RiskConfig alone, with one key that has a set: 15 % initial and 10 % maintenance. Two of three sign.
abstract contract RiskFixture is Test {
    uint64 internal constant DAY = 24 hours;
    uint64 internal constant STEP = 0.02e18;
    uint64 internal constant INITIAL = 0.15e18;
    uint64 internal constant MAINTENANCE = 0.1e18;
    bytes32 internal constant KEY = keccak256("a key");
    bytes32 internal constant INPUTS = keccak256("inputs");
    bytes32 internal constant MODEL = "model 1";

    address internal immutable admin = makeAddr("admin");
    RiskConfig internal risk;
    /// @dev Private keys, in the order of their addresses.
    uint256[3] internal keys;

    function setUp() public virtual {
        vm.warp(1_700_000_000);
        _makeKeys();
        Modules memory modules;
        modules.admin = admin;
        risk = new RiskConfig(modules, _addresses(), 2, STEP);
        _set(INITIAL, MAINTENANCE);
    }

    function _set(uint64 initialWad, uint64 maintenanceWad) internal {
        vm.prank(admin);
        risk.set(KEY, initialWad, maintenanceWad, INPUTS, MODEL);
    }

    function _push(uint64 initialWad, uint64 maintenanceWad) internal {
        risk.push(_signed(_given(initialWad, maintenanceWad)));
    }

    function _given(uint64 initialWad, uint64 maintenanceWad) internal view returns (ParameterPush memory) {
        return ParameterPush({
            key: KEY,
            initialWad: initialWad,
            maintenanceWad: maintenanceWad,
            inputsHash: INPUTS,
            modelVersion: MODEL,
            nonce: uint64(risk.countOf(KEY)),
            expiry: uint64(vm.getBlockTimestamp()) + 10 minutes,
            epoch: risk.epoch(),
            signatures: new bytes[](0)
        });
    }

    /// @dev By the first two of the three.
    function _signed(ParameterPush memory given) internal view returns (ParameterPush memory) {
        bytes32 digest = risk.digest(given);
        given.signatures = new bytes[](2);
        (given.signatures[0], given.signatures[1]) = (_signature(keys[0], digest), _signature(keys[1], digest));
        return given;
    }

    function _signature(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _addresses() internal view returns (address[] memory addresses) {
        addresses = new address[](3);
        for (uint256 i = 0; i < 3; ++i) {
            addresses[i] = vm.addr(keys[i]);
        }
    }

    function _initial() internal view returns (uint256 initialWad) {
        (initialWad,) = risk.effectiveOf(KEY);
    }

    function _maintenance() internal view returns (uint256 maintenanceWad) {
        (, maintenanceWad) = risk.effectiveOf(KEY);
    }

    function _skip(uint256 seconds_) internal {
        vm.warp(vm.getBlockTimestamp() + seconds_);
    }

    function _makeKeys() private {
        for (uint256 i = 0; i < 3; ++i) {
            (, keys[i]) = makeAddrAndKey(string.concat("risk signer", vm.toString(i)));
        }
        for (uint256 i = 0; i < 2; ++i) {
            for (uint256 j = 0; j < 2 - i; ++j) {
                if (vm.addr(keys[j]) > vm.addr(keys[j + 1])) (keys[j], keys[j + 1]) = (keys[j + 1], keys[j]);
            }
        }
    }
}
