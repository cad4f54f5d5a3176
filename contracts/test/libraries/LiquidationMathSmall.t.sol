// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { LiquidationMath } from "../../src/libraries/LiquidationMath.sol";
import { Test } from "forge-std/Test.sol";

/// @notice Every small case, where no solver ends (512-bit products): amounts below 32, and rates in eighths. Each price is computed once.
contract LiquidationMathSmallTest is Test {
    uint256 private constant WAD = 1e18;
    uint256 private constant EIGHTH = WAD / 8;
    uint256 private constant AMOUNTS = 32;

    function test_LIQ3_every_small_price_is_the_least_that_covers_its_share() public pure {
        for (uint256 amount = 0; amount < AMOUNTS; ++amount) {
            for (uint256 f = 0; f <= 8; ++f) {
                for (uint256 d = 0; d <= 8; ++d) {
                    uint256 price = LiquidationMath.priceOf(amount, f * EIGHTH, d * EIGHTH);
                    assertTrue(price * 64 >= amount * f * d, "paid below the price");
                    assertTrue(price * 64 < amount * f * d + 64, "paid a unit too much");
                }
            }
        }
    }

    function test_LIQ3_every_small_reward_is_the_most_within_its_share() public pure {
        for (uint256 missing = 0; missing < AMOUNTS; ++missing) {
            for (uint256 f = 0; f <= 8; ++f) {
                for (uint256 x = 0; x <= 8; ++x) {
                    uint256 maintenance = AMOUNTS - missing;
                    uint256 reward = LiquidationMath.rewardOf(missing, maintenance, f * EIGHTH, x * EIGHTH);
                    assertTrue(reward * 64 <= (missing * 8 + maintenance * x) * f, "rewarded above the share");
                    assertTrue(reward == (missing + maintenance * x / 8) * f / 8, "rounded twice, down each time");
                }
            }
        }
    }

    /// @dev Two bids for parts of a whole against one bid for it, at one d; then the same where the group is worth nothing.
    function test_LIQ4_splitting_a_small_bid_never_pays() public pure {
        for (uint256 amount = 0; amount < AMOUNTS; ++amount) {
            for (uint256 d = 0; d <= 8; ++d) {
                uint256 price = LiquidationMath.priceOf(amount, WAD, d * EIGHTH);
                uint256 reward = LiquidationMath.rewardOf(amount, 0, WAD, WAD);
                for (uint256 part = 0; part <= amount; ++part) {
                    uint256 first = LiquidationMath.priceOf(part, WAD, d * EIGHTH);
                    uint256 second = LiquidationMath.priceOf(amount - part, WAD, d * EIGHTH);
                    assertTrue(first + second >= price, "cheaper in two");
                    first = LiquidationMath.rewardOf(amount, 0, d * EIGHTH, WAD);
                    second = LiquidationMath.rewardOf(amount, 0, WAD - d * EIGHTH, WAD);
                    assertTrue(first + second <= reward, "dearer in two");
                }
            }
        }
    }
}
