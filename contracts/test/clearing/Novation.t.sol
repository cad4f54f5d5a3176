// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IClearingHouseEvents, InstrumentTerms } from "../../src/interfaces/IClearingHouse.sol";
import { Health, IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { Rights } from "../../src/libraries/Rights.sol";
import { ClearingFixture } from "../support/ClearingFixture.sol";

contract NovationTest is ClearingFixture {
    Trader internal long;
    Trader internal short;
    Trader internal friend;

    function setUp() public override {
        super.setUp();
        long = _trader("long", alpha, 2500 * USD);
        short = _trader("short", beta, 50_000 * USD);
        friend = _trader("friend", alpha, 50_000 * USD);
        _letTrade(short, alphaOperator, Rights.TRADE);
    }

    function test_MRG2_a_member_cannot_trade_against_clients_of_another_that_did_not_let_it() public {
        Trader memory client = _trader("client", beta, 50_000 * USD);
        bytes memory refused =
            abi.encodeWithSelector(IClearingHouseEvents.NoTradeRight.selector, client.vault, alphaOperator);
        vm.startPrank(alphaOperator);
        vm.expectRevert(refused);
        clearingHouse.novate(PERP, friend.vault, client.vault, 1e18, ETH_PRICE * 98 / 100, "low", _none());
        vm.expectRevert(refused);
        clearingHouse.novate(PERP, client.vault, friend.vault, 1e18, ETH_PRICE * 102 / 100, "high", _none());
    }

    function testFuzz_VM5_no_trade_outside_the_band(uint256 priceWad) public {
        priceWad = bound(priceWad, 1000e18, 3000e18);
        bool inside = priceWad >= 1960e18 && priceWad <= 2040e18;
        if (!inside) {
            vm.expectRevert(
                abi.encodeWithSelector(IClearingHouseEvents.OutsideTradeBand.selector, priceWad, ETH_PRICE, 0.02e18)
            );
        }
        vm.prank(alphaOperator);
        clearingHouse.novate(PERP, friend.vault, short.vault, 1e18, priceWad, "t", _none());
    }

    function testFuzz_a_trade_makes_both_sides_whole_at_once(uint256 sizeWad, uint256 priceWad, uint256 markWad)
        public
    {
        sizeWad = bound(sizeWad, 1, 20e18);
        markWad = bound(markWad, 1800e18, 2200e18);
        _trade(friend, short, 1e18);
        _mark(ETH_USD, markWad);
        priceWad = bound(priceWad, markWad * 99 / 100, markWad * 101 / 100);
        int256 buyer = _health(friend.vault).equity;
        int256 seller = _health(short.vault).equity;
        _trade(friend, short, sizeWad, priceWad);
        int256 moved = (int256(markWad) - int256(priceWad)) * int256(sizeWad) / 1e30;
        assertApproxEqAbs(_health(friend.vault).equity, buyer + moved, 3);
        assertApproxEqAbs(_health(short.vault).equity, seller - moved, 3);
        assertLe(_health(friend.vault).equity + _health(short.vault).equity, buyer + seller + 1, "no value is made");
        assertEq(_position(friend.vault).size + _position(short.vault).size, 0);
        assertEq(_state().openInterest, uint128(_position(friend.vault).size));
    }

    function test_MRG1_a_trade_needs_initial_margin_after_it() public {
        Health memory health = _health(long.vault);
        vm.expectRevert(
            abi.encodeWithSelector(IMarginEngine.Unhealthy.selector, long.vault, health.initialEquity, 2600 * USD)
        );
        this.tradeAt(long, short, 13e18, ETH_PRICE);
        _trade(long, short, 12.5e18);
    }

    function test_MRG1_a_reduction_at_the_mark_is_always_allowed() public {
        _trade(long, short, 12e18);
        _mark(ETH_USD, 1860e18);
        assertLt(_health(long.vault).equity, int256(_health(long.vault).maintenance), "failing");
        _trade(friend, long, 6e18);
        assertEq(_position(long.vault).size, 6e18);
    }

    function test_MRG1_a_failing_vault_cannot_pay_a_friend_to_reduce_it() public {
        _trade(long, short, 12e18);
        _mark(ETH_USD, 1805e18);
        Health memory health = _health(long.vault);
        // 160 left of 2,500, no more than 0.8 % of the notional: at the edge of the band it would go below zero, for the gainers to bear.
        assertEq(health.equity, int256(160 * USD));
        vm.expectPartialRevert(IClearingHouseEvents.TradeWouldUndermargin.selector);
        this.tradeAt(friend, long, 12e18, 1770e18);
        // A price that leaves it flat and solvent is its own affair.
        _trade(friend, long, 12e18, 1800e18);
        assertEq(_health(long.vault).equity, int256(100 * USD));
    }

    function test_MRG1_flipping_sides_is_no_reduction() public {
        _trade(long, short, 12e18);
        vm.expectPartialRevert(IMarginEngine.Unhealthy.selector);
        this.tradeAt(friend, long, 26e18, ETH_PRICE);
    }

    function test_MRG6_a_profit_not_settled_gives_no_buying_power() public {
        _trade(long, short, 12e18);
        _mark(ETH_USD, 2200e18);
        Health memory health = _health(long.vault);
        assertEq(health.equity, int256(4900 * USD));
        // 2,400 of profit and 2,640 for the position: as if it held 2,500.
        assertEq(health.initial, 2640 * USD + 2400 * USD);
        vm.expectPartialRevert(IMarginEngine.Unhealthy.selector);
        this.tradeAt(long, short, 1e18, 2200e18);
    }

    function test_MRG2_both_sides_must_have_let_their_member_trade() public {
        vm.prank(long.owner);
        registry.setRights(long.accountId, alphaOperator, 0);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouseEvents.NoTradeRight.selector, long.vault, alphaOperator));
        this.tradeAt(long, short, 1e18, ETH_PRICE);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouseEvents.NoTradeRight.selector, long.vault, alphaOperator));
        this.tradeAt(short, long, 1e18, ETH_PRICE);
    }

    function test_MRG2_only_the_member_of_a_side_calls() public {
        Trader memory stranger = friend;
        stranger.operator = makeAddr("stranger");
        vm.expectRevert(abi.encodeWithSelector(IClearingHouseEvents.NotAMember.selector, stranger.operator));
        this.tradeAt(stranger, short, 1e18, ETH_PRICE);
    }

    function test_SEG2_a_vault_of_no_venue_or_another_cannot_be_drawn_in() public {
        bytes32 house = clearingHouse.houseVault();
        vm.prank(alphaOperator);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouseEvents.NotThisVenue.selector, house));
        clearingHouse.novate(PERP, friend.vault, house, 1e18, ETH_PRICE, "t", _none());
    }

    function test_a_trade_id_works_once() public {
        vm.startPrank(alphaOperator);
        clearingHouse.novate(PERP, friend.vault, short.vault, 1e18, ETH_PRICE, "t", _none());
        vm.expectRevert(abi.encodeWithSelector(IClearingHouseEvents.TradeIdUsed.selector, bytes32("t")));
        clearingHouse.novate(PERP, friend.vault, short.vault, 1e18, ETH_PRICE, "t", _none());
        vm.expectRevert(IClearingHouseEvents.ZeroSize.selector);
        clearingHouse.novate(PERP, friend.vault, short.vault, 0, ETH_PRICE, "u", _none());
        vm.expectRevert(abi.encodeWithSelector(IClearingHouseEvents.SameVault.selector, friend.vault));
        clearingHouse.novate(PERP, friend.vault, friend.vault, 1e18, ETH_PRICE, "u", _none());
    }

    function test_MRG8_terms_that_make_no_sense_are_refused() public {
        InstrumentTerms memory terms = _perpTerms();
        terms.imRateWad = terms.mmRateWad - 1;
        vm.startPrank(admin);
        vm.expectRevert(IClearingHouseEvents.BadTerms.selector);
        clearingHouse.listInstrument(terms);
        terms = _perpTerms();
        terms.tradeBandWad = terms.mmRateWad + 1;
        vm.expectRevert(IClearingHouseEvents.BadTerms.selector);
        clearingHouse.listInstrument(terms);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(IClearingHouseEvents.NotAdmin.selector, address(this)));
        clearingHouse.listInstrument(_perpTerms());
    }

    /// @dev From outside, so that expectRevert sees one call.
    function tradeAt(Trader memory buyer, Trader memory seller, uint256 sizeWad, uint256 priceWad) external {
        _trade(buyer, seller, sizeWad, priceWad);
    }
}
