// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IClearingHouseEvents, Round } from "../../src/interfaces/IClearingHouse.sol";
import { IOracleHub } from "../../src/interfaces/IOracleHub.sol";
import { ClearingFixture } from "../support/ClearingFixture.sol";

contract SettlementTest is ClearingFixture {
    Trader internal long;
    Trader internal short;
    Trader internal other;

    function setUp() public override {
        super.setUp();
        long = _trader("long", alpha, 10_000 * USD);
        short = _trader("short", beta, 10_000 * USD);
        other = _trader("other", alpha, 10_000 * USD);
    }

    function test_VM2_a_round_moves_the_loss_of_one_side_to_the_other() public {
        _trade(long, short, 10e18);
        _roundAt(2100e18);
        clearingHouse.settleMany(PERP, _vaults(short.vault, long.vault));

        uint256 paid = 10_000 * USD - _quote(short.vault);
        // One second of 3,601 was at the old price.
        assertApproxEqAbs(paid, 1000 * USD, 1 * USD, "what the short lost");
        assertApproxEqAbs(_quote(long.vault), 10_000 * USD + paid, 1, "what the long gained");
        assertEq(_quote(long.vault) + _quote(short.vault) + _escrowQuote(), 20_000 * USD, "nothing made or lost");
        assertLe(_escrowQuote(), 1, "only rounding stays between");
        assertEq(_state().openRounds, 0, "complete");
    }

    function test_VM1_a_gainer_that_comes_first_is_due_and_paid_nothing_until_the_loss_is_collected() public {
        _trade(long, short, 10e18);
        _roundAt(2100e18);
        _settle(long.vault);
        uint256 due = _due(long.vault);
        assertGt(due, 999 * USD);
        assertEq(_quote(long.vault), 10_000 * USD, "not paid from nothing");

        _settle(short.vault);
        _settle(long.vault);
        assertEq(_due(long.vault), 0);
        assertEq(_quote(long.vault), 10_000 * USD + due);
    }

    function test_VM3_gainers_share_what_was_collected_pro_rata_whoever_comes_first() public {
        Trader memory poor = _trader("poor", beta, 0);
        _deposit(poor.owner, poor.vault, eth, 5e18);
        _trade(long, short, 3e18);
        _trade(long, poor, 3e18);
        _trade(other, poor, 6e18);
        _roundAt(2200e18);

        // poor lost three quarters and has no quote: a quarter of every gain can be paid.
        clearingHouse.settleMany(PERP, _vaults(poor.vault, short.vault));
        _settle(other.vault);
        _settle(long.vault);
        Round memory round = _lastRound();
        uint256 gain = uint256(round.totalLoss) / 2;
        assertApproxEqAbs(_quote(other.vault) - 10_000 * USD, gain / 4, 1, "a quarter, coming first");
        assertApproxEqAbs(_quote(long.vault) - 10_000 * USD, gain / 4, 1, "a quarter, coming last");
        assertEq(_owed(poor.vault), uint256(round.totalLoss) - round.collected);

        // The owner tops up half of what is owed: it is collected at once.
        _deposit(poor.owner, poor.vault, usd, _owed(poor.vault) / 2);
        assertEq(_quote(poor.vault), 0, "new quote pays owed first");
        clearingHouse.settleMany(PERP, _vaults(long.vault, other.vault));
        assertApproxEqAbs(_quote(long.vault), _quote(other.vault), 1);
        assertApproxEqAbs(_quote(long.vault) - 10_000 * USD, gain * 5 / 8, 1);
    }

    function test_VM4_the_price_of_a_round_is_weighted_by_time_not_the_last_one_seen() public {
        _trade(long, short, 10e18);
        _skip(ROUND_SECONDS - 1);
        // A spike in the last second: reported, but no time weighs on it.
        vm.warp(vm.getBlockTimestamp() + 1);
        _post(ETH_USD, 9000e18);
        clearingHouse.closeRound(PERP, _none());
        assertEq(_lastRound().priceWad, 2000e18);
        assertEq(_lastRound().totalLoss, 0);
    }

    function test_VM4_a_round_lasts_its_time_in_reports_not_in_blocks() public {
        _trade(long, short, 10e18);
        uint256 begun = _state().roundStart;
        vm.warp(vm.getBlockTimestamp() + ROUND_SECONDS - 1);
        _post(ETH_USD, 2100e18);
        vm.warp(vm.getBlockTimestamp() + 1);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouseEvents.RoundNotOver.selector, PERP, begun + ROUND_SECONDS));
        clearingHouse.closeRound(PERP, _none());
    }

    function test_a_round_does_not_close_at_a_stale_price() public {
        _trade(long, short, 10e18);
        _skip(ROUND_SECONDS);
        uint64 seen = uint64(vm.getBlockTimestamp());
        vm.warp(vm.getBlockTimestamp() + AGE_SETTLEMENT + 1);
        vm.expectRevert(abi.encodeWithSelector(IOracleHub.StalePrice.selector, ETH_USD, seen, uint256(AGE_SETTLEMENT)));
        clearingHouse.closeRound(PERP, _none());
    }

    function test_at_most_eight_rounds_wait_for_losers() public {
        _trade(long, short, 1e18);
        for (uint256 i = 1; i <= 8; ++i) {
            _roundAt(2000e18 + i * 1e18);
        }
        assertEq(_state().openRounds, 8);
        uint32 oldest = _state().round - 8;
        _skip(ROUND_SECONDS);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouseEvents.TooManyOpenRounds.selector, PERP, oldest));
        clearingHouse.closeRound(PERP, _none());

        clearingHouse.settleMany(PERP, _vaults(short.vault, long.vault));
        assertEq(_state().openRounds, 0);
        clearingHouse.closeRound(PERP, _none());
    }

    function test_equity_is_the_same_before_and_after_settling_however_many_rounds_late() public {
        _trade(long, short, 10e18);
        uint256[4] memory prices = [uint256(2100e18), 1990e18, 2050e18, 2075e18];
        for (uint256 i = 0; i < prices.length; ++i) {
            _roundAt(prices[i]);
        }
        int256 equityLong = _health(long.vault).equity;
        int256 equityShort = _health(short.vault).equity;
        clearingHouse.settleMany(PERP, _vaults(long.vault, short.vault));
        clearingHouse.settleMany(PERP, _vaults(long.vault, short.vault));
        assertApproxEqAbs(_health(long.vault).equity, equityLong, 4);
        assertApproxEqAbs(_health(short.vault).equity, equityShort, 4);
        assertEq(
            equityLong + equityShort, _health(long.vault).equity + _health(short.vault).equity, "nothing made or lost"
        );
    }

    function test_VM2_churning_does_not_swell_what_gainers_are_paid_from() public {
        _trade(long, short, 1e18);
        // Two vaults trade to and fro at the edges of the band: what each won and lost is set off at once.
        Trader memory a = _trader("a", alpha, 10_000 * USD);
        Trader memory b = _trader("b", beta, 10_000 * USD);
        for (uint256 i = 0; i < 10; ++i) {
            _trade(a, b, 10e18, 2040e18);
            _trade(b, a, 10e18, 2040e18);
        }
        assertEq(_state().tradeLoss, 0, "nothing gained, nothing lost");
        assertEq(_position(a.vault).tradeGain + _position(a.vault).tradeLoss, 0);
        assertEq(_state().holders, 2, "and nothing held");
    }

    function test_VM2_a_gain_and_a_loss_of_one_vault_in_one_round_are_set_off() public {
        _trade(long, short, 10e18);
        // Bought 40 above the carrying price; the round then closes above that.
        _trade(other, short, 10e18, 2040e18);
        assertEq(_position(other.vault).tradeLoss, 400 * USD);
        assertEq(_position(short.vault).tradeGain, 400 * USD);
        _roundAt(2100e18);
        Round memory before = _lastRound();
        _settle(other.vault);
        Round memory afterwards = _lastRound();
        assertEq(before.totalLoss - afterwards.totalLoss, 400 * USD, "the common part leaves the total");
        assertApproxEqAbs(_due(other.vault), 600 * USD, 1 * USD);
        clearingHouse.settleMany(PERP, _vaults(short.vault, long.vault));
        _settle(other.vault);
        assertEq(_due(other.vault), 0);
        assertEq(_state().openRounds, 0);
        assertLe(_escrowQuote(), 3, "only rounding stays");
    }

    function test_positions_opened_after_an_idle_time_are_not_carried_at_an_old_price() public {
        _trade(long, short, 1e18);
        _trade(short, long, 1e18);
        _mark(ETH_USD, 3000e18);
        _trade(long, short, 1e18);
        assertEq(_state().lastPriceWad, 3000e18);
        assertEq(_position(long.vault).tradeLoss, 0);
        assertEq(_lastRound().totalLoss, 0);
    }

    function test_LIQ10_a_loser_whose_quote_is_frozen_owes_and_blocks_nobody() public {
        _trade(long, short, 10e18);
        _roundAt(2100e18);
        vm.mockCallRevert(address(usd), abi.encodeWithSignature("transfer(address,uint256)"), "frozen");
        clearingHouse.settleMany(PERP, _vaults(short.vault, long.vault));
        vm.clearMockedCalls();
        assertGt(_owed(short.vault), 999 * USD);
        assertApproxEqAbs(_due(long.vault), _owed(short.vault), 1);
        clearingHouse.settleMany(PERP, _vaults(short.vault, long.vault));
        assertEq(_owed(short.vault), 0);
    }

    function test_settling_twice_or_a_stranger_changes_nothing() public {
        _trade(long, short, 10e18);
        _roundAt(2100e18);
        clearingHouse.settleMany(PERP, _vaults(short.vault, long.vault));
        bytes32 before = keccak256(abi.encode(_quote(long.vault), _quote(short.vault), _lastRound(), _state()));
        clearingHouse.settleMany(PERP, _vaults(long.vault, other.vault));
        clearingHouse.settleMany(PERP, _vaults(short.vault, bytes32(uint256(7))));
        assertEq(before, keccak256(abi.encode(_quote(long.vault), _quote(short.vault), _lastRound(), _state())));
    }

    function test_a_flat_vault_without_claims_is_free_to_go() public {
        _trade(long, short, 10e18);
        assertTrue(clearingHouse.hasObligation(long.vault));
        _trade(short, long, 10e18, 2020e18);
        // Flat, but the trades made a gain for one and a loss for the other.
        assertTrue(clearingHouse.hasObligation(long.vault));
        _roundAt(2000e18);
        _settle(long.vault);
        assertFalse(clearingHouse.hasObligation(long.vault), "due is no obligation (MRG-4)");
        assertFalse(clearingHouse.isFlat(long.vault));
        clearingHouse.settleMany(PERP, _vaults(short.vault, long.vault));
        assertTrue(clearingHouse.isFlat(long.vault));
        assertEq(_quote(long.vault), 10_200 * USD);
    }
}
