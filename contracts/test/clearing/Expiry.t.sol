// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IClearingHouseEvents, InstrumentState, Position, Round } from "../../src/interfaces/IClearingHouse.sol";
import { IOracleHub, PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { PriceView, VenueMargin } from "../../src/interfaces/IVenue.sol";
import { InstrumentFixture } from "../support/InstrumentFixture.sol";

/// @notice The last round of what expires.
contract ExpiryTest is InstrumentFixture {
    Trader private long;
    Trader private short;

    function setUp() public override {
        super.setUp();
        long = _trader("long", alpha, 10_000 * USD);
        short = _trader("short", beta, 10_000 * USD);
    }

    /* WHAT IT SETTLES AT */

    function test_VM2_a_call_in_the_money_ends_at_what_the_index_is_above_its_strike() public {
        _tradeIn(CALL, long, short, 2e18); // at 80
        _endAt(2150e18);
        Round memory last = _close(CALL);
        assertEq(last.priceWad, 150e18);
        assertTrue(last.last);
        _settleIn(CALL, short.vault, long.vault);
        _assertOver(CALL, 10_000 * USD + 140 * USD, 10_000 * USD - 140 * USD);
    }

    function test_VM2_a_call_out_of_the_money_ends_worthless() public {
        _tradeIn(CALL, long, short, 2e18);
        _endAt(1900e18);
        assertEq(_close(CALL).priceWad, 0);
        _settleIn(CALL, long.vault, short.vault);
        _assertOver(CALL, 10_000 * USD - 160 * USD, 10_000 * USD + 160 * USD);
    }

    function test_VM2_a_put_ends_at_what_the_index_is_below_its_strike() public {
        _tradeIn(PUT, long, short, 1e18); // at 70
        _endAt(1875e18);
        assertEq(_close(PUT).priceWad, 125e18);
        _settleIn(PUT, short.vault, long.vault);
        _assertOver(PUT, 10_000 * USD + 55 * USD, 10_000 * USD - 55 * USD);
    }

    function test_VM2_a_future_ends_at_the_index() public {
        _tradeIn(FUTURE, long, short, 1e18); // at 2010
        _endAt(2042e18);
        assertEq(_close(FUTURE).priceWad, 2042e18);
        _settleIn(FUTURE, short.vault, long.vault);
        _assertOver(FUTURE, 10_000 * USD + 32 * USD, 10_000 * USD - 32 * USD);
    }

    /* NOBODY CHOOSES IT */

    function test_VM4_a_spike_at_the_last_moment_weighs_no_more_than_it_lasts() public {
        _tradeIn(CALL, long, short, 1e18);
        _endAt(2100e18);
        // One second at twice the price, after an hour at 2100: 2100 / 3600.
        _mark(ETH_USD, 4200e18);
        _mark(ETH_USD, 2100e18);
        assertApproxEqAbs(_close(CALL).priceWad, 100e18, 0.584e18);
    }

    /// @dev The round that closes ten minutes before expiry is one like any other: the average that decides still begins where the one before closed.
    function test_VM4_a_close_shortly_before_expiry_does_not_shorten_the_average() public {
        _tradeIn(CALL, long, short, 1e18);
        _passTo(EXPIRY - ROUND_SECONDS - 600);
        _close(CALL);
        _passTo(EXPIRY - 600);
        _close(CALL); // by somebody who knows what comes
        _mark(ETH_USD, 2700e18);
        _passTo(EXPIRY);
        // 70 minutes: 60 at 2000 and 10 at 2700.
        assertApproxEqAbs(_close(CALL).priceWad, 100e18, 0.5e18);
    }

    function test_VM4_nobody_opens_the_first_position_when_too_little_is_left_to_average() public {
        _passTo(EXPIRY - ROUND_SECONDS / 2 + 1);
        _expectTradeRefused(
            CALL, long, short, abi.encodeWithSelector(IClearingHouseEvents.Expired.selector, CALL, EXPIRY)
        );
    }

    function test_VM4_a_first_position_in_the_last_hour_is_averaged_over_what_is_left() public {
        _passTo(EXPIRY - ROUND_SECONDS / 2);
        _tradeIn(CALL, long, short, 1e18);
        _mark(ETH_USD, 2050e18);
        _passTo(EXPIRY);
        assertApproxEqAbs(_close(CALL).priceWad, 50e18, 0.05e18);
    }

    function test_VM5_nothing_is_traded_at_or_after_expiry() public {
        _tradeIn(CALL, long, short, 1e18);
        _passTo(EXPIRY);
        bytes memory expired = abi.encodeWithSelector(IClearingHouseEvents.Expired.selector, CALL, EXPIRY);
        _expectTradeRefused(CALL, long, short, expired);
        _close(CALL);
        _expectTradeRefused(CALL, long, short, expired);
    }

    function test_VM4_the_last_round_waits_for_a_report_at_or_after_expiry() public {
        _tradeIn(CALL, long, short, 1e18);
        _passTo(EXPIRY - 1);
        _close(CALL); // a round like any other
        vm.warp(EXPIRY);
        vm.expectRevert(); // not over: the newest report is of the second before
        clearingHouse.closeRound(CALL, _none());
        clearingHouse.closeRound(CALL, _one(_report(ETH_USD, ETH_PRICE)));
        assertTrue(clearingHouse.stateOf(CALL).expired);
    }

    function test_VM4_the_last_round_is_closed_once() public {
        _tradeIn(CALL, long, short, 1e18);
        _endAt(2150e18);
        _close(CALL);
        _pass(2 * ROUND_SECONDS);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouseEvents.Expired.selector, CALL, EXPIRY));
        clearingHouse.closeRound(CALL, _none());
    }

    /// @dev Who signs marks stops at expiry; the index is all that is needed.
    function test_LIQ1_a_mark_that_is_signed_no_more_does_not_hold_up_the_end() public {
        _tradeIn(CALL, long, short, 1e18);
        _passTo(EXPIRY - 1);
        vm.warp(EXPIRY + 1 hours);
        _refresh(ETH_USD);
        vm.expectRevert(); // the mark is stale
        engine.healthOf(long.vault, PriceUse.Liquidation);
        _close(CALL);
        engine.healthOf(long.vault, PriceUse.Liquidation);
    }

    /* BETWEEN CLOSING AND SETTLING */

    function test_MRG1_an_ended_position_is_worth_its_outcome_and_requires_nothing_before_it_is_settled() public {
        _tradeIn(CALL, long, short, 2e18);
        _endAt(2150e18);
        _close(CALL);
        VenueMargin memory margin = _margin(long.vault);
        assertEq(margin.value, int256(140 * USD));
        assertEq(margin.mm, 0);
        assertEq(margin.notInitial, 140 * USD, "MRG-6: unpaid");
        assertEq(_margin(short.vault).value, -int256(140 * USD));
    }

    /// @dev What attesters signed for the rest stands, whoever settles when.
    function test_MRG9_an_ended_position_is_in_no_hash_before_it_is_settled_either() public {
        _tradeIn(FUNDED, long, short, 1e18);
        bytes32 rest = clearingHouse.positionsHash(_vaults(long.vault, short.vault));
        _tradeIn(CALL, long, short, 2e18);
        assertNotEq(clearingHouse.positionsHash(_vaults(long.vault, short.vault)), rest);
        _endAt(2150e18);
        assertNotEq(clearingHouse.positionsHash(_vaults(long.vault, short.vault)), rest);
        _close(CALL);
        assertEq(clearingHouse.positionsHash(_vaults(long.vault, short.vault)), rest);
        _settleIn(CALL, short.vault, long.vault);
        assertEq(clearingHouse.positionsHash(_vaults(long.vault, short.vault)), rest);
    }

    /// @dev Whoever settles first, in any order and however often.
    function testFuzz_VM2_VM3_sides_end_the_same_whoever_settles_first(uint256 index, uint256 size, bool longFirst)
        public
    {
        size = bound(size, 1, 5e18);
        _tradeIn(CALL, long, short, size);
        _endAt(bound(index, 1500e18, 2500e18));
        Round memory last = _close(CALL);
        if (longFirst) _settleIn(CALL, long.vault, short.vault);
        else _settleIn(CALL, short.vault, long.vault);
        _settleIn(CALL, long.vault, short.vault);
        int256 moved = (int256(uint256(last.priceWad)) - 80e18) * int256(size) / 1e30;
        assertApproxEqAbs(int256(_quote(long.vault)), int256(10_000 * USD) + moved, 1);
        assertLe(_quote(long.vault) + _quote(short.vault), 20_000 * USD);
        assertApproxEqAbs(_quote(long.vault) + _quote(short.vault), 20_000 * USD, 1);
        InstrumentState memory state = clearingHouse.stateOf(CALL);
        assertEq(state.openInterest, 0);
        assertEq(state.holders, 0);
        assertEq(state.openRounds, 0);
        assertTrue(clearingHouse.isFlat(long.vault) && clearingHouse.isFlat(short.vault));
    }

    /* HELPERS */

    /// @dev A round closes two hours before expiry; from then on the index stands at `indexWad`.
    function _endAt(uint256 indexWad) private {
        _passTo(EXPIRY - 2 hours - 1);
        for (uint32 i = FUTURE; i <= PUT; ++i) {
            if (clearingHouse.stateOf(i).roundStart != 0) _close(i);
        }
        _settleIn(CALL, long.vault, short.vault);
        _mark(ETH_USD, indexWad);
        // What stood before the close weighs one second, and nothing once everybody forgets it: begin the average here.
        _passTo(EXPIRY - 1 hours);
        for (uint32 i = FUTURE; i <= PUT; ++i) {
            if (clearingHouse.stateOf(i).roundStart != 0) _close(i);
        }
        _passTo(EXPIRY);
    }

    function _passTo(uint256 time) private {
        _pass(time - vm.getBlockTimestamp());
    }

    function _assertOver(uint32 instrument, uint256 longQuote, uint256 shortQuote) private view {
        assertEq(_quote(long.vault), longQuote, "long");
        assertEq(_quote(short.vault), shortQuote, "short");
        assertEq(clearingHouse.positionOf(long.vault, instrument).size, 0);
        assertEq(clearingHouse.positionOf(short.vault, instrument).size, 0);
        assertTrue(clearingHouse.isFlat(long.vault), "nothing is left");
        assertTrue(clearingHouse.isFlat(short.vault), "nothing is left");
    }

    function _margin(bytes32 vault) private view returns (VenueMargin memory) {
        bytes32[] memory one = new bytes32[](1);
        one[0] = vault;
        return clearingHouse.margin(one, PriceView(PriceUse.Liquidation));
    }
}
