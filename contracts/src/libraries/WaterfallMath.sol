// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { FixedPointMathLib } from "solady/utils/FixedPointMathLib.sol";

/// @title Arithmetic of the default waterfall (RISK §6)
/// @notice Who pays how much of a shortfall. Amounts in quote decimals below 2^128, so that no product overflows and no sum of a few of them does.
/// Every function gives away exactly what it was asked to give, or all that there is: nothing is lost between layers (WF-2).
library WaterfallMath {
    /// @notice What a layer that has so much pays of what the layers above it left: all that it has before the next is asked (WF-1).
    function fromLayer(uint256 missing, uint256 has) internal pure returns (uint256 paid) {
        return FixedPointMathLib.min(missing, has);
    }

    /// @notice What each of several pays of `missing`, in proportion to what each has: ⌊missing × has / Σ has⌋, and what rounding leaves is the last
    /// one's, as far as it has it, then the one's before it. Σ shares = min(missing, Σ has), and no share is above what its payer has.
    function proRata(uint256 missing, uint256[] memory has) internal pure returns (uint256[] memory shares) {
        uint256 count = has.length;
        uint256 total = 0;
        for (uint256 i = 0; i < count; ++i) {
            total += has[i];
        }
        shares = new uint256[](count);
        uint256 asked = fromLayer(missing, total);
        if (asked == 0) return shares;
        uint256 left = asked;
        for (uint256 i = 0; i < count; ++i) {
            shares[i] = fairShare(asked, has[i], total);
            left -= shares[i];
        }
        for (uint256 i = count; i > 0 && left != 0; --i) {
            uint256 more = FixedPointMathLib.min(left, has[i - 1] - shares[i - 1]);
            shares[i - 1] += more;
            left -= more;
        }
    }

    /// @notice ⌊missing × has / total⌋: at most `has` while missing ≤ total.
    function fairShare(uint256 missing, uint256 has, uint256 total) internal pure returns (uint256) {
        return missing * has / total;
    }
}
