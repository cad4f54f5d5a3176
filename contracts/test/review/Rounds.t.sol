// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ClearingFixture } from "../support/ClearingFixture.sol";

/// @notice Nobody can make rounds too expensive to settle or to close.
contract RoundsReviewTest is ClearingFixture {
    uint256 internal constant SPECK = 1e11;
    Trader internal long;
    Trader internal payer;
    Trader internal debtor;

    function setUp() public override {
        super.setUp();
        long = _trader("long", alpha, 50_000 * USD);
        payer = _trader("payer", beta, 50_000 * USD);
        debtor = _trader("debtor", beta, 0);
        _deposit(debtor.owner, debtor.vault, eth, 1e18);
    }

    function test_LIQ11_debts_of_complete_rounds_do_not_pile_up() public {
        // Each loses a tenth of a unit, rounded up; one of them pays, and the round's loss is in.
        _trade(long, payer, SPECK);
        _trade(long, debtor, SPECK);
        for (uint256 i = 1; i <= 20; ++i) {
            _roundAt(ETH_PRICE + i * 1e18);
            clearingHouse.settleMany(PERP, _vaults(payer.vault, long.vault));
            _settle(debtor.vault);
            assertEq(_state().openRounds, 0, "complete");
            assertEq(_lastRound().totalLoss, 1);
        }
        assertLe(clearingHouse.claimsOf(debtor.vault, PERP).length, 8);
        assertEq(_owed(debtor.vault), 0, "no gainer is short of it");
    }

    function test_a_debt_left_of_rounding_is_paid_by_who_has_quote() public {
        _trade(long, payer, SPECK);
        _trade(long, debtor, SPECK);
        _deposit(address(this), debtor.vault, usd, 10);
        _roundAt(ETH_PRICE + 1e18);
        clearingHouse.settleMany(PERP, _vaults(payer.vault, long.vault));
        _settle(debtor.vault);
        assertEq(_quote(debtor.vault), 9);
    }

    function test_an_old_open_round_does_not_make_closing_a_new_one_expensive() public {
        _trade(debtor, payer, 1e18);
        _trade(long, payer, 1e18);
        _roundAt(ETH_PRICE - 50e18);
        clearingHouse.settleMany(PERP, _vaults(payer.vault, debtor.vault));
        _trade(payer, debtor, 1e18);
        uint256 ordinary;
        for (uint256 i = 0; i < 100; ++i) {
            _skip(ROUND_SECONDS);
            vm.cool(address(clearingHouse));
            uint256 before = gasleft();
            clearingHouse.closeRound(PERP, _none());
            ordinary = before - gasleft();
            clearingHouse.settleMany(PERP, _vaults(payer.vault, long.vault));
            _settle(debtor.vault);
        }
        assertGt(_owed(debtor.vault), 0);
        assertGt(_state().openRounds, 0);
        _deposit(address(this), debtor.vault, usd, 100 * USD);
        assertEq(_owed(debtor.vault), 0);
        assertEq(_state().openRounds, 0);

        for (uint256 i = 0; i < 10; ++i) {
            _skip(ROUND_SECONDS);
            vm.cool(address(clearingHouse));
            uint256 before = gasleft();
            clearingHouse.closeRound(PERP, _none());
            assertLt(before - gasleft(), ordinary + 150_000);
            clearingHouse.settleMany(PERP, _vaults(payer.vault, long.vault));
        }
        assertEq(_state().openRounds, 0);
    }
}
