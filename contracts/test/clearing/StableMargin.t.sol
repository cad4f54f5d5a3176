// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Health, IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { OracleTerms, PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { InstrumentFixture } from "../support/InstrumentFixture.sol";

/// @notice What initial margin asks where the stable price is the worse one; and that nothing else asks it (RISK §2).
contract StableMarginTest is InstrumentFixture {
    Trader private ann;
    Trader private maker;

    function setUp() public override {
        super.setUp();
        ann = _trader("ann", alpha, 30_000 * USD);
        maker = _trader("maker", beta, 10_000_000 * USD);
    }

    function _oracleTerms() internal view override returns (OracleTerms memory terms) {
        terms = super._oracleTerms();
        terms.stableRateWad = 0.0001e18;
    }

    /// @dev Prices move at once and the stable ones hardly: the difference between what raising risk and what liquidation see is by hand what the stable
    /// price takes away, to both sides, and no part of what decides a liquidation.
    function testFuzz_MRG1_MRG6_OnlyInitialMarginTakesTheStablePriceWhereItIsWorse(
        uint256 price,
        uint256 conf,
        int256 size,
        uint256 collateral
    ) public {
        price = bound(price, ETH_PRICE / 2, ETH_PRICE * 3 / 2);
        conf = bound(conf, 0, price / 20);
        size = bound(size, -40e18, 40e18);
        collateral = bound(collateral, 1e12, 10e18);
        _deposit(ann.owner, ann.vault, eth, collateral);
        if (size > 0) _trade(ann, maker, uint256(size));
        if (size < 0) _trade(maker, ann, uint256(-size));
        vm.warp(START + 1);
        oracle.post(_one(_report(ETH_USD, price, conf, uint64(START + 1))));

        Health memory raising = engine.healthOf(ann.vault, PriceUse.RiskIncrease);
        Health memory seen = engine.healthOf(ann.vault, PriceUse.Liquidation);
        assertEq(raising.equity, seen.equity);
        assertEq(raising.maintenance, seen.maintenance);
        assertEq(raising.marketValue, seen.marketValue);

        // The stable price is still the first one: it had no second to move in.
        uint256 low = price - conf < ETH_PRICE ? price - conf : ETH_PRICE;
        assertEq(seen.initialEquity - raising.initialEquity, _held(collateral, price - conf) - _held(collateral, low));
        assertEq(raising.initial - seen.initial, _more(size, price, conf));
    }

    /// @dev What the collateral counts for, floored at each of its two steps.
    function _held(uint256 amount, uint256 priceWad) private pure returns (int256) {
        return int256(amount * priceWad / 1e30 * 0.85e18 / WAD);
    }

    /// @dev Profit and doubt take each other's place: what is required more is the larger with the stable price less the larger without.
    function _more(int256 size, uint256 price, uint256 conf) private pure returns (uint256) {
        uint256 units = size > 0 ? uint256(size) : uint256(-size);
        bool profits = (size > 0) == (price > ETH_PRICE);
        uint256 apart = price > ETH_PRICE ? price - ETH_PRICE : ETH_PRICE - price;
        uint256 profit = profits ? units * apart / 1e30 : 0;
        uint256 doubt = _up(units * conf);
        uint256 stableDoubt = profits && apart > conf ? _up(units * apart) : doubt;
        return (profit > stableDoubt ? profit : stableDoubt) - (profit > doubt ? profit : doubt);
    }

    function _up(uint256 product) private pure returns (uint256) {
        return product / 1e30 + (product % 1e30 == 0 ? 0 : 1);
    }

    /// @dev Once rounds have paid what the jump made, the stable price still keeps it from carrying new risk: that is what it is for.
    function test_MRG1_WhatAJumpPaidOutIsNotAtOnceMarginForMore() public {
        _trade(ann, maker, 10e18);
        _mark(ETH_USD, 3000e18);
        Health memory health = engine.healthOf(ann.vault, PriceUse.RiskIncrease);
        assertEq(health.initial, 3000 * USD + 10_000 * USD, "a tenth, and what is above the stable price");
        // The price stays, and time makes it the stable one.
        _skip(3 hours);
        _skip(1);
        assertEq(oracle.feedState(ETH_USD).stableWad, 3000e18);
    }

    function test_MRG1_CollateralThatJumpedIsLentAgainstAtItsStablePrice() public {
        _deposit(ann.owner, ann.vault, eth, 10e18);
        _trade(ann, maker, 100e18);
        _mark(ETH_USD, 3000e18);
        // The quote pays for the position at the mark. What the position made, 100,000, counts on neither side; the ether is 17,000, not 25,500.
        vm.expectPartialRevert(IMarginEngine.Unhealthy.selector);
        _withdraw(ann.owner, ann.vault, address(usd), 17_000 * USD + 1);
        _withdraw(ann.owner, ann.vault, address(usd), 17_000 * USD);
    }

    /// @dev Each unit of a short, 1.2 times what the index lies off its stable price, whichever way; a long option asks nothing of it.
    function test_MRG1_ShortOptionsAnswerForTheStableIndexAndNoOptionForAStableMark() public {
        _tradeIn(CALL, maker, ann, 2e18);
        _tradeIn(PUT, ann, maker, 3e18);
        for (uint256 i = 0; i < 2; ++i) {
            uint256 index = i == 0 ? 2300e18 : 1800e18;
            uint256 apart = i == 0 ? 300 * USD : 200 * USD;
            _mark(ETH_USD, index);
            _refreshMarks();
            Health memory raising = engine.healthOf(ann.vault, PriceUse.RiskIncrease);
            Health memory seen = engine.healthOf(ann.vault, PriceUse.Liquidation);
            // What a second of the first pull moved it by is at most 0.01 % of it.
            assertApproxEqAbs(raising.initial - seen.initial, 2 * apart * 12 / 10, 2 * USD);
            assertEq(raising.maintenance, seen.maintenance);
        }
        uint256 before = engine.healthOf(ann.vault, PriceUse.RiskIncrease).initial;
        uint256 lent = engine.healthOf(ann.vault, PriceUse.Liquidation).initial;
        _setMark(CALL, 400e18);
        assertEq(
            engine.healthOf(ann.vault, PriceUse.RiskIncrease).initial - before,
            engine.healthOf(ann.vault, PriceUse.Liquidation).initial - lent
        );
    }

    function _refreshMarks() private {
        for (uint32 i = CALL; i <= PUT; ++i) {
            _refresh(_feedOf(i));
        }
    }
}
