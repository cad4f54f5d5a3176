// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Bid } from "../../src/interfaces/ILiquidationEngine.sol";
import { TurncoatFixture } from "../support/TurncoatFixture.sol";

/// @notice A bid asks the venue to move obligations, then takes assets. What it takes must still be assets of that venue's vaults.
contract VenueSwappedInBidTest is TurncoatFixture {
    Trader internal friend;

    function setUp() public override {
        super.setUp();
        friend.owner = makeAddr("friend");
        friend.vault = _openVault(friend.owner, 0, address(turncoat), gamma);
    }

    function test_MRG1_a_position_taken_while_a_bid_closes_out_keeps_its_margin() public {
        _letOwnMemberTrade();
        _deposit(address(this), one, usd, 10_000 * USD);
        turncoat.say(-10_000 * int256(USD) - 1, false); // worth nothing, it says
        turncoat.whenClosingOut(address(registry), _moveToClearing(one));
        turncoat.whenClosingOut(address(clearingHouse), _buy(one, 40e18));
        turncoat.whenClosingOut(address(turncoat), abi.encodeCall(turncoat.say, (0, false)));
        Bid memory bid = _bidFor(one, friend.vault, WAD);
        vm.prank(friend.owner);
        try liquidationEngine.bid(bid, _none()) { } catch { }
        turncoat.say(0, false);
        _assertMargined(one);
    }
}
