// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IClearingHouseEvents } from "../../src/interfaces/IClearingHouse.sol";
import { InstrumentFixture } from "../support/InstrumentFixture.sol";

/// @notice A cap on the open interest of all instruments together.
contract VenueCapTest is InstrumentFixture {
    Trader private long;
    Trader private short;

    function setUp() public override {
        super.setUp();
        long = _trader("long", alpha, 1_000_000 * USD);
        short = _trader("short", beta, 1_000_000 * USD);
    }

    function test_ADM1_only_the_admin_sets_it() public {
        vm.expectRevert(abi.encodeWithSelector(IClearingHouseEvents.NotAdmin.selector, address(this)));
        clearingHouse.setVenueCap(1);
        vm.expectEmit(address(clearingHouse));
        emit IClearingHouseEvents.VenueCapSet(7 * USD);
        _cap(7 * USD);
        assertEq(_capNow(), 7 * USD);
    }

    function test_without_a_cap_nothing_is_counted() public {
        _tradeIn(FUNDED, long, short, 3e18);
        clearingHouse.countOpenInterest(FUNDED);
        assertEq(_counted(), 0);
    }

    function test_instruments_count_together_perps_and_futures_at_the_mark_and_options_at_the_strike() public {
        _cap(1_000_000 * USD);
        _tradeIn(FUNDED, long, short, 3e18); // at 2000
        assertEq(_counted(), 6000 * USD);
        _tradeIn(FUTURE, short, long, 2e18); // at 2010
        assertEq(_counted(), 10_020 * USD);
        _tradeIn(HIGH_CALL, long, short, 1e18); // strike 2100
        assertEq(_counted(), 12_120 * USD);
    }

    function test_no_trade_ends_above_it_whichever_instrument_adds() public {
        _cap(10_000 * USD);
        _tradeIn(FUNDED, long, short, 3e18);
        _tradeIn(PUT, long, short, 2e18); // exactly the cap
        _expectTradeRefused(FUTURE, long, short, _exceeds(10_000 * USD + 2010 * USD, 10_000 * USD));
        assertEq(_counted(), 10_000 * USD);
    }

    function test_what_reduces_is_never_refused_though_the_price_has_carried_it_above() public {
        _cap(6000 * USD);
        _tradeIn(FUNDED, long, short, 3e18);
        _setMark(FUNDED, 2500e18);
        clearingHouse.countOpenInterest(FUNDED);
        assertEq(_counted(), 7500 * USD);
        _tradeIn(FUNDED, short, long, 1e18);
        assertEq(_counted(), 5000 * USD);
        _expectTradeRefused(FUNDED, long, short, _exceeds(7500 * USD, 6000 * USD));
    }

    function test_a_lowered_cap_refuses_only_what_adds() public {
        _cap(10_000 * USD);
        _tradeIn(FUNDED, long, short, 3e18);
        _cap(1 * USD);
        _expectTradeRefused(FUNDED, long, short, _exceeds(8000 * USD, 1 * USD));
        Trader memory other = _trader("other", alpha, 100_000 * USD);
        _tradeIn(FUNDED, other, long, 3e18); // handed on: nothing is added
        assertEq(_counted(), 6000 * USD);
    }

    function test_a_first_cap_counts_what_is_open_when_somebody_has_it_counted() public {
        _tradeIn(FUNDED, long, short, 3e18);
        _cap(6500 * USD);
        assertEq(_counted(), 0);
        clearingHouse.countOpenInterest(FUNDED);
        assertEq(_counted(), 6000 * USD);
        _expectTradeRefused(CALL, long, short, _exceeds(8000 * USD, 6500 * USD));
    }

    function test_what_has_expired_counts_no_more_and_cannot_be_counted_again() public {
        _cap(10_000 * USD);
        _tradeIn(CALL, long, short, 2e18);
        _tradeIn(FUNDED, long, short, 1e18);
        _pass(EXPIRY - vm.getBlockTimestamp());
        _close(CALL);
        assertEq(_counted(), 2000 * USD);
        clearingHouse.countOpenInterest(CALL);
        assertEq(_counted(), 2000 * USD);
    }

    /// @dev Whatever is traded: once each was counted at the standing marks, the whole is the sum of the parts.
    /// forge-config: default.fuzz.runs = 64
    /// forge-config: deep.fuzz.runs = 20000
    function testFuzz_the_whole_is_the_sum_of_the_instruments(uint256 seed) public {
        _cap(type(uint128).max);
        for (uint256 i = 0; i < 8; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            uint32 instrument = FUNDED + uint32(draw % 5);
            (Trader memory buyer, Trader memory seller) = draw >> 8 & 1 == 0 ? (long, short) : (short, long);
            _tradeIn(instrument, buyer, seller, 1 + (draw >> 16) % 5e18);
            uint256 markWad = _markOf(instrument);
            _setMark(instrument, markWad - markWad / 50 + (draw >> 96) % (markWad / 25));
            _pass(1);
        }
        uint256 sum = 0;
        for (uint32 i = FUNDED; i <= PUT; ++i) {
            clearingHouse.countOpenInterest(i);
            uint256 unitWad = i < CALL ? _markOf(i) : i == HIGH_CALL ? HIGH_STRIKE : STRIKE;
            uint256 product = uint256(clearingHouse.stateOf(i).openInterest) * unitWad;
            sum += (product + 1e30 - 1) / 1e30; // rounded up
        }
        assertEq(_counted(), sum);
    }

    function _cap(uint256 capQuote) private {
        vm.prank(admin);
        clearingHouse.setVenueCap(uint128(capQuote));
    }

    function _counted() private view returns (uint256 counted) {
        (counted,) = clearingHouse.venueOpenInterest();
    }

    function _capNow() private view returns (uint256 cap) {
        (, cap) = clearingHouse.venueOpenInterest();
    }

    function _exceeds(uint256 total, uint256 cap) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IClearingHouseEvents.VenueCapExceeded.selector, total, cap);
    }
}
