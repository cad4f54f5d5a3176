// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IClearingHouseEvents, InstrumentKind, InstrumentTerms } from "../../src/interfaces/IClearingHouse.sol";
import { Bid, BidResult, ILiquidationEngine } from "../../src/interfaces/ILiquidationEngine.sol";
import { Health, IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { ParameterPush } from "../../src/interfaces/IRiskConfig.sol";
import { RampedParameters } from "../../src/interfaces/RampedParameters.sol";
import { RiskFixture } from "../support/RiskFixture.sol";

/// @notice What margin needs, while risk parameters change. By default `third` is long 1 ETH at 2,000: 200 initial and 130 maintenance.
contract ParameterRampsTest is RiskFixture {
    uint64 private constant RATE_INITIAL = 0.1e18;
    uint64 private constant RATE_MAINTENANCE = 0.065e18;
    bytes32 private perpKey;

    function setUp() public override {
        super.setUp();
        perpKey = risk.instrumentKey(PERP);
    }

    /* HAIRCUTS */

    function testFuzz_MRG7_AHaircutCountsAsFarAsItsRampHasCome(uint64 step, uint256 elapsed) public {
        step = uint64(bound(step, 1, STEP));
        elapsed = bound(elapsed, 0, 2 days);
        _deposit(third.owner, third.vault, eth, 1e18);
        _push(INITIAL + step, MAINTENANCE + step);
        assertEq(_health(third.vault).equity, 1800e6, "MRG-7: not in the block of the push");
        assertEq(_health(third.vault).initialEquity, 2000e6 * int256(WAD - INITIAL - step) / 1e18, "at once");
        _skip(elapsed);
        uint256 haircut = MAINTENANCE + (elapsed >= DAY ? step : uint256(step) * elapsed / DAY);
        assertEq(_health(third.vault).equity, int256(2000e6 * (WAD - haircut) / WAD));
        assertEq(_maintenance(), haircut, "the record tells what margin reads");
    }

    function test_ADM1_ALooserHaircutCountsAtOnce() public {
        _deposit(third.owner, third.vault, eth, 1e18);
        _set(0.05e18, 0.02e18);
        assertEq(_health(third.vault).equity, 1960e6);
        assertEq(_health(third.vault).initialEquity, 1900e6);
    }

    function test_MRG1_AWithdrawalMeetsTheNewestHaircutInTheBlockOfThePush() public {
        _deposit(third.owner, third.vault, eth, 1e18);
        _trade(third, counterparty, 8e18); // IM 1,600 of 1,700
        _push(INITIAL + STEP, MAINTENANCE + STEP);
        uint256 state = vm.snapshotState();
        _withdrawEth(0.02e18, ""); // 0.98 × 2,000 × 0.83 = 1,626.8
        vm.revertToState(state);
        _withdrawEth(0.04e18, abi.encodeWithSelector(IMarginEngine.Unhealthy.selector, third.vault, 1593.6e6, 1600e6));
    }

    /* RATES */

    function testFuzz_MRG7_ARateCountsAsFarAsItsRampHasCome(uint64 step, uint256 elapsed) public {
        step = uint64(bound(step, 1, STEP));
        elapsed = bound(elapsed, 0, 2 days);
        _deposit(third.owner, third.vault, usd, 1000 * USD);
        _trade(third, counterparty, 1e18);
        _pushUnder(perpKey, RATE_INITIAL + step, RATE_MAINTENANCE + step);
        assertEq(_health(third.vault).maintenance, 130e6, "MRG-7: not in the block of the push");
        assertEq(_health(third.vault).initial, _up(2000e6 * uint256(RATE_INITIAL + step)), "at once");
        _skip(elapsed);
        uint256 rate = RATE_MAINTENANCE + (elapsed >= DAY ? step : uint256(step) * elapsed / DAY);
        assertEq(_health(third.vault).maintenance, _up(2000e6 * rate));
        assertEq(_health(counterparty.vault).maintenance, _up(2000e6 * rate), "for both sides");
        (, uint256 recorded) = risk.effectiveOf(perpKey);
        assertEq(recorded, rate, "the record tells what margin reads");
    }

    function test_ADM1_ALooserRateCountsAtOnce() public {
        _deposit(third.owner, third.vault, usd, 1000 * USD);
        _trade(third, counterparty, 1e18);
        _setUnder(perpKey, 0.05e18, 0.02e18);
        assertEq(_health(third.vault).maintenance, 40e6);
        assertEq(_health(third.vault).initial, 100e6);
        assertEq(clearingHouse.termsOf(PERP).mmRateWad, 0.02e18);
    }

    function test_MRG1_ATradeMeetsTheNewestRateInTheBlockOfThePush() public {
        _deposit(third.owner, third.vault, usd, 200 * USD);
        _pushUnder(perpKey, RATE_INITIAL + 1, RATE_MAINTENANCE);
        vm.expectRevert(abi.encodeWithSelector(IMarginEngine.Unhealthy.selector, third.vault, 200e6, 200e6 + 1));
        vm.prank(third.operator);
        clearingHouse.novate(PERP, third.vault, first.vault, 1e18, ETH_PRICE, "one", _none());
    }

    /// @dev A step of 2 % of 20,000 is 400; the vault has 100 to spare, and is there after six hours.
    function test_LIQ1_AVaultFailsWhenTheRampReachesItAndNotBefore() public {
        _deposit(third.owner, third.vault, usd, 1400 * USD);
        _setUnder(perpKey, RATE_MAINTENANCE, RATE_MAINTENANCE);
        _trade(third, counterparty, 10e18); // MM 1,300
        _pushUnder(perpKey, RATE_MAINTENANCE + STEP, RATE_MAINTENANCE + STEP);
        _skip(6 hours);
        assertEq(_health(third.vault).maintenance, 1400e6);
        Bid memory early = _bidFor(third.vault, bidder.vault, WAD);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.Healthy.selector, third.vault, 1400e6, 1400e6));
        vm.prank(bidder.owner);
        liquidationEngine.bid(early, _none());
        _skip(1 minutes);
        BidResult memory result = _bid(bidder, third.vault, WAD);
        assertGt(result.fractionWad, 0);
        Health memory left = _health(third.vault);
        assertGe(left.equity, int256(left.maintenance));
    }

    /// @dev Terms of a trade's leg are judged at what is in force: a reduction needs no initial margin.
    function test_MRG1_AReductionIsFreeWhileARampRuns() public {
        _deposit(third.owner, third.vault, usd, 2000 * USD);
        _trade(third, counterparty, 10e18);
        _pushUnder(perpKey, RATE_INITIAL + STEP, RATE_MAINTENANCE + STEP); // IM 2,400
        _skip(3 hours);
        _trade(counterparty, third, 1e18);
        assertEq(clearingHouse.positionOf(third.vault, PERP).size, 9e18);
    }

    /* WHO, AND WHAT HAS NO PARAMETERS */

    function testFuzz_ADM1_OnlyRiskConfigSetsWhatMarginReads(address caller) public {
        vm.assume(caller != address(risk));
        vm.startPrank(caller);
        vm.expectRevert(abi.encodeWithSelector(IMarginEngine.NotTheRiskConfig.selector, caller));
        engine.setHaircuts(address(eth), 0.5e18, 0.4e18);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouseEvents.NotTheRiskConfig.selector, caller));
        clearingHouse.setRates(PERP, 0.5e18, 0.4e18);
        vm.stopPrank();
    }

    function test_QuoteAndOptionsHaveNoParameters() public {
        InstrumentTerms memory terms = _perpTerms();
        (terms.kind, terms.indexFeed, terms.strikeWad) = (InstrumentKind.Put, ETH_USD, 2000e18);
        (terms.expiry, terms.imRateWad, terms.mmRateWad) = (uint64(START + 10 days), 0, 0);
        vm.prank(admin);
        uint32 option = clearingHouse.listInstrument(terms);
        _hasNone(risk.instrumentKey(option), abi.encodeWithSelector(IClearingHouseEvents.NoRates.selector, option));
        _hasNone(
            risk.collateralKey(address(usd)), abi.encodeWithSelector(IMarginEngine.NotCollateral.selector, address(usd))
        );
        _hasNone(risk.instrumentKey(77), abi.encodeWithSelector(IClearingHouseEvents.UnknownInstrument.selector, 77));
    }

    /// @dev The bounds of a listing hold for every set after it.
    function test_MRG8_RatesStayWithinTheBoundsOfAListing() public {
        _refusedRates(0.1e18, 0.1e18 + 1);
        _refusedRates(0.1e18, 0);
        _refusedRates(0.1e18, 0.02e18 - 1); // the trade band
        _setUnder(perpKey, 0.02e18, 0.02e18);
    }

    function test_TermsAreReadAsTheyWereListed() public {
        InstrumentTerms memory terms = _perpTerms();
        (terms.indexFeed, terms.fundingCapWad, terms.memberCapBps) = (BTC_USD, 0.01e18, type(uint16).max);
        (terms.openInterestCapWad, terms.name) = (12_345e18, "a name that is longer than one storage word can hold");
        vm.prank(admin);
        uint32 instrument = clearingHouse.listInstrument(terms);
        assertEq(abi.encode(clearingHouse.termsOf(instrument)), abi.encode(terms));
        RampedParameters memory rates = clearingHouse.ratesOf(instrument);
        assertEq(abi.encode(rates), abi.encode(RampedParameters(RATE_INITIAL, RATE_MAINTENANCE, RATE_MAINTENANCE, 0)));
        terms.memberCapBps = uint24(type(uint16).max) + 1;
        vm.prank(admin);
        vm.expectRevert(IClearingHouseEvents.BadTerms.selector);
        clearingHouse.listInstrument(terms);
    }

    /* HELPERS */

    function _refusedRates(uint64 initialWad, uint64 maintenanceWad) private {
        vm.prank(admin);
        vm.expectRevert(
            abi.encodeWithSelector(IClearingHouseEvents.BadRates.selector, PERP, initialWad, maintenanceWad)
        );
        risk.set(perpKey, initialWad, maintenanceWad, INPUTS, MODEL);
    }

    function _hasNone(bytes32 key, bytes memory why) private {
        ParameterPush memory given = _signed(_givenUnder(key, 0.2e18, 0.1e18));
        vm.expectRevert(why);
        risk.push(given);
        vm.expectRevert(why);
        risk.effectiveOf(key);
        vm.prank(admin);
        vm.expectRevert(why);
        risk.set(key, 0.2e18, 0.1e18, INPUTS, MODEL);
    }

    function _withdrawEth(uint256 amount, bytes memory refusal) private {
        if (refusal.length != 0) vm.expectRevert(refusal);
        vm.prank(third.owner);
        engine.withdraw(third.vault, address(eth), amount, third.owner, _none());
    }

    function _up(uint256 wad) private pure returns (uint256) {
        return (wad + WAD - 1) / WAD;
    }
}
