// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { FixedPointMathLib } from "solady/utils/FixedPointMathLib.sol";

/// @title Arithmetic of settlement rounds (RISK §3)
/// @notice Sizes and prices WAD, results in quote decimals; `scale` = 10^(36 − quoteDecimals) turns their product into quote. |size| ≤ 2^127,
/// prices and amounts < 2^128 and scale ≥ 10^18, so no product overflows. Losses and requirements round up, gains and payments down: what rounding leaves stays in the escrow.
/// Off-chain code repeats exactly these steps.
library SettlementMath {
    uint256 private constant WAD = 1e18;
    uint256 private constant FUNDING_PERIOD = 8 hours;
    /// @dev What a round stores funding in: 154 million quote for each unit.
    uint256 private constant MOST_FUNDING = uint256(int256(type(int88).max));

    /// @notice floor(size × price / scale).
    function amountDown(uint256 size, uint256 price, uint256 scale) internal pure returns (uint256) {
        return size * price / scale;
    }

    /// @notice ceil(size × price / scale).
    function amountUp(uint256 size, uint256 price, uint256 scale) internal pure returns (uint256) {
        return FixedPointMathLib.divUp(size * price, scale);
    }

    /// @notice What a position makes when the price goes from `from` to `to`: one of the two is zero.
    /// @return gain rounded down. @return loss rounded up.
    function change(int256 size, uint256 from, uint256 to, uint256 scale)
        internal
        pure
        returns (uint256 gain, uint256 loss)
    {
        if ((size > 0) == (to > from)) {
            gain = amountDown(FixedPointMathLib.abs(size), FixedPointMathLib.dist(from, to), scale);
        } else {
            loss = amountUp(FixedPointMathLib.abs(size), FixedPointMathLib.dist(from, to), scale);
        }
    }

    /// @notice Sets a gain off against a loss of the same vault in the same round.
    function setOff(uint256 gain, uint256 loss)
        internal
        pure
        returns (uint256 gainLeft, uint256 lossLeft, uint256 common)
    {
        common = FixedPointMathLib.min(gain, loss);
        (gainLeft, lossLeft) = (gain - common, loss - common);
    }

    /// @notice How much of `gain` a round with this much money behind it gives in all: gain × min(collected, total − writtenOff) / total.
    function entitled(uint256 gain, uint256 collected, uint256 total, uint256 writtenOff)
        internal
        pure
        returns (uint256)
    {
        return final_(gain, total, FixedPointMathLib.max(writtenOff, FixedPointMathLib.zeroFloorSub(total, collected)));
    }

    /// @notice What `gain` comes to once all is collected that will be: gain × (total − writtenOff) / total.
    function final_(uint256 gain, uint256 total, uint256 writtenOff) internal pure returns (uint256) {
        if (total == 0) return 0;
        return gain * FixedPointMathLib.zeroFloorSub(total, writtenOff) / total;
    }

    /// @notice |size| × price × rate, each step rounded up.
    function requirement(uint256 size, uint256 price, uint256 rateWad, uint256 scale) internal pure returns (uint256) {
        return FixedPointMathLib.divUp(amountUp(size, price, scale) * rateWad, WAD);
    }

    /// @notice Funding of a round, WAD quote for each unit, > 0: longs pay. The mark's distance from the index, at most cap × index, for each eight hours;
    /// toward zero. Never more than the mark: what a long is settled at stays a price.
    function funding(uint256 markWad, uint256 indexWad, uint256 capWad, uint256 seconds_)
        internal
        pure
        returns (int256)
    {
        uint256 premium = FixedPointMathLib.min(FixedPointMathLib.dist(markWad, indexWad), indexWad * capWad / WAD);
        uint256 most = FixedPointMathLib.min(markWad, MOST_FUNDING);
        uint256 amount = FixedPointMathLib.min(premium * seconds_ / FUNDING_PERIOD, most);
        return markWad > indexWad ? int256(amount) : -int256(amount);
    }

    /// @notice ⌊amount × fraction⌋, fraction ≤ 1.
    function shareDown(uint256 amount, uint256 fractionWad) internal pure returns (uint256) {
        return amount * fractionWad / WAD;
    }

    /// @notice ⌈amount × fraction⌉, fraction ≤ 1: never more than `amount`.
    function shareUp(uint256 amount, uint256 fractionWad) internal pure returns (uint256) {
        return FixedPointMathLib.divUp(amount * fractionWad, WAD);
    }
}
