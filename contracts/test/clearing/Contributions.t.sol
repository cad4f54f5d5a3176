// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IClearingHouseEvents } from "../../src/interfaces/IClearingHouse.sol";
import { Contribution, IDefaultWaterfallEvents } from "../../src/interfaces/IDefaultWaterfall.sol";
import { IMarginEngine } from "../../src/interfaces/IMarginEngine.sol";
import { Rights } from "../../src/libraries/Rights.sol";
import { ClearingFixture } from "../support/ClearingFixture.sol";

/// @notice Members' contributions: what is asked of them, when they are called, and how they come out again.
contract ContributionsTest is ClearingFixture {
    Trader internal long;
    Trader internal short;
    uint256 internal constant REQUIRED = 10_000 * USD;

    function setUp() public override {
        super.setUp();
        long = _trader("long", alpha, 20_000 * USD);
        short = _trader("short", beta, 100_000 * USD);
        _require(alpha, REQUIRED);
        _contribute(alpha, REQUIRED);
    }

    /* ESCROWS OF THEIR OWN */

    function test_SEG2_a_contribution_is_a_vault_of_the_clearing_house_that_names_the_member_and_no_venue() public {
        _require(beta, REQUIRED);
        bytes32 vault = _contribution(alpha).vault;
        assertEq(registry.vaultOf(vault).accountId, clearingHouse.accountId());
        assertEq(registry.vaultOf(vault).memberId, alpha);
        assertEq(registry.venueOf(vault), address(0));
        assertTrue(vault != _contribution(beta).vault, "one each");
        assertEq(registry.vaultOf(vault).bucket, type(uint32).max - 1, "down from house capital");
        assertEq(registry.vaultOf(_contribution(beta).vault).bucket, type(uint32).max - 2);
    }

    function test_SEG3_nobody_takes_a_contribution_out_through_the_engine() public {
        bytes32 vault = _contribution(alpha).vault;
        address[3] memory takers = [alphaOperator, admin, long.owner];
        for (uint256 i = 0; i < takers.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IMarginEngine.NotAuthorised.selector, vault, takers[i], Rights.WITHDRAW)
            );
            vm.prank(takers[i]);
            engine.withdraw(vault, address(usd), 1, takers[i], _none());
        }
    }

    function test_LIQ11_at_most_four_members_contribute() public {
        for (uint256 i = 1; i < 4; ++i) {
            vm.prank(admin);
            bytes32 member = registry.admitMember(string(abi.encode(i)), address(1));
            _require(member, 0);
        }
        assertEq(_waterfall().contributors().length, 4);
        vm.expectRevert(abi.encodeWithSelector(IDefaultWaterfallEvents.TooManyContributors.selector, 4));
        _require(beta, 0);
    }

    /* REQUIREMENT */

    function test_ADM3_only_the_admin_sets_a_requirement_and_within_bounds() public {
        vm.expectRevert(abi.encodeWithSelector(IClearingHouseEvents.NotAdmin.selector, address(this)));
        _waterfall().setRequiredContribution(alpha, 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDefaultWaterfallEvents.ContributionOutOfBounds.selector, 1_000_000 * USD + 1, 1_000_000 * USD
            )
        );
        _require(alpha, 1_000_000 * USD + 1);
        _require(alpha, 1_000_000 * USD);
        assertEq(_contribution(alpha).required, 1_000_000 * USD);
    }

    function test_ADM3_a_raise_at_most_doubles_and_waits_until_the_last_one_is_met() public {
        _require(alpha, 1_000_000 * USD);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDefaultWaterfallEvents.ReplenishmentPending.selector, alpha, REQUIRED, 1_000_000 * USD
            )
        );
        _require(alpha, 1_000_001 * USD);
        _contribute(alpha, 990_000 * USD);
        vm.expectRevert();
        _require(alpha, 2_000_000 * USD + 1);
        _require(alpha, 2_000_000 * USD);
        _require(alpha, 3 * USD); // lowering is free: nothing leaves without notice
    }

    function testFuzz_ADM3_no_requirement_is_ever_above_a_billion(uint256[13] memory wanted) public {
        for (uint256 i = 0; i < 13; ++i) {
            uint256 before = _contribution(alpha).required;
            uint256 most = before > 500_000 * USD ? 2 * before : 1_000_000 * USD;
            uint256 required = wanted[i] % 8 == 0 ? bound(wanted[i], before / 2, 2 * most) : most;
            vm.prank(admin);
            try _waterfall().setRequiredContribution(alpha, required) {
                assertLe(required, 1e9 * USD);
                assertLe(required, most, "ADM-3: one step");
                if (required > _contributed(alpha)) _contribute(alpha, required - _contributed(alpha));
            } catch {
                assertGt(required, most > 1e9 * USD ? 1e9 * USD : most);
            }
        }
    }

    /* REPLENISHMENT */

    function test_WF1_a_raise_calls_for_what_is_missing_and_gives_two_days() public {
        uint256 deadline = vm.getBlockTimestamp() + 2 days;
        vm.expectEmit(address(clearingHouse));
        emit IDefaultWaterfallEvents.ReplenishmentCalled(alpha, 5000 * USD, deadline);
        _require(alpha, 15_000 * USD);
        assertEq(_contribution(alpha).callDeadline, deadline);
    }

    function test_WF1_a_draw_calls_for_what_is_missing() public {
        uint256 missing = _loseOnAlphasClient();
        Contribution memory contribution = _contribution(alpha);
        assertEq(contribution.free, REQUIRED - missing);
        assertEq(contribution.callDeadline, vm.getBlockTimestamp() + 2 days);
    }

    function test_WF1_a_second_draw_is_no_respite_and_a_call_after_a_replenishment_is_a_new_one() public {
        _loseOnAlphasClient();
        uint256 first = _contribution(alpha).callDeadline;
        _skip(1 days);
        _loseOnAlphasClient();
        assertEq(_contribution(alpha).callDeadline, first);
        _contribute(alpha, REQUIRED);
        _skip(1 days);
        _loseOnAlphasClient();
        assertEq(_contribution(alpha).callDeadline, 0 + first, "still above what is required: no call");
        _require(alpha, _contributed(alpha));
        _loseOnAlphasClient();
        assertEq(_contribution(alpha).callDeadline, vm.getBlockTimestamp() + 2 days);
    }

    function test_WF1_after_the_deadline_clients_of_a_member_that_did_not_replenish_may_only_reduce() public {
        _trade(long, short, 5e18);
        _require(alpha, 15_000 * USD);
        _skip(2 days);
        _trade(long, short, 1e18); // the last second
        _skip(1);
        bytes memory refused = abi.encodeWithSelector(IDefaultWaterfallEvents.MemberNotInGoodStanding.selector, alpha);
        vm.expectRevert(refused);
        this.trade(long, short, 1e18);
        vm.expectRevert(refused);
        this.trade(short, long, 7e18); // flips
        _trade(short, long, 4e18); // reduces
        _trade(short, long, 2e18);
        assertEq(_position(long.vault).size, 0);
        vm.expectRevert(refused);
        this.trade(short, long, 1e18); // opens

        assertFalse(_waterfall().isInGoodStanding(alpha));
        _contribute(alpha, 5000 * USD - 1);
        vm.expectRevert(refused);
        this.trade(long, short, 1e18);
        _contribute(alpha, 1);
        assertTrue(_waterfall().isInGoodStanding(alpha));
        _trade(long, short, 1e18);
    }

    function test_WF1_other_members_clients_trade_on() public {
        Trader memory other = _trader("other", beta, 20_000 * USD);
        _require(alpha, 15_000 * USD);
        _skip(2 days + 1);
        _trade(other, short, 1e18);
    }

    function test_LIQ1_a_client_of_a_member_in_arrears_still_bids() public {
        Trader memory failing = _trader("failing", beta, 1500 * USD);
        _trade(failing, short, 5e18);
        _require(alpha, 15_000 * USD);
        _skip(2 days + 1);
        _mark(ETH_USD, 1750e18);
        assertGt(_bid(long, failing.vault, WAD).fractionWad, 0);
    }

    /* NOTICE */

    function testFuzz_SEG3_a_withdrawal_needs_notice_and_leaves_what_is_required(
        uint256 extra,
        uint256 announced,
        uint256 amount,
        uint256 wait
    ) public {
        extra = bound(extra, 0, 2000 * USD);
        announced = bound(announced, 1, 3000 * USD);
        amount = bound(amount, 1, 3000 * USD);
        wait = bound(wait, 0, 20 days);
        _contribute(alpha, extra);
        vm.prank(alphaOperator);
        _waterfall().announceWithdrawal(alpha, announced);
        vm.warp(vm.getBlockTimestamp() + wait);
        bool mayLeave = wait >= 7 days && wait <= 14 days && amount <= announced && amount <= extra;
        if (!mayLeave) vm.expectRevert();
        vm.prank(alphaOperator);
        _waterfall().withdrawContribution(alpha, amount, address(0xa1fa));
        assertEq(usd.balanceOf(address(0xa1fa)), mayLeave ? amount : 0);
        assertEq(_contributed(alpha), REQUIRED + extra - (mayLeave ? amount : 0));
        assertGe(_contributed(alpha), REQUIRED);
    }

    function test_SEG3_a_notice_is_used_up() public {
        _contribute(alpha, 2000 * USD);
        vm.startPrank(alphaOperator);
        _waterfall().announceWithdrawal(alpha, 1000 * USD);
        vm.warp(vm.getBlockTimestamp() + 7 days);
        _waterfall().withdrawContribution(alpha, 600 * USD, alphaOperator);
        _waterfall().withdrawContribution(alpha, 400 * USD, alphaOperator);
        vm.expectRevert(abi.encodeWithSelector(IDefaultWaterfallEvents.AboveWithdrawable.selector, alpha, 1, 0));
        _waterfall().withdrawContribution(alpha, 1, alphaOperator);
        vm.stopPrank();
    }

    function test_SEG3_only_the_members_operator_gives_notice_and_withdraws() public {
        bytes memory refused =
            abi.encodeWithSelector(IDefaultWaterfallEvents.NotTheMembersOperator.selector, alpha, betaOperator);
        vm.startPrank(betaOperator);
        vm.expectRevert(refused);
        _waterfall().announceWithdrawal(alpha, 1);
        vm.expectRevert(refused);
        _waterfall().withdrawContribution(alpha, 1, betaOperator);
        vm.expectRevert(refused);
        _waterfall().announceDeparture(alpha);
        vm.expectRevert(refused);
        _waterfall().leave(alpha, betaOperator);
        vm.expectRevert(abi.encodeWithSelector(IDefaultWaterfallEvents.NoContribution.selector, beta));
        _waterfall().announceWithdrawal(beta, 1);
        vm.stopPrank();
    }

    function test_WF1_what_is_announced_is_at_stake_until_it_has_left() public {
        _require(alpha, 0);
        vm.prank(alphaOperator);
        _waterfall().announceWithdrawal(alpha, REQUIRED);
        vm.warp(vm.getBlockTimestamp() + 8 days);
        _refresh(ETH_USD);
        uint256 missing = _loseOnAlphasClient();
        assertGt(missing, 0);
        vm.prank(alphaOperator);
        _waterfall().withdrawContribution(alpha, REQUIRED - missing, alphaOperator);
        assertEq(_contributed(alpha), 0);
    }

    /* LEAVING */

    function test_a_member_leaves_with_everything_once_no_client_holds_anything_and_the_notice_has_run() public {
        _trade(long, short, 1e18);
        vm.prank(alphaOperator);
        _waterfall().announceDeparture(alpha);
        vm.expectRevert(abi.encodeWithSelector(IDefaultWaterfallEvents.MemberNotInGoodStanding.selector, alpha));
        this.trade(long, short, 1e18);
        _skip(7 days);
        vm.expectRevert(abi.encodeWithSelector(IDefaultWaterfallEvents.ClientsRemain.selector, alpha, 1));
        _leave();
        _trade(short, long, 1e18); // reducing is open to the end
        assertEq(_contribution(alpha).openVaults, 0);
        _leave();
        assertEq(usd.balanceOf(alphaOperator), REQUIRED);
        assertEq(_waterfall().contributors().length, 0);
        vm.expectRevert(abi.encodeWithSelector(IDefaultWaterfallEvents.MemberNotInGoodStanding.selector, alpha));
        this.trade(long, short, 1e18);

        _require(alpha, REQUIRED); // comes back, with the same escrow
        _contribute(alpha, REQUIRED);
        assertEq(_waterfall().contributors().length, 1);
        _trade(long, short, 1e18);
    }

    function test_a_claim_counts_as_well_as_a_position() public {
        _trade(long, short, 1e18);
        vm.prank(alphaOperator);
        _waterfall().announceDeparture(alpha);
        _roundAt(2100e18);
        _settle(long.vault); // it gained, and is due
        _trade(short, long, 1e18);
        _skip(7 days);
        vm.expectRevert(abi.encodeWithSelector(IDefaultWaterfallEvents.ClientsRemain.selector, alpha, 1));
        _leave();
    }

    function test_leaving_without_notice_or_taken_back_or_lapsed_is_refused() public {
        vm.expectRevert(abi.encodeWithSelector(IDefaultWaterfallEvents.NotLeaving.selector, alpha));
        _leave();
        vm.prank(alphaOperator);
        _waterfall().announceDeparture(alpha);
        vm.expectRevert();
        _leave();
        vm.warp(vm.getBlockTimestamp() + 14 days + 1);
        vm.expectRevert();
        _leave();
        vm.prank(alphaOperator);
        _waterfall().announceWithdrawal(alpha, 0);
        vm.warp(vm.getBlockTimestamp() + 8 days);
        vm.expectRevert(abi.encodeWithSelector(IDefaultWaterfallEvents.NotLeaving.selector, alpha));
        _leave();
        assertTrue(_waterfall().isInGoodStanding(alpha));
    }

    function test_WF2_whoever_left_is_not_asked_and_the_last_one_takes_its_place() public {
        bytes32[3] memory others;
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(admin);
            others[i] = registry.admitMember(string(abi.encode(i)), address(1));
            _require(others[i], 0);
        }
        vm.prank(alphaOperator);
        _waterfall().announceDeparture(alpha);
        _skip(7 days);
        _leave();
        bytes32[] memory left = _waterfall().contributors();
        assertEq(left.length, 3);
        assertEq(left[0], others[2]);
        assertEq(left[1], others[0]);
    }

    /* HELPERS */

    function trade(Trader memory buyer, Trader memory seller, uint256 sizeWad) external {
        _trade(buyer, seller, sizeWad);
    }

    function _leave() private {
        vm.prank(alphaOperator);
        _waterfall().leave(alpha, alphaOperator);
    }

    /// @dev A client of alpha's fails inside a round, and its member pays. @return missing what it paid.
    function _loseOnAlphasClient() private returns (uint256 missing) {
        Trader memory failing = _trader(string(abi.encode("failing", ++_failed)), alpha, 300 * USD);
        uint256 price = 2000e18;
        _mark(ETH_USD, price);
        _skip(1 minutes); // for the stable price
        _trade(failing, short, 1e18);
        _mark(ETH_USD, price - 400e18);
        uint256 had = _contributed(alpha);
        _bid(short, failing.vault, WAD);
        missing = had - _contributed(alpha);
        assertApproxEqAbs(missing, 100 * USD, 1);
    }

    uint256 private _failed;
}
