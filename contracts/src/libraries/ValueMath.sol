// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { FixedPointMathLib } from "solady/utils/FixedPointMathLib.sol";

/// @title Amounts to quote values
/// @notice Floors at each of its two steps: an asset is never worth more than it is. Off-chain code repeats exactly these steps.
library ValueMath {
    uint256 internal constant WAD = 1e18;

    /// @notice 10^(tokenDecimals + 18 − quoteDecimals): token units × WAD price over it are quote units.
    /// @dev Callers bound both decimals, so that neither the exponent nor the power can leave its range.
    function scaleOf(uint8 tokenDecimals, uint8 quoteDecimals) internal pure returns (uint256) {
        return 10 ** (uint256(tokenDecimals) + 18 - quoteDecimals);
    }

    /// @notice floor(amount × price / scale), quote decimals. amount < 2^120 and price < 2^112, so the product cannot overflow.
    function valueOf(uint256 amount, uint256 priceWad, uint256 scale) internal pure returns (uint256) {
        return amount * priceWad / scale;
    }

    /// @notice floor(value × (1 − haircut)).
    function afterHaircut(uint256 value, uint256 haircutWad) internal pure returns (uint256) {
        return FixedPointMathLib.fullMulDiv(value, WAD - haircutWad, WAD);
    }
}
