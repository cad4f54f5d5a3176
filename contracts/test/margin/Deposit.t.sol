// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { IVaultRegistry } from "../../src/interfaces/IVaultRegistry.sol";
import { Rights } from "../../src/libraries/Rights.sol";
import { TestToken } from "../../src/testing/TestToken.sol";
import { BadToken, NoReturnToken } from "../support/BadTokens.sol";
import { MarginFixture } from "../support/MarginFixture.sol";

contract DepositTest is MarginFixture {
    function testFuzz_SEG1_ADepositIsBookedBeforeTheEscrowHasCode(uint96 amount) public {
        vm.assume(amount != 0);
        _deposit(alice, aliceVault, usd, amount);
        assertEq(engine.escrowOf(aliceVault).code.length, 0);
        assertEq(_free(aliceVault, address(usd)), amount);
        assertEq(_live(aliceVault, address(usd)), amount);
    }

    function testFuzz_SEG1_AFeeTakingTokenIsBookedAsWhatArrived(uint96 amount, uint256 feeBps) public {
        BadToken token = _listed();
        token.setFeeBps(bound(feeBps, 0, 9999));
        vm.assume(amount > 10_000);
        _deposit(alice, aliceVault, token, amount);
        assertEq(_free(aliceVault, address(token)), _live(aliceVault, address(token)));
        assertLe(_free(aliceVault, address(token)), amount);
    }

    function test_SEG1_ATokenThatReturnsNothingIsTaken() public {
        NoReturnToken token = new NoReturnToken();
        vm.prank(admin);
        engine.listCollateral(address(token), ETH_USD, 0, 0);
        token.mint(alice, 100);
        vm.startPrank(alice);
        token.approve(address(engine), 100);
        assertEq(engine.deposit(aliceVault, address(token), 100), 100);
        engine.withdraw(aliceVault, address(token), 60, alice, _none());
        vm.stopPrank();
        assertEq(token.balanceOf(engine.escrowOf(aliceVault)), 40);
    }

    function test_SEG1_ATokenThatSaysFalseOrNothingArrivesIsNotBooked() public {
        BadToken token = _listed();
        token.setMood(BadToken.Mood.ReturnsFalse);
        _expectDepositReverts(token);
        token.setMood(BadToken.Mood.Good);
        token.setFeeBps(10_000);
        _expectDepositReverts(token);
        assertEq(_booked(aliceVault, address(token)), 0);
    }

    function test_MRG2_AnybodyTopsUpWhatIsHeldButAddsNothingNew() public {
        _deposit(stranger, aliceVault, usd, 5 * USD); // quote, always
        eth.mint(stranger, 3e18);
        vm.startPrank(stranger);
        eth.approve(address(engine), 3e18);
        vm.expectRevert(
            abi.encodeWithSelector(IMarginEngine.NotAuthorised.selector, aliceVault, stranger, Rights.DEPOSIT)
        );
        engine.deposit(aliceVault, address(eth), 1e18);
        vm.stopPrank();

        _deposit(alice, aliceVault, eth, 1e18);
        vm.prank(stranger);
        engine.deposit(aliceVault, address(eth), 1e18);
        assertEq(_free(aliceVault, address(eth)), 2e18);

        // Once it is gone it is new again.
        _withdraw(alice, aliceVault, address(eth), 2e18);
        vm.expectPartialRevert(IMarginEngine.NotAuthorised.selector);
        vm.prank(stranger);
        engine.deposit(aliceVault, address(eth), 1e18);
    }

    function test_AnOperatorWithTheDepositRightAddsANewAsset() public {
        bytes32 accountId = registry.vaultOf(aliceVault).accountId;
        vm.prank(alice);
        registry.setRights(accountId, bob, Rights.DEPOSIT);
        _deposit(bob, aliceVault, eth, 1e18);
        assertEq(_free(aliceVault, address(eth)), 1e18);
    }

    function test_MRG3_ADepositNeedsNoPriceAndNoHealth() public {
        _deposit(alice, aliceVault, eth, 1e18);
        _margin(aliceVault, -1_000_000e6, 1e12, 1e12); // deep under water
        vm.warp(START + 365 days); // every price stale
        _deposit(alice, aliceVault, eth, 1e18);
        _deposit(stranger, aliceVault, usd, USD);
        assertEq(_free(aliceVault, address(usd)), USD);
    }

    function test_MRG3_ABrokenVenueDoesNotStopQuote() public {
        venue.setBroken(true, false);
        _deposit(alice, aliceVault, usd, USD);
        venue.setBroken(true, true); // and burns all the gas it is given
        usd.mint(alice, USD);
        vm.prank(alice);
        engine.deposit{ gas: 5_000_000 }(aliceVault, address(usd), USD);
        assertEq(_free(aliceVault, address(usd)), 2 * USD);
    }

    function testFuzz_NewQuotePaysWhatIsOwedFirst(uint96 owed, uint96 amount) public {
        vm.assume(amount != 0);
        _owe(aliceVault, owed);
        _deposit(bob, aliceVault, usd, amount);
        uint256 paid = owed < amount ? owed : amount;
        assertEq(_free(aliceVault, address(usd)), amount - paid);
        assertEq(_free(venue.ownVault(), address(usd)), paid);
        _assertSeg1(aliceVault, address(usd));
        _assertSeg1(venue.ownVault(), address(usd));
    }

    function test_AVaultHoldsEightAssetsQuoteIncludedAndRecyclesEmptiedPlaces() public {
        TestToken[] memory tokens = new TestToken[](8);
        for (uint256 i = 0; i < 8; ++i) {
            tokens[i] = new TestToken("Token", "T", 18);
            vm.prank(admin);
            engine.listCollateral(address(tokens[i]), ETH_USD, 0, 0);
        }
        for (uint256 i = 0; i < 7; ++i) {
            _deposit(alice, aliceVault, tokens[i], 1e18);
        }
        _deposit(alice, aliceVault, usd, USD);
        assertEq(engine.assetsOf(aliceVault).length, 8);

        tokens[7].mint(alice, 1e18);
        vm.startPrank(alice);
        tokens[7].approve(address(engine), 1e18);
        vm.expectRevert(abi.encodeWithSelector(IMarginEngine.TooManyAssets.selector, aliceVault, 8));
        engine.deposit(aliceVault, address(tokens[7]), 1e18);

        engine.withdraw(aliceVault, address(tokens[3]), 1e18, alice, _none());
        engine.deposit(aliceVault, address(tokens[7]), 1e18);
        vm.stopPrank();
        assertEq(engine.assetsOf(aliceVault).length, 8);
        assertEq(_free(aliceVault, address(tokens[3])), 0);
        for (uint256 i = 0; i < 8; ++i) {
            if (i != 3) assertEq(_free(aliceVault, address(tokens[i])), 1e18);
        }
    }

    function test_NothingIsDepositedIntoAVaultNobodyOpened() public {
        bytes32 nowhere = keccak256("nowhere");
        usd.mint(alice, USD);
        vm.startPrank(alice);
        usd.approve(address(engine), USD);
        vm.expectPartialRevert(IVaultRegistry.UnknownVault.selector);
        engine.deposit(nowhere, address(usd), USD);
        vm.expectPartialRevert(IVaultRegistry.UnknownVault.selector);
        engine.deposit(nowhere, address(eth), 1);
        vm.expectPartialRevert(IMarginEngine.NotCollateral.selector);
        engine.deposit(aliceVault, address(oracle), 1);
        vm.stopPrank();
    }

    function test_ADM4_AmountsBeyondTheBookAreRefusedNotTruncated() public {
        TestToken huge = new TestToken("Huge", "H", 0);
        vm.prank(admin);
        engine.listCollateral(address(huge), ETH_USD, 0, 0);
        _deposit(alice, aliceVault, huge, type(uint120).max);
        huge.mint(alice, 1);
        vm.prank(alice);
        vm.expectRevert();
        engine.deposit(aliceVault, address(huge), 1);
        assertEq(_free(aliceVault, address(huge)), type(uint120).max);
        engine.healthOf(aliceVault, _riskIncrease()); // still a number
    }

    function _listed() private returns (BadToken token) {
        token = new BadToken(18);
        vm.prank(admin);
        engine.listCollateral(address(token), ETH_USD, 0, 0);
    }

    function _expectDepositReverts(BadToken token) private {
        token.mint(alice, 1e18);
        vm.startPrank(alice);
        token.approve(address(engine), 1e18);
        vm.expectRevert();
        engine.deposit(aliceVault, address(token), 1e18);
        vm.stopPrank();
    }
}
