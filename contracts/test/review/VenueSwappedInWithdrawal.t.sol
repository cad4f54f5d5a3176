// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { TurncoatFixture } from "../support/TurncoatFixture.sol";

/// @notice A withdrawal settles before quote leaves. Whoever holds the vault's obligations after that decides whether it may.
contract VenueSwappedInWithdrawalTest is TurncoatFixture {
    function test_MRG1_a_position_taken_while_a_withdrawal_settles_keeps_its_margin() public {
        _letOwnMemberTrade();
        _deposit(address(this), one, usd, 10_000 * USD);
        vm.prank(address(turncoat));
        engine.setEngaged(one, true);
        turncoat.say(0, true);
        turncoat.whenSettling(address(registry), _moveToClearing(one));
        turncoat.whenSettling(address(clearingHouse), _buy(one, 40e18)); // 80,000 dollars need 8,000
        try this.takeOut() { } catch { }
        _assertMargined(one);
    }

    function takeOut() external {
        _takeOut(one, 10_000 * USD);
    }
}
