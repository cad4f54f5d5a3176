// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A price that only time can move
/// @notice Follows the posted prices by at most a fixed share of itself a second, so that what shows for a moment moves it by a moment's worth. The
/// initial requirement takes it where it is the worse one (RISK §2). Prices within 112 bits, seconds within 40, the rate within 64.
library StablePrice {
    uint256 private constant WAD = 1e18;

    /// @notice Where it stands after `seconds_` in which `priceWad` was in force: toward it, never past it. The step rounds up, so that however small it
    /// is it arrives; it begins at a price and stays between prices, so it is never zero.
    function next(uint256 stableWad, uint256 priceWad, uint256 rateWad, uint256 seconds_)
        internal
        pure
        returns (uint256)
    {
        unchecked {
            // At most 112 + 64 + 40 bits.
            uint256 step = (stableWad * rateWad * seconds_ + WAD - 1) / WAD;
            if (priceWad > stableWad) return priceWad - stableWad <= step ? priceWad : stableWad + step;
            return stableWad - priceWad <= step ? priceWad : stableWad - step;
        }
    }

    /// @notice What a price may be wrong by, downwards and upwards: half of its confidence interval, or as far as the stable price lies on that side.
    function doubts(uint256 priceWad, uint256 confWad, uint256 stableWad)
        internal
        pure
        returns (uint256 belowWad, uint256 aboveWad)
    {
        (belowWad, aboveWad) = (confWad, confWad);
        if (stableWad < priceWad && priceWad - stableWad > confWad) belowWad = priceWad - stableWad;
        if (stableWad > priceWad && stableWad - priceWad > confWad) aboveWad = stableWad - priceWad;
    }
}
