// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Deployment, DeskTerms, LendingDesk } from "../../examples/LendingDesk.sol";
import { IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { BadToken, NoReturnToken } from "../support/BadTokens.sol";
import { BookFixture } from "../support/BookFixture.sol";
import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @notice The lending desk whose quote token freezes, refuses, takes a fee, or calls back.
contract LendingDeskTokensTest is BookFixture {
    address private immutable lender = makeAddr("lender");
    address private immutable owner = makeAddr("owner");
    BadToken private quote;
    LendingDesk private desk;
    bytes32 private vault;

    function setUp() public override {
        super.setUp();
        quote = new BadToken(6);
        _open(address(quote));
        quote.mint(lender, 1000 * USD);
        quote.mint(owner, 100 * USD);
        vm.prank(lender);
        quote.approve(address(desk), type(uint256).max);
        vm.startPrank(owner);
        quote.approve(address(engine), type(uint256).max);
        engine.deposit(vault, address(quote), 100 * USD);
        vm.stopPrank();
    }

    /// @dev A second book, with this quote. The test itself is the liquidation engine's voice.
    function _open(address quote_) private {
        _deployBook(quote_);
        desk = new LendingDesk(
            Deployment(registry, engine, liquidationEngine, oracle), DeskTerms(0.08e18, 0.1e18, 0.05e18)
        );
        vault = _openVault(owner, 0, address(desk), 0);
        vm.mockCall(
            address(liquidationEngine),
            abi.encodeWithSelector(liquidationEngine.auctionOf.selector),
            abi.encode(0, 0, 0, 0, 0)
        );
    }

    function _supply(uint256 amount) private {
        vm.prank(lender);
        desk.supply(amount);
    }

    function test_SEG1_a_token_that_takes_a_fee_cannot_be_supplied() public {
        quote.setFeeBps(100);
        vm.expectRevert();
        _supply(1000 * USD);
        assertEq(desk.totalShares(), 0);
        assertEq(desk.claims(), 0);
    }

    function test_a_refused_supply_or_redemption_changes_nothing() public {
        _supply(500 * USD);
        uint256 shares = desk.sharesOf(lender);
        for (uint256 mood = 1; mood <= 3; ++mood) {
            quote.setMood(BadToken.Mood(mood));
            vm.startPrank(lender);
            vm.expectRevert();
            desk.supply{ gas: 3_000_000 }(100 * USD);
            vm.expectRevert();
            desk.redeem{ gas: 3_000_000 }(shares, lender);
            vm.stopPrank();
            assertEq(desk.sharesOf(lender), shares);
            assertEq(desk.idle(), 500 * USD);
        }
    }

    function test_LIQ10_a_frozen_vault_gets_its_loan_as_credit_and_cannot_repay_until_thawed() public {
        _supply(1000 * USD);
        quote.setFrozen(engine.escrowOf(vault), true);
        vm.prank(owner);
        desk.borrow(vault, 50 * USD, _none());
        assertEq(engine.creditOf(desk.lendersVault(), address(quote), vault), 50 * USD);
        assertEq(desk.debtOf(vault), 50 * USD);
        vm.startPrank(owner);
        vm.expectRevert(abi.encodeWithSelector(LendingDesk.NotRepaid.selector, vault, 50 * USD));
        desk.repay(vault, 50 * USD);
        assertEq(desk.debtOf(vault), 50 * USD, "nothing happened");
        engine.claimCredit(desk.lendersVault(), address(quote), vault, owner);
        quote.setFrozen(engine.escrowOf(vault), false);
        desk.repay(vault, 50 * USD);
        vm.stopPrank();
        assertTrue(desk.isFlat(vault));
    }

    function test_LIQ10_a_frozen_bidder_is_covered_by_credit() public {
        _supply(1000 * USD);
        vm.prank(owner);
        desk.borrow(vault, 100 * USD, _none());
        bytes32 bidder = _openVault(lender, 0, address(desk), 0);
        quote.setFrozen(engine.escrowOf(bidder), true);
        bytes32[] memory vaults = new bytes32[](1);
        vaults[0] = vault;
        vm.startPrank(address(liquidationEngine));
        desk.closeOut(vaults, WAD, bidder);
        (uint256 paid, uint256 forgiven) = desk.cover(vault, bidder, 300 * USD);
        vm.stopPrank();
        assertEq(forgiven, 100 * USD);
        assertEq(paid, 200 * USD);
        assertEq(engine.creditOf(desk.lendersVault(), address(quote), bidder), 200 * USD);
        assertEq(desk.claims(), 700 * USD);
        _assertSeg1(desk.lendersVault(), address(quote));
    }

    function test_SEG2_a_token_that_calls_back_finds_every_door_locked() public {
        _supply(500 * USD);
        bytes[] memory calls = new bytes[](4);
        calls[0] = abi.encodeCall(desk.supply, (1));
        calls[1] = abi.encodeCall(desk.redeem, (1, address(quote)));
        calls[2] = abi.encodeCall(desk.borrow, (vault, 1, _none()));
        calls[3] = abi.encodeCall(desk.repay, (vault, 1));
        for (uint256 i = 0; i < calls.length; ++i) {
            quote.setCallback(address(this), abi.encodeCall(this.expectLocked, (calls[i])));
            _supply(10 * USD);
            assertTrue(quote.callbackSucceeded(), "in supply");
            vm.startPrank(owner);
            desk.borrow(vault, 10 * USD, _none());
            assertTrue(quote.callbackSucceeded(), "in borrow");
            desk.repay(vault, 5 * USD);
            assertTrue(quote.callbackSucceeded(), "in repay");
            vm.stopPrank();
            vm.prank(lender);
            desk.redeem(1e6, lender);
            assertTrue(quote.callbackSucceeded(), "in redeem");
        }
    }

    function expectLocked(bytes calldata call_) external {
        (bool ok, bytes memory why) = address(desk).call(call_);
        require(!ok && bytes4(why) == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector, "not locked");
    }

    function test_an_old_token_that_returns_nothing_works() public {
        NoReturnToken old = new NoReturnToken();
        _open(address(old));
        old.mint(lender, 1000 * USD);
        old.mint(engine.escrowOf(vault), 1); // no surplus counts
        vm.startPrank(lender);
        old.approve(address(desk), 1000 * USD);
        uint256 shares = desk.supply(1000 * USD);
        desk.redeem(shares, lender);
        vm.stopPrank();
        assertEq(old.balanceOf(lender), 1000 * USD);
        vm.prank(owner);
        vm.expectPartialRevert(LendingDesk.InsufficientIdle.selector);
        desk.borrow(vault, 1, _none());
    }

    function test_MRG1_a_loan_that_becomes_credit_counts_as_owed_and_not_as_held() public {
        _supply(1000 * USD);
        quote.setFrozen(engine.escrowOf(vault), true);
        vm.prank(owner);
        vm.expectPartialRevert(IMarginEngine.Unhealthy.selector);
        desk.borrow(vault, 95 * USD, _none());
    }
}
