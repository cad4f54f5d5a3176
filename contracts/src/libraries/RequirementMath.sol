// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { FixedPointMathLib } from "solady/utils/FixedPointMathLib.sol";

/// @title Arithmetic of attested requirements (RISK §4)
/// @notice Pure, quote decimals, requirements round up. Off-chain code repeats exactly these steps.
library RequirementMath {
    uint256 internal constant WAD = 1e18;
    /// @notice How long a lapsed maintenance requirement takes to reach the larger one, seconds.
    uint256 internal constant RAMP = 6 hours;

    /// @notice ⌈gross × rate⌉.
    function floorOf(uint256 gross, uint256 rateWad) internal pure returns (uint256) {
        return FixedPointMathLib.fullMulDivUp(gross, rateWad, WAD);
    }

    /// @notice ⌈amount × (1 − fraction)⌉, fraction ≤ 1.
    function rest(uint256 amount, uint256 fractionWad) internal pure returns (uint256) {
        return FixedPointMathLib.fullMulDivUp(amount, WAD - fractionWad, WAD);
    }

    /// @notice From `attested` to max(cross, attested), linear over RAMP: nothing changes in the block of expiry (MRG-9).
    function lapsed(uint256 attested, uint256 cross, uint256 elapsed) internal pure returns (uint256) {
        if (cross <= attested) return attested;
        if (elapsed >= RAMP) return cross;
        return attested + FixedPointMathLib.mulDivUp(cross - attested, elapsed, RAMP);
    }
}
