// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title How a maintenance parameter moves to a tighter value
/// @notice Off-chain code repeats exactly these steps.
library ParameterRamp {
    /// @notice How long it takes, seconds.
    uint256 internal constant RAMP = 24 hours;

    /// @notice What is in force at `time`, WAD: down, so that a ramp is never ahead of its line. Both values are below 2^64, and `fromWad` is not above
    /// `toWad`: loosening has no ramp. @param start of the ramp, seconds, not after `time`.
    function valueAt(uint256 fromWad, uint256 toWad, uint256 start, uint256 time) internal pure returns (uint256) {
        if (fromWad == toWad) return toWad;
        uint256 elapsed = time - start;
        if (elapsed >= RAMP) return toWad;
        return fromWad + (toWad - fromWad) * elapsed / RAMP; // MRG-7
    }

    /// @notice Where the ramp to a new value begins: at what is in force now, or at the new value where that is not tighter.
    function nextFrom(uint256 inForceWad, uint64 toWad) internal pure returns (uint64) {
        return inForceWad < toWad ? uint64(inForceWad) : toWad; // MRG-7
    }
}
