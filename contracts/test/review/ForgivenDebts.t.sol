// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { BidResult } from "../../src/interfaces/ILiquidationEngine.sol";
import { MarginMode } from "../../src/interfaces/IMarginGroups.sol";
import { GroupFixture } from "../support/GroupFixture.sol";

/// @notice Two vaults of a group owe for the same instrument. What a bidder takes over of the first is not paid from its own quote while that of the
/// second is moved: with every other layer empty, the gainers of that round bear it.
contract ForgivenDebtsTest is GroupFixture {
    function _houseCapital() internal pure override returns (uint256) {
        return 0;
    }

    function test_WF1_LIQ9_debts_of_all_vaults_of_a_group_are_written_off_before_anything_is_a_residual() public {
        _deposit(first.owner, first.vault, btc, 0.12e8);
        _form(MarginMode.Cross);
        _trade(first, counterparty, 10e18);
        _trade(second, counterparty, 10e18);
        _roundAt(1700e18); // 3,000 dollars lost by each
        _settle(first.vault);
        _settle(second.vault);
        assertEq(_owed(first.vault), _owed(second.vault));
        uint256 owed = 2 * _owed(first.vault);
        _mark(BTC_USD, 4000e18); // the collateral is worth 480
        uint256 had = _quote(bidder.vault);
        BidResult memory result = _bid(bidder, first.vault, WAD);
        assertEq(result.received, 0, "every other layer is empty");
        assertEq(result.residual, 0, "WF-1");
        assertEq(had - _quote(bidder.vault), owed - result.forgiven, "it pays the rest of what was owed");
        assertLt(owed - result.forgiven, 482 * USD, "which is no more than what it got is worth");
    }
}
