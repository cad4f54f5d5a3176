// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Health, IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { IOracleHub, PriceUse } from "../../src/interfaces/IOracleHub.sol";
import { TestToken } from "../../src/testing/TestToken.sol";
import { MarginFixture } from "../support/MarginFixture.sol";

contract HealthTest is MarginFixture {
    function test_AHealthByHand() public {
        _deposit(alice, aliceVault, usd, 100 * USD);
        _deposit(alice, aliceVault, eth, 2e18); // 4000; 3600 and 3400 after haircuts
        _deposit(alice, aliceVault, btc, 0.5e8); // 20000; 18400 and 17600
        _margin(aliceVault, -50e6, 700 * USD, 300 * USD);
        Health memory health = engine.healthOf(aliceVault, PriceUse.Liquidation);
        assertEq(health.equity, 22_050e6);
        assertEq(health.initialEquity, 21_050e6);
        assertEq(health.marketValue, 24_050e6);
        assertEq(health.maintenance, 300 * USD);
        assertEq(health.initial, 700 * USD);
    }

    /// @dev Against a reference in exact fractions: never above it, and below by less than two units.
    function testFuzz_AnAssetIsNeverWorthMoreThanItIs(uint96 amount, uint80 priceWad, uint8 decimals, uint64 haircut)
        public
    {
        vm.assume(amount != 0 && priceWad != 0);
        decimals = uint8(bound(decimals, 0, 36));
        uint256 haircutWad = bound(haircut, 0, WAD - 1);
        TestToken token = new TestToken("Token", "T", decimals);
        bytes32 feed = keccak256("feed");
        vm.prank(admin);
        engine.listCollateral(address(token), feed, haircutWad, haircutWad);
        _post(feed, priceWad);
        _deposit(alice, aliceVault, token, amount);

        Health memory health = engine.healthOf(aliceVault, PriceUse.Liquidation);
        uint256 numerator = uint256(amount) * priceWad; // over 10^(decimals + 12)
        uint256 denominator = 10 ** (uint256(decimals) + 12);
        uint256 value = uint256(health.marketValue);
        assertLe(value * denominator, numerator);
        assertGt((value + 1) * denominator, numerator);
        uint256 kept = WAD - haircutWad;
        assertLe(uint256(health.equity) * WAD, value * kept);
        assertGt((uint256(health.equity) + 1) * WAD, value * kept);
        assertEq(health.equity, health.initialEquity);
    }

    function testFuzz_MRG8_InitialIsNeverTheEasierTest(uint96 held, uint96 conf, int64 value, uint64 im, uint64 mm)
        public
    {
        vm.assume(held != 0);
        _deposit(alice, aliceVault, eth, held);
        vm.warp(START + 1);
        oracle.post(_one(_report(ETH_USD, ETH_PRICE, conf, uint64(START + 1))));
        _margin(aliceVault, value, im, mm);
        // No risk may be raised at a price as wide as some of these.
        Health memory health = engine.healthOf(aliceVault, PriceUse.Liquidation);
        assertGe(health.initial, health.maintenance);
        assertLe(health.initialEquity, health.equity);
        assertLe(health.equity, health.marketValue);
    }

    function test_LIQ1_AStaleCollateralPriceGivesNoHealth() public {
        _deposit(alice, aliceVault, eth, 1e18);
        vm.warp(START + AGE_LIQUIDATION);
        engine.healthOf(aliceVault, PriceUse.Liquidation);
        vm.expectPartialRevert(IOracleHub.StalePrice.selector);
        engine.healthOf(aliceVault, PriceUse.RiskIncrease);
        vm.warp(START + AGE_LIQUIDATION + 1);
        vm.expectPartialRevert(IOracleHub.StalePrice.selector);
        engine.healthOf(aliceVault, PriceUse.Liquidation);
    }

    function test_AnAssetOfWhichNothingIsLeftNeedsNoPrice() public {
        _deposit(alice, aliceVault, eth, 1e18);
        _withdraw(alice, aliceVault, address(eth), 1e18);
        vm.warp(START + 365 days);
        assertEq(engine.healthOf(aliceVault, PriceUse.RiskIncrease).equity, 0);
    }

    function test_SkippedCollateralsAreNotInTheValueForABid() public {
        _deposit(alice, aliceVault, usd, 100 * USD);
        _deposit(alice, aliceVault, eth, 2e18);
        _deposit(alice, aliceVault, btc, 0.5e8);
        address[] memory skip = new address[](2);
        (skip[0], skip[1]) = (address(btc), address(usd)); // quote cannot be skipped

        // A dead feed of a skipped collateral does not shield the vault.
        vm.warp(START + 365 days);
        _post(ETH_USD, ETH_PRICE);
        (Health memory health, uint256 skippedEquity, uint256 skippedMarket) = engine.healthForBid(aliceVault, skip);
        assertEq(health.marketValue, 4100e6);
        assertEq(health.equity, 22_100e6);
        assertEq(health.initialEquity, 21_100e6);
        assertEq(skippedEquity, 18_400e6);
        assertEq(skippedMarket, 20_000e6);
        vm.expectPartialRevert(IOracleHub.StalePrice.selector);
        engine.healthForBid(aliceVault, new address[](0));
    }

    function test_OnlyTheAdminListsCollateralsAndOnlyOnceAndSoundly() public {
        TestToken token = new TestToken("Token", "T", 18);
        TestToken odd = new TestToken("Odd", "O", 37);
        vm.expectPartialRevert(IMarginEngine.NotAdmin.selector);
        engine.listCollateral(address(token), ETH_USD, 0, 0);
        vm.startPrank(admin);
        vm.expectPartialRevert(IMarginEngine.BadHaircut.selector);
        engine.listCollateral(address(token), ETH_USD, 0.2e18, 0.1e18); // MRG-8
        vm.expectPartialRevert(IMarginEngine.BadHaircut.selector);
        engine.listCollateral(address(token), ETH_USD, 0.2e18, 1e18);
        vm.expectPartialRevert(IMarginEngine.AlreadyListed.selector);
        engine.listCollateral(address(eth), ETH_USD, 0, 0);
        vm.expectPartialRevert(IMarginEngine.AlreadyListed.selector);
        engine.listCollateral(address(usd), ETH_USD, 0, 0);
        vm.expectPartialRevert(IMarginEngine.UnsupportedDecimals.selector);
        engine.listCollateral(address(odd), ETH_USD, 0, 0);
        vm.stopPrank();
        assertEq(engine.collateralOf(address(eth)).haircutInitialWad, 0.15e18);
        assertEq(engine.collateralOf(address(usd)).decimals, 6);
        vm.expectPartialRevert(IMarginEngine.NotCollateral.selector);
        engine.collateralOf(address(token));
    }
}
