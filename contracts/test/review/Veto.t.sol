// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Rights } from "../../src/libraries/Rights.sol";
import { ClearingFixture } from "../support/ClearingFixture.sol";

/// @notice An owner has no say over who takes its failing vault.
contract VetoTest is ClearingFixture {
    function test_LIQ7_a_right_that_nobody_asked_for_keeps_no_bidder_away() public {
        Trader memory failing = _trader("failing", alpha, 2500 * USD);
        Trader memory other = _trader("other", beta, 100_000 * USD);
        Trader memory bidder = _trader("bidder", beta, 100_000 * USD);
        _trade(failing, other, 10e18);
        _mark(ETH_USD, 1850e18);
        assertLt(_health(failing.vault).equity, int256(_health(failing.vault).maintenance));
        vm.prank(failing.owner);
        registry.setRights(failing.accountId, bidder.owner, Rights.DEPOSIT);
        assertGt(_bid(bidder, failing.vault, WAD).fractionWad, 0);
    }
}
