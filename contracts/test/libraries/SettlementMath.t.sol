// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { SettlementMath } from "../../src/libraries/SettlementMath.sol";
import { Test } from "forge-std/Test.sol";

/// @notice Against plain references written another way: signed division, and search by counting.
contract SettlementMathTest is Test {
    uint256 private constant SCALE = 1e30; // quote of 6 decimals

    function testFuzz_VM2_a_change_is_the_floor_of_the_signed_product(int120 size, uint112 from, uint112 to)
        public
        pure
    {
        int256 product = int256(size) * (int256(uint256(to)) - int256(uint256(from)));
        (uint256 gain, uint256 loss) = SettlementMath.change(size, from, to, SCALE);
        assertEq(int256(gain) - int256(loss), _floorDiv(product, int256(SCALE)));
        assertTrue(gain == 0 || loss == 0);
    }

    function testFuzz_VM2_both_sides_of_a_trade_never_gain_more_than_they_lose(int120 size, uint112 from, uint112 to)
        public
        pure
    {
        (uint256 gain, uint256 loss) = SettlementMath.change(size, from, to, SCALE);
        (uint256 otherGain, uint256 otherLoss) = SettlementMath.change(-int256(size), from, to, SCALE);
        assertLe(gain, otherLoss);
        assertLe(otherGain, loss);
        assertLe(otherLoss - gain + loss - otherGain, 1, "up to one unit of rounding");
    }

    function testFuzz_VM3_no_split_of_a_gain_is_entitled_to_more(
        uint112 a,
        uint112 b,
        uint112 collected,
        uint112 total,
        uint112 off
    ) public pure {
        uint256 together = SettlementMath.entitled(uint256(a) + b, collected, total, off);
        uint256 apart =
            SettlementMath.entitled(a, collected, total, off) + SettlementMath.entitled(b, collected, total, off);
        assertLe(apart, together);
        assertLe(together - apart, 1);
    }

    function testFuzz_VM1_all_gainers_together_are_entitled_to_no_more_than_was_collected(
        uint112[8] memory gains,
        uint112 collected,
        uint112 off,
        uint64 rounding
    ) public pure {
        uint256 sum = 0;
        for (uint256 i = 0; i < gains.length; ++i) {
            sum += gains[i];
        }
        uint256 total = sum + rounding;
        uint256 given = 0;
        for (uint256 i = 0; i < gains.length; ++i) {
            given += SettlementMath.entitled(gains[i], collected, total, off);
        }
        assertLe(given, collected);
        assertLe(given, total > off ? total - off : 0);
    }

    function testFuzz_entitled_is_the_largest_whole_share(uint64 gain, uint64 collected, uint64 total, uint64 off)
        public
        pure
    {
        uint256 got = SettlementMath.entitled(gain, collected, total, off);
        uint256 backing = off >= total ? 0 : total - off;
        if (collected < backing) backing = collected;
        // got / gain ≤ backing / total < (got + 1) / gain, in products
        assertLe(got * total, uint256(gain) * backing);
        if (total != 0) assertGt((got + 1) * total, uint256(gain) * backing);
    }

    function testFuzz_a_requirement_rounds_up_twice(uint120 size, uint112 price, uint64 rate) public pure {
        rate = rate % 1e18;
        uint256 notional = uint256(size) * price / SCALE;
        if (notional * SCALE < uint256(size) * price) ++notional;
        uint256 required = notional * rate / 1e18;
        if (required * 1e18 < notional * rate) ++required;
        assertEq(SettlementMath.requirement(size, price, rate, SCALE), required);
    }

    /// @dev Written differently: what is more than the cap or the mark is cut off one after the other.
    function testFuzz_ADM3_funding_is_the_premium_within_its_cap_and_never_more_than_the_mark(
        uint256 mark,
        uint256 index,
        uint256 cap,
        uint256 elapsed
    ) public pure {
        (mark, index) = (bound(mark, 1, 1e24), bound(index, 1, 1e24));
        (cap, elapsed) = (bound(cap, 0, 1e18), bound(elapsed, 0, 30 days));
        uint256 expected = mark > index ? mark - index : index - mark;
        if (expected > index * cap / 1e18) expected = index * cap / 1e18;
        expected = expected * elapsed / 8 hours;
        if (expected > mark) expected = mark;
        int256 found = SettlementMath.funding(mark, index, cap, elapsed);
        assertEq(found, mark > index ? int256(expected) : -int256(expected));
    }

    function testFuzz_shares_of_a_split_sum_to_the_whole(uint128 amount, uint256 fraction) public pure {
        fraction = bound(fraction, 0, 1e18);
        assertEq(SettlementMath.shareDown(amount, fraction) + SettlementMath.shareUp(amount, 1e18 - fraction), amount);
        assertEq(SettlementMath.shareDown(amount, 1e18), amount);
        assertEq(SettlementMath.shareUp(amount, 1e18), amount);
    }

    function testFuzz_setting_off_keeps_the_difference(uint128 gain, uint128 loss) public pure {
        (uint256 g, uint256 l, uint256 common) = SettlementMath.setOff(gain, loss);
        assertTrue(g == 0 || l == 0);
        assertEq(g + common, gain);
        assertEq(l + common, loss);
    }

    function _floorDiv(int256 a, int256 b) private pure returns (int256 q) {
        q = a / b;
        if (a % b != 0 && a < 0) --q;
    }
}
