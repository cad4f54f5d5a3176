// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { InstrumentKind, InstrumentTerms } from "../../src/interfaces/IClearingHouse.sol";
import { IEscrow } from "../../src/interfaces/IEscrow.sol";
import { Book, Collateral, Health } from "../../src/interfaces/IMarginEngine.sol";
import { MarginMode } from "../../src/interfaces/IMarginGroups.sol";
import { OracleTerms, PriceReport, PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { Attestation, AttestedRequirement } from "../../src/interfaces/IPortfolioRequirements.sol";
import { ParameterPush, ParameterSet } from "../../src/interfaces/IRiskConfig.sol";
import { PriceView, VenueMargin } from "../../src/interfaces/IVenue.sol";
import { RampedParameters } from "../../src/interfaces/RampedParameters.sol";
import { GroupView, MarketView } from "../../src/lens/VaultLens.sol";
import { TestToken } from "../../src/testing/TestToken.sol";
import { Receipts, UnitsFixture } from "../support/UnitsFixture.sol";

/// @notice Every number of the book, groups, requirements, prices, parameters and the lens is in its unit at any decimals. The clearing house and
/// liquidation: UnitsOfClearing. The doc line of a test names what it compares; a check fails for a function that none names.
abstract contract UnitsOfBook is UnitsFixture {
    /* THE BOOK */

    /// @custom:units MarginEngine.deposit MarginEngine.withdraw MarginEngine.bookOf MarginEngine.bookOf6909
    function test_DepositsAndWithdrawalsAreInTheTokensOwnUnits() public atEveryDecimals {
        usd.mint(third.owner, dollars(500));
        eth.mint(third.owner, coins(1));
        vm.startPrank(third.owner);
        usd.approve(address(engine), dollars(500));
        eth.approve(address(engine), coins(1));
        assertEq(engine.deposit(third.vault, address(usd), dollars(500)), dollars(500));
        assertEq(engine.deposit(third.vault, address(eth), coins(1)), coins(1));
        assertEq(engine.bookOf(third.vault, address(usd)).free, dollars(500));
        Book memory book = engine.bookOf6909(third.vault, address(eth), 0);
        assertEq(book.free, coins(1));
        assertEq(book.locked, 0, "nothing is at the port yet");
        engine.withdraw(third.vault, address(usd), dollars(200), third.owner, _fresh(2100e18));
        engine.withdraw(third.vault, address(eth), coins(1), third.owner, _none());
        vm.stopPrank();
        assertEq(usd.balanceOf(third.owner), dollars(200));
        assertEq(eth.balanceOf(third.owner), coins(1));
        assertEq(engine.bookOf(third.vault, address(usd)).free, dollars(300));
        _assertPrice(2100e18);
    }

    /// @custom:units MarginEngine.listCollateral MarginEngine.collateralOf
    function test_ACollateralIsListedWithItsDecimalsAndItsHaircutsAsShares() public atEveryDecimals {
        TestToken other = new TestToken("Other", "OTH", chosen.coin);
        vm.prank(admin);
        engine.listCollateral(address(other), ETH_USD, 0.2e18, 0.25e18);
        Collateral memory listed = engine.collateralOf(address(other));
        assertEq(listed.decimals, chosen.coin);
        assertEq(listed.haircutMaintenanceWad, 0.2e18);
        assertEq(listed.haircutInitialWad, 0.25e18);
        assertEq(engine.quoteDecimals(), chosen.quote);
        _give(third, other, coins(1));
        assertEq(_health(third.vault).equity, signed(1600));
        assertEq(_health(third.vault).initialEquity, signed(1500));
    }

    /// @custom:units MarginEngine.claimSurplus MarginEngine.claimSurplus6909 Escrow.release Escrow.release6909
    function test_WhatArrivedByItselfAndWhatAnEscrowReleasesAreInTheTokensOwnUnits() public atEveryDecimals {
        address escrow = engine.escrowOf(third.vault);
        Receipts receipts = new Receipts();
        receipts.mint(escrow, 7, coins(3));
        eth.mint(escrow, coins(3));
        vm.startPrank(third.owner);
        assertEq(engine.claimSurplus6909(third.vault, address(receipts), 7, third.owner), coins(3));
        assertEq(engine.claimSurplus(third.vault, address(eth), third.owner), coins(3));
        vm.stopPrank();
        assertEq(eth.balanceOf(third.owner), coins(3));

        receipts.mint(escrow, 7, coins(3));
        eth.mint(escrow, coins(3));
        vm.startPrank(address(engine));
        IEscrow(escrow).release(address(eth), bidder.owner, coins(2));
        IEscrow(escrow).release6909(address(receipts), 7, bidder.owner, coins(2));
        vm.stopPrank();
        assertEq(eth.balanceOf(bidder.owner), coins(2));
        assertEq(receipts.balanceOf(bidder.owner, 7), coins(2));
    }

    /// @custom:units MarginEngine.moveForBid MarginEngine.creditOf MarginEngine.claimCredit
    function test_WhatABidMovesAndWhatATokenHeldBackAreInTheTokensOwnUnits() public atEveryDecimals {
        _give(third, usd, dollars(100));
        _give(third, eth, coins(1));
        vm.prank(address(liquidationEngine));
        assertTrue(engine.moveForBid(third.vault, bidder.vault, address(usd), dollars(30)));
        assertEq(_quote(third.vault), dollars(70));
        assertEq(_quote(bidder.vault), dollars(1_000_030));

        vm.mockCallRevert(address(eth), abi.encodeWithSelector(eth.transfer.selector), "");
        vm.prank(address(liquidationEngine));
        assertFalse(engine.moveForBid(third.vault, bidder.vault, address(eth), coins(1)));
        vm.clearMockedCalls();
        assertEq(engine.creditOf(third.vault, address(eth), bidder.vault), coins(1));
        Book memory book = engine.bookOf(third.vault, address(eth));
        assertEq(book.credit, coins(1));
        assertEq(book.free, 0);
        vm.prank(bidder.owner);
        assertEq(engine.claimCredit(third.vault, address(eth), bidder.vault, bidder.owner), coins(1));
        assertEq(eth.balanceOf(bidder.owner), coins(1));
    }

    /// @custom:units MarginEngine.charge MarginEngine.pay
    function test_AVenueChargesAndPaysQuote() public atEveryDecimals {
        _give(third, usd, dollars(100));
        vm.startPrank(address(clearingHouse));
        assertEq(engine.charge(third.vault, PERP, dollars(30)), dollars(30));
        assertEq(_quote(third.vault), dollars(70));
        assertEq(_escrowQuote(), dollars(30));
        engine.pay(PERP, third.vault, dollars(20));
        vm.stopPrank();
        assertEq(_quote(third.vault), dollars(90));
        assertEq(_escrowQuote(), dollars(10));
    }

    /// @custom:units MarginEngine.healthOf MarginEngine.healthForBid Venue.margin
    function test_HealthAndWhatAVenueSaysAreInQuote() public atEveryDecimals {
        _give(third, eth, coins(1));
        _give(third, usd, dollars(500));
        _trade(third, counterparty, 2e18);
        _mark(ETH_USD, 2100e18);
        Health memory health = engine.healthOf(third.vault, PriceUse.Liquidation);
        assertEq(health.equity, signed(500 + 1890 + 200), "ten percent haircut");
        assertEq(health.initialEquity, signed(500 + 1785 + 200), "fifteen");
        assertEq(health.marketValue, signed(500 + 2100 + 200));
        assertEq(health.maintenance, dollars(273), "6.5 percent of 4,200");
        assertEq(health.initial, dollars(420 + 200), "ten percent, and the profit");

        (Health memory left, uint256 skippedEquity, uint256 skippedMarket) =
            engine.healthForBid(third.vault, _token(eth));
        assertEq(left.equity, health.equity);
        assertEq(left.marketValue, signed(500 + 200));
        assertEq(skippedEquity, dollars(1890));
        assertEq(skippedMarket, dollars(2100));

        VenueMargin memory said = clearingHouse.margin(_only(third.vault), PriceView(PriceUse.Liquidation));
        assertEq(said.value, signed(200));
        assertEq(said.notInitial, dollars(200));
        assertEq(said.im, dollars(420));
        assertEq(said.mm, dollars(273));
        assertEq(said.gross, dollars(4200));
        said = clearingHouse.margin(_only(counterparty.vault), PriceView(PriceUse.Liquidation));
        assertEq(said.value, signed(-200), "short");
    }

    /* GROUPS */

    /// @custom:units MarginEngine.chargeSiblings MarginGroups.debtsOf MarginGroups.debtBetween
    /// @custom:units MarginGroups.addDebt MarginGroups.reduceDebt
    function test_WhatSiblingsPayForOneAnotherIsInQuote() public atEveryDecimals {
        _give(second, usd, dollars(100));
        _form(MarginMode.Cross);
        vm.prank(address(clearingHouse));
        assertEq(engine.chargeSiblings(first.vault, PERP, dollars(60)), dollars(60));
        assertEq(_quote(second.vault), dollars(40));
        _assertDebt(60);
        _give(first, usd, dollars(25)); // pays back by itself
        assertEq(_quote(second.vault), dollars(65));
        _assertDebt(35);
        vm.prank(address(engine));
        groups.addDebt(first.vault, second.vault, dollars(5));
        _assertDebt(40);
        vm.prank(address(engine));
        groups.reduceDebt(first.vault, second.vault, dollars(30));
        _assertDebt(10);
    }

    function _assertDebt(uint256 whole) private view {
        (, uint256[] memory amounts) = groups.debtsOf(first.vault);
        assertEq(amounts[0], dollars(whole));
        assertEq(groups.debtBetween(first.vault, second.vault), dollars(whole));
    }

    /// @custom:units MarginGroups.form MarginGroups.join MarginGroups.setMode MarginGroups.leave
    function test_AChangeOfAGroupIsJudgedAtThePricesItBrings() public atEveryDecimals {
        _give(second, eth, coins(1));
        vm.startPrank(first.owner);
        groups.form(_vaults(first.vault, second.vault), MarginMode.Cross, _fresh(2010e18));
        _assertPrice(2010e18);
        groups.join(first.vault, third.vault, _fresh(2020e18));
        _assertPrice(2020e18);
        groups.setMode(first.vault, MarginMode.Portfolio, _fresh(2030e18));
        _assertPrice(2030e18);
        groups.leave(third.vault, _fresh(2040e18));
        vm.stopPrank();
        _assertPrice(2040e18);
        assertEq(_health(first.vault).equity, signed(1836), "nine tenths of 2,040");
    }

    /// @custom:units PortfolioRequirements.attest PortfolioRequirements.digest PortfolioRequirements.countingFor
    /// @custom:units PortfolioRequirements.requirementOf PortfolioRequirements.onBid PortfolioRequirements.floors
    function test_AttestedRequirementsAreInQuoteAndTheirFloorIsAShareOfGross() public atEveryDecimals {
        _give(first, usd, dollars(5000));
        _trade(first, counterparty, 2e18);
        _form(MarginMode.Portfolio);
        bytes32 hash = _positionsHash();
        Attestation memory given = _attestation(first.vault, hash, dollars(300), dollars(200));
        assertEq(requirements.digest(given), _digestOf(given));
        assertEq(requirements.attest(_single(given)), 1);
        _assertAttested(hash, dollars(300), dollars(200));
        assertEq(_health(first.vault).initial, dollars(300));
        assertEq(_health(first.vault).maintenance, dollars(200));

        (uint256 initialWad, uint256 maintenanceWad) = requirements.floors();
        assertEq(initialWad, 0.02e18);
        assertEq(maintenanceWad, 0.01e18);
        (uint256 im, uint256 mm) =
            requirements.requirementOf(first.vault, hash, dollars(400), dollars(260), dollars(50_000), false);
        assertEq(im, dollars(1000));
        assertEq(mm, dollars(500));
        (im, mm) = requirements.requirementOf(first.vault, "other", dollars(400), dollars(260), dollars(4000), false);
        assertEq(im, dollars(400), "cross mode's");
        assertEq(mm, dollars(260));

        vm.prank(address(liquidationEngine));
        requirements.onBid(first.vault, hash, "left", 0.25e18);
        _assertAttested("left", dollars(225), dollars(150));
    }

    function _assertAttested(bytes32 hash, uint256 im, uint256 mm) private view {
        (AttestedRequirement memory attested, bool here) = requirements.countingFor(first.vault, hash);
        assertTrue(here);
        assertEq(attested.im, im);
        assertEq(attested.mm, mm);
    }

    function _digestOf(Attestation memory given) private view returns (bytes32) {
        bytes32 typehash = keccak256(
            "Requirement(bytes32 group,bytes32 positionsHash,uint128 im,uint128 mm,uint64 priceTime,uint64 expiry,uint64 epoch)"
        );
        bytes memory all = abi.encode(
            typehash, given.group, given.positionsHash, dollars(300), dollars(200), given.priceTime, given.expiry, 1
        );
        return _typed("Bulkhead Requirement", keccak256(all), address(requirements));
    }

    /* PRICES */

    /// @custom:units OracleHub.post OracleHub.digest OracleHub.priceOf OracleHub.priceAndConfOf OracleHub.feedState
    /// @custom:units OracleHub.heldPrice OracleHub.setStepFloor OracleHub.stepFloorOf OracleHub.terms
    /// @custom:units OracleHub.priceAndDoubtsOf
    function test_PricesAreQuoteForOneWholeUnitWhateverTheDecimals() public atEveryDecimals {
        uint256 before = oracle.feedState(ETH_USD).cumulativeWad;
        vm.warp(START + 10);
        PriceReport memory report = _report(ETH_USD, 2500e18, 25e18, uint64(START + 10));
        assertEq(oracle.digest(report), _digestOf(report));
        assertEq(oracle.post(_one(report)), 1);
        assertEq(oracle.priceOf(ETH_USD, PriceUse.RiskIncrease), 2500e18);
        (uint256 priceWad, uint256 confWad) = oracle.priceAndConfOf(ETH_USD, PriceUse.Liquidation);
        assertEq(priceWad, 2500e18);
        assertEq(confWad, 25e18);
        assertEq(oracle.feedState(ETH_USD).priceWad, 2500e18);
        assertEq(oracle.feedState(ETH_USD).confWad, 25e18);
        assertEq(oracle.feedState(ETH_USD).cumulativeWad - before, 20_000e18, "ten seconds at 2,000");
        assertEq(oracle.feedState(ETH_USD).stableWad, 2000e18);
        (uint256 doubted, uint256 below, uint256 above) = oracle.priceAndDoubtsOf(ETH_USD, PriceUse.RiskIncrease);
        assertEq(doubted, 2500e18);
        assertEq(below, 500e18, "down to the stable price");
        assertEq(above, 25e18);
        _give(third, eth, coins(1));
        assertEq(_health(third.vault).marketValue, signed(2500), "one whole coin");

        assertEq(oracle.post(_fresh(50_000e18)), 0);
        assertEq(oracle.heldPrice(ETH_USD).priceWad, 50_000e18);
        assertEq(oracle.heldPrice(ETH_USD).confWad, 0);
        vm.prank(admin);
        oracle.setStepFloor(ETH_USD, 30e18);
        assertEq(oracle.stepFloorOf(ETH_USD), 30e18);
        OracleTerms memory terms = oracle.terms();
        assertEq(terms.maxStepWad, 10e18, "ten times");
        assertEq(terms.confirmBandWad, 0.02e18);
        assertEq(terms.maxConfWad, 0.5e18);
        assertEq(terms.stableRateWad, 0.01e18, "a percent a second");
    }

    function _digestOf(PriceReport memory given) private pure returns (bytes32) {
        bytes memory domain = abi.encode(
            keccak256("EIP712Domain(string name,string version,bytes32 salt)"),
            keccak256("Bulkhead Price"),
            keccak256("1"),
            FEED_SET
        );
        bytes32 typehash = keccak256("Price(bytes32 feed,uint256 priceWad,uint256 confWad,uint64 time,uint64 epoch)");
        bytes memory all = abi.encode(typehash, ETH_USD, 2500e18, 25e18, given.time, 1);
        return keccak256(abi.encodePacked(hex"1901", keccak256(domain), keccak256(all)));
    }

    /* PARAMETERS */

    /// @custom:units RiskConfig.set RiskConfig.push RiskConfig.digest RiskConfig.effectiveOf RiskConfig.setOf
    /// @custom:units RiskConfig.maxStep MarginEngine.setHaircuts MarginEngine.haircutsOf
    function test_HaircutsAreSharesWhateverTheDecimals() public atEveryDecimals {
        _give(third, eth, coins(1));
        assertEq(risk.maxStep(), 0.02e18);
        ParameterPush memory given = _given(0.17e18, 0.12e18);
        assertEq(risk.digest(given), _digestOf(given));
        risk.push(_signed(given));
        ParameterSet memory appended = risk.setOf(KEY, 1);
        assertEq(appended.initialWad, 0.17e18);
        assertEq(appended.maintenanceWad, 0.12e18);
        assertEq(appended.maintenanceFromWad, 0.1e18);
        _skip(DAY / 2);
        (uint256 initialWad, uint256 maintenanceWad) = risk.effectiveOf(KEY);
        assertEq(initialWad, 0.17e18);
        assertEq(maintenanceWad, 0.11e18, "half way");
        assertEq(_health(third.vault).equity, signed(1780));
        assertEq(_health(third.vault).initialEquity, signed(1660));

        vm.prank(admin);
        risk.set(KEY, 0.3e18, 0.05e18, INPUTS, MODEL);
        assertEq(_health(third.vault).equity, signed(1900));
        vm.prank(address(risk));
        assertEq(engine.setHaircuts(address(eth), 0.25e18, 0.2e18), 0.05e18);
        RampedParameters memory stored = engine.haircutsOf(address(eth));
        assertEq(stored.initialWad, 0.25e18);
        assertEq(stored.maintenanceWad, 0.2e18);
        assertEq(stored.maintenanceFromWad, 0.05e18);
    }

    function _digestOf(ParameterPush memory given) private view returns (bytes32) {
        bytes32 typehash = keccak256(
            "Push(bytes32 key,uint64 initialWad,uint64 maintenanceWad,bytes32 inputsHash,bytes32 modelVersion,uint64 nonce,uint64 expiry,uint64 epoch)"
        );
        bytes memory all = abi.encode(typehash, KEY, 0.17e18, 0.12e18, INPUTS, MODEL, given.nonce, given.expiry, 1);
        return _typed("Bulkhead Risk", keccak256(all), address(risk));
    }

    /// @custom:units ClearingHouse.setRates ClearingHouse.ratesOf ClearingHouse.listInstrument ClearingHouse.termsOf
    function test_RatesOfInstrumentsAreSharesAndStrikesPrices() public atEveryDecimals {
        vm.prank(address(risk));
        assertEq(clearingHouse.setRates(PERP, 0.2e18, 0.05e18), 0.05e18);
        RampedParameters memory rates = clearingHouse.ratesOf(PERP);
        assertEq(rates.initialWad, 0.2e18);
        assertEq(rates.maintenanceWad, 0.05e18);
        assertEq(rates.maintenanceFromWad, 0.05e18);
        _give(third, usd, dollars(1000));
        _trade(third, counterparty, 2e18);
        assertEq(_health(third.vault).initial, dollars(800));
        assertEq(_health(third.vault).maintenance, dollars(200));

        InstrumentTerms memory terms = _perpTerms();
        (terms.kind, terms.indexFeed, terms.expiry) = (InstrumentKind.Call, ETH_USD, uint64(START + 10 days));
        (terms.strikeWad, terms.imRateWad, terms.mmRateWad) = (1900e18, 0, 0);
        (terms.openInterestCapWad, terms.memberCapBps) = (1000e18, 5000);
        vm.prank(admin);
        InstrumentTerms memory listed = clearingHouse.termsOf(clearingHouse.listInstrument(terms));
        assertEq(listed.strikeWad, 1900e18);
        assertEq(listed.openInterestCapWad, 1000e18);
        assertEq(listed.tradeBandWad, 0.02e18);
        assertEq(listed.memberCapBps, 5000);
        assertEq(clearingHouse.termsOf(PERP).imRateWad, 0.2e18);
    }

    /* THE LENS */

    /// @custom:units VaultLens.groups VaultLens.ask
    function test_TheLensShowsGroupsInTheUnitsOfWhatItReads() public atEveryDecimals {
        _give(second, usd, dollars(1000));
        _give(third, usd, dollars(500));
        _give(third, eth, coins(1));
        _form(MarginMode.Portfolio);
        vm.prank(address(clearingHouse));
        engine.chargeSiblings(first.vault, PERP, dollars(60));
        _trade(second, counterparty, 1e18);
        _trade(third, counterparty, 2e18, 2010e18);
        _attest(dollars(300), dollars(200));
        _roundOfTwoHalves(2200e18); // closes at 2,100
        assertEq(lens.groups(_core(), _only(counterparty.vault))[0].claims[0].owed, dollars(280), "300 less 20");
        _trade(counterparty, bidder, 1e18, 2222e18);

        bytes32[] memory asked = _vaults(first.vault, third.vault);
        GroupView[] memory views = lens.groups(_core(), asked);
        assertEq(views[0].assets[1].locked, 0);
        assertEq(views[0].assets[1].free, dollars(940));
        assertEq(views[0].debts[0].outstanding, dollars(60));
        assertEq(views[0].attested.im, dollars(300));
        assertEq(views[0].attested.mm, dollars(200));
        assertEq(views[1].assets[0].free, dollars(500));
        assertEq(views[1].assets[1].free, coins(1));
        assertEq(views[1].positions[0].size, 2e18);
        assertEq(views[1].positions[0].carriedAtWad, 2100e18);
        assertEq(views[1].claims[0].due, dollars(180), "200 less what it paid above the mark");
        asked[0] = bidder.vault;
        views = lens.groups(_core(), asked);
        assertEq(views[0].positions[0].size, -1e18);
        assertEq(views[0].positions[0].tradeGain, dollars(122));
        (VenueMargin memory said,) = lens.ask(liquidationEngine, address(clearingHouse), _only(third.vault));
        assertEq(said.value, signed(180 + 200), "due, and 100 for each since");
        assertEq(said.gross, dollars(4400));
    }

    /// @custom:units VaultLens.market VaultLens.prices
    function test_TheLensShowsTheMarketInTheUnitsOfWhatItReads() public atEveryDecimals {
        _giveTo(admin, clearingHouse.houseVault(), usd, dollars(90));
        _require(beta, dollars(1000));
        _contribute(beta, dollars(77));
        _give(third, usd, dollars(500));
        _trade(third, counterparty, 2e18, 2010e18);
        vm.prank(admin);
        oracle.setStepFloor(ETH_USD, 30e18);
        MarketView memory market = lens.market(_core(), _token(eth));
        assertEq(market.feeds[1].floorWad, 30e18, "after that of quote, which has none");
        assertEq(market.houseCapital, dollars(90));
        assertEq(market.funds[0].free, dollars(77));
        assertEq(market.auction.dustQuote, dollars(5));
        assertEq(market.floorInitialWad, 0.02e18);
        assertEq(market.floorMaintenanceWad, 0.01e18);
        assertEq(market.collaterals[0].terms.decimals, chosen.quote);
        assertEq(market.collaterals[1].terms.decimals, chosen.coin);
        assertEq(market.collaterals[1].haircuts.maintenanceWad, 0.1e18);
        assertEq(market.instruments[0].rates.initialWad, 0.1e18);
        assertEq(market.instruments[0].state.openInterest, 2e18);
        assertEq(market.instruments[0].state.tradeLoss, dollars(20));
        assertEq(market.instruments[0].state.lastPriceWad, 2000e18);
        bytes32[] memory feeds = _vaults(ETH_USD, BTC_USD);
        _mark(ETH_USD, 50_000e18);
        assertEq(lens.prices(oracle, feeds)[0].held.priceWad, 50_000e18);
        assertEq(lens.prices(oracle, feeds)[0].stored.priceWad, 2000e18);
        assertEq(lens.prices(oracle, feeds)[1].stored.priceWad, 40_000e18);
    }
}
