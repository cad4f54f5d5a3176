// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { GroupInvariants } from "../support/GroupInvariants.sol";
import { HostileGroupHandler } from "../support/HostileGroupHandler.sol";

/// @notice Margin groups where quote and a collateral misbehave, a venue attacks, and quote comes and goes within one call.
/// forge-config: default.invariant.runs = 16
/// forge-config: deep.invariant.runs = 1000
contract HostileGroupsInvariantTest is GroupInvariants {
    HostileGroupHandler private hostile;

    function setUp() public {
        hostile = new HostileGroupHandler();
        hostile.setUp();
        handler = hostile;
        bytes4[] memory selectors = new bytes4[](26);
        selectors[0] = hostile.pay.selector;
        selectors[1] = hostile.donate.selector;
        selectors[2] = hostile.withdraw.selector;
        selectors[3] = hostile.payBack.selector;
        selectors[4] = hostile.form.selector;
        selectors[5] = hostile.join.selector;
        selectors[6] = hostile.leave.selector;
        selectors[7] = hostile.setMode.selector;
        selectors[8] = hostile.attest.selector;
        selectors[9] = hostile.trade.selector;
        selectors[10] = hostile.move.selector;
        selectors[11] = hostile.closeRound.selector;
        selectors[12] = hostile.settle.selector;
        selectors[13] = hostile.bid.selector;
        selectors[14] = hostile.mood.selector;
        selectors[15] = hostile.calm.selector;
        selectors[16] = hostile.hoard.selector;
        selectors[17] = hostile.claim.selector;
        selectors[18] = hostile.flash.selector;
        selectors[19] = hostile.reorder.selector;
        selectors[20] = hostile.strike.selector;
        selectors[21] = hostile.plan.selector;
        selectors[22] = hostile.squeeze.selector;
        selectors[23] = hostile.lure.selector;
        selectors[24] = hostile.fall.selector;
        selectors[25] = hostile.refuse.selector;
        targetSelector(FuzzSelector({ addr: address(hostile), selectors: selectors }));
        targetContract(address(hostile));
    }

    function invariant_SEG1_SEG2_SEG4_SEG5_SEG6_MRG1_MRG5_LIQ1_LIQ4_LIQ10_groups_hold_among_bad_tokens_and_venues()
        public
        view
    {
        _noCallEndedWhereItMayNot();
        _aVaultThatNoCallNamesKeepsWhatItHas();
        _everyVaultIsInOneGroupAndAllTellTheSame();
        _debtsAreBetweenSiblingsAndInOneDirection();
        _theSettlementEscrowIsWhatWasCollectedAndNotPaid();
        _whatBiddersPaidInIsThere();
        _everyBookIsCoveredAndEveryEscrowIsTheOneProxy();
        _vaultsOfTheHostileVenueMeetNobodyElse();
    }

    /// @dev SEG-1 and SEG-6: each leaf is there in its own escrow, and its credits are what its beneficiaries hold. SEG-4.
    function _everyBookIsCoveredAndEveryEscrowIsTheOneProxy() private view {
        bytes32[] memory vaults = hostile.everyVault();
        for (uint256 i = 0; i < vaults.length; ++i) {
            for (uint256 j = 0; j < 3; ++j) {
                address token = hostile.tokens(j);
                assertGe(hostile.live(vaults[i], token), hostile.booked(vaults[i], token), "SEG-1");
                assertEq(hostile.creditBooked(vaults[i], token), hostile.sumOfCredits(vaults[i], token), "SEG-6");
            }
            (bytes memory code, address implementation) = hostile.escrowCode(vaults[i]);
            bytes memory proxy =
                abi.encodePacked(hex"363d3d373d3d3d363d73", implementation, hex"5af43d82803e903d91602b57fd5bf3");
            assertTrue(code.length == 0 || keccak256(code) == keccak256(proxy), "SEG-4");
        }
    }

    /// @dev SEG-2: no step that does not name them changes them, and no debt leads out of their group.
    function _vaultsOfTheHostileVenueMeetNobodyElse() private view {
        assertTrue(hostile.luredAsLeft(), "SEG-2");
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 j = 0; j < hostile.vaultCount(); ++j) {
                assertEq(hostile.debt(hostile.lured(i), hostile.owned(j)), 0, "SEG-2");
                assertEq(hostile.debt(hostile.owned(j), hostile.lured(i)), 0, "SEG-2");
            }
        }
    }

    function afterInvariant() public {
        emit log_named_uint("changes of groups", hostile.changes());
        emit log_named_uint("draws on siblings", hostile.drawn());
        emit log_named_uint("bids", hostile.bids());
        emit log_named_uint("bids that left an auction open", hostile.setAside());
        emit log_named_uint("flashed", hostile.flashed());
        emit log_named_uint("flashed with a change", hostile.flashedChanges());
        emit log_named_uint("the venue got through, to its own", hostile.struck());
        emit log_named_uint("the venue was refused", hostile.refused());
    }
}
