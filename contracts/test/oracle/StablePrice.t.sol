// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { FeedState, IOracleHub, OracleTerms, PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { Modules } from "../../src/interfaces/Modules.sol";
import { StablePrice } from "../../src/libraries/StablePrice.sol";
import { OracleHub } from "../../src/oracle/OracleHub.sol";
import { BookFixture } from "../support/BookFixture.sol";

/// @notice The slower price: what moves it, how fast, and who looks at it.
contract StablePriceTest is BookFixture {
    bytes32 private constant FEED = keccak256("SPX/USD");
    uint256 private constant PRICE = 1000e18;
    uint64 private constant RATE = 0.0003e18;

    function setUp() public override {
        super.setUp();
        _post(FEED, PRICE);
    }

    function _oracleTerms() internal view override returns (OracleTerms memory terms) {
        terms = super._oracleTerms();
        terms.stableRateWad = RATE;
    }

    /* THE LIBRARY */

    /// @dev Against exact fractions: it moves by ⌈S × rate × seconds⌉ or to the price, whichever is less, and toward the price.
    function testFuzz_MRG1_ItMovesTowardThePriceByAtMostItsShareASecondAndNeverPastIt(
        uint112 stable,
        uint112 price,
        uint64 rate,
        uint40 lasted
    ) public pure {
        uint256 next = StablePrice.next(stable, price, rate, lasted);
        uint256 moved = next > stable ? next - stable : stable - next;
        uint256 left = next > price ? next - price : price - next;
        uint256 apart = price > stable ? price - stable : stable - price;
        assertEq(moved + left, apart, "toward it, and not past it");
        uint256 exact = uint256(stable) * rate * lasted;
        if (left != 0) assertTrue(moved * WAD >= exact && moved * WAD < exact + WAD, "by its share, rounded up");
        else assertTrue(moved == 0 || (moved - 1) * WAD < exact, "by no more than its share");
    }

    function testFuzz_MRG1_HoweverSmallItArrivesAndIsNeverZero(uint112 stable, uint112 price) public pure {
        stable = uint112(bound(stable, 1, 300));
        price = uint112(bound(price, 1, 300));
        uint256 now_ = stable;
        for (uint256 i = 0; i < 300; ++i) {
            now_ = StablePrice.next(now_, price, 1, 1);
            assertGt(now_, 0);
        }
        assertEq(now_, price);
    }

    function testFuzz_MRG6_WhatAPriceMayBeWrongByHoldsBothTheIntervalAndTheStablePrice(
        uint112 price,
        uint96 conf,
        uint112 stable
    ) public pure {
        (uint256 below, uint256 above) = StablePrice.doubts(price, conf, stable);
        uint256 low = price > below ? price - below : 0;
        assertLe(low, stable);
        assertGe(uint256(price) + above, stable);
        assertTrue(below >= conf && above >= conf);
        assertTrue(below == conf || uint256(price) - below == stable);
        assertTrue(above == conf || uint256(price) + above == stable);
    }

    /* THE HUB */

    /// @dev A reference with names of its own: between two reports it is pulled by the older one, which was in force.
    function testFuzz_MRG1_TheHubFollowsThePriceThatWasInForceUntilThen(
        uint16[10] calldata gaps,
        uint64[10] calldata prices
    ) public {
        uint256 time = START;
        uint256 stable = PRICE;
        uint256 inForce = PRICE;
        for (uint256 i = 0; i < gaps.length; ++i) {
            uint256 gap = bound(gaps[i], 1, 4000);
            time += gap;
            uint256 reach = stable * RATE * gap;
            uint256 step = reach / WAD + (reach % WAD == 0 ? 0 : 1);
            if (inForce > stable) stable = inForce - stable < step ? inForce : stable + step;
            else stable = stable - inForce < step ? inForce : stable - step;
            inForce = bound(prices[i], PRICE / 3, PRICE * 3);
            vm.warp(time);
            vm.expectEmit(address(oracle));
            emit IOracleHub.PricePosted(FEED, inForce, 0, stable, uint64(time));
            _post(FEED, inForce);
            assertEq(oracle.feedState(FEED).stableWad, stable);
        }
    }

    function testFuzz_MRG1_APriceThatShowsForOneMomentMovesItByAMomentsWorthHoweverFarItLies(uint256 spike) public {
        spike = bound(spike, PRICE / 10, PRICE * 10);
        vm.warp(START + 100);
        _post(FEED, spike);
        assertEq(oracle.feedState(FEED).stableWad, PRICE, "not at all while it shows");
        vm.warp(START + 101);
        _post(FEED, PRICE);
        assertApproxEqAbs(oracle.feedState(FEED).stableWad, PRICE, PRICE * RATE / WAD);
    }

    function test_MRG1_TheFirstReportIsItsBeginning() public {
        bytes32 other = keccak256("other");
        vm.expectEmit(address(oracle));
        emit IOracleHub.PricePosted(other, 7e18, 0, 7e18, uint64(START));
        _post(other, 7e18);
        assertEq(oracle.feedState(other).stableWad, 7e18);
    }

    /// @dev A spike that is denied was never in force.
    function test_MRG1_WhatIsHeldDoesNotMoveIt() public {
        vm.warp(START + 50);
        _post(FEED, PRICE * 12);
        vm.warp(START + 100);
        _post(FEED, PRICE);
        assertEq(oracle.feedState(FEED).stableWad, PRICE);
    }

    /// @dev The word holds both: neither spills into the other at their largest.
    function test_VM4_TheIntegralAndTheStablePriceShareAWordWithoutTouching() public {
        bytes32 other = keccak256("other");
        oracle.post(_one(_report(other, type(uint112).max, 0, 1)));
        _post(other, type(uint112).max);
        FeedState memory state = oracle.feedState(other);
        assertEq(state.stableWad, type(uint112).max);
        assertEq(state.cumulativeWad, uint256(type(uint112).max) * (START - 1));
    }

    function testFuzz_MRG1_OnlyWhoRaisesRiskIsHeldToIt(uint256 price, uint256 conf) public {
        price = bound(price, PRICE / 5, PRICE * 5);
        conf = bound(conf, 0, price / 3);
        vm.warp(START + 10);
        oracle.post(_one(_report(FEED, price, conf, uint64(START + 10))));
        for (uint256 i = 0; i < 3; ++i) {
            (uint256 given, uint256 below, uint256 above) = oracle.priceAndDoubtsOf(FEED, PriceUse(i));
            bool raises = PriceUse(i) == PriceUse.RiskIncrease;
            assertEq(given, price);
            assertEq(below, raises && price > PRICE + conf ? price - PRICE : conf);
            assertEq(above, raises && price + conf < PRICE ? PRICE - price : conf);
        }
    }

    /// @dev One word of the feed, and a second only for who raises risk while the stable price lies outside of the interval.
    function testFuzz_ItsWordIsReadOnlyWhereItDecides(uint256 price, uint256 conf) public {
        price = bound(price, PRICE / 5, PRICE * 5);
        conf = bound(conf, 0, price / 3);
        vm.warp(START + 10);
        oracle.post(_one(_report(FEED, price, conf, uint64(START + 10))));
        bool decides = price > PRICE + conf || price + conf < PRICE;
        for (uint256 i = 0; i < 3; ++i) {
            vm.record();
            oracle.priceAndDoubtsOf(FEED, PriceUse(i));
            (bytes32[] memory reads,) = vm.accesses(address(oracle));
            assertEq(reads.length, decides && PriceUse(i) == PriceUse.RiskIncrease ? 2 : 1);
        }
    }

    /// @dev Its mark stands beside those of other faults: none of them wipes it.
    function test_MRG1_AHeldReportAndAPauseLeaveItsMark() public {
        vm.warp(START + 10);
        _post(FEED, PRICE * 2);
        vm.warp(START + 11);
        _post(FEED, PRICE * 40);
        vm.warp(START + 12);
        vm.startPrank(address(guardian));
        oracle.setPause(FEED, PriceUse.Settlement, uint64(START + 1000));
        oracle.setPause(FEED, PriceUse.Settlement, 0);
        vm.stopPrank();
        _post(FEED, PRICE * 2);
        (, uint256 below,) = oracle.priceAndDoubtsOf(FEED, PriceUse.RiskIncrease);
        assertEq(below, PRICE * 2 - oracle.feedState(FEED).stableWad);
        assertGt(below, PRICE / 2);
    }

    function testFuzz_ADM3_ARateThatFollowsAtOnceOrNeverIsRefused(uint64 rate) public {
        rate = uint64(bound(rate, 0, 0.2e18));
        OracleTerms memory terms = _oracleTerms();
        terms.stableRateWad = rate;
        Modules memory modules = _modules();
        bool refused = rate == 0 || rate > 0.1e18;
        if (refused) vm.expectRevert(IOracleHub.BadOracleTerms.selector);
        OracleHub hub = new OracleHub(modules, terms, _signers(), 2);
        if (!refused) assertEq(hub.terms().stableRateWad, rate);
    }
}
