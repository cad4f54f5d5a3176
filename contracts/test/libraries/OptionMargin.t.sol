// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { OptionLeg, OptionMargin } from "../../src/libraries/OptionMargin.sol";
import { Test } from "forge-std/Test.sol";

/// @notice RISK §2, options. Quote has 6 decimals, so that scale is 10^30; amounts in whole dollars where a name says so.
contract OptionMarginTest is Test {
    uint256 private constant WAD = 1e18;
    uint256 private constant USD = 1e6;
    uint256 private constant SCALE = 1e30;
    uint256 private constant INDEX = 100e18;

    OptionLeg[] private legs;

    /* CHECK VALUES */

    function test_MRG1_a_lone_long_requires_its_mark_and_so_nets_to_nothing() public {
        _call(3e18, 100, 7e18);
        _put(2e18, 95, 4e18);
        _expect(29 * USD, 29 * USD);
    }

    function test_MRG1_a_naked_short_call_requires_nine_percent_of_the_index_beside_its_mark() public {
        _call(-1e18, 105, 4e18); // five out of the money: 15 − 5 is less than 13
        _expect(13 * USD, 9 * USD);
    }

    function test_MRG1_a_short_call_at_the_money_requires_fifteen_percent_at_first() public {
        _call(-2e18, 100, 4e18);
        _expect(30 * USD, 18 * USD);
    }

    function test_MRG1_a_short_put_requires_a_share_of_its_mark_where_that_is_more() public {
        _put(-1e18, 300, 205e18); // L_max, 300, is more than what it requires alone at maintenance: 205 + 18.45
        _expect(29_622_500, 18_450_000); // 1.05·(205 + 18.45) − 205 at first
    }

    function test_MRG1_a_credit_spread_requires_at_most_what_it_can_lose() public {
        _call(-1e18, 100, 7e18);
        _call(1e18, 105, 4e18);
        // R − marks = 5: the holder was paid 3, and can lose 5.
        _expect(2 * USD, 2 * USD);
    }

    function test_MRG1_a_debit_spread_requires_what_it_is_worth() public {
        _call(1e18, 100, 7e18);
        _call(-1e18, 105, 4e18);
        _expect(3 * USD, 3 * USD);
    }

    function test_MRG1_an_uncovered_call_of_a_ratio_spread_requires_no_more_than_a_naked_one() public {
        _call(1e18, 100, 7e18);
        _call(-2e18, 105, 4e18);
        // Alone: 2·(4 + 9) and 2·(4 + 13). Together: 0 + 1·110 and 1·120. Marks: −1.
        _expect(33 * USD, 25 * USD);
    }

    function test_MRG1_marks_beyond_the_payoff_are_no_credit() public {
        _call(-1e18, 100, 9e18);
        _call(1e18, 105, 3e18);
        _expect(0, 0);
    }

    function test_MRG1_a_put_pays_out_most_at_zero() public {
        _put(-1e18, 90, 2e18);
        _put(1e18, 60, 1e18);
        assertEq(OptionMargin.worstPayout(legs, 0, 2), 30 * WAD * WAD);
    }

    /* AGAINST A PLAIN REFERENCE */

    /// @dev The reference reckons in another order and with other rounding: whole payoffs on a grid finer than the strikes, rates on totals.
    function testFuzz_MRG1_requirements_are_those_of_the_plain_formula(uint256 seed) public {
        uint256 index = _random(seed, 0, 1e18, 5000e18);
        uint256 count = _random(seed, 1, 1, 16);
        for (uint256 i = 0; i < count; ++i) {
            _draw(uint256(keccak256(abi.encode(seed, i))), index);
        }
        (uint256 im, uint256 mm) = OptionMargin.requirement(legs, 0, count, index, SCALE);
        assertEq(_atLeast(im, _plain(index, true)), true, "IM");
        assertEq(_atLeast(mm, _plain(index, false)), true, "MM");
    }

    function testFuzz_MRG8_initial_is_never_below_maintenance(uint256 seed) public {
        uint256 index = _random(seed, 0, 1, 5000e18);
        uint256 count = _random(seed, 1, 1, 16);
        for (uint256 i = 0; i < count; ++i) {
            _draw(uint256(keccak256(abi.encode(seed, i))), index);
        }
        (uint256 im, uint256 mm) = OptionMargin.requirement(legs, 0, count, index, SCALE);
        assertGe(im, mm);
    }

    /// @dev Above all strikes, or anywhere between them, nothing pays out more than at a strike, but for the calls that none covers.
    function testFuzz_LIQ6_no_price_at_expiry_costs_more_than_the_worst_payout(uint256 seed, uint256 price) public {
        uint256 count = _random(seed, 1, 1, 16);
        int256 calls = 0;
        for (uint256 i = 0; i < count; ++i) {
            _draw(uint256(keccak256(abi.encode(seed, i))), 1000e18);
            if (legs[i].isCall) calls += legs[i].size;
        }
        price = bound(price, 0, 20_000e18);
        uint256 beyond = calls < 0 ? uint256(-calls) * price : 0;
        int256 most = int256(OptionMargin.worstPayout(legs, 0, count) + beyond);
        assertLe(-_worthAt(price), most);
    }

    function testFuzz_LIQ2_a_fraction_of_every_leg_requires_that_fraction(uint256 seed) public {
        uint256 count = _random(seed, 1, 1, 16);
        for (uint256 i = 0; i < count; ++i) {
            _draw(uint256(keccak256(abi.encode(seed, i))), 1000e18);
            legs[i].size = legs[i].size / 4 * 4;
        }
        (uint256 im, uint256 mm) = OptionMargin.requirement(legs, 0, count, 1000e18, SCALE);
        for (uint256 i = 0; i < count; ++i) {
            legs[i].size /= 4;
        }
        (uint256 quarterIm, uint256 quarterMm) = OptionMargin.requirement(legs, 0, count, 1000e18, SCALE);
        assertApproxEqAbs(quarterIm * 4, im, 4);
        assertApproxEqAbs(quarterMm * 4, mm, 4);
    }

    /* THE PLAIN REFERENCE: quote decimals with 18 more */

    function _plain(uint256 index, bool initial) private view returns (int256) {
        int256 together = _together(index, initial);
        int256 alone = 0;
        int256 marks = 0;
        for (uint256 i = 0; i < legs.length; ++i) {
            int256 mark = legs[i].size * int256(legs[i].markWad) / 1e18;
            marks += mark;
            if (legs[i].size < 0) alone += _alone(legs[i], -mark, index, initial) - mark;
        }
        return (alone < together ? alone : together) + marks;
    }

    function _together(uint256 index, bool initial) private view returns (int256 together) {
        int256 calls = 0;
        int256 worst = -_worthAt(0);
        for (uint256 i = 0; i < legs.length; ++i) {
            if (legs[i].isCall) calls += legs[i].size;
            int256 payout = -_worthAt(legs[i].strikeWad);
            if (payout > worst) worst = payout;
        }
        if (worst > 0) together = worst / 1e18;
        if (calls < 0) together += -calls * int256(index) / 1e18 * (initial ? int256(12) : int256(11)) / 10;
    }

    function _alone(OptionLeg memory leg, int256 mark, uint256 index, bool initial) private pure returns (int256) {
        int256 notional = -leg.size * int256(index) / 1e18;
        int256 mm = notional * 9 / 100;
        if (!leg.isCall && mark * 9 / 100 > mm) mm = mark * 9 / 100;
        if (!initial) return mm;
        int256 away = leg.isCall ? int256(leg.strikeWad) - int256(index) : int256(index) - int256(leg.strikeWad);
        int256 outside = away > 0 ? -leg.size * away / 1e18 : int256(0);
        int256 im = notional * 15 / 100 - outside;
        if (im < notional * 13 / 100) im = notional * 13 / 100;
        int256 byMark = (mark + mm) * 105 / 100 - mark;
        return !leg.isCall && byMark > im ? byMark : im;
    }

    /// @dev What the legs pay to their holder at this price, WAD × WAD.
    function _worthAt(uint256 price) private view returns (int256 worth) {
        for (uint256 i = 0; i < legs.length; ++i) {
            int256 inside = int256(price) - int256(legs[i].strikeWad);
            if (!legs[i].isCall) inside = -inside;
            if (inside > 0) worth += legs[i].size * inside;
        }
    }

    /// @dev Never less than the formula, and more by rounding alone.
    function _atLeast(uint256 required, int256 plainWad) private pure returns (bool) {
        int256 plain = plainWad > 0 ? plainWad / 1e12 : int256(0);
        return int256(required) >= plain - 1 && int256(required) <= plain + 2;
    }

    /* HELPERS */

    function _expect(uint256 im, uint256 mm) private view {
        (uint256 gotIm, uint256 gotMm) = OptionMargin.requirement(legs, 0, legs.length, INDEX, SCALE);
        assertEq(gotIm, im, "IM");
        assertEq(gotMm, mm, "MM");
    }

    function _call(int256 size, uint256 strike, uint256 markWad) private {
        legs.push(OptionLeg("index", 1, true, size, strike * WAD, markWad));
    }

    function _put(int256 size, uint256 strike, uint256 markWad) private {
        legs.push(OptionLeg("index", 1, false, size, strike * WAD, markWad));
    }

    function _draw(uint256 seed, uint256 index) private {
        int256 size = int256(_random(seed, 2, 1, 100e18)) * (seed % 2 == 0 ? int256(1) : int256(-1));
        uint256 strike = _random(seed, 3, index / 2 + 1, index * 2);
        legs.push(OptionLeg("index", 1, seed / 2 % 2 == 0, size, strike, _random(seed, 4, 1, index)));
    }

    function _random(uint256 seed, uint256 salt, uint256 least, uint256 most) private pure returns (uint256) {
        return least + uint256(keccak256(abi.encode(seed, salt, "random"))) % (most - least + 1);
    }
}
