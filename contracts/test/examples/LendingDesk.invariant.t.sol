// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IPricePoster } from "../support/ClearingHandler.sol";
import { DeskFixture } from "../support/DeskFixture.sol";
import { DeskHandler } from "../support/DeskHandler.sol";

/// @notice What holds whatever lenders, borrowers, bidders and strangers do. The reserve is small, so that it runs out.
contract LendingDeskInvariantTest is DeskFixture, IPricePoster {
    DeskHandler private handler;

    function setUp() public override {
        super.setUp();
        handler =
            new DeskHandler(desk, engine, liquidationEngine, oracle, IPricePoster(address(this)), usd, eth, ETH_USD);
        _add("ann", 500 * USD, 2e18);
        _add("ben", 0, 3e18);
        _add("cat", 200 * USD, 1e18);
        _add("dan", 3000 * USD, 0);
        _add("keeper", 200_000 * USD, 0);
        string[3] memory lenders = ["lea", "leo", "lou"];
        for (uint256 i = 0; i < lenders.length; ++i) {
            handler.addLender(makeAddr(lenders[i]));
            _supply(makeAddr(lenders[i]), 5000 * USD);
        }
        _deposit(admin, desk.reserveVault(), usd, 50 * USD);
        targetContract(address(handler));
    }

    function postEth(uint256 priceWad) external {
        _post(ETH_USD, priceWad);
    }

    function letTrade(bytes32, address, bool) external { }

    function _add(string memory name, uint256 quote, uint256 ether_) private {
        Borrower memory who = _borrower(name, quote, ether_);
        handler.add(who.owner, who.vault);
    }

    function invariant_SEG1_SEG2_SEG5_MRG1_LIQ2_LIQ9_WF1_WF2_WF3() public view {
        _checkAll();
    }

    /// @dev Everybody repays and leaves: nobody is promised money that is not there, and only roundings stay.
    /// forge-config: default.invariant.runs = 16
    /// forge-config: deep.invariant.runs = 1000
    function invariant_SEG1_when_all_debts_are_repaid_every_lender_gets_its_claim() public {
        _checkEverybodyLeaves();
    }

    /// @dev A seeded walk that must have seen everything that the invariants are about.
    function test_the_handler_reaches_loans_bids_and_losses() public {
        uint256 seed = 1;
        for (uint256 i = 0; i < 1100; ++i) {
            _step(seed = uint256(keccak256(abi.encode(seed))));
            if (i % 50 == 0) _checkAll();
        }
        _checkAll();
        _checkEverybodyLeaves();
        assertGt(handler.done("supply"), 20, "supplies");
        assertGt(handler.done("redemption"), 10, "redemptions");
        assertGt(handler.done("loan"), 30, "loans");
        assertGt(handler.done("repayment"), 10, "repayments");
        assertGt(handler.done("withdrawal"), 5, "withdrawals");
        assertGt(handler.done("bid"), 5, "bids");
        assertGt(handler.done("insolvent bid"), 2, "bids for nothing");
        assertGt(handler.done("reserve paid"), 0, "reserve");
        assertGt(handler.done("loss"), 0, "losses");
    }

    function _step(uint256 seed) private {
        uint256 kind = seed % 16;
        (uint256 a, uint256 b, uint256 c) = (uint64(seed >> 8), uint64(seed >> 72), uint64(seed >> 136));
        if (kind < 3) {
            try handler.borrow(a, b, c % 2 == 0) { } catch { }
        } else if (kind < 6) {
            try handler.movePrice(820 + a % 361, b) { } catch { }
        } else if (kind == 6) {
            try handler.wait(a) { } catch { }
        } else if (kind == 7) {
            try handler.supply(a, b) { } catch { }
        } else if (kind == 8) {
            try handler.redeem(a, b) { } catch { }
        } else if (kind == 9) {
            try handler.repay(a, b) { } catch { }
        } else if (kind == 10) {
            try handler.deposit(a, b, c % 2 == 0) { } catch { }
        } else if (kind == 11) {
            try handler.withdraw(a, b, c % 2 == 0) { } catch { }
        } else if (kind == 12) {
            try handler.give(a, b) { } catch { }
        } else if (kind == 13) {
            try handler.poke(a) { } catch { }
        } else {
            try handler.bid(a, b, c) { } catch { }
        }
    }

    function _checkAll() private view {
        _debtsAndIdleAreWhatLendersClaim();
        _everyEscrowHoldsItsBook();
        assertEq(handler.wallsCrossed(), 0, "SEG-2, WF-3");
        assertEq(handler.badBids(), 0, "LIQ-2, LIQ-9, MRG-1, WF-1");
        assertEq(handler.badClaims(), 0, "SEG-5, MRG-1, WF-2");
    }

    function _debtsAndIdleAreWhatLendersClaim() private view {
        uint256 debts = 0;
        uint256 count = handler.count();
        for (uint256 i = 0; i < count; ++i) {
            debts += desk.debtOf(handler.vaults(i));
        }
        assertGe(debts, desk.totalDebt(), "nobody claims more than is owed");
        assertLe(debts, desk.totalDebt() + count, "but for roundings");
        uint256 claimed = 0;
        for (uint256 i = 0; i < handler.lenderCount(); ++i) {
            claimed += desk.claimOf(handler.lenders(i));
        }
        assertLe(claimed, desk.idle() + desk.totalDebt(), "nor more than there is");
        assertEq(_free(desk.lendersVault(), address(usd)), desk.idle() + handler.gifts(), "idle is in the escrow");
    }

    function _everyEscrowHoldsItsBook() private view {
        for (uint256 i = 0; i < handler.count(); ++i) {
            _assertSeg1(handler.vaults(i), address(usd));
            _assertSeg1(handler.vaults(i), address(eth));
        }
        _assertSeg1(desk.lendersVault(), address(usd));
        _assertSeg1(desk.reserveVault(), address(usd));
    }

    function _checkEverybodyLeaves() private {
        for (uint256 i = 0; i < handler.count(); ++i) {
            bytes32 vault = handler.vaults(i);
            uint256 debt = desk.debtOf(vault);
            if (debt == 0) continue;
            _deposit(handler.owners(i), vault, usd, debt);
            vm.prank(handler.owners(i));
            desk.repay(vault, debt);
        }
        assertEq(desk.totalDebt(), 0, "nothing is owed");
        for (uint256 i = 0; i < handler.lenderCount(); ++i) {
            address lender = handler.lenders(i);
            uint256 claim = desk.claimOf(lender);
            if (claim == 0) continue;
            uint256 shares = desk.sharesOf(lender);
            vm.prank(lender);
            assertEq(desk.redeem(shares, lender), claim, "its claim, whole");
        }
    }
}
