// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { InstrumentTerms } from "../../src/interfaces/IClearingHouse.sol";
import { BidResult } from "../../src/interfaces/ILiquidationEngine.sol";
import { Rights } from "../../src/libraries/Rights.sol";
import { ClearingFixture } from "../support/ClearingFixture.sol";

/// @notice A failing vault that owes in one instrument and is due in another: the quote that pays it arrives after its debt was looked at.
contract StaleQuoteTest is ClearingFixture {
    uint32 internal constant BTC_PERP = 1;
    Trader internal failing;
    Trader internal other;
    Trader internal bidder;

    function setUp() public override {
        super.setUp();
        InstrumentTerms memory terms = _perpTerms();
        terms.feed = BTC_USD;
        vm.prank(admin);
        clearingHouse.listInstrument(terms);
        failing = _trader("failing", alpha, 0);
        _deposit(failing.owner, failing.vault, eth, 2e18);
        other = _trader("other", beta, 100_000 * USD);
        bidder = _trader("bidder", beta, 100_000 * USD);
        _post(BTC_USD, BTC_PRICE);
        _trade(failing, other, 10e18);
        _letTrade(other, failing.operator, Rights.TRADE);
        vm.prank(failing.operator);
        clearingHouse.novate(BTC_PERP, failing.vault, other.vault, 0.1e18, BTC_PRICE, "btc", _none());
    }

    function test_LIQ3_quote_that_settling_brings_is_not_taken_twice() public {
        // ETH falls and BTC rises for a round; nobody of BTC is settled yet.
        vm.warp(vm.getBlockTimestamp() + 1);
        _post(ETH_USD, ETH_PRICE - 100e18);
        _post(BTC_USD, BTC_PRICE * 11 / 10);
        _skip(ROUND_SECONDS);
        clearingHouse.closeRound(PERP, _none());
        clearingHouse.closeRound(BTC_PERP, _none());
        clearingHouse.settle(failing.vault);
        assertGt(_owed(failing.vault), 0);
        assertGt(_due(failing.vault), 0);
        _mark(ETH_USD, ETH_PRICE - 230e18);
        assertLt(_health(failing.vault).equity, int256(_health(failing.vault).maintenance));

        // What BTC's loser pays becomes the failing vault's quote in the bid's own settlement, after its debt was looked at.
        bytes32[] memory losers = new bytes32[](1);
        losers[0] = other.vault;
        clearingHouse.settleMany(BTC_PERP, losers);
        int256 value = _health(failing.vault).marketValue;
        int256 before = _health(bidder.vault).marketValue;
        BidResult memory result = _bid(bidder, failing.vault, WAD / 2);
        int256 gained = _health(bidder.vault).marketValue - before;
        int256 allowed = value * int256(result.fractionWad) / 1e18 - int256(result.paid);
        assertLe(gained, allowed + 16, "LIQ-3");
        assertGe(gained, allowed - 16);
    }
}
