// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ParameterSet } from "../../src/interfaces/IRiskConfig.sol";
import { RiskFixture } from "./RiskFixture.sol";

/// @notice Signers and the admin in any order and at any time. Each act is compared with the state just before it.
contract RiskHandler is RiskFixture {
    /// @notice What was found wrong, by id of the invariant.
    mapping(string id => uint256) public violations;
    uint256 public pushes;
    uint256 public sets;
    bytes32[] public records;

    constructor() {
        setUp();
        _record();
    }

    function push(uint64 initialStep, uint64 maintenanceStep) external {
        ParameterSet memory newest = _newest();
        uint64 initialWad = newest.initialWad + uint64(bound(initialStep, 0, STEP));
        uint64 maintenanceWad = newest.maintenanceWad + uint64(bound(maintenanceStep, 0, STEP));
        uint256 before = _maintenance();
        _push(initialWad, maintenanceWad);
        ++pushes;
        if (_maintenance() != before) ++violations["MRG-7"];
        if (_newest().initialWad < newest.initialWad) ++violations["ADM-1"];
        _record();
    }

    /// @dev Whatever signers may want: most of it must be refused.
    function pushAnything(uint64 initialWad, uint64 maintenanceWad) external {
        ParameterSet memory newest = _newest();
        initialWad = uint64(bound(initialWad, 0, 0.9e18));
        maintenanceWad = uint64(bound(maintenanceWad, 0, initialWad));
        _push(initialWad, maintenanceWad);
        if (initialWad < newest.initialWad || maintenanceWad < newest.maintenanceWad) ++violations["ADM-1"];
        if (initialWad > newest.initialWad + STEP || maintenanceWad > newest.maintenanceWad + STEP) {
            ++violations["ADM-3"];
        }
        _record();
    }

    function set(uint64 initialWad, uint64 maintenanceWad) external {
        initialWad = uint64(bound(initialWad, 0, 0.9e18));
        maintenanceWad = uint64(bound(maintenanceWad, 0, initialWad));
        uint256 before = _maintenance();
        _set(initialWad, maintenanceWad);
        ++sets;
        if (_maintenance() > before) ++violations["MRG-7"];
        _record();
    }

    function pass(uint256 seconds_) external {
        ParameterSet memory newest = _newest();
        uint256 before = _maintenance();
        uint256 step = newest.maintenanceWad - newest.maintenanceFromWad;
        seconds_ = bound(seconds_, 1, 30 hours);
        _skip(seconds_);
        uint256 now_ = _maintenance();
        // One unit of rounding.
        if (now_ < before || (now_ - before) * DAY > step * seconds_ + DAY) ++violations["MRG-7"];
    }

    function recorded() external view returns (uint256) {
        return records.length;
    }

    function hashOf(uint256 number) external view returns (bytes32) {
        return keccak256(abi.encode(risk.setOf(KEY, number)));
    }

    function effective() external view returns (uint256 initialWad, uint256 maintenanceWad) {
        return risk.effectiveOf(KEY);
    }

    function count() external view returns (uint256) {
        return risk.countOf(KEY);
    }

    function _newest() private view returns (ParameterSet memory) {
        return risk.setOf(KEY, risk.countOf(KEY) - 1);
    }

    function _record() private {
        records.push(keccak256(abi.encode(_newest())));
    }
}
