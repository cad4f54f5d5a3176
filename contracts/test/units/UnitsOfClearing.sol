// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Claim, InstrumentState, InstrumentTerms, Position, Round } from "../../src/interfaces/IClearingHouse.sol";
import { Contribution, Residual } from "../../src/interfaces/IDefaultWaterfall.sol";
import { Auction, AuctionTerms, Bid, BidResult } from "../../src/interfaces/ILiquidationEngine.sol";
import { Health } from "../../src/interfaces/IMarginEngine.sol";
import { PriceReport, PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { PriceView } from "../../src/interfaces/IVenue.sol";
import { Rights } from "../../src/libraries/Rights.sol";
import { UnitsFixture } from "../support/UnitsFixture.sol";

/// @notice Every number of trades, rounds, the default fund and bids is in its unit at any decimals, and below one unit nothing rounds in favour of
/// whoever moves.
abstract contract UnitsOfClearing is UnitsFixture {
    /* TRADES AND ROUNDS */

    /// @custom:units ClearingHouse.novate ClearingHouse.positionOf ClearingHouse.stateOf ClearingHouse.memberOpenInterestOf
    function test_SizesAndPricesAreWadAndWhatATradeFixesIsInQuote() public atEveryDecimals {
        InstrumentTerms memory terms = _perpTerms();
        (terms.memberCapBps, terms.openInterestCapWad) = (10_000, 3e18);
        vm.prank(admin);
        uint32 instrument = clearingHouse.listInstrument(terms);
        _give(third, usd, dollars(1000));
        _letTrade(counterparty, third.operator, Rights.TRADE);
        PriceReport[] memory reports = _fresh(2000e18);
        vm.prank(third.operator);
        clearingHouse.novate(instrument, third.vault, counterparty.vault, 2e18, 2010e18, "trade", reports);
        assertEq(oracle.feedState(ETH_USD).time, vm.getBlockTimestamp(), "the report that came with the call");
        Position memory bought = clearingHouse.positionOf(third.vault, instrument);
        assertEq(bought.size, 2e18);
        assertEq(bought.tradeLoss, dollars(20));
        assertEq(bought.tradeGain, 0);
        Position memory sold = clearingHouse.positionOf(counterparty.vault, instrument);
        assertEq(sold.size, -2e18);
        assertEq(sold.tradeGain, dollars(20));
        InstrumentState memory state = clearingHouse.stateOf(instrument);
        assertEq(state.openInterest, 2e18);
        assertEq(state.tradeLoss, dollars(20));
        assertEq(state.lastPriceWad, 2000e18);
        assertEq(clearingHouse.memberOpenInterestOf(alpha, instrument), 2e18);
        assertEq(_health(third.vault).maintenance, dollars(260));
    }

    /// @custom:units ClearingHouse.setVenueCap ClearingHouse.venueOpenInterest
    function test_TheVenuesCapAndWhatItCountsAreInQuote() public atEveryDecimals {
        vm.prank(admin);
        clearingHouse.setVenueCap(uint128(dollars(4000)));
        _give(third, usd, dollars(1000));
        _trade(third, counterparty, 2e18);
        (uint256 countedQuote, uint256 capQuote) = clearingHouse.venueOpenInterest();
        assertEq(countedQuote, dollars(4000));
        assertEq(capQuote, dollars(4000));
        _mark(ETH_USD, 2100e18);
        clearingHouse.countOpenInterest(PERP);
        (countedQuote,) = clearingHouse.venueOpenInterest();
        assertEq(countedQuote, dollars(4200));
    }

    /// @custom:units ClearingHouse.closeRound ClearingHouse.roundOf ClearingHouse.claimsOf ClearingHouse.owedAndDueOf
    function test_WhatARoundCollectsAndPaysIsInQuote() public atEveryDecimals {
        Trader memory loser = _trader("loser", beta, dollars(450));
        _give(third, usd, dollars(1000));
        _trade(third, loser, 2e18);
        _skip(ROUND_SECONDS / 2 - 1);
        _mark(ETH_USD, 2600e18);
        vm.warp(vm.getBlockTimestamp() + ROUND_SECONDS / 2);
        clearingHouse.closeRound(PERP, _one(_report(ETH_USD, 2600e18)));
        clearingHouse.settleMany(PERP, _vaults(loser.vault, third.vault));

        Round memory round = clearingHouse.roundOf(PERP, _state().round - 1);
        assertEq(round.priceWad, 2300e18);
        assertEq(round.totalLoss, dollars(600));
        assertEq(round.collected, dollars(450));
        assertEq(round.paid, dollars(450));
        (uint256 owed,) = clearingHouse.owedAndDueOf(loser.vault);
        (, uint256 due) = clearingHouse.owedAndDueOf(third.vault);
        assertEq(owed, dollars(150));
        assertEq(due, dollars(150));
        assertEq(_quote(third.vault), dollars(1450));
        assertEq(_quote(loser.vault), 0);
        assertEq(clearingHouse.claimsOf(loser.vault, PERP)[0].owed, dollars(150));
        Claim memory claim = clearingHouse.claimsOf(third.vault, PERP)[0];
        assertEq(claim.gain, dollars(600));
        assertEq(claim.paid, dollars(450));
        _give(loser, usd, dollars(200)); // pays what it owes by itself
        assertEq(_quote(loser.vault), dollars(50));
    }

    /// @custom:units ClearingHouse.roundOf ClearingHouse.termsOf VaultLens.market
    function test_FundingIsQuoteForOneUnit() public atEveryDecimals {
        InstrumentTerms memory terms = _perpTerms();
        (terms.feed, terms.indexFeed, terms.fundingCapWad) = ("FUNDED", ETH_USD, 0.01e18);
        terms.roundSeconds = 8 hours;
        vm.prank(admin);
        uint32 instrument = clearingHouse.listInstrument(terms);
        _post("FUNDED", 2010e18);
        _give(third, usd, dollars(1000));
        _letTrade(counterparty, third.operator, Rights.TRADE);
        vm.prank(third.operator);
        clearingHouse.novate(instrument, third.vault, counterparty.vault, 3e18, 2010e18, "funded", _none());
        _skip(8 hours);
        _post("FUNDED", 2010e18);
        clearingHouse.closeRound(instrument, _none());
        Round memory round = clearingHouse.roundOf(instrument, clearingHouse.stateOf(instrument).round - 1);
        assertEq(round.fundingWad, 10e18, "ten above the index");
        assertEq(clearingHouse.termsOf(instrument).fundingCapWad, 0.01e18);
        assertEq(lens.market(_core(), _token(eth)).instruments[instrument].terms.fundingCapWad, 0.01e18);
        assertEq(round.totalLoss, dollars(30));
        clearingHouse.settleMany(instrument, _vaults(third.vault, counterparty.vault));
        assertEq(_quote(third.vault), dollars(970));
        assertEq(_quote(counterparty.vault), dollars(1_000_030));
    }

    /* BIDS */

    /// @custom:units LiquidationEngine.bid LiquidationEngine.touch LiquidationEngine.auctionOf LiquidationEngine.ratesOf
    /// @custom:units VaultLens.groups
    function test_ABidPaysQuoteForAShareOfEverything() public atEveryDecimals {
        _give(third, usd, dollars(1700));
        _trade(third, counterparty, 6e18);
        _mark(ETH_USD, 1800e18); // worth 500, and 702 are needed
        Bid memory wanted = _bidFor(third.vault, bidder.vault, 0.1e18);
        (wanted.limitWad, wanted.deadline) = (0.98e18, wanted.deadline + 1);
        (uint256 discountWad, uint256 rewardWad) = liquidationEngine.ratesOf(third.vault);
        assertEq(discountWad, 0.98e18);
        assertEq(rewardWad, 0);
        PriceReport[] memory reports = _fresh(1800e18);
        vm.prank(bidder.owner);
        BidResult memory result = liquidationEngine.bid(wanted, reports);
        assertEq(result.fractionWad, 0.1e18);
        assertEq(result.rateWad, 0.98e18);
        assertEq(result.paid, dollars(49));
        assertEq(result.received + result.forgiven + result.residual, 0);
        assertEq(liquidationEngine.auctionOf(third.vault).reserved, dollars(49));
        assertEq(lens.groups(_core(), _only(third.vault))[0].auction.reserved, dollars(49));
        assertEq(_quote(third.vault), dollars(1700 - 170 + 49));
        assertEq(_quote(bidder.vault), dollars(1_000_000 + 170 - 49));
        assertEq(_position(bidder.vault).size, 0.6e18);
        assertEq(_health(third.vault).equity, signed(499));

        liquidationEngine.touch(third.vault, _fresh(2000e18));
        _assertPrice(2000e18);
        assertEq(liquidationEngine.auctionOf(third.vault).reserved, 0, "healthy: it has ended");
    }

    /// @custom:units LiquidationEngine.bid LiquidationEngine.touch LiquidationEngine.ratesOf LiquidationEngine.terms
    /// @custom:units VaultLens.market
    function test_ABidMovesCollateralInItsOwnUnits() public atEveryDecimals {
        _give(third, eth, coins(1));
        _trade(third, counterparty, 8e18);
        liquidationEngine.touch(third.vault, _fresh(1785e18)); // worth 65, less than nothing after the haircut
        for (uint256 i = 0; i < 2; ++i) {
            _skip(10 minutes);
            liquidationEngine.touch(third.vault, _none());
        }
        (uint256 discountWad,) = liquidationEngine.ratesOf(third.vault);
        assertEq(discountWad, 0.8e18);
        _assertTerms(liquidationEngine.terms());
        _assertTerms(lens.market(_core(), _token(eth)).auction);
        BidResult memory result = _bid(bidder, third.vault, 1e18);
        assertEq(result.fractionWad, 1e18);
        assertEq(result.paid, dollars(52), "0.8 of 65");
        assertEq(_free(bidder.vault, address(eth)), coins(1));
        assertEq(_free(third.vault, address(eth)), 0);
        assertEq(_quote(third.vault), dollars(52));
    }

    function _assertTerms(AuctionTerms memory terms) private view {
        assertEq(terms.bufferWad, 0.15e18);
        assertEq(terms.startDiscountWad, 0.98e18);
        assertEq(terms.kneeDiscountWad, 0.8e18);
        assertEq(terms.floorDiscountWad, 0.5e18);
        assertEq(terms.dustQuote, dollars(5));
    }

    /// @custom:units Venue.closeOut Venue.cover
    function test_AVenueGivesAndCoversQuoteForAShare() public atEveryDecimals {
        _give(third, usd, dollars(1000));
        _giveTo(admin, clearingHouse.houseVault(), usd, dollars(40));
        _trade(third, counterparty, 2e18);
        _mark(ETH_USD, 2100e18);
        vm.startPrank(address(liquidationEngine));
        assertEq(clearingHouse.closeOut(_only(third.vault), 0.5e18, bidder.vault), signed(100));
        assertEq(_position(bidder.vault).size, 1e18);
        (uint256 paidQuote, uint256 forgiven) = clearingHouse.cover(third.vault, bidder.vault, dollars(60));
        vm.stopPrank();
        assertEq(paidQuote, dollars(40));
        assertEq(forgiven, 0);
        assertEq(_waterfall().residualTotal(), dollars(20));
    }

    /* THE DEFAULT FUND */

    /// @custom:units LiquidationEngine.bid ClearingHouse.stateOf ClearingHouse.roundOf VaultLens.market
    /// @custom:units DefaultWaterfall.residualTotal DefaultWaterfall.residuals DefaultWaterfall.repayResiduals
    function test_EveryLayerOfAShortfallIsInQuote() public atEveryDecimals {
        _fund(alpha, 30);
        _fund(beta, 50);
        _giveTo(admin, clearingHouse.houseVault(), usd, dollars(40));
        _give(third, usd, dollars(1000));
        _trade(third, counterparty, 5e18);
        _roundOfTwoHalves(1500e18); // closes at 1,750: 1,000 of 1,250 are paid
        clearingHouse.settleMany(PERP, _vaults(third.vault, counterparty.vault));
        BidResult memory result = _bid(bidder, third.vault, 1e18); // 250 owed, and 1,250 lost since
        assertEq(result.paid, 0);
        assertEq(result.received, dollars(30 + 40 + 50));
        assertEq(result.forgiven, dollars(250));
        assertEq(result.residual, dollars(1130));
        _assertLost(clearingHouse.stateOf(PERP));
        _assertLost(lens.market(_core(), _token(eth)).instruments[PERP].state);
        assertEq(clearingHouse.roundOf(PERP, _state().round - 1).writtenOff, dollars(250));
        assertEq(_waterfall().residualTotal(), dollars(1130));
        Residual[] memory open = _waterfall().residuals();
        assertEq(open[0].amount, dollars(1130));
        _giveTo(admin, clearingHouse.houseVault(), usd, dollars(500));
        assertEq(_waterfall().repayResiduals(10), dollars(500));
        assertEq(_waterfall().residualTotal(), dollars(630));
        assertEq(_quote(bidder.vault), dollars(1_000_620));
    }

    function _assertLost(InstrumentState memory state) private view {
        assertEq(state.shortfall, dollars(250));
        assertEq(state.residual, dollars(1130));
    }

    function _fund(bytes32 member, uint256 whole) private {
        _require(member, dollars(1000));
        _contribute(member, dollars(whole));
    }

    /// @custom:units DefaultWaterfall.setRequiredContribution DefaultWaterfall.contributionOf
    /// @custom:units DefaultWaterfall.announceWithdrawal DefaultWaterfall.withdrawContribution
    function test_ContributionsAreInQuote() public atEveryDecimals {
        vm.prank(admin);
        _waterfall().setRequiredContribution(alpha, dollars(1_000_000)); // the most that a first step may ask
        vm.prank(admin);
        _waterfall().setRequiredContribution(alpha, dollars(100));
        _giveTo(admin, _contribution(alpha).vault, usd, dollars(300));
        vm.prank(alphaOperator);
        _waterfall().announceWithdrawal(alpha, dollars(70));
        Contribution memory contribution = _waterfall().contributionOf(alpha);
        assertEq(contribution.free, dollars(300));
        assertEq(contribution.required, dollars(100));
        assertEq(contribution.announced, dollars(70));
        _skip(7 days);
        vm.prank(alphaOperator);
        _waterfall().withdrawContribution(alpha, dollars(70), third.owner);
        assertEq(usd.balanceOf(third.owner), dollars(70));
        assertEq(_waterfall().contributionOf(alpha).free, dollars(230));
    }

    /* BELOW ONE UNIT */

    function test_F17_ASizeOfOneWeiIsRoundedAgainstBothSides() public atEveryDecimals {
        _give(third, usd, dollars(100));
        _trade(third, counterparty, 1, 2010e18);
        assertGe(_health(third.vault).maintenance * WAD, dollars(130), "never less than 6.5 percent");
        assertGt(_health(third.vault).maintenance, 0);
        assertGe(_position(third.vault).tradeLoss * WAD, dollars(10));
        assertLe(_position(counterparty.vault).tradeGain * WAD, dollars(10));
        _roundOfTwoHalves(2100e18); // closes at 2,050
        clearingHouse.settleMany(PERP, _vaults(third.vault, counterparty.vault));
        int256 bought = int256(_quote(third.vault)) - signed(100);
        int256 sold = int256(_quote(counterparty.vault)) - signed(1_000_000);
        assertLe(bought * int256(WAD), signed(40), "50 less 10, for a whole unit");
        assertLe(sold * int256(WAD), signed(-40));
        assertEq(bought + sold + int256(_escrowQuote()), 0, "what rounding took is in the settlement escrow");
    }

    function test_F17_AnAmountWorthLessThanAUnitIsWorthNothing() public atEveryDecimals {
        _give(third, eth, 1);
        Health memory health = _health(third.vault);
        assertEq(health.marketValue, int256(dollars(2000) / coins(1)), "down");
        assertEq(health.equity, int256(dollars(1800) / coins(1)), "and down again");
    }

    function test_F17_ABidOfNextToNothingPaysForWhatItMayTake() public atEveryDecimals {
        _give(third, usd, dollars(1700));
        _trade(third, counterparty, 6e18);
        _mark(ETH_USD, 1800e18);
        BidResult memory result = _bid(bidder, third.vault, 1);
        assertGt(result.paid, 0);
        assertGe(result.paid * WAD, dollars(490), "no less than 0.98 of what it is worth");
        assertEq(_quote(bidder.vault), dollars(1_000_000) - result.paid + dollars(1700) / WAD);
        assertEq(_position(bidder.vault).size, 6);
    }

    function test_F17_AWorthlessGroupPaysABidNoMoreThanItsShare() public atEveryDecimals {
        _give(third, usd, dollars(1700));
        _trade(third, counterparty, 6e18);
        _mark(ETH_USD, 1600e18); // 700 less than nothing
        BidResult memory result = _bid(bidder, third.vault, 0.001e18);
        uint256 paid = result.received + result.forgiven + result.residual;
        assertLe(paid * 1000, dollars(700));
        assertGt((paid + 1) * 1000, dollars(700), "and less than one unit below it");
        assertLe(_quote(bidder.vault) * 10, dollars(10_000_017));
    }

    /* THE SAME IN OTHER DECIMALS */

    /// @dev What counts for whoever acts, and what counts against. Positive all.
    struct Outcome {
        uint256[4] favours;
        uint256[4] burdens;
    }

    function test_TheSameScenarioInOtherDecimalsIsTheSameButForRoundingAgainstWhoActs() public {
        uint256 clean = vm.snapshotState();
        Outcome memory fine = _outcomeAt(Decimals(18, 18));
        vm.revertToState(clean);
        _assertScaled(_outcomeAt(Decimals(6, 36)), fine, 1e12);
        vm.revertToState(clean);
        _assertScaled(_outcomeAt(Decimals(2, 6)), fine, 1e16);
        vm.revertToState(clean);
        _assertScaled(_outcomeAt(Decimals(0, 18)), fine, 1e18);
    }

    /// @dev Amounts that every token can hold, sizes and prices that nothing divides.
    function _outcomeAt(Decimals memory decimals) private returns (Outcome memory outcome) {
        _build(decimals);
        _give(third, usd, dollars(3000));
        _give(third, eth, coins(1) * 731 / 1000);
        _trade(third, counterparty, 1.234567890123456789e18, 2007.654321987654321e18);
        _mark(ETH_USD, 2123.456789123456789e18);
        Health memory health = _health(third.vault);
        outcome.favours[0] = uint256(health.equity);
        outcome.favours[1] = uint256(health.initialEquity) - health.initial;
        outcome.burdens[0] = health.maintenance;
        outcome.burdens[1] = clearingHouse.margin(_only(third.vault), PriceView(PriceUse.Liquidation)).im;
        outcome.burdens[2] = _position(third.vault).tradeLoss;
        _roundOfTwoHalves(2345.678901234567891e18);
        clearingHouse.settleMany(PERP, _vaults(counterparty.vault, third.vault));
        outcome.favours[2] = _quote(third.vault);
        outcome.favours[3] = _quote(counterparty.vault);
        outcome.burdens[3] = _lastRound().totalLoss;
    }

    /// @dev A number is rounded a few times on its way, each time by less than one unit.
    function _assertScaled(Outcome memory coarse, Outcome memory fine, uint256 scale) private pure {
        for (uint256 i = 0; i < 4; ++i) {
            assertLe(coarse.favours[i] * scale, fine.favours[i], "never more in coarser units");
            assertLt(fine.favours[i] - coarse.favours[i] * scale, 4 * scale);
            assertGe(coarse.burdens[i] * scale, fine.burdens[i], "never less in coarser units");
            assertLt(coarse.burdens[i] * scale - fine.burdens[i], 4 * scale);
        }
    }
}
