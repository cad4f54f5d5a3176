// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AuctionTerms } from "../../src/interfaces/ILiquidationEngine.sol";
import { BidInputs, LiquidationMath } from "../../src/libraries/LiquidationMath.sol";
import { Test } from "forge-std/Test.sol";

contract LiquidationMathTest is Test {
    uint256 private constant WAD = 1e18;

    /* SIZING */

    /// @dev RISK §5, at 10 decimals as given there.
    function test_the_check_values_of_the_design() public pure {
        assertEq(_checkValue(0.2e18) / 1e8, 5_579_412_854);
        assertEq(_checkValue(0.15e18) / 1e8, 5_385_403_366);
    }

    function testFuzz_LIQ2_the_largest_bid_leaves_health_at_the_target_and_one_step_more_passes_it(
        uint64 equity,
        uint64 gap,
        uint64 takeable,
        uint64 reserved,
        uint64 skipped,
        uint64 discount
    ) public pure {
        AuctionTerms memory terms = _terms();
        terms.dustQuote = 0;
        BidInputs memory bid = _inputs(equity, gap, takeable, reserved, skipped);
        uint256 d = bound(discount, 0.5e18, WAD);
        uint256 f = LiquidationMath.largestFraction(bid, terms, d);
        assertLt(f, WAD);
        assertLe(_excess(bid, terms, d, f), 0, "not past 1 + beta");
        assertGt(_excess(bid, terms, d, f + 1), 0, "the largest");
    }

    function testFuzz_LIQ4_two_bids_pay_bidders_no_more_than_one(
        uint64 equity,
        uint64 gap,
        uint64 reserved,
        uint64 discount,
        uint64 haircut,
        uint256 first
    ) public pure {
        AuctionTerms memory terms = _terms();
        terms.dustQuote = 0;
        uint256 d = bound(discount, 0.5e18, WAD);
        BidInputs memory bid = _inputs(equity, gap, equity, reserved, 0);
        // Haircuts: what can be taken is worth at least what it adds to equity.
        bid.takeable = bid.equity - int256(bid.reserved) + int256(bound(haircut, 0, uint256(bid.equity) / 5));
        uint256 whole = LiquidationMath.largestFraction(bid, terms, d);
        first = bound(first, 0, whole);

        uint256 paid = LiquidationMath.priceOf(uint256(bid.takeable), first, d);
        BidInputs memory rest = BidInputs({
            equity: int256((uint256(bid.equity) - bid.reserved) * (WAD - first) / WAD + bid.reserved + paid),
            maintenance: bid.maintenance - bid.maintenance * first / WAD,
            takeable: bid.takeable - int256(uint256(bid.takeable) * first / WAD),
            reserved: bid.reserved + paid,
            skipped: 0
        });
        uint256 second = rest.equity < int256(rest.maintenance) ? LiquidationMath.largestFraction(rest, terms, d) : 0;
        uint256 rounding = 8 + uint256(bid.takeable) * 8 / WAD; // fractions have 18 decimals
        // What bidders gain is (1 − d) of the value taken.
        uint256 takenInTwo = uint256(bid.takeable) * first / WAD + uint256(rest.takeable) * second / WAD;
        assertLe(takenInTwo, uint256(bid.takeable) * whole / WAD + rounding, "R set aside: splitting takes no more");
    }

    /// @dev The counterexample of RISK §5: E 50, M 100, d 0.8.
    function test_LIQ4_without_R_set_aside_many_small_bids_would_take_more() public pure {
        AuctionTerms memory terms = _terms();
        terms.dustQuote = 0;
        terms.bufferWad = 0;
        BidInputs memory bid = BidInputs(50e12, 100e12, 50e12, 0, 0);
        uint256 once = (WAD - 0.8e18) * (50e12 * LiquidationMath.largestFraction(bid, terms, 0.8e18) / WAD) / WAD;
        assertApproxEqAbs(_gainOfMany(bid, terms, false), once, 1e9, "with R: no more than one bid");
        assertGt(_gainOfMany(bid, terms, true), once * 14 / 10, "without: half as much again");
    }

    function testFuzz_all_of_it_when_equity_is_gone_or_dust(int64 equity, uint64 maintenance, int64 takeable)
        public
        pure
    {
        AuctionTerms memory terms = _terms();
        BidInputs memory bid = BidInputs(equity, maintenance, takeable, 0, 0);
        uint256 f = LiquidationMath.largestFraction(bid, terms, 0.9e18);
        if (equity < int256(uint256(terms.dustQuote)) || takeable <= 0) assertEq(f, WAD);
    }

    function testFuzz_LIQ5_the_largest_bid_never_leaves_dust(uint64 equity, uint64 gap, uint64 discount) public pure {
        AuctionTerms memory terms = _terms();
        BidInputs memory bid = _inputs(equity, gap, equity, 0, 0);
        uint256 f = LiquidationMath.largestFraction(bid, terms, bound(discount, 0.5e18, WAD));
        assertFalse(LiquidationMath.leavesDust(bid, f, terms.dustQuote));
    }

    function testFuzz_LIQ5_what_remains_is_dust_only_when_it_is_small_by_every_measure(
        uint64 equity,
        uint64 maintenance,
        int64 takeable,
        uint64 fraction,
        uint64 dust
    ) public pure {
        uint256 f = bound(fraction, 0, WAD - 1);
        BidInputs memory bid = BidInputs(int256(uint256(equity)), maintenance, takeable, 0, 0);
        bool small = equity * (WAD - f) / WAD < dust && maintenance * (WAD - f) / WAD < dust;
        uint256 size = uint256(takeable < 0 ? -int256(takeable) : int256(takeable));
        assertEq(LiquidationMath.leavesDust(bid, f, dust), small && size * (WAD - f) / WAD < dust);
        assertFalse(LiquidationMath.leavesDust(bid, WAD, dust), "nothing remains");
    }

    /// @dev Half remains, and the line is drawn at 10: what is on it is no dust, by any of the three.
    function test_LIQ5_what_is_on_the_line_is_no_dust() public pure {
        assertTrue(LiquidationMath.leavesDust(BidInputs(-19, 19, -19, 0, 0), 0.5e18, 10));
        assertFalse(LiquidationMath.leavesDust(BidInputs(-20, 19, -19, 0, 0), 0.5e18, 10), "equity");
        assertFalse(LiquidationMath.leavesDust(BidInputs(-19, 20, -19, 0, 0), 0.5e18, 10), "maintenance");
        assertFalse(LiquidationMath.leavesDust(BidInputs(-19, 19, -20, 0, 0), 0.5e18, 10), "takeable");
    }

    /// @dev An eleventh is missing, so that 100/11 would remain: nine whole units, under a line at ten.
    function test_LIQ5_what_would_remain_is_rounded_down_before_it_is_held_against_the_line() public pure {
        AuctionTerms memory terms = _terms();
        (terms.dustQuote, terms.bufferWad) = (10, 0);
        assertEq(LiquidationMath.largestFraction(BidInputs(10, 11, 10, 0, 0), terms, WAD), WAD);
        assertEq(
            LiquidationMath.largestFraction(BidInputs(10, 5, 10, 0, 0), terms, WAD),
            0,
            "on the line, and nothing is missing"
        );
        terms.dustQuote = 9;
        assertEq(LiquidationMath.largestFraction(BidInputs(10, 11, 10, 0, 0), terms, WAD), WAD / 11);
    }

    function test_one_unit_of_equity_is_equity() public pure {
        AuctionTerms memory terms = _terms();
        (terms.dustQuote, terms.bufferWad) = (0, 0);
        assertEq(LiquidationMath.largestFraction(BidInputs(1, 2, 1, 0, 0), terms, WAD), WAD / 2);
    }

    /* PRICE */

    function testFuzz_LIQ3_the_price_is_the_ceiling_and_the_reward_the_floor(uint64 value, uint64 m, uint64 f, uint64 d)
        public
        pure
    {
        (f, d) = (uint64(bound(f, 0, WAD)), uint64(bound(d, 0, WAD)));
        uint256 price = LiquidationMath.priceOf(value, f, d);
        assertGe(price * WAD * WAD, uint256(value) * f * d);
        if (price != 0) assertLt((price - 1) * WAD * WAD, uint256(value) * f * d);
        uint256 reward = LiquidationMath.rewardOf(value, m, f, d);
        assertEq(reward, (uint256(value) + uint256(m) * d / WAD) * f / WAD);
    }

    /* CLOCK */

    function testFuzz_LIQ8_the_discount_only_falls_and_stops_at_its_floor(uint32 a, uint32 b) public pure {
        AuctionTerms memory terms = _terms();
        (uint256 early, uint256 late) = a < b ? (a, b) : (b, a);
        uint256 first = LiquidationMath.discountAfter(early, terms);
        uint256 second = LiquidationMath.discountAfter(late, terms);
        assertGe(first, second);
        assertGe(second, terms.floorDiscountWad);
        assertLe(first, terms.startDiscountWad);
        assertLe(LiquidationMath.rewardAfter(early, terms), LiquidationMath.rewardAfter(late, terms));
        assertLe(LiquidationMath.rewardAfter(late, terms), WAD);
    }

    function test_LIQ8_the_discount_at_its_corners() public pure {
        AuctionTerms memory terms = _terms();
        assertEq(LiquidationMath.discountAfter(0, terms), 0.98e18);
        assertEq(LiquidationMath.discountAfter(10 minutes, terms), 0.89e18);
        assertEq(LiquidationMath.discountAfter(20 minutes, terms), 0.8e18);
        assertEq(LiquidationMath.discountAfter(20 minutes + 6 hours, terms), 0.65e18);
        assertEq(LiquidationMath.discountAfter(20 minutes + 12 hours, terms), 0.5e18);
        assertEq(LiquidationMath.discountAfter(365 days, terms), 0.5e18);
        assertEq(LiquidationMath.rewardAfter(30 minutes, terms), 0.5e18);
        assertEq(LiquidationMath.rewardAfter(1 hours, terms), WAD);
    }

    /// @dev The engine's constructor lets these be 0: nothing may be divided by it.
    function test_LIQ8_a_stretch_of_no_time_is_over_at_once() public pure {
        AuctionTerms memory terms = _terms();
        (terms.kneeSeconds, terms.floorSeconds, terms.rewardSeconds) = (0, 0, 0);
        assertEq(LiquidationMath.discountAfter(0, terms), 0.8e18);
        assertEq(LiquidationMath.discountAfter(1, terms), 0.5e18);
        assertEq(LiquidationMath.rewardAfter(0, terms), WAD);
    }

    /* LIQ-2 */

    function test_LIQ2_improvement_needs_both() public pure {
        assertTrue(LiquidationMath.improved(50, 100, 60, 90, 0));
        assertFalse(LiquidationMath.improved(50, 100, 50, 100, 0), "nothing changed");
        assertFalse(LiquidationMath.improved(50, 100, 10, 55, 0), "the gap fell, but so did the ratio");
        assertTrue(LiquidationMath.improved(-50, 100, -25, 50, 0), "half of a bad thing");
        assertFalse(LiquidationMath.improved(-50, 100, -30, 50, 0));
        assertTrue(LiquidationMath.improved(-50, 100, -26, 50, 1), "rounding");
    }

    /* HELPERS */

    function _checkValue(uint64 buffer) private pure returns (uint256) {
        AuctionTerms memory terms = _terms();
        terms.bufferWad = buffer;
        terms.dustQuote = 0;
        uint256 equity = 1_193_063_301_808;
        BidInputs memory bid = BidInputs(int256(equity), equity + 1_030_906_194_905, int256(equity), 0, 0);
        return LiquidationMath.largestFraction(bid, terms, 0.98e18);
    }

    /// @dev A failing but solvent group: 0 < E < M, R and skipped within E.
    function _inputs(uint64 equity, uint64 gap, uint64 takeable, uint64 reserved, uint64 skipped)
        private
        pure
        returns (BidInputs memory)
    {
        uint256 e = bound(equity, 1e6, type(uint64).max);
        return BidInputs({
            equity: int256(e),
            maintenance: e + bound(gap, 1, type(uint64).max),
            takeable: int256(bound(takeable, 1, type(uint64).max)),
            reserved: bound(reserved, 0, e / 2),
            skipped: bound(skipped, 0, e / 2)
        });
    }

    /// @dev E after − (1+β)·M after, at WAD² and without rounding: E' = (E − R − S)(1 − f) + R + S + d·V·f.
    function _excess(BidInputs memory bid, AuctionTerms memory terms, uint256 d, uint256 f)
        private
        pure
        returns (int256)
    {
        int256 aside = int256(bid.reserved + bid.skipped);
        int256 after_ = (bid.equity - aside) * int256(WAD - f) * int256(WAD) + aside * int256(WAD * WAD) + int256(d * f)
            * bid.takeable;
        return after_ - int256((WAD + terms.bufferWad) * (WAD - f) * bid.maintenance);
    }

    /// @dev A hundred bids in a row, each a hundredth of what is left. @param forget let the next bidder take what the last one paid.
    function _gainOfMany(BidInputs memory bid, AuctionTerms memory terms, bool forget)
        private
        pure
        returns (uint256 gain)
    {
        uint256 equity = uint256(bid.equity);
        uint256 maintenance = bid.maintenance;
        uint256 reserved = 0;
        for (uint256 i = 0; i < 2000 && equity + 1e6 < maintenance; ++i) {
            uint256 takeable = equity - reserved;
            BidInputs memory now_ = BidInputs(int256(equity), maintenance, int256(takeable), reserved, 0);
            uint256 most = LiquidationMath.largestFraction(now_, terms, 0.8e18);
            uint256 f = most < 0.01e18 ? most : 0.01e18;
            uint256 taken = takeable * f / WAD;
            gain += taken - taken * 8 / 10;
            equity = equity - taken + taken * 8 / 10;
            maintenance -= maintenance * f / WAD;
            if (!forget) reserved += taken * 8 / 10;
        }
    }

    function _terms() private pure returns (AuctionTerms memory) {
        return AuctionTerms({
            bufferWad: 0.15e18,
            startDiscountWad: 0.98e18,
            kneeDiscountWad: 0.8e18,
            floorDiscountWad: 0.5e18,
            kneeSeconds: 20 minutes,
            floorSeconds: 12 hours,
            rewardSeconds: 1 hours,
            gapSeconds: 15 minutes,
            dustQuote: 5e6
        });
    }
}
