// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ILiquidationEngine } from "../../src/interfaces/ILiquidationEngine.sol";
import { IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { IVaultRegistry } from "../../src/interfaces/IVaultRegistry.sol";
import { BadToken } from "../support/BadTokens.sol";
import { MarginFixture } from "../support/MarginFixture.sol";
import { TestVenue } from "../support/TestVenue.sol";

/// @notice charge, pay, moveForBid and the health check that modules ask for, with a quote token that can misbehave.
contract VenuesTest is MarginFixture {
    uint256 private constant FUNDS = 1000 * USD;
    BadToken private quote;
    BadToken private token;

    function setUp() public override {
        super.setUp();
        quote = new BadToken(6);
        token = new BadToken(18);
        _deployBook(address(quote)); // a second book
        vm.prank(admin);
        engine.listCollateral(address(token), ETH_USD, 0.1e18, 0.15e18);
        vm.prank(admin);
        engine.listCollateral(address(eth), ETH_USD, 0.1e18, 0.15e18);
        _post(ETH_USD, ETH_PRICE);
        venue = _newVenue();
        aliceVault = _openVault(alice, 0, address(venue), 0);
        bobVault = _openVault(bob, 0, address(venue), 0);
        vm.mockCall(
            address(liquidationEngine), abi.encodeWithSelector(ILiquidationEngine.onHealthy.selector), bytes("")
        );
        _deposit(alice, aliceVault, quote, FUNDS);
        _deposit(alice, aliceVault, token, 10e18);
    }

    /* CHARGE AND PAY */

    function testFuzz_SEG2_ChargeAndPayMoveBothSidesExactly(uint256 charged, uint256 paid) public {
        charged = bound(charged, 1, FUNDS);
        paid = bound(paid, 1, charged);
        assertEq(venue.charge(aliceVault, charged), charged);
        assertEq(_free(aliceVault, address(quote)), FUNDS - charged);
        assertEq(_free(venue.ownVault(), address(quote)), charged);
        venue.pay(bobVault, paid);
        assertEq(_free(venue.ownVault(), address(quote)), charged - paid);
        assertEq(_free(bobVault, address(quote)), paid);
        _assertAllSeg1();
    }

    function test_SEG2_AVenueChargesAndPaysNoVaultThatDidNotChooseIt() public {
        TestVenue other = _newVenue();
        vm.expectRevert(abi.encodeWithSelector(IMarginEngine.NotTheVenue.selector, aliceVault, other));
        other.charge(aliceVault, 1);
        vm.expectPartialRevert(IMarginEngine.NotTheVenue.selector);
        other.pay(aliceVault, 1);
        vm.expectPartialRevert(IMarginEngine.NotTheVenue.selector);
        vm.prank(alice);
        engine.charge(aliceVault, 0, 1);
    }

    function test_SEG2_AVenueSpendsOnlyItsOwnEscrows() public {
        vm.expectPartialRevert(IVaultRegistry.UnknownVault.selector);
        registry.venueOf(bytes32(0));
        // Bucket 9 of its account was never opened.
        vm.expectPartialRevert(IMarginEngine.UnknownVault.selector);
        venue.payFrom(9, aliceVault, 1);
        vm.expectPartialRevert(IMarginEngine.InsufficientFree.selector);
        venue.pay(aliceVault, 1);
    }

    function test_SEG2_NeverMoreThanIsFree() public {
        quote.mint(engine.escrowOf(aliceVault), 5); // surplus
        vm.expectPartialRevert(IMarginEngine.InsufficientFree.selector);
        venue.charge(aliceVault, FUNDS + 1);
    }

    function testFuzz_LIQ10_AChargeTheQuoteRefusesMovesNothing(uint8 mood) public {
        _misbehave(mood);
        uint256 before = gasleft();
        assertEq(venue.charge(aliceVault, USD), 0);
        assertLt(before - gasleft(), 500_000, "a token's gas is bounded");
        quote.setMood(BadToken.Mood.Good);
        assertEq(_free(aliceVault, address(quote)), FUNDS);
        assertEq(_free(venue.ownVault(), address(quote)), 0);
        _assertAllSeg1();
    }

    function testFuzz_LIQ10_APaymentTheQuoteRefusesBecomesCredit(uint8 mood) public {
        venue.charge(aliceVault, 100 * USD);
        _misbehave(mood);
        venue.pay(bobVault, 60 * USD);
        quote.setMood(BadToken.Mood.Good);
        bytes32 own = venue.ownVault();
        assertEq(_free(own, address(quote)), 40 * USD);
        assertEq(engine.bookOf(own, address(quote)).credit, 60 * USD);
        assertEq(engine.creditOf(own, address(quote), bobVault), 60 * USD);
        assertEq(_free(bobVault, address(quote)), 0);
        _assertAllSeg1();

        vm.expectPartialRevert(IMarginEngine.NotAuthorised.selector);
        vm.prank(alice);
        engine.claimCredit(own, address(quote), bobVault, alice);
        vm.prank(bob);
        assertEq(engine.claimCredit(own, address(quote), bobVault, bob), 60 * USD);
        vm.expectPartialRevert(IMarginEngine.NothingToClaim.selector);
        vm.prank(bob);
        engine.claimCredit(own, address(quote), bobVault, bob);
        assertEq(quote.balanceOf(bob), 60 * USD);
        _assertAllSeg1();
    }

    function test_VM1_QuoteArrivesWholeOrNotAtAll() public {
        quote.setFeeBps(1);
        assertEq(venue.charge(aliceVault, 100 * USD), 0);
        assertEq(_live(aliceVault, address(quote)), FUNDS, "the transfer was undone");
        _assertAllSeg1();
    }

    /* MOVES FOR A BID */

    function testFuzz_SEG1_AMoveBooksWhatArrived(uint256 amount, uint256 feeBps) public {
        amount = bound(amount, 1, 10e18);
        token.setFeeBps(bound(feeBps, 0, 10_000));
        assertTrue(_moveForBid(aliceVault, bobVault, address(token), amount));
        assertEq(_free(aliceVault, address(token)), 10e18 - amount);
        assertEq(_free(bobVault, address(token)), _live(bobVault, address(token)));
        _assertAllSeg1();
    }

    function testFuzz_LIQ10_AMoveTheTokenRefusesBecomesCreditInTheSourceEscrow(uint8 mood, uint256 amount) public {
        amount = bound(amount, 1, 10e18);
        token.setMood(BadToken.Mood(bound(mood, 1, 5)));
        assertFalse(_moveForBid(aliceVault, bobVault, address(token), amount));
        token.setMood(BadToken.Mood.Good);
        assertEq(_free(aliceVault, address(token)), 10e18 - amount);
        assertEq(engine.creditOf(aliceVault, address(token), bobVault), amount);
        assertEq(_live(aliceVault, address(token)), 10e18);
        _assertAllSeg1();
        vm.prank(bob);
        engine.claimCredit(aliceVault, address(token), bobVault, bob);
        assertEq(token.balanceOf(bob), amount);
        _assertAllSeg1();
    }

    function test_LIQ10_AFrozenReceiverBlocksNothing() public {
        token.setFrozen(engine.escrowOf(bobVault), true);
        assertFalse(_moveForBid(aliceVault, bobVault, address(token), 1e18));
        assertEq(engine.creditOf(aliceVault, address(token), bobVault), 1e18);
    }

    function test_LIQ10_TooLittleGasCannotMakeUpARefusal() public {
        vm.prank(address(liquidationEngine));
        try engine.moveForBid{ gas: 200_000 }(aliceVault, bobVault, address(token), 1e18) {
            fail();
        } catch { }
        assertEq(engine.creditOf(aliceVault, address(token), bobVault), 0);
        // At whatever gas it succeeds, it has moved.
        for (uint256 gas_ = 300_000; gas_ < 560_000; gas_ += 5000) {
            vm.prank(address(liquidationEngine));
            try engine.moveForBid{ gas: gas_ }(aliceVault, bobVault, address(token), 1) returns (bool moved) {
                assertTrue(moved);
            } catch { }
        }
        assertEq(engine.bookOf(aliceVault, address(token)).credit, 0);
    }

    function test_ADM5_OnlyTheLiquidationEngineMovesForBids(address caller) public {
        vm.assume(caller != address(liquidationEngine));
        vm.startPrank(caller);
        vm.expectRevert(abi.encodeWithSelector(IMarginEngine.NotTheLiquidationEngine.selector, caller));
        engine.moveForBid(aliceVault, bobVault, address(quote), 1);
        vm.expectRevert(abi.encodeWithSelector(IMarginEngine.NotTheLiquidationEngine.selector, caller));
        engine.setAuctionOpen(aliceVault, true);
        vm.stopPrank();
    }

    function test_AMoveToTheSameVaultIsRefused() public {
        vm.expectPartialRevert(IMarginEngine.SameVault.selector);
        _moveForBid(aliceVault, aliceVault, address(token), 1);
    }

    function test_OnlyTheEngineCallsItsOwnMeasuredMove(address caller) public {
        vm.assume(caller != address(engine));
        vm.prank(caller);
        (bool ok,) = address(engine)
            .call(
                abi.encodeWithSignature(
                    "moveMeasured(address,address,address,uint256)", engine.escrowOf(aliceVault), caller, quote, 1
                )
            );
        assertFalse(ok);
    }

    /* HEALTH CHECKS FOR MODULES */

    function test_MRG1_RequireInitialEndsAnAuctionOnlyWhenItPasses() public {
        _openAuction(aliceVault);
        _margin(aliceVault, -100_000e6, 1, 1);
        vm.expectPartialRevert(IMarginEngine.Unhealthy.selector);
        engine.requireInitial(aliceVault);

        _margin(aliceVault, 0, 1, 1);
        vm.expectCall(address(liquidationEngine), abi.encodeCall(ILiquidationEngine.onHealthy, (aliceVault)), 1);
        engine.requireInitial(aliceVault);
        vm.prank(address(liquidationEngine));
        engine.setAuctionOpen(aliceVault, false);
        engine.requireInitial(aliceVault); // tells nobody
        assertEq(_free(aliceVault, address(quote)), FUNDS, "the flag is not an amount");
    }

    /* A TOKEN THAT CALLS BACK */

    function test_SEG1_ADepositThatIsPaidIntoMeanwhileIsNotBookedTwice() public {
        venue.charge(aliceVault, 100 * USD);
        quote.mint(alice, 10 * USD);
        quote.setCallback(address(venue), abi.encodeCall(TestVenue.pay, (aliceVault, 50 * USD)));
        vm.prank(alice);
        engine.deposit(aliceVault, address(quote), 10 * USD);
        assertTrue(quote.called());
        assertFalse(quote.callbackSucceeded());
        quote.setCallback(address(0), "");
        _assertAllSeg1();
    }

    function test_SEG1_NothingOfTheEngineCanBeEnteredWhileATokenRuns() public {
        venue.charge(aliceVault, 100 * USD);
        bytes32 own = venue.ownVault();
        bytes[] memory calls = new bytes[](8);
        calls[0] = abi.encodeCall(engine.requireInitial, (bobVault));
        calls[1] = abi.encodeCall(engine.healthOf, (aliceVault, _riskIncrease()));
        calls[2] = abi.encodeCall(engine.deposit, (bobVault, address(quote), 1));
        calls[3] = abi.encodeCall(engine.claimSurplus, (bobVault, address(quote), address(this)));
        calls[4] = abi.encodeCall(engine.claimCredit, (own, address(quote), bobVault, address(this)));
        calls[5] = abi.encodeCall(engine.withdraw, (bobVault, address(quote), 1, bob, _none()));
        calls[6] = abi.encodeCall(engine.healthForBid, (aliceVault, new address[](0)));
        calls[7] = abi.encodeCall(engine.payBack, (bobVault));
        for (uint256 i = 0; i < calls.length; ++i) {
            quote.setCallback(address(engine), calls[i]);
            _withdraw(alice, aliceVault, address(quote), USD);
            assertTrue(quote.called());
            assertFalse(quote.callbackSucceeded(), "entered");
        }
        // Between transfers everything is open again.
        engine.requireInitial(aliceVault);
    }

    /* HELPERS */

    function _misbehave(uint8 mood) private {
        quote.setMood(BadToken.Mood(bound(mood, 1, 5)));
    }

    function _assertAllSeg1() private view {
        bytes32[3] memory vaults = [aliceVault, bobVault, venue.ownVault()];
        for (uint256 i = 0; i < vaults.length; ++i) {
            _assertSeg1(vaults[i], address(quote));
            _assertSeg1(vaults[i], address(token));
        }
    }
}
