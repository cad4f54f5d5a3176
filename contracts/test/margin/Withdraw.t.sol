// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ILiquidationEngine } from "../../src/interfaces/ILiquidationEngine.sol";
import { IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { IOracleHub, PriceReport } from "../../src/interfaces/IOracleHub.sol";
import { Rights } from "../../src/libraries/Rights.sol";
import { BadToken, SecondAddress } from "../support/BadTokens.sol";
import { MarginFixture } from "../support/MarginFixture.sol";
import { TestVenue } from "../support/TestVenue.sol";

contract WithdrawTest is MarginFixture {
    /* MRG-4: FLAT */

    function testFuzz_MRG4_AFlatVaultGivesBackEverythingWithoutAPrice(uint96 amount, uint96 part) public {
        vm.assume(amount != 0);
        part = uint96(bound(part, 1, amount));
        _deposit(alice, aliceVault, eth, amount);
        vm.warp(START + 365 days);
        _withdraw(alice, aliceVault, address(eth), part);
        assertEq(eth.balanceOf(alice), part);
        assertEq(_free(aliceVault, address(eth)), amount - part);
        assertEq(_live(aliceVault, address(eth)), amount - part);
    }

    function test_MRG4_UnpaidDueAloneReadsNoPrice() public {
        _deposit(alice, aliceVault, eth, 1e18);
        venue.set(aliceVault, TestVenue.State({ value: 5e6, im: 5e6, mm: 0, owed: 0, position: false, due: true }));
        vm.warp(START + 365 days);
        _withdraw(alice, aliceVault, address(eth), 1e18);
        assertEq(eth.balanceOf(alice), 1e18);
    }

    function test_MRG4_ADeadOracleDoesNotMatterToAFlatVault() public {
        _deposit(alice, aliceVault, eth, 1e18);
        vm.etch(address(oracle), "");
        _withdraw(alice, aliceVault, address(eth), 1e18);
    }

    function test_MRG4_AVenueWithoutCodeHoldsNobody() public {
        bytes32 vaultId = _openVault(alice, 1, makeAddr("no code here"), 0);
        _deposit(alice, vaultId, usd, USD);
        _withdraw(alice, vaultId, address(usd), USD);
        assertEq(usd.balanceOf(alice), USD);
    }

    function test_MRG4_AFlatWithdrawalEndsAnOpenAuction() public {
        _deposit(alice, aliceVault, usd, 2 * USD);
        _openAuction(aliceVault);
        vm.expectCall(address(liquidationEngine), abi.encodeCall(ILiquidationEngine.onHealthy, (aliceVault)));
        _withdraw(alice, aliceVault, address(usd), USD);
    }

    /* MRG-1: WITH OBLIGATIONS */

    function testFuzz_MRG1_WithObligationsItEndsAtOrAboveInitial(uint256 im, uint256 amount) public {
        _deposit(alice, aliceVault, usd, 1000 * USD);
        _deposit(alice, aliceVault, eth, 1e18); // 2000, 1700 after the initial haircut
        im = bound(im, 0, 3000 * USD);
        amount = bound(amount, 1, 1000 * USD);
        _margin(aliceVault, 0, im, im / 2);
        bool allowed = 2700 * USD - amount >= im;
        if (!allowed) vm.expectPartialRevert(IMarginEngine.Unhealthy.selector);
        _withdraw(alice, aliceVault, address(usd), amount);
        assertEq(_free(aliceVault, address(usd)), allowed ? 1000 * USD - amount : 1000 * USD);
    }

    function test_MRG1_AStalePriceStopsIt() public {
        _deposit(alice, aliceVault, eth, 1e18);
        _margin(aliceVault, 0, 1, 1);
        vm.warp(START + AGE_RISK + 1);
        vm.expectPartialRevert(IOracleHub.StalePrice.selector);
        _withdraw(alice, aliceVault, address(eth), 1);

        PriceReport[] memory reports = _one(_report(ETH_USD, ETH_PRICE));
        vm.prank(alice);
        engine.withdraw(aliceVault, address(eth), 1, alice, reports);
    }

    function test_MRG1_TheReportItCarriesIsTheOneThatCounts() public {
        _deposit(alice, aliceVault, eth, 2e18);
        _margin(aliceVault, 0, 1600 * USD, 1000 * USD);
        vm.warp(START + 1);
        PriceReport[] memory reports = _one(_report(ETH_USD, ETH_PRICE / 2));
        vm.expectPartialRevert(IMarginEngine.Unhealthy.selector);
        vm.prank(alice);
        engine.withdraw(aliceVault, address(eth), 1e18, alice, reports);
        // At the old price it would have passed.
        _withdraw(alice, aliceVault, address(eth), 1e18);
    }

    function test_MRG1_TheConservativeSideOfAPriceCounts() public {
        _deposit(alice, aliceVault, eth, 1e18);
        _margin(aliceVault, 0, 1600 * USD, 1000 * USD);
        vm.warp(START + 1);
        oracle.post(_one(_report(ETH_USD, ETH_PRICE, 200e18, uint64(START + 1)))); // 1800 · 0.85 = 1530
        vm.expectPartialRevert(IMarginEngine.Unhealthy.selector);
        _withdraw(alice, aliceVault, address(eth), 1);
    }

    function test_MRG6_UnrealisedProfitCannotBeWithdrawn() public {
        _deposit(alice, aliceVault, usd, 100 * USD);
        // 900 of profit, which the venue adds to the initial requirement again (IVenue, VenueMargin).
        _margin(aliceVault, 900e6, 950 * USD, 20 * USD);
        _withdraw(alice, aliceVault, address(usd), 50 * USD);
        vm.expectPartialRevert(IMarginEngine.Unhealthy.selector);
        _withdraw(alice, aliceVault, address(usd), 1);
    }

    function test_QuoteLeavesOnlyAfterWhatIsOwedHasBeenPaid() public {
        _deposit(alice, aliceVault, eth, 10e18);
        _deposit(alice, aliceVault, usd, 100 * USD);
        _owe(aliceVault, 30 * USD);
        _withdraw(alice, aliceVault, address(usd), 70 * USD);
        assertEq(venue.settlements(), 1);
        assertEq(_free(venue.ownVault(), address(usd)), 30 * USD);

        _owe(aliceVault, 30 * USD);
        vm.expectPartialRevert(IMarginEngine.InsufficientFree.selector);
        _withdraw(alice, aliceVault, address(usd), 1);
        // Other collateral may leave, as long as what is left covers what is owed.
        _withdraw(alice, aliceVault, address(eth), 9e18);
        vm.expectPartialRevert(IMarginEngine.Unhealthy.selector);
        _withdraw(alice, aliceVault, address(eth), 1e18);
    }

    function test_MRG8_AVenueThatAsksLessInitialThanMaintenanceIsNotBelieved() public {
        _deposit(alice, aliceVault, usd, 100 * USD);
        _margin(aliceVault, 0, 10 * USD, 90 * USD);
        assertEq(engine.healthOf(aliceVault, _riskIncrease()).initial, 90 * USD);
        vm.expectPartialRevert(IMarginEngine.Unhealthy.selector);
        _withdraw(alice, aliceVault, address(usd), 11 * USD);
    }

    /* SEG-3: WHO */

    function test_SEG3_OnlyTheOwnerAndHoldersOfTheWithdrawRightTakeOut() public {
        _deposit(alice, aliceVault, usd, 10 * USD);
        vm.expectRevert(abi.encodeWithSelector(IMarginEngine.NotAuthorised.selector, aliceVault, bob, Rights.WITHDRAW));
        _withdraw(bob, aliceVault, address(usd), USD);

        bytes32 accountId = registry.vaultOf(aliceVault).accountId;
        vm.prank(alice);
        registry.setRights(accountId, bob, Rights.TRADE | Rights.DEPOSIT | Rights.TOP_UP);
        vm.expectPartialRevert(IMarginEngine.NotAuthorised.selector);
        _withdraw(bob, aliceVault, address(usd), USD);

        vm.prank(alice);
        registry.setRights(accountId, bob, Rights.WITHDRAW);
        _withdraw(bob, aliceVault, address(usd), USD);
        assertEq(usd.balanceOf(bob), USD);
    }

    function testFuzz_SEG3_NeverMoreThanIsFree(uint96 amount, uint256 wanted) public {
        vm.assume(amount != 0);
        _deposit(alice, aliceVault, usd, amount);
        usd.mint(engine.escrowOf(aliceVault), 1e30); // surplus is not free
        wanted = bound(wanted, uint256(amount) + 1, type(uint256).max);
        vm.expectRevert(
            abi.encodeWithSelector(IMarginEngine.InsufficientFree.selector, aliceVault, usd, amount, wanted)
        );
        _withdraw(alice, aliceVault, address(usd), wanted);
    }

    function test_ZeroAndNeverHeldAreRefused() public {
        vm.expectRevert(IMarginEngine.ZeroAmount.selector);
        _withdraw(alice, aliceVault, address(usd), 0);
        vm.expectPartialRevert(IMarginEngine.InsufficientFree.selector);
        _withdraw(alice, aliceVault, address(eth), 1);
        vm.expectPartialRevert(IMarginEngine.NotCollateral.selector);
        _withdraw(alice, aliceVault, address(oracle), 1);
    }

    function test_ARefusingTokenLosesNothing() public {
        BadToken token = new BadToken(18);
        vm.prank(admin);
        engine.listCollateral(address(token), ETH_USD, 0, 0);
        _deposit(alice, aliceVault, token, 5e18);
        token.setFrozen(alice, true);
        vm.expectRevert();
        _withdraw(alice, aliceVault, address(token), 1e18);
        assertEq(_free(aliceVault, address(token)), 5e18);
        vm.prank(alice);
        engine.withdraw(aliceVault, address(token), 1e18, bob, _none()); // elsewhere then
        assertEq(token.balanceOf(bob), 1e18);
    }

    /* SEG-5: SURPLUS */

    function testFuzz_SEG5_ADonationChangesNoHealthAndIsTheOwnersAlone(uint96 held, uint96 donated) public {
        vm.assume(donated != 0 && held != 0);
        _deposit(alice, aliceVault, usd, held);
        _deposit(alice, aliceVault, eth, held);
        _margin(aliceVault, 0, 1, 1);
        bytes32 before = keccak256(abi.encode(engine.healthOf(aliceVault, _riskIncrease())));
        usd.mint(engine.escrowOf(aliceVault), donated);
        eth.mint(engine.escrowOf(aliceVault), donated);
        assertEq(keccak256(abi.encode(engine.healthOf(aliceVault, _riskIncrease()))), before);

        bytes32 accountId = registry.vaultOf(aliceVault).accountId;
        vm.prank(alice);
        registry.setRights(accountId, bob, Rights.ALL);
        vm.expectPartialRevert(IMarginEngine.NotAuthorised.selector);
        vm.prank(bob);
        engine.claimSurplus(aliceVault, address(usd), bob);

        vm.startPrank(alice);
        assertEq(engine.claimSurplus(aliceVault, address(usd), alice), donated);
        vm.expectPartialRevert(IMarginEngine.NothingToClaim.selector);
        engine.claimSurplus(aliceVault, address(usd), alice);
        vm.stopPrank();
        assertEq(usd.balanceOf(alice), donated);
        assertEq(_live(aliceVault, address(usd)), held);
    }

    function test_SEG1_ATokenWithASecondAddressCannotPassBookedAssetsOffAsSurplus() public {
        _deposit(alice, aliceVault, eth, 5e18);
        SecondAddress second = new SecondAddress(eth, alice);
        address escrow = engine.escrowOf(aliceVault);
        vm.prank(escrow); // as its double would be able to
        eth.approve(address(second), type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(IMarginEngine.BookedAssetMissing.selector, aliceVault, eth));
        vm.prank(alice);
        engine.claimSurplus(aliceVault, address(second), alice);
    }
}
