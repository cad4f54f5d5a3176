// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { RampedParameters } from "../interfaces/RampedParameters.sol";
import { ParameterRamp } from "./ParameterRamp.sol";

/// @notice All that a valuation needs to know of a collateral but its price, in one storage word: initial haircut (64 bits, lowest), maintenance (64),
/// where its ramp began (64) and when (40), decimals (8). See RampedParameters.
type HaircutWord is uint256;

using HaircutWords for HaircutWord global;

/// @title Packing of haircuts
/// @notice One read where a collateral is valued, and one write where its haircuts change.
library HaircutWords {
    function pack(uint64 initialWad, uint64 maintenanceWad, uint64 fromWad, uint40 start, uint8 decimals_)
        internal
        pure
        returns (HaircutWord)
    {
        return HaircutWord.wrap(
            uint256(initialWad) | uint256(maintenanceWad) << 64 | uint256(fromWad) << 128 | uint256(start) << 192
                | uint256(decimals_) << 232
        );
    }

    function initial(HaircutWord word) internal pure returns (uint64) {
        return uint64(HaircutWord.unwrap(word));
    }

    function maintenance(HaircutWord word) internal pure returns (uint64) {
        return uint64(HaircutWord.unwrap(word) >> 64);
    }

    function maintenanceFrom(HaircutWord word) internal pure returns (uint64) {
        return uint64(HaircutWord.unwrap(word) >> 128);
    }

    function rampStart(HaircutWord word) internal pure returns (uint40) {
        return uint40(HaircutWord.unwrap(word) >> 192);
    }

    function decimals(HaircutWord word) internal pure returns (uint8) {
        return uint8(HaircutWord.unwrap(word) >> 232);
    }

    /// @notice The maintenance haircut in force at `time`.
    function maintenanceAt(HaircutWord word, uint256 time) internal pure returns (uint256) {
        return ParameterRamp.valueAt(maintenanceFrom(word), maintenance(word), rampStart(word), time);
    }

    function unpack(HaircutWord word) internal pure returns (RampedParameters memory) {
        return RampedParameters(initial(word), maintenance(word), maintenanceFrom(word), rampStart(word));
    }
}
