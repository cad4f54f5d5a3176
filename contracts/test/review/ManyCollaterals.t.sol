// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { BidResult } from "../../src/interfaces/ILiquidationEngine.sol";
import { IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { MarginMode } from "../../src/interfaces/IMarginGroups.sol";
import { TestToken } from "../../src/testing/TestToken.sol";
import { GroupFixture } from "../support/GroupFixture.sol";

/// @notice A group holds up to sixteen collaterals, and the vault that a bidder takes them into seven. Where any seven of them are worth less than what
/// the group owes, there is nothing to buy for who leaves the others behind: it must be possible to take them all.
contract ManyCollateralsTest is GroupFixture {
    uint256 private constant COUNT = 10;
    uint256 private constant EACH = 400e18; // at one dollar
    TestToken[] private tokens;

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < COUNT; ++i) {
            TestToken token = new TestToken("Token", "TOK", 18);
            tokens.push(token);
            vm.prank(admin);
            engine.listCollateral(address(token), _feed(i), 0.1e18, 0.15e18);
            _deposit(first.owner, i < COUNT / 2 ? first.vault : second.vault, token, EACH);
        }
        _markTokens(1e18);
        _form(MarginMode.Cross);
        _trade(first, counterparty, 10e18); // 20,000 dollars on 4,000
        _mark(ETH_USD, 1690e18); // 3,100 lost: more than seven collaterals are worth
        _markTokens(1e18);
    }

    function test_LIQ10_a_group_with_more_collaterals_than_a_vault_has_room_for_is_liquidated() public {
        assertGt(_health(first.vault).marketValue, 0);
        BidResult memory result = _bid(bidder, first.vault, WAD);
        uint256 taken = EACH * result.fractionWad / WAD;
        assertGt(taken, 0);
        uint256 credits;
        for (uint256 i = 0; i < COUNT; ++i) {
            bytes32 from = i < COUNT / 2 ? first.vault : second.vault;
            uint256 credit = engine.creditOf(from, address(tokens[i]), bidder.vault);
            if (credit != 0) ++credits;
            assertEq(_free(bidder.vault, address(tokens[i])) + credit, taken, "all of it is the bidder's");
            assertEq(_free(from, address(tokens[i])), EACH - taken);
            _assertSeg1(from, address(tokens[i]));
        }
        assertEq(credits, COUNT - 7, "what its vault has no room for waits in the escrow");
    }

    function test_LIQ10_what_there_was_no_room_for_is_claimed() public {
        uint256 taken = EACH * _bid(bidder, first.vault, WAD).fractionWad / WAD;
        TestToken last = tokens[COUNT - 1];
        vm.prank(bidder.owner);
        engine.claimCredit(second.vault, address(last), bidder.vault, bidder.owner);
        assertEq(last.balanceOf(bidder.owner), taken);
        vm.prank(bidder.owner);
        vm.expectRevert(abi.encodeWithSelector(IMarginEngine.NothingToClaim.selector, second.vault, address(last)));
        engine.claimCredit(second.vault, address(last), bidder.vault, bidder.owner);
    }

    function _feed(uint256 number) private pure returns (bytes32) {
        return keccak256(abi.encode("token", number));
    }

    function _markTokens(uint256 priceWad) private {
        vm.warp(vm.getBlockTimestamp() + 1);
        for (uint256 i = 0; i < COUNT; ++i) {
            _post(_feed(i), priceWad);
        }
    }
}
