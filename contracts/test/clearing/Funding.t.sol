// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { InstrumentKind, InstrumentTerms, Round } from "../../src/interfaces/IClearingHouse.sol";
import { IOracleHub, PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { PriceView } from "../../src/interfaces/IVenue.sol";
import { SettlementMath } from "../../src/libraries/SettlementMath.sol";
import { InstrumentFixture } from "../support/InstrumentFixture.sol";

/// @notice Perps pull their mark to the index: the side that is pushed pays the other, within bounds, as part of the round.
contract FundingTest is InstrumentFixture {
    Trader private long;
    Trader private short;

    function setUp() public override {
        super.setUp();
        long = _trader("long", alpha, 10_000 * USD);
        short = _trader("short", beta, 10_000 * USD);
    }

    function test_VM2_longs_pay_shorts_while_the_mark_is_above_the_index() public {
        _setMark(FUNDED, 2010e18);
        _tradeIn(FUNDED, long, short, 1e18);
        _pass(ROUND_SECONDS);
        Round memory round = _close(FUNDED);
        assertEq(round.fundingWad, 1.25e18, "ten above the index, an eighth of eight hours");
        assertEq(round.priceWad, 2010e18, "carried at the mark, funding apart");
        _settleIn(FUNDED, long.vault, short.vault);
        assertEq(_quote(long.vault), 10_000 * USD - 1_250_000);
        assertEq(_quote(short.vault), 10_000 * USD + 1_250_000);
    }

    function test_VM2_shorts_pay_longs_while_it_is_below() public {
        _setMark(FUNDED, 1992e18);
        _tradeIn(FUNDED, long, short, 1e18);
        _pass(ROUND_SECONDS);
        assertEq(_close(FUNDED).fundingWad, -1e18);
        _settleIn(FUNDED, short.vault, long.vault);
        assertEq(_quote(long.vault), 10_000 * USD + 1 * USD);
        assertEq(_quote(short.vault), 10_000 * USD - 1 * USD);
    }

    function test_ADM3_funding_is_at_most_its_cap_of_the_index() public {
        _setMark(FUNDED, 2100e18);
        _tradeIn(FUNDED, long, short, 1e18);
        _pass(8 hours);
        assertEq(_close(FUNDED).fundingWad, 20e18, "1 % of the index in eight hours, not 5 %");
    }

    function test_VM4_funding_is_of_the_average_index_and_not_of_its_last_price() public {
        _tradeIn(FUNDED, long, short, 1e18);
        _pass(ROUND_SECONDS / 2);
        _post(ETH_USD, 2000e18 - 8e18); // refused: the stored report is as new
        _mark(ETH_USD, 2000e18 - 8e18);
        _pass(ROUND_SECONDS / 2 - 1);
        Round memory round = _close(FUNDED);
        assertApproxEqAbs(round.fundingWad, 0.5e18, 0.001e18, "four of eight, an eighth of the time");
    }

    /// @dev Whoever closes could otherwise leave out the index and with it what it has to pay.
    function test_VM4_a_round_with_funding_waits_for_a_fresh_index() public {
        _tradeIn(FUNDED, long, short, 1e18);
        vm.warp(vm.getBlockTimestamp() + ROUND_SECONDS);
        _refresh(_feedOf(FUNDED));
        uint256 time = oracle.feedState(ETH_USD).time;
        vm.expectRevert(abi.encodeWithSelector(IOracleHub.StalePrice.selector, ETH_USD, time, AGE_SETTLEMENT));
        clearingHouse.closeRound(FUNDED, _none());
        clearingHouse.closeRound(FUNDED, _one(_report(ETH_USD, ETH_PRICE)));
    }

    function test_VM4_a_perp_without_a_cap_reads_no_index() public {
        InstrumentTerms memory terms = _termsFor(InstrumentKind.Perp, "PLAIN");
        (terms.fundingCapWad, terms.indexFeed) = (0, 0);
        uint32 plain = _list(terms, 2000e18);
        _tradeIn(plain, long, short, 1e18);
        _pass(ROUND_SECONDS);
        assertEq(_close(plain).fundingWad, 0);
    }

    /// @dev Whoever settles first, and whatever the mark does: what one side loses is what the other gains, and margin said so before.
    function testFuzz_VM2_VM3_funding_makes_nothing_and_nobody_gains_by_settling_first(
        uint256 mark,
        uint256 later,
        uint256 seconds_,
        bool longFirst
    ) public {
        _setMark(FUNDED, bound(mark, 1900e18, 2100e18));
        _tradeIn(FUNDED, long, short, 1e18);
        _setMark(FUNDED, bound(later, 1800e18, 2200e18));
        _pass(bound(seconds_, ROUND_SECONDS, 3 days));
        Round memory round = _close(FUNDED);
        int256 moved = int256(uint256(round.priceWad)) - round.fundingWad - int256(bound(mark, 1900e18, 2100e18));
        int256 since = int256(_markOf(FUNDED)) - int256(uint256(round.priceWad));
        assertApproxEqAbs(_valueOf(long.vault), (moved + since) / 1e12, 2, "margin counts funding before it is settled");
        if (longFirst) _settleIn(FUNDED, long.vault, short.vault);
        else _settleIn(FUNDED, short.vault, long.vault);
        _settleIn(FUNDED, long.vault, short.vault);
        assertApproxEqAbs(int256(_quote(long.vault)), int256(10_000 * USD) + moved / 1e12, 1);
        assertApproxEqAbs(_quote(long.vault) + _quote(short.vault), 20_000 * USD, 1, "only rounding stays");
        assertLe(_quote(long.vault) + _quote(short.vault), 20_000 * USD);
    }

    function testFuzz_ADM3_funding_is_bounded_whatever_the_prices(
        uint112 mark,
        uint112 index,
        uint64 cap,
        uint40 seconds_
    ) public pure {
        uint256 capWad = bound(cap, 0, WAD - 1);
        int256 funding = SettlementMath.funding(mark, index, capWad, seconds_);
        uint256 size = funding < 0 ? uint256(-funding) : uint256(funding);
        assertLe(size, mark, "a settlement price is not below zero");
        assertLe(size, uint256(index) * capWad / WAD * seconds_ / 8 hours, "within the cap");
        assertTrue(funding == 0 || (funding > 0) == (mark > index), "the pushed side pays");
        assertLe(size, uint256(int256(type(int88).max)));
    }

    function _valueOf(bytes32 vault) private view returns (int256) {
        bytes32[] memory one = new bytes32[](1);
        one[0] = vault;
        return clearingHouse.margin(one, PriceView(PriceUse.Liquidation)).value;
    }
}
