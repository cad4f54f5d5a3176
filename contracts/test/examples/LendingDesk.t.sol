// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Deployment, DeskTerms, LendingDesk } from "../../examples/LendingDesk.sol";
import { Bid, BidResult } from "../../src/interfaces/ILiquidationEngine.sol";
import { Health, IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { Rights } from "../../src/libraries/Rights.sol";
import { DeskFixture } from "../support/DeskFixture.sol";

/// @notice One lender with 100,000 dollars; one borrower with two ethers: 4,000 at 2,000, 3,400 of it for a new loan.
contract LendingDeskTest is DeskFixture {
    address private immutable lender = makeAddr("lender");
    address private immutable other = makeAddr("other");
    Borrower private borrower;
    Borrower private bidder;

    function setUp() public override {
        super.setUp();
        _supply(lender, 100_000 * USD);
        borrower = _borrower("borrower", 0, 2e18);
        bidder = _borrower("bidder", 50_000 * USD, 0);
    }

    /* LENDERS */

    function test_SEG5_gifts_to_the_escrow_or_the_desk_make_no_share_dearer() public {
        uint256 claims = desk.claims();
        usd.mint(engine.escrowOf(desk.lendersVault()), 1_000_000 * USD);
        usd.mint(address(desk), 1_000_000 * USD);
        _deposit(other, desk.lendersVault(), usd, 1_000_000 * USD);
        assertEq(desk.claims(), claims);
        assertEq(desk.idle(), 100_000 * USD);
        assertEq(desk.claimOf(lender), 100_000 * USD);
    }

    function testFuzz_SEG5_the_first_lender_cannot_take_from_the_next(uint256 tiny, uint256 gift, uint256 amount)
        public
    {
        desk = _newDesk();
        (tiny, gift, amount) = (bound(tiny, 1, 10), bound(gift, 1, 1_000_000 * USD), bound(amount, 1, 1_000_000 * USD));
        _supply(lender, tiny);
        _deposit(lender, desk.lendersVault(), usd, gift);
        _supply(other, amount);
        assertGe(desk.claimOf(other) + 1, amount, "all but a unit");
        assertLe(desk.claimOf(lender), tiny);
    }

    function testFuzz_lenders_get_back_what_is_idle_rounded_down_and_no_more(uint256 lent, uint256 years_) public {
        lent = bound(lent, 1 * USD, 3000 * USD);
        _spend(borrower, lent);
        _skip(bound(years_, 0, 10 * 365 days));
        uint256 shares = desk.sharesOf(lender);
        uint256 claim = desk.claimOf(lender);
        assertLe(claim, desk.claims());
        vm.startPrank(lender);
        vm.expectRevert(abi.encodeWithSelector(LendingDesk.InsufficientIdle.selector, desk.idle(), claim));
        desk.redeem(shares, lender);
        vm.expectRevert(abi.encodeWithSelector(LendingDesk.InsufficientShares.selector, shares, shares + 1));
        desk.redeem(shares + 1, lender);
        uint256 part = shares * (desk.idle() - 1) / claim;
        uint256 got = desk.redeem(part, other);
        vm.stopPrank();
        assertEq(usd.balanceOf(other), got, "to whom it likes");
        assertLe(got + desk.claimOf(lender), claim, "no more than before");
    }

    function test_MRG4_idle_quote_leaves_at_any_price() public {
        vm.warp(vm.getBlockTimestamp() + 365 days);
        uint256 shares = desk.sharesOf(lender);
        vm.prank(lender);
        assertEq(desk.redeem(shares, lender), 100_000 * USD);
    }

    /* BORROWERS */

    function testFuzz_MRG1_a_loan_leaves_the_vault_at_its_initial_requirement(uint256 amount) public {
        // Gone from the vault it must be covered: 3,400 ≥ 1.1 × debt.
        amount = bound(amount, 1, 4000 * USD);
        bool fits = amount * 11 / 10 <= 3400 * USD;
        _borrow(borrower, amount);
        vm.prank(borrower.owner);
        if (!fits) vm.expectPartialRevert(IMarginEngine.Unhealthy.selector);
        engine.withdraw(borrower.vault, address(usd), amount, borrower.owner, _none());
    }

    function test_MRG1_more_than_ten_times_what_is_there_is_refused_at_once() public {
        vm.prank(borrower.owner);
        vm.expectPartialRevert(IMarginEngine.Unhealthy.selector);
        desk.borrow(borrower.vault, 34_001 * USD, _none());
        _borrow(borrower, 34_000 * USD);
    }

    function test_MRG2_only_who_may_trade_for_a_vault_borrows_and_repays_with_it() public {
        vm.expectRevert(abi.encodeWithSelector(LendingDesk.NotAuthorised.selector, borrower.vault, address(this)));
        desk.borrow(borrower.vault, 1, _none());
        vm.expectRevert(abi.encodeWithSelector(LendingDesk.NotAuthorised.selector, borrower.vault, address(this)));
        desk.repay(borrower.vault, 1);

        bytes32 account = registry.vaultOf(borrower.vault).accountId;
        vm.prank(borrower.owner);
        registry.setRights(account, other, Rights.TRADE);
        vm.startPrank(other);
        desk.borrow(borrower.vault, 10 * USD, _none());
        desk.repay(borrower.vault, 10 * USD);
        vm.stopPrank();
    }

    function test_a_vault_of_another_venue_and_amounts_of_nothing_are_refused() public {
        bytes32 foreign = _openVault(borrower.owner, 7, address(clearingHouse), alpha);
        vm.startPrank(borrower.owner);
        vm.expectRevert(abi.encodeWithSelector(IMarginEngine.NotTheVenue.selector, foreign, address(desk)));
        desk.borrow(foreign, 1, _none());
        vm.expectRevert(LendingDesk.ZeroAmount.selector);
        desk.borrow(borrower.vault, 0, _none());
        vm.expectRevert(LendingDesk.ZeroAmount.selector);
        desk.repay(borrower.vault, 1);
        vm.expectRevert(abi.encodeWithSelector(LendingDesk.InsufficientIdle.selector, 100_000 * USD, 100_001 * USD));
        desk.borrow(borrower.vault, 100_001 * USD, _none());
        vm.stopPrank();
    }

    function testFuzz_MRG1_repaying_keeps_equity_to_the_unit_and_lowers_the_requirement(uint256 time, uint256 amount)
        public
    {
        _borrow(borrower, 3000 * USD);
        _skip(bound(time, 0, 3 * 365 days));
        amount = bound(amount, 1, 3000 * USD);
        Health memory before = _health(borrower.vault);
        uint256 claims = desk.claims();
        vm.prank(borrower.owner);
        desk.repay(borrower.vault, amount);
        Health memory afterwards = _health(borrower.vault);
        assertEq(afterwards.equity, before.equity);
        assertLe(afterwards.maintenance, before.maintenance);
        assertGe(desk.claims(), claims, "rounded for the lenders");
        assertLe(desk.claims(), claims + 1);
    }

    function test_interest_is_simple_and_nobody_moves_it_by_calling() public {
        _spend(borrower, 1000 * USD);
        for (uint256 i = 0; i < 12; ++i) {
            _skip(365 days / 12);
            desk.settle(borrower.vault);
            desk.onQuote(borrower.vault);
            _supply(other, 1 * USD);
        }
        assertApproxEqAbs(desk.debtOf(borrower.vault), 1080 * USD, 1);
        assertApproxEqAbs(desk.claims(), 100_092 * USD, 1);
    }

    function test_more_than_the_debt_repays_the_debt_and_frees_the_vault() public {
        _borrow(borrower, 1000 * USD);
        _deposit(borrower.owner, borrower.vault, usd, 500 * USD);
        _skip(30 days);
        uint256 debt = desk.debtOf(borrower.vault);
        vm.prank(borrower.owner);
        assertEq(desk.repay(borrower.vault, type(uint256).max), debt);
        assertTrue(desk.isFlat(borrower.vault));
        assertEq(_free(borrower.vault, address(usd)), 1500 * USD - debt);
        assertEq(desk.totalDebt(), 0);
    }

    /* LIQUIDATION */

    /// @dev 3,000 of debt: unhealthy under 1,750 (0.9 × 2 × price < 1.05 × 3,000), worthless under 1,500.
    function test_LIQ2_a_bid_at_a_fallen_price_mends_the_vault_and_costs_lenders_nothing() public {
        _spend(borrower, 3000 * USD);
        _mark(ETH_USD, 1700e18);
        uint256 claims = desk.claims();
        BidResult memory result = _bid(0.98e18);
        assertLt(result.fractionWad, WAD, "a part is enough");
        Health memory health = _health(borrower.vault);
        assertGe(health.equity, int256(health.maintenance));
        assertEq(desk.debtOf(borrower.vault) + desk.debtOf(bidder.vault), 3000 * USD + _interest(1));
        assertGe(desk.claims(), claims);
        assertLe(desk.claims(), claims + 1, "a rounding, for the lenders");
    }

    function test_LIQ4_what_bidders_paid_in_repays_no_debt_while_the_auction_runs() public {
        _spend(borrower, 3000 * USD);
        _mark(ETH_USD, 1600e18);
        Bid memory bid = _bidFor(WAD);
        bid.fractionWad = 0.1e18;
        vm.prank(bidder.owner);
        uint256 paid = liquidationEngine.bid(bid, _none()).paid;
        assertEq(_free(borrower.vault, address(usd)), paid);
        vm.prank(borrower.owner);
        vm.expectRevert(abi.encodeWithSelector(LendingDesk.NotRepaid.selector, borrower.vault, 1));
        desk.repay(borrower.vault, 1);
        _deposit(borrower.owner, borrower.vault, usd, 700 * USD);
        vm.prank(borrower.owner);
        desk.repay(borrower.vault, 700 * USD);
    }

    function test_WF1_WF2_WF3_bad_debt_takes_the_reserve_then_debt_then_idle_quote_and_no_other_vault() public {
        Borrower memory bystander = _borrower("bystander", 1000 * USD, 1e18);
        _spend(bystander, 500 * USD);
        _deposit(admin, desk.reserveVault(), usd, 100 * USD);
        _spend(borrower, 3000 * USD);
        _mark(ETH_USD, 1000e18); // two ethers are worth 2,000
        uint256 claims = desk.claims();
        uint256 debts = desk.totalDebt();
        bytes32 before =
            keccak256(abi.encode(engine.bookOf(bystander.vault, address(usd)), desk.debtOf(bystander.vault)));

        int256 wealth = _health(bidder.vault).marketValue;
        BidResult memory result = _bid(0);
        assertEq(result.fractionWad, WAD);
        assertEq(result.residual, 0);
        assertEq(_free(desk.reserveVault(), address(usd)), 0, "WF-1: the reserve first");
        assertEq(result.received, 100 * USD, "in quote from the reserve alone");
        assertApproxEqAbs(desk.claims(), claims - result.forgiven, 1, "lenders bear the rest");
        assertApproxEqAbs(desk.totalDebt(), debts - result.forgiven, 1);
        assertEq(_health(bidder.vault).marketValue, wealth, "x is zero: a bidder gets what is missing, no more");
        assertTrue(desk.isFlat(borrower.vault));
        assertEq(
            keccak256(abi.encode(engine.bookOf(bystander.vault, address(usd)), desk.debtOf(bystander.vault))), before
        );
    }

    function testFuzz_WF2_layers_and_residual_are_the_shortfall(uint256 amount, uint256 reserve, uint256 lent) public {
        reserve = bound(reserve, 1, 10_000 * USD);
        lent = bound(lent, 1, 3000 * USD);
        amount = bound(amount, 1, 200_000 * USD);
        _deposit(admin, desk.reserveVault(), usd, reserve);
        _spend(borrower, lent);
        uint256 idle = desk.idle();
        bytes32[] memory vaults = new bytes32[](1);
        vaults[0] = borrower.vault;
        vm.startPrank(address(liquidationEngine));
        desk.closeOut(vaults, WAD, bidder.vault);
        (uint256 paid, uint256 forgiven) = desk.cover(borrower.vault, bidder.vault, amount);
        vm.stopPrank();
        uint256 all = reserve + lent + idle;
        assertEq(paid + forgiven, amount < all ? amount : all, "WF-2");
        if (forgiven != 0) assertEq(_free(desk.reserveVault(), address(usd)), 0, "WF-1");
        if (desk.idle() != idle) assertEq(forgiven, lent, "WF-1");
        assertEq(desk.debtOf(bidder.vault), lent - forgiven);
    }

    function test_terms_that_make_no_sense_are_refused() public {
        Deployment memory deployment = Deployment(registry, engine, liquidationEngine, oracle);
        DeskTerms[4] memory bad = [
            DeskTerms(0.08e18, 0.1e18, 0),
            DeskTerms(0.08e18, 0.1e18, 0.11e18),
            DeskTerms(0.08e18, 1e18 + 1, 0.1e18),
            DeskTerms(10e18 + 1, 0.1e18, 0.05e18)
        ];
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.expectRevert(LendingDesk.BadTerms.selector);
            new LendingDesk(deployment, bad[i]);
        }
    }

    /* WORDS */

    function _bidFor(uint256 limitWad) private view returns (Bid memory) {
        return Bid({
            vault: borrower.vault,
            bidderVault: bidder.vault,
            fractionWad: WAD,
            limitWad: limitWad,
            lastTradeId: desk.lastTradeOf(borrower.vault),
            skip: new address[](0),
            maxResidual: 0,
            effectKey: "bid",
            deadline: uint64(vm.getBlockTimestamp())
        });
    }

    function _bid(uint256 limitWad) private returns (BidResult memory) {
        Bid memory bid = _bidFor(limitWad);
        vm.prank(bidder.owner);
        return liquidationEngine.bid(bid, _none());
    }

    /// @dev Of 3,000 dollars, rounded up.
    function _interest(uint256 seconds_) private pure returns (uint256) {
        return (3000 * USD * (0.08e18 * seconds_ / 365 days) + WAD - 1) / WAD;
    }
}
